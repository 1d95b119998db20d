"""Every class of pools offers what `Pool` says, and its fee is the one that a small trade pays."""

import inspect
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

import qenus.pools
from qenus.pools import (
    AlgebraPool,
    AtTimestamp,
    BalancerStablePool,
    BalancerWeightedPool,
    CamelotV2Pair,
    InvariantVersion,
    SolidlyPair,
    UniswapV2Pair,
    UniswapV3Pool,
    UniswapV4Pool,
    depth,
    marginal_price_after,
)
from qenus.protocols.pool import Pool, Quotable, TimedPool
from tests.property.pools.test_curve_laws import STATES

ONE = 10**18
NOW = 1_700_000_000


def v3_pool() -> UniswapV3Pool:
    return UniswapV3Pool(3000, 60, 1 << 96, 0, 0).apply_liquidity(-60_000, 60_000, 10**24)


def stable_of_balancer() -> BalancerStablePool:
    return BalancerStablePool.at(
        balances=(10**24, 2 * 10**24), scaling=(ONE, ONE), amp=200_000, fee=10**15,
        version=InvariantVersion.TRUNCATED,
    )  # fmt: skip


def weighted_of_balancer() -> BalancerWeightedPool:
    return BalancerWeightedPool.at(
        balances=(10**24, 10**24), decimals=(18, 18), weights=(ONE // 5, 4 * ONE // 5),
        fee=3 * 10**15, shortcuts=True,
    )  # fmt: skip


def pair_of_camelot(stable: bool) -> CamelotV2Pair:
    return CamelotV2Pair.at(
        reserves=(10**24, 10**24), decimals=(18, 18), fees=(500, 40), stable=stable
    )


def pair_of_solidly(stable: bool) -> SolidlyPair:
    return SolidlyPair.at(
        reserves=(10**24, 2 * 10**24), decimals=(18, 18), stable=stable, fees=(30, 30)
    )


# Pools whose quotes depend on their own state alone, by a name for the test.
POOLS: dict[str, Callable[[], Any]] = {
    "uniswap_v2": lambda: UniswapV2Pair.at(reserve0=10**24, reserve1=3 * 10**24),
    "uniswap_v3": v3_pool,
    "uniswap_v4": lambda: UniswapV4Pool.at(v3_pool(), protocol_fees=(1000, 500)),
    "solidly volatile": lambda: pair_of_solidly(False),
    "solidly stable": lambda: pair_of_solidly(True),
    "camelot_v2 volatile": lambda: pair_of_camelot(False),
    "camelot_v2 stable": lambda: pair_of_camelot(True),
    "balancer_v2 weighted": weighted_of_balancer,
    "balancer_v2 stable": stable_of_balancer,
}
# Pools whose quotes depend on the block's time, too: Curve's as they were recorded.
TIMED: dict[str, Callable[[], tuple[Any, int]]] = {
    "algebra": lambda: (AlgebraPool.at(v3_pool(), fees=(500, 700), fees_at=NOW), NOW),
    **{f"curve {name}": lambda found=found: _fullest(found) for name, found in STATES.items()},
}


def _fullest(states: list[tuple[Any, int]]) -> tuple[Any, int]:
    """The recorded state whose units are the finest, extremes left out."""
    usual = [each for each in states if max(each[0].balances) < 10**28]
    return max(usual, key=lambda each: min(each[0].balances[:2]))


def pools() -> dict[str, Any]:
    """Every pool in a form that answers without a time."""
    timed = {name: AtTimestamp(*make()) for name, make in TIMED.items()}
    return {name: make() for name, make in POOLS.items()} | timed


every_pool = pytest.mark.parametrize("name", [*POOLS, *TIMED])


def small_amount(pool: Any) -> int:
    """So little of token 0 that the price hardly moves, so much that rounding hardly shows."""
    inner = getattr(pool, "pool", pool)
    balances = getattr(inner, "balances", None)
    return int(balances[0]) // 10**6 if balances else 10**18


def test_no_class_of_pools_is_left_out() -> None:
    tested = {type(make()) for make in POOLS.values()} | {
        type(make()[0]) for make in TIMED.values()
    }
    offered = {
        each
        for name, each in vars(qenus.pools).items()
        if name in qenus.pools.__all__ and inspect.isclass(each) and hasattr(each, "amount_out")
    }
    # What wraps a pool offers what the pool in it does.
    assert offered - {qenus.pools.Quarantined, AtTimestamp} == tested


@every_pool
def test_a_pool_offers_what_the_interface_says(name: str) -> None:
    assert isinstance(pools()[name], Quotable)
    if name in TIMED:
        assert isinstance(TIMED[name]()[0], TimedPool)
    # What Camelot leaves in a pair depends on the referrer: it quotes and does not trade.
    assert isinstance(pools()[name], Pool) != name.startswith("camelot")


@every_pool
def test_a_quote_both_ways_agrees(name: str) -> None:
    pool = pools()[name]
    amount = small_amount(pool)
    got = pool.amount_out(0, 1, amount)
    assert got > 0
    # Balancer's contracts round each way against the trader; the others' inputs are the least ones.
    assert pool.amount_in(0, 1, got) == pytest.approx(amount, rel=1e-6)


@every_pool
def test_the_fee_is_the_one_that_a_small_trade_pays(name: str) -> None:
    pool = pools()[name]
    amount = small_amount(pool)
    out, scale = pool.spot_price(0, 1)
    paid = 1 - Fraction(pool.amount_out(0, 1, amount) * scale, amount * out)
    share = Fraction(*pool.fee_share(0, 1))
    assert 0 <= share < 1
    assert float(paid) == pytest.approx(float(share), abs=2e-5)


@pytest.mark.parametrize("name", [name for name in [*POOLS, *TIMED] if "camelot" not in name])
def test_a_trade_brings_its_quote_and_a_depth_moves_the_price_so_far(name: str) -> None:
    pool = pools()[name]
    amount = small_amount(pool)
    _, got = pool.trade(0, 1, amount)
    assert got == pool.amount_out(0, 1, amount)
    out, scale = pool.spot_price(0, 1)
    moves = depth(pool, 0, 1, 10)
    after, after_scale = marginal_price_after(pool, 0, 1, moves)
    assert after * scale * 10_000 <= out * after_scale * 9_990
