"""Which of Curve's pools are factory-verified, by recorded ones; and a pool read by its list."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from eth_abi.abi import encode
from recorded_blocks import block_of, read_recorded
from scripted_state import Script, block_of_logs, event
from test_block_states import hexed, states_of

from qenus.config import protocol_texts
from qenus.extractors.pool_state import Book, RegistryError, read_registries
from qenus.protocols.catalogue import FAMILIES
from qenus.protocols.curve.reader import Curve
from qenus.protocols.curve.variants import UNREAD, VARIANTS
from tests.unit.pools.test_curve_answers import plain_pool

RAMP = ("initial_a", "future_a", "initial_a_time", "future_a_time")


def address(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def contracts(state: dict[str, Any], share: bytes) -> Script:
    """3pool as it stood, before anybody asked it for quotes."""
    script, pool = Script(), address(state["address"])
    for at, (token, balance) in enumerate(zip(state["tokens"], state["balances"], strict=True)):
        argument = encode(["uint256"], [at])
        script.says(pool, "coins(uint256)", ["address"], [token["address"]], arguments=argument)
        script.says(pool, "balances(uint256)", ["uint256"], [balance], arguments=argument)
        script.says(address(token["address"]), "decimals()", ["uint8"], [token["decimals"]])
    for name in ("fee", "admin_fee"):
        script.says(pool, f"{name}()", ["uint256"], [state[name]])
    for name in RAMP:
        script.says(pool, f"{name.replace('_a', '_A')}()", ["uint256"], [state[name]])
    script.says(share, "totalSupply()", ["uint256"], [state["lp_token_total_supply"]])
    return script


def test_3pool_is_read_as_listed_and_equals_every_recorded_quote(data: Path):
    state = json.loads((data / "pools/states/curve_tripool_block_24407242.json").read_text())
    entries = json.loads((data / "pools/answers/curve_tripool_get_dy.json").read_text())["entries"]
    rules, pool = read_registries(protocol_texts())["ethereum"], address(state["address"])
    (venue,) = rules.of("curve")
    (listed,) = (each for each in venue.terms if each.address == pool)
    script, now = contracts(state, listed.share), state["block_timestamp"]
    # The two trades that are asked were not recorded: the struct that equals all others answers.
    as_recorded = plain_pool(state)
    for sold, bought in ((0, 2), (2, 0)):
        amount = state["balances"][sold] // 1000 + 1
        given = as_recorded.get_dy(sold, bought, amount, now)
        arguments = encode(["int128", "int128", "uint256"], [sold, bought, amount])
        script.says(pool, "get_dy(int128,int128,uint256)", ["uint256"], [given],
                    arguments=arguments)  # fmt: skip
    someone = hexed(pool)
    swap = event(pool, "TokenExchange(address,int128,uint256,int128,uint256)", [someone],
                 [0, 1, 1, 1])  # fmt: skip
    block = msgspec.structs.replace(block_of_logs(1, swap), timestamp=now)
    book = Book()
    (feature,) = states_of(script, book, block, rules, sampled_one_in=1).features
    symbols = [token["symbol"] for token in state["tokens"]]
    read = book.get(pool).pool.reading.pool
    least: dict[tuple[int, int], tuple[int, int]] = {}
    for key, entry in entries.items():
        _, _, direction, amount = key.split("|")
        sold, bought = (symbols.index(symbol) for symbol in direction.split("->"))
        assert read.get_dy(sold, bought, int(amount), now) == entry["value"], key
        trade = int(amount), entry["value"]
        least[sold, bought] = min(least.get((sold, bought), trade), trade)
    assert len(entries) == 18
    # A trade of one part in a hundred moves the price by less than one part in a thousand.
    for other in (1, 2):
        for price, (amount, given) in (
            (feature.prices_x128[other - 1], least[0, other]),
            (feature.inverse_prices_x128[other - 1], least[other, 0]),
        ):
            before_fee = given / (1 - state["fee"] / 10**10)
            assert price / (1 << 128) == pytest.approx(before_fee / amount, rel=1e-3)


def test_the_recorded_pools_of_curve_are_listed(data: Path):
    rules = read_registries(protocol_texts())["ethereum"]
    (venue,) = rules.of("curve")
    known = {each.address: each.variant for each in venue.terms}
    seen = {
        log.address
        for path in sorted((data / "l1" / "blocks").glob("*.json.gz"))
        for transaction in block_of(read_recorded(path)).transactions
        for log in transaction.logs
        if log.topics and log.topics[0] in Curve.TOUCHING
    }
    assert {known.get(each) for each in seen} == {"three_pool", "first_meta"}


def test_every_chain_has_the_factories_and_every_variant_is_of_use():
    registries = read_registries(protocol_texts())
    curve = {
        name: {venue.family for venue in rules.venues.values() if "curve" in venue.family.NAME}
        for name, rules in registries.items()
    }
    ng = {
        FAMILIES["curve_stable_ng"],
        FAMILIES["curve_twocrypto_ng"],
        FAMILIES["curve_tricrypto_ng"],
    }
    for name in ("optimism", "arbitrum", "base"):
        assert curve[name] == {*ng, FAMILIES["curve_factory"]}
    assert curve["ethereum"] == {
        *ng, FAMILIES["curve_factory"], FAMILIES["curve_crypto_factory"], FAMILIES["curve"],
    }  # fmt: skip
    named = {
        each.variant
        for rules in registries.values()
        for venue in rules.venues.values()
        if venue.family.NAME.startswith("curve")
        for each in venue.terms
    }
    by_version = {name for name in VARIANTS if name.endswith(("00", "10", "_owing"))}
    assert named | by_version | {"next_generation", "factory_two"} == set(VARIANTS)
    assert UNREAD in named


def test_what_is_wrong_with_a_list_of_pools_is_told():
    head = 'family = "curve"\n[chains.base]\nfactory = "0x' + "11" * 20 + '"\n'
    of_factory = head.replace('"curve"', '"curve_factory"')
    one = "0x" + "22" * 20
    texts = {
        "none.toml": head,
        "deployer.toml": f'{head}deployer = "{one}"\n[chains.base.pools]\n{one} = {{}}\n',
        "variant.toml": f'{head}[chains.base.pools]\n{one} = {{ variant = "fast" }}\n',
        "coins.toml": (
            f'{head}[chains.base.pools]\n{one} = {{ variant = "steth", coins = 9, share = "{one}",'
            " colour = 1 }\n"
        ),
        "share.toml": f'{head}[chains.base.pools]\n{one} = {{ variant = "steth", coins = 2 }}\n',
        "short.toml": f'{of_factory}[chains.base.implementations]\n0x22 = "steth"\n',
        "bare.toml": f"{of_factory}[chains.base.implementations]\n{one} = 5\n",
    }
    with pytest.raises(RegistryError) as caught:
        read_registries(texts)
    for error in (
        "deployer.toml: chains.base.deployer: unknown key; known are factory, pools",
        f"deployer.toml: chains.base.pools.{one}: expected a variant of",
        "none.toml: chains.base.pools: expected a table by address, found None",
        f"variant.toml: chains.base.pools.{one}: expected a variant of unread, three_pool",
        f"coins.toml: chains.base.pools.{one}.coins: expected an integer from 2 to 8, found 9",
        f"coins.toml: chains.base.pools.{one}.colour: unknown key",
        f"share.toml: chains.base.pools.{one}.share: expected 0x and 40 lower-case hex digits",
        "short.toml: chains.base.implementations.0x22: expected 0x and 40 lower-case hex digits",
        f"bare.toml: chains.base.implementations.{one}: expected a variant of",
    ):
        assert error in str(caught.value)
