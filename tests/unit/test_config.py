"""A configuration is read whole or refused whole, with every error at once."""

import attrs
import pytest

from qenus.config import (
    ChainConfig,
    ConfigError,
    LogConfig,
    QenusConfig,
    exposure,
    load,
    parse,
    protocol_texts,
)

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


KEY = "aB3dE6gH9jK2mN5pQ8"


@pytest.mark.parametrize(
    "line",
    [
        f'node = "wss://host:8546 /v3/{KEY}"',
        f'node = "wss://user:{KEY}@host:99999/"',
        f'node = "wsss://host/{KEY}"',
        f'node = "ws://host_{KEY}@@/"',
        f'node = "wss://[host/{KEY}"',
        f'node = "foo:{KEY}"',
        f'node = "host/{KEY}"',
        f'node = ["wss://host/{KEY}"]',
        f'node = {{url = "wss://host/{KEY}"}}',
        f'nodes = "wss://host/{KEY}"',
        f'node = "wss://host/{KEY}"\n"https://u:{KEY}@h/" = 1',
        f'node = "wss://host/{KEY}"\nother_nodes = ["wss://h:port/{KEY}"]',
        f'node = "wss://host/{KEY}"\nother_nodes = "wss://h/{KEY}"',
        f'node = "wss://host/{KEY}',
        f"node = wss://host/{KEY}",
        f'node = "wss://host/{KEY}"\ncatch_up_blocks = "wss://host/{KEY}"',
    ],
)
def test_no_error_shows_a_key_that_is_in_the_file(line: str):
    errors = errors_of(f'[feed]\nlisten = ["ipc:///f"]\n[chains.ethereum]\n{line}\n')
    assert errors
    assert KEY not in "\n".join(errors)


def test_what_is_kept_prints_no_key():
    config = parse(GOOD.replace("127.0.0.1:8546", f"h/{KEY}"), source="f.toml")
    assert KEY not in f"{config} {config!r} {config.chains[0].node}"
    assert [one.url_with_secrets() for one in config.addresses()] == [f"ws://h/{KEY}"]


def test_a_file_with_keys_that_others_may_read_is_said_to_be_exposed(tmp_path):
    path = tmp_path / "q.toml"
    path.write_text(GOOD.replace("127.0.0.1:8546", f"h/{KEY}"))
    config = load(path)
    path.chmod(0o600)
    assert exposure(path, config) is None
    for mode in (0o640, 0o604, 0o644):
        path.chmod(mode)
        said = exposure(path, config)
        assert said == f"{path} holds keys and has mode {mode:04o}; expected 0600 or stricter"
    path.write_text(GOOD)
    assert exposure(path, load(path)) is None


@pytest.mark.parametrize(
    "value", ["9" * 5000, "0x" + "f" * 5000, "[" + "0x" + "f" * 5000 + "]", "1e400", "nan", "-1"]
)
@pytest.mark.parametrize("key", ["feed.journal_bytes", "log.burst", "node", "chains.x.pool_state"])
def test_any_number_out_of_range_is_one_error(key: str, value: str):
    assert errors_of(f"{key} = {value}")


def test_an_error_is_one_bounded_line():
    (error,) = errors_of(GOOD.replace('name = "b"', 'name = "' + "\\n\\u202e" * 10_000 + '"'))
    assert len(error) <= 1000
    assert error.isprintable()


def test_the_logs_limits_are_read_and_have_defaults():
    assert parse(GOOD, source="f").log == LogConfig(4096, 4 << 20, 10, 100)
    assert parse(GOOD + "[log]\nburst = 7\n", source="f").log.burst == 7
    (error,) = errors_of(GOOD + "[log]\nmax_lines = 1\n")
    assert error == "f.toml: log.max_lines: expected an integer from 16 to 1000000, found 1"


def test_addresses_are_bounded_in_number():
    many = ", ".join(f'"ws://h{at}"' for at in range(33))
    (error,) = errors_of(GOOD + f"other_nodes = [{many}]")
    assert ", 32 at most, found" in error


def test_the_files_own_name_is_shown_whatever_addresses_are_in_it():
    with pytest.raises(ConfigError, match=r"^LICENSE: not TOML"):
        parse("see https://www.example.org/licenses/LICENSE-2.0", source="LICENSE")


def test_each_room_declares_its_section_and_the_configuration_joins_them():
    rooms = {
        section.name: section.metadata["section"].__module__.split(".")[1]
        for section in attrs.fields(QenusConfig)
    }
    assert rooms == {
        "feed": "publishers",
        "node": "config",
        "quarantine": "ops",
        "watchdog": "ops",
        "chains": "observers",
        "log": "ops",
    }


def test_a_chain_says_which_families_it_does_not_want():
    def off(more: str) -> frozenset[str]:
        return parse(GOOD + more, source="f.toml").chains[0].families_switched_off()

    assert off("") == frozenset()
    assert off("pool_state = false\nheader_rules = false") == {"pool_state"}
