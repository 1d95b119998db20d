"""Curve's pools are read whole, by whose code they have, and quote what their contracts answered.

The scripted contracts stand as the recorded ones stood; what those answered to trades is asked of
the state that was read.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from eth_abi.abi import encode
from scripted_state import Script, block_of_logs, event, hash_of, selector
from test_block_states import FACTORY, OTHER, hexed, states_of

from qenus.extractors.pool_state import Book, Registry, UnknownEmitters, Venue
from qenus.pools import QuoteRefused
from qenus.protocols.catalogue import FAMILIES
from qenus.protocols.curve.code_variants import CodeVariant
from qenus.protocols.curve.stable_reader import ETHER, StableReading
from qenus.protocols.pool_family import AnyFamily
from qenus.wire import (
    Block,
    CurveCryptoPoolState,
    CurvePoolState,
    StoppedPool,
    StopReason,
    decode,
)
from qenus.wire import (
    encode as on_wire,
)
from tests.unit.pools.curve_fixtures import recorded
from tests.unit.pools.test_curve_crypto_contracts import pool_of as first_crypto
from tests.unit.pools.test_curve_crypto_ng_contracts import pool_of as second_crypto
from tests.unit.pools.test_curve_meta_contracts import base_of
from tests.unit.pools.test_curve_meta_contracts import pool_of as meta_pool
from tests.unit.pools.test_curve_ng_contracts import pool_of as ng_pool
from tests.unit.pools.test_curve_ng_meta_contracts import pool_of as ng_meta_pool
from tests.unit.pools.test_curve_stable_contracts import pool_of as stable_pool

POOL, SHARE, BASE = b"c" * 20, b"s" * 20, b"b" * 20
COINS = [bytes([at + 1]) * 20 for at in range(8)]
STABLE_SWAP = "TokenExchange(address,int128,uint256,int128,uint256)"
CRYPTO_SWAP = "TokenExchange(address,uint256,uint256,uint256,uint256)"
# A recorded state of a crypto pool has more numbers than anything else that was answered.
_STATE_FIELDS = 12
# Of each record so many states.
STATES = 3
STABLE = {
    "3pool": "three_pool", "hbtc": "three_pool", "susd": "susd", "eurs": "template",
    "seth": "template", "steth": "steth", "aave": "aave", "saave": "aave", "aeth": "ankr_ether",
    "reth": "rocket_ether", "plain2basic": "factory_pair", "plain3basic": "template",
}  # fmt: skip
META = {"gusd": "first_meta", "ust": "meta", "metausd": "factory_meta"}
FIRST_CRYPTO = {
    "tricrypto2": "tricrypto2", "two_first": "first_two", "two_cvx": "later_two",
    "two_later": "latest_two", "two_factory": "factory_two",
}  # fmt: skip
SECOND_CRYPTO = {
    "two200": (FAMILIES["curve_twocrypto_ng"], "v2.0.0", False),
    "two210": (FAMILIES["curve_twocrypto_ng"], "v2.1.0", False),
    "tri": (FAMILIES["curve_tricrypto_ng"], "v2.0.0", True),
    "tril2": (FAMILIES["curve_tricrypto_ng"], "v2.0.0", False),
}


def listed(variant: str, coins: int) -> Registry:
    of_code = (CodeVariant(POOL, variant, SHARE, coins),)
    return Registry(
        "ethereum",
        {FACTORY: Venue("curve", FAMILIES["curve"], FACTORY, FACTORY, of_code)},
    )


def made_by(family: AnyFamily, *variants: CodeVariant) -> Registry:
    return Registry("ethereum", {FACTORY: Venue("curve_made", family, FACTORY, FACTORY, variants)})


def numbers(script: Script, to: bytes, said: dict[str, int]) -> None:
    for signature, value in said.items():
        script.says(to, signature, ["uint256"], [value])


def indexed(script: Script, signature: str, values: Any, kind: str = "uint256") -> None:
    for at, value in enumerate(values):
        argument = encode([signature[signature.index("(") + 1 : -1]], [at])
        script.says(POOL, signature, [kind], [value], arguments=argument)


def quoting(script: Script, pool: Any, index: str, now: int, more: int = 0) -> Script:
    """The contract quotes what a pool in its recorded state quotes; some smallest units more."""
    last = len(pool.balances) - 1
    for sold, bought in ((0, last), (last, 0)):
        amount = pool.balances[sold] // 1000 + 1
        try:
            given = pool.get_dy(sold, bought, amount, now) + more
        except QuoteRefused:
            continue
        arguments = encode([index, index, "uint256"], [sold, bought, amount])
        script.says(POOL, f"get_dy({index},{index},uint256)", ["uint256"], [given],
                    arguments=arguments)  # fmt: skip
    return script


def coined(
    script: Script, decimals: list[int], narrow: bool = False, coins: list[bytes] = COINS
) -> None:
    signature = "coins(int128)" if narrow else "coins(uint256)"
    indexed(script, signature, map(hexed, coins[: len(decimals)]), "address")
    for coin, count in zip(coins, decimals, strict=False):
        # Nobody stands at the address that means ether.
        if coin == ETHER:
            continue
        script.says(coin, "decimals()", ["uint8"], [count])


def decimals_of(rate: int) -> int:
    return 37 - len(str(rate))


def stable_terms(
    script: Script, state: dict[str, Any], narrow: bool = False, share: bytes = SHARE
) -> None:
    indexed(script, "balances(int128)" if narrow else "balances(uint256)", state["balances"])
    initial, future, begin, end, _ = state["amplification"]
    numbers(script, POOL, {
        "fee()": state["fee"], "admin_fee()": state.get("admin_fee", 5 * 10**9),
        "initial_A()": initial, "future_A()": future, "initial_A_time()": begin,
        "future_A_time()": end, "A()": future, "offpeg_fee_multiplier()": state.get("off_peg", 0),
    })  # fmt: skip
    numbers(script, share, {"totalSupply()": state["supply"]})


def stable(name: str, state: dict[str, Any], more: int = 0, share: bytes = SHARE) -> Script:
    script, rates, narrow = Script(), state["trade_rates"], name == "susd"
    stable_terms(script, state, narrow, share)
    bare = name in ("aeth", "reth")
    coins = [ETHER, *COINS[1:]] if name == "steth" else COINS
    coined(script, [18 if bare else decimals_of(rate) for rate in rates], narrow, coins)
    if name == "aeth":
        numbers(script, COINS[1], {"ratio()": 10**36 // rates[1]})
    if name == "reth":
        numbers(script, COINS[1], {"getExchangeRate()": rates[1]})
    pool = stable_pool(name, recorded(f"stable_{name}")["style"], state)
    return quoting(script, pool, "int128", state["timestamp"], more)


def block_at(timestamp: int, number: int = 1, crypto: bool = False, **more: Any) -> Block:
    someone = hexed(OTHER)
    exchanged = event(POOL, CRYPTO_SWAP if crypto else STABLE_SWAP, [someone], [0, 5, 1, 4])
    return msgspec.structs.replace(block_of_logs(number, exchanged, **more), timestamp=timestamp)


def read(script: Script, rules: Registry, block: Block) -> tuple[Any, Any]:
    """(what is published of the only pool, its state as the book has it)."""
    book = Book()
    (feature,) = states_of(script, book, block, rules, sampled_one_in=1).features
    reading = book.get(POOL).pool.reading
    return feature, reading.pool if isinstance(reading, StableReading) else reading


def agrees(pool: Any, answers: list[Any], now: int) -> int:
    """How many recorded quotes the state gives, all of them equal; of those at one time."""
    count = 0
    for function, *asked, value in answers:
        if function != "get_dy":
            continue
        try:
            given = pool.get_dy(*asked, now)
        except QuoteRefused:
            given = None
        assert given == value, asked
        count += 1
    return count


@pytest.mark.parametrize("name", STABLE)
def test_a_stable_pool_is_read_as_its_variant_and_quotes_what_its_contract_answered(name):
    count = 0
    for entry in recorded(f"stable_{name}")["pools"][:STATES]:
        state = entry["state"]
        now, rates = state["timestamp"], state["trade_rates"]
        if name == "aeth" and 10**36 // (10**36 // rates[1]) != rates[1]:
            continue
        rules = listed(STABLE[name], len(rates))
        feature, pool = read(stable(name, state), rules, block_at(now))
        assert isinstance(feature, CurvePoolState)
        assert (feature.variant, feature.venue) == (STABLE[name], "curve")
        assert list(feature.coins)[1:] == COINS[1 : len(rates)]
        assert feature.coins[0] == (ETHER if name == "steth" else COINS[0])
        assert (list(feature.balances), list(feature.rates)) == (state["balances"], rates)
        ramp = (feature.initial_a, feature.future_a, feature.initial_a_time, feature.future_a_time)
        expected = state["amplification"][:4]
        assert list(ramp) == ([expected[1], expected[1], 0, 0] if name == "susd" else expected)
        terms = feature.fee, feature.admin_fee, feature.supply, feature.a_precision
        assert terms == (
            state["fee"], state["admin_fee"], state["supply"], state["amplification"][4]
        )  # fmt: skip
        assert len(feature.prices_x128) == len(feature.inverse_prices_x128) == len(rates) - 1
        assert decode(on_wire(feature), CurvePoolState) == feature
        count += agrees(pool, entry["answers"], now)
    assert count >= 15


@pytest.mark.parametrize("name", META)
def test_a_metapool_counts_its_base_at_the_price_that_its_contract_would(name):
    record, count = recorded(f"meta_{name}"), 0
    for entry in record["pools"][:STATES]:
        state = entry["state"]
        now, pool = state["timestamp"], meta_pool(record, state)
        script = Script()
        stable_terms(script, state)
        coined(script, [decimals_of(state["rate"]), 18])
        script.says(POOL, "base_pool()", ["address"], [hexed(BASE)])
        script.says(FACTORY, "get_base_pool(address)", ["address"], [hexed(BASE)],
                    arguments=encode(["address"], [hexed(POOL)]))  # fmt: skip
        numbers(script, BASE, {"get_virtual_price()": base_of(state["base"]).virtual_price(now)})
        if record["caches"]:
            price, at = state["cache"]
            numbers(script, POOL, {"base_virtual_price()": price, "base_cache_updated()": at})
        quoting(script, pool, "int128", now)
        feature, state_read = read(script, listed(META[name], 2), block_at(now))
        assert list(feature.rates) == [state["rate"], pool.base_price(now)]
        assert feature.base_pool == BASE
        assert feature.base_cache_updated == (state["cache"][1] if record["caches"] else None)
        count += agrees(state_read, entry["answers"], now)
    assert count >= 15


def next_generation(rates: list[int], kinds: list[int], base: bytes, version: str) -> Script:
    script, argument = Script(), encode(["address"], [hexed(POOL)])
    coins = [hexed(coin) for coin in COINS[: len(rates)]]
    script.says(FACTORY, "get_coins(address)", ["address[]"], [coins], arguments=argument)
    script.says(FACTORY, "get_base_pool(address)", ["address"], [hexed(base)], arguments=argument)
    script.says(FACTORY, "get_pool_asset_types(address)", ["uint8[]"], [kinds], arguments=argument)
    script.says(POOL, "version()", ["string"], [version])
    script.says(POOL, "stored_rates()", ["uint256[]"], [rates])
    return script


def test_pools_of_stableswap_ng_are_read_at_their_own_rates():
    count, rules = 0, made_by(FAMILIES["curve_stable_ng"])
    for entry in recorded("ng_pool")["pools"][: 4 * STATES]:
        state = entry["state"]
        # The view quotes a rebasing token, too; the pool's own struct refuses to.
        now, pool = state["timestamp"], ng_pool({**state, "kinds": [0] * len(state["kinds"])})
        script = next_generation(state["rates"], state["kinds"], bytes(20), "v7.0.0")
        stable_terms(script, state, share=POOL)
        quoting(script, pool, "int128", now)
        feature, state_read = read(script, rules, block_at(now))
        assert (feature.variant, feature.base_pool) == ("next_generation", None)
        assert list(feature.asset_types) == state["kinds"]
        assert list(feature.rates) == state["rates"]
        assert feature.offpeg_fee_multiplier == state["off_peg"]
        assert feature.admin_fee == 5 * 10**9
        count += agrees(state_read, entry["answers"], now)
    assert count >= 50


def test_metapools_of_stableswap_ng_have_a_base_pool():
    count, rules = 0, made_by(FAMILIES["curve_stable_ng"])
    for entry in recorded("ngmeta_pool")["pools"][:STATES]:
        state, now = entry["state"], entry["state"]["timestamp"]
        pool = ng_meta_pool(state)
        if state["kind"] == 2:
            continue
        rates = [state["rate"], pool.base.virtual_price(now)]
        script = next_generation(rates, [], BASE, "v7.0.0")
        stable_terms(script, state, share=POOL)
        quoting(script, pool, "int128", now)
        feature, state_read = read(script, rules, block_at(now))
        assert (feature.base_pool, list(feature.rates)) == (BASE, rates)
        count += agrees(state_read, entry["answers"], now)
    assert count >= 15


def crypto_terms(script: Script, pool: Any, first: bool, packs_times: bool) -> None:
    fees, steps, ramp = pool.fees, pool.rebalancing, pool.ramp
    numbers(script, POOL, {
        "D()": pool.d, "virtual_price()": pool.virtual_price, "xcp_profit()": pool.xcp_profit,
        "xcp_profit_a()": pool.xcp_profit_a,
        "initial_A_gamma()": ramp.initial_a << 128 | ramp.initial_gamma,
        "future_A_gamma()": ramp.future_a << 128 | ramp.future_gamma,
        "initial_A_gamma_time()": ramp.initial_time, "future_A_gamma_time()": ramp.future_time,
    })  # fmt: skip
    numbers(script, SHARE if first else POOL, {"totalSupply()": pool.supply})
    if first:
        numbers(script, POOL, {
            "mid_fee()": fees.mid, "out_fee()": fees.out, "fee_gamma()": fees.gamma,
            "admin_fee()": fees.admin, "allowed_extra_profit()": steps.allowed_extra_profit,
            "adjustment_step()": steps.adjustment_step, "ma_half_time()": steps.ma_time,
        })  # fmt: skip
    else:
        extra, step = steps.allowed_extra_profit, steps.adjustment_step
        numbers(script, POOL, {
            "packed_fee_params()": fees.mid << 128 | fees.out << 64 | fees.gamma,
            "ADMIN_FEE()": fees.admin,
            "packed_rebalancing_params()": extra << 128 | step << 64 | steps.ma_time,
        })  # fmt: skip
    if packs_times:
        numbers(script, POOL, {"last_timestamp()": 77 << 128 | pool.last_prices_at})
    else:
        numbers(script, POOL, {"last_prices_timestamp()": pool.last_prices_at})
    indexed(script, "balances(uint256)", pool.balances)
    for name in ("price_scale", "price_oracle", "last_prices"):
        if len(pool.balances) == 2:
            numbers(script, POOL, {f"{name}()": getattr(pool, name)[0]})
        else:
            indexed(script, f"{name}(uint256)", getattr(pool, name))
    coined(script, [19 - len(str(each)) for each in pool.precisions])


Quotes = list[tuple[int, Any]]


def quoted_states(record: dict[str, Any]) -> Iterator[tuple[Any, Any, Quotes]]:
    """(parameters, state, what the contract then quoted and when) as recorded, some of them."""
    for entry in record["pools"][: 2 * STATES]:
        state, quotes = entry["state"], Quotes()
        for function, now, *asked in entry["answers"]:
            after = asked[-1]
            if function == "get_dy":
                quotes.append((now, ["get_dy", *asked]))
            elif isinstance(after, list) and len(after) < _STATE_FIELDS:
                after = after[-1]
            if isinstance(after, list) and len(after) >= _STATE_FIELDS:
                if quotes:
                    yield entry["parameters"], state, quotes
                state, quotes = after, Quotes()


def told_equals(feature: CurveCryptoPoolState, pool: Any) -> None:
    for name in ("balances", "price_scale", "price_oracle", "last_prices"):
        assert tuple(getattr(feature, name)) == getattr(pool, name), name
    for name in ("d", "virtual_price", "xcp_profit", "xcp_profit_a", "supply"):
        assert getattr(feature, name) == getattr(pool, name), name
    assert feature.last_prices_time == pool.last_prices_at
    assert (
        feature.initial_a, feature.initial_gamma, feature.future_a, feature.future_gamma,
        feature.initial_a_gamma_time, feature.future_a_gamma_time,
    ) == (
        pool.ramp.initial_a, pool.ramp.initial_gamma, pool.ramp.future_a, pool.ramp.future_gamma,
        pool.ramp.initial_time, pool.ramp.future_time,
    )  # fmt: skip
    fees, steps = pool.fees, pool.rebalancing
    assert (feature.mid_fee, feature.out_fee, feature.fee_gamma, feature.admin_fee) == (
        fees.mid, fees.out, fees.gamma, fees.admin
    )  # fmt: skip
    assert (feature.allowed_extra_profit, feature.adjustment_step, feature.ma_time) == (
        steps.allowed_extra_profit, steps.adjustment_step, steps.ma_time
    )  # fmt: skip
    assert decode(on_wire(feature), CurveCryptoPoolState) == feature


@pytest.mark.parametrize("name", FIRST_CRYPTO)
def test_a_crypto_pool_of_the_first_generation_is_read_and_quotes_as_its_contract(name):
    record, count = recorded(f"crypto_{name}"), 0
    for parameters, state, asked in quoted_states(record):
        pool = first_crypto(record["style"], parameters, state)
        now, script = asked[0][0], Script()
        crypto_terms(script, pool, first=True, packs_times=False)
        quoting(script, pool, "uint256", now)
        rules = listed(FIRST_CRYPTO[name], len(pool.balances))
        if name == "two_factory":
            argument = encode(["address"], [hexed(POOL)])
            coins = [hexed(coin) for coin in COINS[:2]]
            script.says(FACTORY, "get_coins(address)", ["address"] * 2, coins, arguments=argument)
            script.says(FACTORY, "get_token(address)", ["address"], [hexed(SHARE)],
                        arguments=argument)  # fmt: skip
            rules = made_by(FAMILIES["curve_crypto_factory"])
        feature, state_read = read(script, rules, block_at(now, crypto=True))
        assert feature.variant == FIRST_CRYPTO[name]
        told_equals(feature, pool)
        count += sum(agrees(state_read, [answer], at) for at, answer in asked)
    assert count >= 50


@pytest.mark.parametrize("name", SECOND_CRYPTO)
def test_a_crypto_pool_of_the_second_generation_says_itself_which_version_it_is(name):
    family, version, moves_ether = SECOND_CRYPTO[name]
    record, count = recorded(f"cryptong_{name}"), 0
    for parameters, state, asked in quoted_states(record):
        pool = second_crypto(record["style"], parameters, state)
        now, script = asked[0][0], Script()
        crypto_terms(script, pool, first=False, packs_times=name != "tri")
        quoting(script, pool, "uint256", now)
        script.says(POOL, "version()", ["string"], [version])
        if moves_ether:
            script.says(POOL, "WETH20()", ["address"], [hexed(ETHER)])
        coins = [hexed(coin) for coin in COINS[: len(pool.balances)]]
        script.says(FACTORY, "get_coins(address)", ["address"] * len(coins), coins,
                    arguments=encode(["address"], [hexed(POOL)]))  # fmt: skip
        feature, state_read = read(script, made_by(family), block_at(now, crypto=True))
        told_equals(feature, pool)
        assert state_read.version == pool.version
        count += sum(agrees(state_read, [answer], at) for at, answer in asked)
    assert count >= 50


@pytest.mark.parametrize("sold", [0, 2])
def test_what_quotes_otherwise_by_one_unit_is_told_of_as_unknown_code(sold):
    state = recorded("stable_3pool")["pools"][1]["state"]
    rules, block = listed("three_pool", 3), block_at(state["timestamp"])
    script, pool = stable("3pool", state), stable_pool("3pool", "THREE_POOL", state)
    assert isinstance(read(script, rules, block)[0], CurvePoolState)
    amount = state["balances"][sold] // 1000 + 1
    arguments = encode(["int128", "int128", "uint256"], [sold, 2 - sold, amount])
    given = pool.get_dy(sold, 2 - sold, amount, state["timestamp"]) + 1
    script.says(POOL, "get_dy(int128,int128,uint256)", ["uint256"], [given], arguments=arguments)
    unknown = StoppedPool(POOL, None, "curve", StopReason.UNKNOWN_CODE, 0)
    assert read(script, rules, block)[0] == unknown
    # The same pool taken for another variant, too.
    assert read(stable("3pool", state), listed("steth", 3), block)[0] == unknown


def test_an_empty_pool_has_no_price_and_a_metapool_without_a_base_is_not_read():
    entries = recorded("stable_3pool")["pools"]
    state = {**entries[1]["state"], "balances": [0, 0, 0], "supply": 0}
    feature, _ = read(stable("3pool", state), listed("three_pool", 3), block_at(state["timestamp"]))
    assert (feature.supply, feature.prices_x128, feature.inverse_prices_x128) == (0, (), ())
    for name in (*FIRST_CRYPTO, *SECOND_CRYPTO):
        first = name in FIRST_CRYPTO
        record = recorded(f"crypto_{name}" if first else f"cryptong_{name}")
        of = first_crypto if first else second_crypto
        bare = of(record["style"], record["pools"][0]["parameters"], record["pools"][0]["state"])
        empty = msgspec.structs.replace(bare, balances=(0,) * len(bare.balances), d=0, supply=0)
        script, now = Script(), bare.last_prices_at
        crypto_terms(script, empty, first, packs_times=False)
        if not first:
            numbers(script, SHARE, {"totalSupply()": 0})
            numbers(script, POOL, {"last_timestamp()": now})
        variant = FIRST_CRYPTO.get(name) or {
            "two200": "twocrypto_200", "two210": "twocrypto_210", "tri": "tricrypto_200",
            "tril2": "tricrypto_200_owing",
        }[name]  # fmt: skip
        rules = listed(variant, len(bare.balances))
        feature, _ = read(script, rules, block_at(now, crypto=True))
        assert (feature.d, feature.prices_x128) == (0, ()), name
    script = Script()
    stable_terms(script, {**state, "balances": [1, 1]})
    coined(script, [18, 18])
    feature, _ = read(script, listed("factory_meta", 2), block_at(state["timestamp"]))
    assert feature.stop_reason is StopReason.UNKNOWN_CODE


def test_what_cannot_be_read_is_not_told_as_it_stood_before_and_is_read_again_later():
    entries, book, rules = recorded("stable_3pool")["pools"][1:4], Book(), listed("three_pool", 3)
    said = []
    for number, (entry, more) in enumerate(zip(entries, (0, 1, 0), strict=True), 1):
        block = block_at(entry["state"]["timestamp"], number)
        script = stable("3pool", entry["state"], more)
        (feature,) = states_of(script, book, block, rules).features
        said.append(feature)
    unknown = StoppedPool(POOL, None, "curve", StopReason.UNKNOWN_CODE, 0)
    assert said[1] == unknown
    assert [list(each.balances) for each in (said[0], said[2])] == [
        entry["state"]["balances"] for entry in (entries[0], entries[2])
    ]


@pytest.mark.parametrize("version", ["v6.0.1", "v7.0.1", ""])
def test_a_factory_verified_pool_of_another_version_is_published_as_unknown_code(version):
    state = recorded("ng_pool")["pools"][0]["state"]
    script = next_generation(state["rates"], state["kinds"], bytes(20), version)
    stable_terms(script, state)
    feature, _ = read(script, made_by(FAMILIES["curve_stable_ng"]), block_at(state["timestamp"]))
    assert feature == StoppedPool(POOL, None, "curve_made", StopReason.UNKNOWN_CODE, 0)
    assert not [call for call in script.asked if call.to == POOL and len(call.data) > 4]


def plain_of_factory(implementation: bytes) -> tuple[Script, dict[str, Any]]:
    state = recorded("stable_plain2basic")["pools"][1]["state"]
    script, argument = stable("plain2basic", state, share=POOL), encode(["address"], [hexed(POOL)])
    coins = [*(hexed(coin) for coin in COINS[:2]), *[hexed(bytes(20))] * 2]
    script.says(FACTORY, "get_coins(address)", ["address"] * 4, coins, arguments=argument)
    script.says(FACTORY, "get_implementation_address(address)", ["address"],
                [hexed(implementation)], arguments=argument)  # fmt: skip
    script.says(FACTORY, "get_base_pool(address)", ["address"], [hexed(bytes(20))],
                arguments=argument)  # fmt: skip
    return script, state


def test_the_factory_says_whose_code_a_pool_has():
    rules = made_by(FAMILIES["curve_factory"], CodeVariant(b"i" * 20, "factory_pair"))
    script, state = plain_of_factory(b"i" * 20)
    feature, _ = read(script, rules, block_at(state["timestamp"]))
    assert (feature.variant, list(feature.balances)) == ("factory_pair", state["balances"])
    assert feature.supply == state["supply"]
    script, state = plain_of_factory(b"j" * 20)
    feature, _ = read(script, rules, block_at(state["timestamp"]))
    assert feature.stop_reason is StopReason.UNKNOWN_CODE


def test_only_a_factory_makes_a_pool_of_curve():
    script, state = plain_of_factory(b"i" * 20)
    script.says(FACTORY, "get_coins(address)", ["address"] * 4, [hexed(bytes(20))] * 4,
                arguments=encode(["address"], [hexed(POOL)]))  # fmt: skip
    rules = made_by(FAMILIES["curve_factory"], CodeVariant(b"i" * 20, "factory_pair"))
    emitters = UnknownEmitters()
    states = states_of(script, Book(), block_at(state["timestamp"]), rules, emitters=emitters)
    assert (states.features, POOL in emitters) == ((), True)
    assert [call.data.hex() for call in script.asked if call.to == POOL] == [
        selector(f"{name}()").hex() for name in ("factory", "token0", "token1")
    ]
    unlisted = Registry(
        "ethereum", {FACTORY: Venue("curve", FAMILIES["curve"], FACTORY, FACTORY, ())}
    )
    assert states_of(script, Book(), block_at(state["timestamp"]), unlisted).features == ()


def test_nodes_with_different_pasts_tell_the_same_though_no_event_told_of_donated_fees():
    entries = recorded("stable_3pool")["pools"][1:5]
    rules, old, young = listed("three_pool", 3), Book(), Book()
    for number, entry in enumerate(entries, 1):
        # Balances, fees and A are others in each block, and the event tells nothing of that.
        block = block_at(entry["state"]["timestamp"], number)
        at_old = states_of(stable("3pool", entry["state"]), old, block, rules)
        if number > 2:
            at_young = states_of(stable("3pool", entry["state"]), young, block, rules)
            assert (at_old.features, at_old.tokens) == (at_young.features, at_young.tokens)
            assert at_old.features[0].fee == entry["state"]["fee"]


def test_a_pool_is_asked_at_the_hash_of_the_block_itself_and_nowhere_else():
    entry = recorded("stable_3pool")["pools"][1]
    script = stable("3pool", entry["state"])
    read(script, listed("three_pool", 3), block_at(entry["state"]["timestamp"]))
    assert {call.block_hash for call in script.asked if call.to in (POOL, SHARE)} == {hash_of(1)}
    script = stable("3pool", entry["state"])
    book, rules = Book(), listed("three_pool", 3)
    block = block_at(entry["state"]["timestamp"])
    states_of(script, book, block, rules)
    book.retract(block.block)
    assert book.get(POOL) is None
