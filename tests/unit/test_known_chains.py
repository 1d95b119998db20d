"""Chain files: a file describes a chain, and every error in the files is reported at once."""

import gzip
import json
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from qenus.chain import CHAINS, ETHEREUM, BlobFork, Chain, ChainKind
from qenus.chain.base_fee import FeeRule, fee_rule
from qenus.chain.chain_files import ChainFileError, read_chain, read_chains
from qenus.cli.verify import command as verify
from qenus.config import ChainConfig, ConfigError, chain_texts, parse
from qenus.daemon import node_chain, registries
from qenus.known_chains import chain_from_file, chain_named, known_chains
from qenus.wire import Block, BlockRef


def errors_of(text: str, file: str = "x.toml") -> list[str]:
    with pytest.raises(ChainFileError) as caught:
        read_chain(file, text)
    assert all(error.startswith(f"{file}: ") for error in caught.value.errors)
    return [error.removeprefix(f"{file}: ") for error in caught.value.errors]


@pytest.mark.parametrize("chain", CHAINS.values(), ids=lambda chain: chain.name)
def test_the_file_of_a_built_in_chain_says_what_is_built_in(chain):
    assert known_chains()[chain.name] == chain
    assert chain_named(chain.name) == chain


def test_the_other_files_are_the_chains_that_they_name():
    chains = known_chains()
    assert {name: chain.chain_id for name, chain in chains.items()} == {
        "ethereum": 1,
        "arbitrum": 42161,
        "optimism": 10,
        "base": 8453,
        "op-sepolia": 11155420,
        "sepolia": 11155111,
        "base-sepolia": 84532,
        "unichain": 130,
    }
    assert chains["sepolia"].kind is ChainKind.ETHEREUM
    # EIP-7691, EIP-7892: the same parameters as on mainnet, at the testnet's own times.
    assert [(one.target, one.maximum, one.update_fraction) for one in chains["sepolia"].blob_forks]
    for own, mainnet in zip(chains["sepolia"].blob_forks, ETHEREUM.blob_forks, strict=True):
        assert own.time < mainnet.time
        assert (own.target, own.maximum, own.update_fraction, own.reserve_price) == (
            mainnet.target, mainnet.maximum, mainnet.update_fraction, mainnet.reserve_price,
        )  # fmt: skip
    assert chains["unichain"].block_seconds == 1.0
    assert chains["unichain"].canyon_time == 0


def test_base_sepolia_had_an_elasticity_of_its_own():
    chain = known_chains()["base-sepolia"]
    parent = Block(
        block=BlockRef(84532, 1, bytes(32), bytes(32)), timestamp=1_700_000_000, miner=bytes(20),
        gas_limit=30_000_000, gas_used=0, base_fee_per_gas=1, blob_gas_used=None,
        excess_blob_gas=None, extra_data=b"", transactions=(),
    )  # fmt: skip
    assert fee_rule(parent, 1_700_000_002, chain) == FeeRule(10, 250)
    assert fee_rule(parent, 1_699_981_199, chain) == FeeRule(10, 50)


def test_a_private_chain_needs_a_kind_and_an_id():
    assert read_chain("mine.toml", 'kind = "ethereum"\nchain_id = 31337') == Chain(
        "mine", 31337, ChainKind.ETHEREUM
    )
    assert read_chain("m.toml", 'kind = "arbitrum"\nchain_id = 5\nheader_rules = false') == Chain(
        "m", 5, ChainKind.ARBITRUM, header_rules=False
    )
    assert read_chain("o.toml", 'kind = "op_stack"\nchain_id = 6') == Chain(
        "o", 6, ChainKind.OP_STACK, jovian_time=None
    )


def test_everything_that_a_file_can_say_is_taken():
    text = """
    kind = "ethereum"
    chain_id = 7
    block_seconds = 0.5
    fork_window = 9
    header_rules = false
    [forks]
    paris = 3
    [[blobs]]
    time = 4
    target = 5
    maximum = 6
    update_fraction = 7
    [[blobs]]
    time = 8
    target = 0
    maximum = 1
    update_fraction = 2
    reserve_price = true
    """
    assert read_chain("x.toml", text) == Chain(
        "x", 7, ChainKind.ETHEREUM, paris_time=3, header_rules=False, fork_window=9,
        block_seconds=0.5,
        blob_forks=(BlobFork(4, 5, 6, 7), BlobFork(8, 0, 1, 2, reserve_price=True)),
    )  # fmt: skip


