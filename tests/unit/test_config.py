"""A configuration is read whole or refused whole, with every error at once."""

import pytest

from qenus.config import ChainConfig, ConfigError, load, parse, protocol_texts

GOOD = """
[node]
name = "b"
[feed]
listen = ["ipc:///tmp/feed.ipc", "tcp://127.0.0.1:7700"]
[chains.ethereum]
node = "ws://127.0.0.1:8546"
"""


def errors_of(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, source="f.toml")
    return caught.value.errors


def test_a_good_file_gives_its_values_and_the_defaults():
    config = parse(GOOD, source="f.toml")
    assert config.node.name == "b"
    assert config.feed.listen == ("ipc:///tmp/feed.ipc", "tcp://127.0.0.1:7700")
    assert config.feed.heartbeat_ms == 100
    assert config.chains == (ChainConfig("ethereum", "ws://127.0.0.1:8546", 1024),)


def test_every_error_is_reported_at_once_with_file_key_and_expectation():
    errors = errors_of(
        """
        [node]
        name = "A b"
        [feed]
        listen = ["ipx:///tmp/x", "tcp://a"]
        heartbeat_ms = "5"
        foo = 1
        [chains.ethereum]
        nodes = "ws://x"
        [chains.base]
        node = 3
        catch_up_blocks = true
        [chains]
        optimism = 7
        """.replace("[chains]\n        optimism", "[more]\n        optimism")
    )
    assert [error.split(": ")[1] for error in errors] == [
        "more",
        "feed.foo",
        "feed.listen",
        "feed.heartbeat_ms",
        "node.name",
        "chains.ethereum.nodes",
        "chains.ethereum.node",
        "chains.base.node",
        "chains.base.catch_up_blocks",
    ]
    assert all(error.startswith("f.toml: ") for error in errors)
    assert "expected an integer from 10 to 60000, found '5'" in errors[3]
    assert "missing; expected" in errors[6]


@pytest.mark.parametrize(
    "text", ["feed = 3", "[feed]\nlisten = []", "chains = 4", "", "[feed", "a=" * 9]
)
def test_nonsense_is_refused_with_a_config_error(text: str):
    assert errors_of(text)


def test_a_missing_or_binary_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "binary.toml")


@pytest.mark.parametrize(
    "address",
    ["tcp://h:0", "tcp://h:65535", "tcp://h:70000", "tcp://h:99999", "tcp://:7700", "udp://h:1"],
)
def test_a_feed_has_a_port_and_room_for_its_journals(address: str):
    (error,) = errors_of(f'[feed]\nlisten = ["{address}"]')
    assert error.startswith("f.toml: feed.listen: expected ipc:///path or tcp://host:port")


@pytest.mark.parametrize("node", ["ws://h:99999", "ws://[bad", "ws://:8546", "ws://h:0", "ftp://h"])
def test_a_nodes_address_has_a_host_and_a_port_that_exists(node: str):
    (error,) = errors_of(GOOD.replace("ws://127.0.0.1:8546", node))
    assert error.startswith("f.toml: chains.ethereum.node: expected ws://host:port")


def test_a_chain_is_named_by_its_heading_alone():
    (error,) = errors_of(GOOD + 'name = "arbitrum"')
    assert error == "f.toml: chains.ethereum.name: the heading [chains.ethereum] names it"


def test_pool_states_are_published_unless_a_chain_says_no():
    def chain(more: str) -> ChainConfig:
        return parse(GOOD + more, source="f.toml").chains[0]

    assert chain("").pool_state
    assert not chain("pool_state = false").pool_state
    (error,) = errors_of(GOOD + "pool_state = 1")
    assert error == "f.toml: chains.ethereum.pool_state: expected true or false, found 1"


def test_the_registrys_files_are_read_by_name_or_refused_whole(tmp_path):
    assert {"uniswap_v2.toml", "uniswap_v3.toml"} <= set(protocol_texts())
    with pytest.raises(ConfigError, match=r"expected protocols as \*.toml, found none"):
        protocol_texts(tmp_path)
    (tmp_path / "good.toml").write_text("a")
    (tmp_path / "other.txt").write_text("b")
    assert protocol_texts(tmp_path) == {"good.toml": "a"}
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    (tmp_path / "large.toml").write_text(" " * ((1 << 20) + 1))
    with pytest.raises(ConfigError) as caught:
        protocol_texts(tmp_path)
    assert ["bytes.toml: cannot be read" in error for error in caught.value.errors] == [True, False]
    assert "large.toml: expected at most" in caught.value.errors[1]
