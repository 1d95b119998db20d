"""Each family of pools held against everything that is known of it: `CHECKS` by family."""

from collections.abc import Callable
from fractions import Fraction
from math import isqrt
from types import ModuleType
from typing import Any

import msgspec
import pytest
from recorded_pools import recorded_answers, recorded_state, replay

__all__ = ["CHECKS"]

# The contracts' own constants for a spacing of 60, by whether the lowest tick is rounded down.
_MAX_LIQUIDITY = {
    False: 11505743598341114571880798222544994,
    True: 11505354575363080317263139282924270,
}
_NOW = 1_700_000_000


def uniswap_v2(pools: ModuleType) -> None:
    """The pair's own rule is the oracle of the router's formulas: no more out, no less in."""
    for reserves in ((10**21, 3 * 10**12), (7, 10**9), (123_456_789, 987_654_321)):
        pair = pools.UniswapV2Pair.at(reserve0=reserves[0], reserve1=reserves[1])
        for token, amount in ((0, 2), (1, 5), (0, 10**6 + 1), (1, 33_333)):
            out = pair.amount_out(token, 1 - token, amount)
            assert not out or _allowed(pools, pair, token, amount, out)
            assert not _allowed(pools, pair, token, amount, out + 1)
            if 0 < out < reserves[1 - token]:
                cost = pair.amount_in(token, 1 - token, out)
                assert _allowed(pools, pair, token, cost, out)
    # A reserve is a uint112.
    full = pools.UniswapV2Pair.at(reserve0=(1 << 112) - 1, reserve1=10**6)
    assert _refused(pools, lambda: full.swap(pools.PairSwap(1 << 100, 0, 0, 1)))
    assert _refused(pools, lambda: full.amount_out(0, 1, 1000))
    # Where the product stays exactly what it was, the rule holds.
    even = pools.UniswapV2Pair.at(reserve0=997, reserve1=2000)
    assert even.amount_out(0, 1, 1000) == 1000
    assert _allowed(pools, even, 0, 1000, 1000)
    # The contract's own test table: getAmountIn(1, 100, 100) is 2, getAmountOut(2, 100, 100) is 1.
    small = pools.UniswapV2Pair.at(reserve0=100, reserve1=100)
    assert (small.amount_in(0, 1, 1), small.amount_out(0, 1, 2)) == (2, 1)
    # A sixth of the growth of the root: exactly one share for each six of growth from even ground.
    shares = pools.PairShares.at(supply=10**6, k_last=10**12, fee_on=True)
    grown = pools.UniswapV2Pair.at(reserve0=2 * 10**6, reserve1=2 * 10**6)
    assert shares.due(grown) == 10**6 * 10**6 // (5 * 2 * 10**6 + isqrt(10**12))
    for name in ("V2", "V2 with fee"):
        replay(pools, name)


def _allowed(pools: ModuleType, pair: Any, token: int, amount: int, out: int) -> bool:
    event = (amount, 0, 0, out) if token == 0 else (0, amount, out, 0)
    try:
        pair.swap(pools.PairSwap(*event))
    except pools.QuoteRefused:
        return False
    return True


def uniswap_v3(pools: ModuleType) -> None:
    """Recorded devnet pools, and the quoter's answers on a mainnet pool."""
    # A range begins at its lower tick and ends before its upper one.
    price = pools.parts["uniswap_v3.tick_math"].sqrt_price_at_tick(60)
    at = pools.UniswapV3Pool(3000, 60, price, 60, 0)
    assert at.apply_liquidity(60, 120, 5).liquidity == 5
    assert at.apply_liquidity(0, 60, 5).liquidity == 0
    for name in ("V3", "V3 full range"):
        replay(pools, name)
    assert pools.parts["uniswap_v3.tick_math"].max_liquidity_per_tick(60) == _MAX_LIQUIDITY[False]
    state = recorded_state("uniswap_v3_wbtc_weth_block_24407242")
    ticks = {
        int(tick): pools.TickLiquidity(net, gross)
        for tick, (gross, net, _) in state["tick_data"].items()
    }
    pool = pools.UniswapV3Pool.at(**state["scalars"], ticks=ticks)
    for (_, function, direction, amount), value in recorded_answers(
        "cached_calculations_v3_wbtc_weth"
    ):
        down, exact_in = direction == "WBTC->WETH", function == "quoteExactInputSingle"
        event = pool.swap(down, int(amount) if exact_in else -int(amount)).event
        paid, got = (event[0], -event[1]) if down else (event[1], -event[0])
        assert value == (got if exact_in else paid), (function, direction, amount)


