"""A configuration is read whole or refused whole, with every error at once."""

import pytest

from qenus.config import ChainConfig, ConfigError, load, parse

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