def test_every_error_of_a_file_is_reported_at_once():
    errors = errors_of(
        """
        kind = "ethereum"
        chain_id = true
        block_seconds = "12"
        fork_window = 0
        header_rules = 1
        colour = "red"
        [forks]
        paris = -1
        canyon = 5
        [[blobs]]
        time = 9
        target = 7
        maximum = 6
        update_fraction = 0
        price = 1
        [[blobs]]
        time = 9
        """
    )
    assert [error.split(": ")[0] for error in errors] == [
        "chain_id",
        "block_seconds",
        "fork_window",
        "header_rules",
        "forks.paris",
        "forks.canyon",
        "blobs[0].update_fraction",
        "blobs[0].price",
        "blobs[1].target",
        "blobs[1].maximum",
        "blobs[1].update_fraction",
        "colour",
    ]
    assert errors[0] == "chain_id: expected an integer from 1 to 9223372036854775807, found True"
    assert errors[5] == "forks.canyon: unknown key of this kind; known are paris"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "kind: expected one of ethereum, op_stack, arbitrum, found None"),
        ('kind = "polygon"', "kind: expected one of ethereum, op_stack, arbitrum, found polygon"),
        ('kind = ["ethereum"]', "kind: expected one of ethereum, op_stack, arbitrum, found ['eth"),
        ('kind = "ethereum"', "chain_id: missing; expected an integer from 1 to"),
        ('kind = "arbitrum"\nchain_id = 1\nforks = 3', "forks: unknown key of this kind"),
        ('kind = "arbitrum"\nchain_id = 1\n[fees]', "fees: unknown key of this kind"),
        ('kind = "op_stack"\nchain_id = 1\n[[blobs]]', "blobs: unknown key of this kind"),
        ('kind = "ethereum"\nchain_id = 1\nforks = 3', "forks: expected a table, found 3"),
        ('kind = "ethereum"\nchain_id = 1\nblobs = 3', "blobs: expected tables [[blobs]], 256 at"),
        ('kind = "ethereum"\nchain_id = 1\nblobs = [3]', "blobs[0]: expected a table, found 3"),
        (
            'kind = "op_stack"\nchain_id = 1\n[forks]\ncanyon = 9\nholocene = 8',
            "forks.holocene: expected at least that of canyon, 9, found 8",
        ),
        (
            'kind = "op_stack"\nchain_id = 1\n[fees]\nelasticity = 0',
            "fees.elasticity: expected an integer from 1 to 4294967295, found 0",
        ),
        (f'kind = "ethereum"\nchain_id = {"9" * 4000}', "chain_id: expected an integer from 1 to"),
        (f'kind = "ethereum"\nchain_id = {"9" * 5000}', "not TOML: "),
        (f'kind = "ethereum"\nchain_id = 0x{"f" * 5000}', "chain_id: expected an integer from 1"),
        ('kind = "ethereum"\nchain_id = 1\nblock_seconds = nan', "block_seconds: expected seconds"),
        ('kind = "ethereum"\nchain_id = 1\nblock_seconds = 0', "block_seconds: expected seconds"),
        ("[kind", "not TOML: "),
        ("a = " + "[" * 5000, "not TOML: "),
    ],
)
def test_what_is_wrong_is_named_with_key_and_expectation(text, error):
    assert any(one.startswith(error) for one in errors_of(text)), errors_of(text)
    assert all(len(one) < 400 for one in errors_of(text))


def test_blob_forks_come_in_the_order_of_their_times():
    fork = "[[blobs]]\ntime = {}\ntarget = 3\nmaximum = {}\nupdate_fraction = 7\n"
    start = 'kind = "ethereum"\nchain_id = 1\n'
    assert errors_of(start + fork.format(5, 6) + fork.format(5, 6)) == [
        "blobs[1].time: expected more than that before it, 5, found 5"
    ]
    assert errors_of(start + fork.format(5, 2)) == [
        "blobs[0].maximum: expected at least 1 and the target, 3, found 2"
    ]


@pytest.mark.parametrize("file", ["A.toml", "a b.toml", ".toml", "x" * 40 + ".toml", "a.json"])
def test_a_chain_is_named_as_its_file_is(file):
    (error,) = errors_of('kind = "ethereum"\nchain_id = 1', file)
    assert error.startswith("expected a name of lower-case letters")


def test_errors_of_all_files_and_an_id_that_two_claim_are_reported_together():
    with pytest.raises(ChainFileError) as caught:
        read_chains(
            {
                "a.toml": 'kind = "ethereum"\nchain_id = 5',
                "b.toml": 'kind = "op_stack"\nchain_id = 5',
                "c.toml": 'kind = "x"',
            }
        )
    assert caught.value.errors == [
        "b.toml: chain_id: 5 is that of a.toml",
        "c.toml: kind: expected one of ethereum, op_stack, arbitrum, found x",
    ]


KEYS = st.sampled_from(
    ["kind", "chain_id", "block_seconds", "fork_window", "forks", "fees", "blobs", "paris", "time"]
)
leaves = st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5)
values = st.recursive(
    leaves,
    lambda inner: st.dictionaries(KEYS, inner) | st.lists(inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, values), st.sampled_from(["ethereum", "op_stack", "arbitrum", ""]))