def uniswap_v4(pools: ModuleType) -> None:
    """What the manager could not note, hooks, and recorded devnet pools."""
    counted = pools.parts["uniswap_v3.tick_math"].max_liquidity_per_tick(
        60, lowest_rounded_down=True
    )
    assert counted == _MAX_LIQUIDITY[True]
    curve = pools.UniswapV3Pool(3000, 60, 1 << 96, 0, 0)
    deep = pools.UniswapV4Pool.at(curve.apply_liquidity(-887220, 887220, 1 << 70))
    assert deep.swap(True, 1 << 127).event.amount0 == 1 << 127
    for amount in ((1 << 127) + 1, -(1 << 71)):
        assert _refused(pools, lambda amount=amount: deep.swap(True, amount))
    most = _MAX_LIQUIDITY[True] + 1
    assert _refused(pools, lambda: deep.mint(-60, 60, most))
    assert not _refused(pools, lambda: deep.mint(-60, 60, most - 1))
    assert _refused(pools, lambda: pools.UniswapV4Pool.at(curve).donate(1, 0))
    for bit, act in (
        (7, lambda pool: pool.amount_out(0, 1, 10)),
        (2, lambda pool: pool.amount_out(0, 1, 10)),
        (1, lambda pool: pool.mint(-60, 60, 1)),
        (8, lambda pool: pool.burn(-60, 60, 1, position=1)),
        (5, lambda pool: pool.donate(1, 1)),
    ):
        hooked = pools.UniswapV4Pool.at(deep.liquidity, hooks=(1 << bit).to_bytes(20, "big"))
        assert _refused(pools, lambda act=act, hooked=hooked: act(hooked))
    # SwapMath.computeSwapStep of v4-core: what is left after the fee is the input.
    thick = pools.UniswapV4Pool.at(curve.apply_liquidity(-887220, 887220, 1 << 100))
    assert (thick.swap(True, 1000).fee_paid, thick.swap(True, 10).fee_paid) == (3, 1)
    # InvalidFeeForExactOut: a fee of all takes an input and gives nothing.
    whole = pools.UniswapV4Pool.at(thick.liquidity, fee=1_000_000)
    assert whole.swap(False, 77).event == (0, 77, 1 << 96, 1 << 100, 0)
    assert whole.swap(False, 77).fee_paid == 77
    assert _refused(pools, lambda: whole.swap(False, -1))
    for name in ("V4 with protocol fees", "V4"):
        replay(pools, name)


def _refused(pools: ModuleType, act: Callable[[], object]) -> bool:
    try:
        act()
    except pools.QuoteRefused:
        return True
    return False


def algebra(pools: ModuleType) -> None:
    """Recorded devnet pools with the fees that they set, and a fee for each direction."""
    for seconds, tick0, tick1, average0, average1 in (
        (1, 5, 9, 0, 0), (7, -100, 350, 12, -40), (12, 3, 3, -3, 4), (3600, 887271, -9, 1, 2),
    ):  # fmt: skip
        # What it is meant to be: the squares of how far the tick is off its average, each second.
        slope = Fraction((tick1 - tick0) - (average1 - average0), seconds)
        strayed = sum((tick0 - average0 + slope * at) ** 2 for at in range(1, seconds + 1))
        deviation = pools.parts["algebra.volatility"]._deviation
        assert deviation(seconds, tick0, tick1, average0, average1) == strayed // 1
    for name in ("Algebra", "Algebra, calm"):
        replay(pools, name)
    curve = pools.UniswapV3Pool(0, 60, 1 << 96, 0, 0).apply_liquidity(-600, 600, 10**18)
    pool = pools.AlgebraPool.at(curve, fees=(100, 2500), fees_at=_NOW)
    for down, fee in ((True, 100), (False, 2500)):
        event = curve.swap_at_fee(fee, down, 10**15).event
        assert pool.swap(down, 10**15, timestamp=_NOW).event == event
    assert _refused(pools, lambda: pool.amount_out(0, 1, 1, _NOW + 1))


