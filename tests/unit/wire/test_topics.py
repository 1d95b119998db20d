"""Topics: what is formed can be taken apart; what is none of the contract's is refused."""

import pytest

from qenus.errors import LocalProtocolError, RemoteProtocolError
from qenus.wire import (
    ALERTS,
    MAX_TOPIC_BYTES,
    NODES,
    OPPORTUNITIES,
    Topic,
    blocks_topic,
    features_topic,
    pack,
    parse_topic,
    split,
    subscription,
)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("features.amm.ethereum", Topic("features", "amm", "ethereum")),
        ("features.pool_state.op-sepolia", Topic("features", "pool_state", "op-sepolia")),
        ("blocks.base", Topic("blocks", None, "base")),
        ("nodes", Topic(NODES)),
        ("alerts", Topic(ALERTS)),
        ("opportunities", Topic(OPPORTUNITIES)),
    ],
)
def test_a_topic_reads_as_it_is_written(text: str, topic: Topic) -> None:
    assert parse_topic(text) == topic
    assert str(topic) == text


def test_topics_are_formed_from_family_and_chain() -> None:
    assert features_topic("flash_loan", "arbitrum") == "features.flash_loan.arbitrum"
    assert blocks_topic("ethereum") == "blocks.ethereum"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "features",
        "features.amm",
        "features..ethereum",
        "features.amm.ethereum.more",
        "blocks.",
        "blocks.Base",
        "blocks.base\n",
        "blocks.-base",
        "blocks." + "a" * 49,
        "nodes.a",
        "other",
        "nödes",
    ],
)
def test_what_is_no_topic_is_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError, match="topic: expected"):
        parse_topic(text)


@pytest.mark.parametrize("name", ["", "A", "a.b", "a\0", "a" * 49, "é"])
def test_a_name_that_no_topic_can_bear_is_our_own_mistake(name: str) -> None:
    with pytest.raises(LocalProtocolError):
        features_topic("amm", name)
    with pytest.raises(LocalProtocolError):
        features_topic(name, "base")
    with pytest.raises(LocalProtocolError):
        blocks_topic(name)


def test_topic_and_frame_share_one_message() -> None:
    packed = pack("blocks.base", b"\0frame\0")
    assert packed == b"blocks.base\0\0frame\0"
    assert split(packed) == ("blocks.base", b"\0frame\0")


def test_a_subscription_takes_exactly_its_topic() -> None:
    prefix = subscription("blocks.base")
    assert pack("blocks.base", b"x").startswith(prefix)
    assert not pack("blocks.base-sepolia", b"x").startswith(prefix)


def test_every_topic_fits_its_bound() -> None:
    longest = features_topic("a" * 48, "b" * 48)
    assert len(longest) <= MAX_TOPIC_BYTES
    assert split(pack(longest, b"")) == (longest, b"")


@pytest.mark.parametrize(
    "message", [b"", b"nodes", b"\0", b"\xff\0", b"a" * 1000 + b"\0", b"nodes" * 2**20]
)
def test_a_message_without_a_topic_is_refused(message: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="topic: expected"):
        split(message)