def test_any_table_gives_a_chain_or_its_errors(table, kind):
    def toml(value) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(toml, value)) + "]"
        if isinstance(value, bool):
            return str(value).lower()
        return json.dumps(value) if isinstance(value, str) else repr(value)

    if kind:
        table = {**table, "kind": kind}
    text = "\n".join(f"{key} = {toml(value)}" for key, value in table.items())
    with suppress(ChainFileError):
        assert read_chain("x.toml", text).chain_id > 0


# -- where they are named ----------------------------------------------------------------------


def test_the_files_are_read_by_name_or_refused_whole(tmp_path):
    assert "ethereum.toml" in chain_texts()
    with pytest.raises(ConfigError, match=r"expected chains as \*.toml, found none"):
        known_chains(tmp_path)
    (tmp_path / "mine.toml").write_text('kind = "ethereum"\nchain_id = 5')
    chains = known_chains(tmp_path)
    assert list(chains) == [*(chain.name for chain in CHAINS.values()), "mine"]
    (tmp_path / "bad.toml").write_text("kind = 5")
    with pytest.raises(ConfigError, match=r"bad.toml: kind: expected one of"):
        known_chains(tmp_path)


def test_a_file_stands_before_what_is_built_in(tmp_path):
    (tmp_path / "ethereum.toml").write_text('kind = "ethereum"\nchain_id = 1\nfork_window = 7')
    assert known_chains(tmp_path)["ethereum"].fork_window == 7
    (tmp_path / "ethereum.toml").rename(tmp_path / "main.toml")
    # The same chain by another name: one id, one chain.
    assert "ethereum" not in known_chains(tmp_path)


def test_a_chain_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none.toml: cannot be read"):
        chain_from_file(tmp_path / "none.toml")
    (tmp_path / "big.toml").write_text(" " * ((1 << 20) + 1))
    with pytest.raises(ConfigError, match=r"big.toml: expected at most"):
        chain_from_file(tmp_path / "big.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=r"bytes.toml: cannot be read"):
        chain_from_file(tmp_path / "bytes.toml")
    (tmp_path / "bad.toml").write_text("kind = 5\n")
    with pytest.raises(ConfigError) as caught:
        chain_from_file(tmp_path / "bad.toml")
    assert caught.value.errors[0].startswith(f"{tmp_path}/bad.toml: kind: expected one of")


def test_a_configuration_names_a_chain_by_its_file(tmp_path):
    (tmp_path / "mine.toml").write_text('kind = "ethereum"\nchain_id = 31337')
    text = """
    [feed]
    listen = ["ipc:///tmp/feed.ipc"]
    [chains.mine]
    node = "ws://127.0.0.1:8546"
    chain_file = "mine.toml"
    """
    (config,) = parse(text, source="f.toml").chains
    assert config.chain_file == "mine.toml"
    node_chain(config, folder=tmp_path)
    with pytest.raises(ConfigError, match=r"mine.toml: cannot be read"):
        node_chain(config, folder=tmp_path / "elsewhere")
    other = ChainConfig("other", "ws://127.0.0.1:1", chain_file=str(tmp_path / "mine.toml"))
    with pytest.raises(ConfigError, match=r"expected the path of a other.toml, found .*mine.toml"):
        node_chain(other)
    with pytest.raises(ConfigError, match=r"chains.mine: unknown chain; known are ethereum, "):
        node_chain(ChainConfig("mine", "ws://127.0.0.1:1"))


def test_the_registry_takes_protocols_of_chains_that_are_files():
    assert "ethereum" in registries()
    assert "ethereum" in registries("mine")


def test_recorded_blocks_are_verified_by_the_rules_of_a_file(data: Path, tmp_path):
    block = data / "l1" / "blocks" / "22431084.json.gz"
    (tmp_path / "early.toml").write_text(
        'kind = "ethereum"\nchain_id = 1\n'
        "[[blobs]]\ntime = 0\ntarget = 3\nmaximum = 6\nupdate_fraction = 3338477\n"
    )

    def run(*arguments: object):
        return CliRunner().invoke(verify, [str(argument) for argument in arguments])

    assert run(block).exit_code == 0
    refused = run("--chain", tmp_path / "early.toml", block)
    with gzip.open(block) as file:
        assert json.load(file)["block"]["blobGasUsed"] == hex(9 * 131072)
    assert refused.exit_code == 1
    assert (
        "header rules, block.blobGasUsed: expected at most 786432, found 1179648" in refused.stdout
    )
    assert run("--devnet", "--chain", tmp_path / "early.toml", block).exit_code == 0
    unknown = run("--chain", "dogecoin", block)
    assert unknown.exit_code == 2
    assert "expected one of ethereum, arbitrum" in unknown.output.replace("\n", " ")