def balancer_weighted(pools: ModuleType) -> None:
    """Recorded devnet pools, and the vault's answers on five mainnet pools."""
    for name in ("weighted", "weighted 70/30"):
        replay(pools, name)
    # The vault keeps a balance in 112 bits (BAL#526), whatever the pool's powers say.
    heavy = pools.BalancerWeightedPool.at(
        balances=(10**24, 10**24), decimals=(18, 18), weights=(10**16, 99 * 10**16), fee=10**15,
        shortcuts=True,
    )  # fmt: skip
    assert not _refused(pools, lambda: heavy.amount_in(0, 1, 10**23))
    assert _refused(pools, lambda: heavy.amount_in(0, 1, 3 * 10**23 - 1))
    most = (1 << 112) - 1
    wide = msgspec.structs.replace(heavy, balances=(most - 10**23, 10**24))
    assert not _refused(pools, lambda: wide.trade(0, 1, 10**23))
    assert _refused(pools, lambda: wide.trade(0, 1, 10**23 + 1))
    by_address = {}
    for name in ("weth_bal", "usdc_weth", "dai_weth_40_60", "sdvecrv_crv_90_10",
                 "dai_gp_weth_usdt_4_token"):  # fmt: skip
        state = recorded_state(f"balancer_weighted_{name}")
        pool = pools.BalancerWeightedPool.at(
            balances=tuple(state["balances"]),
            decimals=tuple(token["decimals"] for token in state["tokens"]),
            weights=tuple(state["weights"]), fee=int(Fraction(state["fee"]) * 10**18),
            shortcuts=state["pow_version"] != "v1",
        )  # fmt: skip
        by_address[state["address"]] = pool, [token["symbol"] for token in state["tokens"]]
    for series in ("two_token_given_in", "two_token_given_out", "multi_token_given_in",
                   "multi_token_given_out"):  # fmt: skip
        for key, value in recorded_answers(f"balancer_v2_expanded_{series}"):
            pool, symbols = by_address[key[0]]
            quote = pool.amount_out if key[2] == "GIVEN_IN" else pool.amount_in
            if "->" in key[3]:
                token_in, token_out = (symbols.index(symbol) for symbol in key[3].split("->"))
            else:
                token_in, token_out = (int(part[2:]) for part in key[3:5])
            assert quote(token_in, token_out, int(key[-1])) == value, key


def balancer_stable(pools: ModuleType) -> None:
    """A recorded devnet pool, and the vault's answers on two mainnet pools."""
    replay(pools, "stable")
    # BalanceAllocation.toBalance: a balance is a uint112.
    half, one = 1 << 111, 10**18
    even = pools.BalancerStablePool.at(
        balances=(half, half), scaling=(one, one), amp=200_000, fee=0,
        version=pools.InvariantVersion.TRUNCATED,
    )  # fmt: skip
    assert not _refused(pools, lambda: even.trade(0, 1, half - 1))
    assert _refused(pools, lambda: even.trade(0, 1, half))
    bought = even.amount_out(0, 1, half - 1)
    assert not _refused(pools, lambda: even.amount_in(0, 1, bought - one))
    assert _refused(pools, lambda: even.amount_in(0, 1, bought + one))
    by_address = {}
    for name in ("bb_s_usd", "cbeth_wsteth"):
        state = recorded_state(f"balancer_stable_{name}")
        by_address[state["address"]] = pools.BalancerStablePool.at(
            balances=tuple(state["balances"]), scaling=tuple(state["resolved_scaling_factors"]),
            amp=state["amp"], fee=int(Fraction(state["fee"]) * 10**18),
            version=pools.InvariantVersion(state["invariant_version"]), own_token=state["bpt_idx"],
        )  # fmt: skip
    for direction in ("in", "out"):
        for key, value in recorded_answers(f"balancer_v2_stable_query_swap_given_{direction}"):
            pool = by_address[key[0]]
            quote = pool.amount_out if direction == "in" else pool.amount_in
            token_in, token_out = (int(part[2:]) for part in key[3:5])
            assert quote(token_in, token_out, int(key[5])) == value, key


