"""A decoder accepts exactly the words that eth-abi's strict decoding accepts, with its values."""

import pytest
from contract_events import CONTRACT_EVENTS, TOPICS
from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from hypothesis import given, settings
from hypothesis import strategies as st

from qenus.extractors import Refusal
from qenus.extractors.amm import EVENTS
from qenus.wire import Log

_TOPIC_OF = {what: topic for topic, what in TOPICS.items()}


def _in_range(kind: str) -> st.SearchStrategy[bytes]:
    bits = 160 if kind == "address" else int(kind.lstrip("uint"))
    if kind.startswith("int"):
        half = 2 ** (bits - 1)
        values = st.one_of(st.integers(-half, half - 1), st.sampled_from([-half, -1, half - 1]))
    else:
        values = st.one_of(st.integers(0, 2**bits - 1), st.just(2**bits - 1))
    return values.map(lambda value: (value % 2**256).to_bytes(32, "big"))


@st.composite
def _anything(draw: st.DrawFn, kind: str) -> bytes:
    """Draw a word that is just beyond the range, off by one bit, or of any bytes."""
    bits = 160 if kind == "address" else int(kind.lstrip("uint"))
    beyond = [2**bits, 2 ** (bits - 1), -(2 ** (bits - 1)) - 1, 2**255, 2**256 - 1, -(2**bits)]
    edge = st.sampled_from(beyond).map(lambda value: (value % 2**256).to_bytes(32, "big"))
    flip = st.tuples(_in_range(kind), st.integers(0, 255)).map(
        lambda pair: (int.from_bytes(pair[0], "big") ^ 1 << pair[1]).to_bytes(32, "big")
    )
    return draw(st.one_of(edge, flip, st.binary(min_size=32, max_size=32)))


@st.composite
def _words(draw: st.DrawFn, kinds: list[str]) -> list[bytes]:
    """Draw an event's words, all in range, or all but one or two of them."""
    words = [draw(_in_range(kind)) for kind in kinds]
    for at in draw(st.lists(st.integers(0, len(kinds) - 1), max_size=2)):
        words[at] = draw(_anything(kinds[at]))
    return words


def _strictly(kind: str, word: bytes) -> object:
    try:
        return decode([kind], word)[0]
    except DecodingError:
        return None


@pytest.mark.parametrize("what", sorted(CONTRACT_EVENTS))
def test_a_decoder_accepts_exactly_what_is_in_range(what: tuple[str, str]) -> None:
    parameters = CONTRACT_EVENTS[what][1]
    topic0 = _TOPIC_OF[what]
    decoder = EVENTS[topic0][1]
    outcomes = {"accepted": 0, "refused": 0}

    @settings(max_examples=150, deadline=None)
    @given(_words([kind for kind, _, _ in parameters]))
    def check(words: list[bytes]) -> None:
        pairs = list(zip(parameters, words, strict=True))
        topics = tuple(word for (_, _, indexed), word in pairs if indexed)
        data = b"".join(word for (_, _, indexed), word in pairs if not indexed)
        values = {name: _strictly(kind, word) for (kind, name, _), word in pairs}
        bad = [name for name, value in values.items() if value is None]
        log = Log(0, bytes(20), (topic0, *topics), data)
        if bad:
            with pytest.raises(Refusal) as refusal:
                decoder(log, bytes(32), 0)
            assert refusal.value.field in bad
            outcomes["refused"] += 1
            return
        feature = decoder(log, bytes(32), 0)
        for name, value in values.items():
            found = getattr(feature, name)
            assert ("0x" + found.hex() if isinstance(found, bytes) else found) == value
        outcomes["accepted"] += 1

    check()
    assert outcomes["accepted"] > 0
    has_ranges = any(kind not in ("uint256", "int256") for kind, _, _ in parameters)
    assert (outcomes["refused"] > 0) == has_ranges


@pytest.mark.parametrize("what", sorted(CONTRACT_EVENTS))
def test_a_decoder_accepts_only_its_own_number_of_topics_and_bytes(what: tuple[str, str]) -> None:
    parameters = CONTRACT_EVENTS[what][1]
    own_topics = 1 + sum(1 for _, _, indexed in parameters if indexed)
    own_size = 32 * (len(parameters) + 1 - own_topics)
    topic0 = _TOPIC_OF[what]
    decoder = EVENTS[topic0][1]
    for topics in range(1, 5):
        for size in (0, own_size - 32, own_size - 1, own_size, own_size + 1, own_size + 32):
            log = Log(0, bytes(20), (topic0, *[bytes(32)] * (topics - 1)), bytes(size))
            if (topics, size) == (own_topics, own_size):
                assert decoder(log, bytes(32), 0).log_index == 0
                continue
            with pytest.raises(Refusal) as refusal:
                decoder(log, bytes(32), 0)
            assert refusal.value.field == ("topics" if topics != own_topics else "data")