def solidly(pools: ModuleType) -> None:
    """Aerodrome's answers, figures of an independent library, and the volatile formula."""
    state = recorded_state("aerodrome_v2_dola_usdbc_stable_block_46875151")
    pair = pools.SolidlyPair.at(
        reserves=(state["reserves_token0"], state["reserves_token1"]),
        decimals=(state["token0"]["decimals"], state["token1"]["decimals"]),
        stable=True, fees=(state["fee_raw"],) * 2,
    )  # fmt: skip
    for (_, _, direction, amount), value in recorded_answers("aerodrome_v2_stable_get_amount_out"):
        tokens = (0, 1) if direction == "DOLA->USDbC" else (1, 0)
        assert pair.amount_out(*tokens, int(amount)) == value, (direction, amount)
    for decimals, reserves, token, amount, out in _SECOND_GENERATION:
        stable = pools.SolidlyPair.at(
            reserves=reserves, decimals=decimals, stable=True, fees=(30, 30)
        )
        assert stable.amount_out(token, 1 - token, amount) == out
    volatile = pools.SolidlyPair.at(
        reserves=(10**21, 10**21), decimals=(18, 18), stable=False, fees=(30, 5)
    )
    assert volatile.amount_out(0, 1, 1001) == 998 * 10**21 // (10**21 + 998)
    assert volatile.amount_out(1, 0, 1001) == 1001 * 10**21 // (10**21 + 1001)


# (decimals, reserves, token in, amount, out) as degenbot 0.3.0 computes them, fee 30 of 10,000; the
# branches of the search for y decide the last unit.
_SECOND_GENERATION = (
    ((18, 6), (11681974603030761472, 81415), 1, 46349, 1626030198397580818),
    ((18, 6), (3709906635441681408, 54051), 1, 6, 137341845632320),
    ((18, 18), (1477829134573417216, 5224698927747397), 0, 944844496957, 9990765549),
    ((18, 6), (5408111843583118336, 14196), 1, 400, 49739543426243649),
    ((18, 6), (3898436620533874176, 5889), 1, 49, 10752915188837652),
)
# The same, fee 40 of 100,000.
_FIRST_GENERATION = (
    ((18, 6), (3898436620533874176, 5889), 1, 49, 10752915188837698),
    ((18, 18), (27765451719918202880, 34200639277230456), 1, 10479762180474650,
     2366030712890201151),
    ((18, 18), (2580038848061440000, 3239502645911693), 1, 2216298041466, 587874939819237),
    ((18, 6), (50505815806501471698332, 35728582212), 0, 51694796117197002761, 51151283),
    ((6, 6), (2345678901234, 1987654321098), 0, 180436838556, 179598872733),
    ((18, 18), (700000000000000000003, 9000000000000000000077), 0, 53846153846153846154,
     223376005399351442017),
)  # fmt: skip


def camelot_v2(pools: ModuleType) -> None:
    """Figures of an independent library, and a fee for each token sold."""
    for decimals, reserves, token, amount, out in _FIRST_GENERATION:
        stable = pools.CamelotV2Pair.at(
            reserves=reserves, decimals=decimals, fees=(40, 40), stable=True
        )
        assert stable.amount_out(token, 1 - token, amount) == out
    pair = pools.CamelotV2Pair.at(
        reserves=(10**21, 10**21), decimals=(18, 18), fees=(300, 1_000), stable=False
    )
    for token, fee in ((0, 300), (1, 1_000)):
        counting = 10**15 * (100_000 - fee)
        expected = counting * 10**21 // (10**21 * 100_000 + counting)
        assert pair.amount_out(token, 1 - token, 10**15) == expected


def curve_plain(pools: ModuleType) -> None:
    """3pool's answers: trades, deposits and withdrawals of one coin."""
    state = recorded_state("curve_tripool_block_24407242")
    pool, now = _plain(pools, state), state["block_timestamp"]
    symbols = [token["symbol"] for token in state["tokens"]]
    for (_, _, direction, amount), value in recorded_answers("curve_tripool_get_dy"):
        tokens = (symbols.index(symbol) for symbol in direction.split("->"))
        assert pool.get_dy(*tokens, int(amount), now) == value, direction
    for key, value in recorded_answers("curve_tripool_calc_withdraw_and_token_amount"):
        index, amount = int(key[-2].removeprefix("i=")), int(key[-1])
        if key[1] == "calc_token_amount":
            amounts = tuple(amount if at == index else 0 for at in range(3))
            assert pool.calc_token_amount(amounts, key[2] == "deposit", now) == value, key
        else:
            assert pool.calc_withdraw_one_coin(amount, index, now) == value, key


def curve_meta(pools: ModuleType) -> None:
    """The RAI metapool's answers, of its own two tokens and of those beneath."""
    state = recorded_state("curve_metapool_rai_3crv_block_25144000")
    pool = pools.CurveMetaPool.at(
        balances=tuple(state["balances"]), rate=state["redemption_price"],
        amplification=_amplification(pools, state, 100), fee=state["fee"],
        admin_fee=state["admin_fee"], supply=state["lp_token_total_supply"],
        cached_price=state["base_virtual_price"], cached_at=state["base_cache_updated"],
        base=_plain(pools, state["base_pool"]),
    )  # fmt: skip
    now = state["block_timestamp"]
    own = [token["symbol"] for token in state["tokens"]]
    beneath = [token["symbol"] for token in state["tokens_underlying"]]
    for (_, function, direction, amount), value in recorded_answers("curve_metapool_get_dy"):
        names = own if function == "get_dy" else beneath
        quote = pool.amount_out if function == "get_dy" else pool.get_dy_underlying
        tokens = (names.index(symbol) for symbol in direction.split("->"))
        assert quote(*tokens, int(amount), now) == value, (function, direction)
    later = state["base_cache_updated"] + 601
    assert pool.base_price(later - 1) == state["base_virtual_price"]
    assert pool.base_price(later) == state["base_pool"]["virtual_price"]


def _plain(pools: ModuleType, state: dict[str, Any]) -> Any:
    return pools.CurvePlainPool.at(
        balances=tuple(state["balances"]),
        decimals=tuple(token["decimals"] for token in state["tokens"]),
        amplification=_amplification(pools, state, 1), fee=state["fee"],
        admin_fee=state["admin_fee"], supply=state["lp_token_total_supply"],
    )  # fmt: skip


def _amplification(pools: ModuleType, state: dict[str, Any], precision: int) -> Any:
    return pools.Amplification(
        state["initial_a"], state["future_a"], state["initial_a_time"], state["future_a_time"],
        precision,
    )  # fmt: skip


def ledger(pools: ModuleType) -> None:
    """Undo puts back what stood, and what was not there goes again."""
    kept = pools.PoolLedger(bytes(32), undo_blocks=2)
    kept.apply(b"1" * 32, bytes(32), {b"a": 1, b"b": 2})
    kept.apply(b"2" * 32, b"1" * 32, {b"a": 3, b"b": None, b"c": 4})
    with pytest.raises(Exception, match="expected parent"):
        kept.apply(b"3" * 32, b"1" * 32, {})
    kept.undo(b"2" * 32)
    assert ({key: kept.get(key) for key in kept}, kept.head) == ({b"a": 1, b"b": 2}, b"1" * 32)
    kept.undo(b"1" * 32)
    assert (list(kept), kept.head) == ([], bytes(32))


CHECKS: dict[str, Callable[[ModuleType], None]] = {
    check.__name__: check
    for check in (
        uniswap_v2, uniswap_v3, uniswap_v4, algebra, balancer_weighted, balancer_stable, solidly,
        camelot_v2, curve_plain, curve_meta, ledger,
    )
}  # fmt: skip
