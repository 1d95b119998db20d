"""What users' type checkers see of pools: a trade gives the same kind of pool, amounts are ints."""

from typing import assert_type

from qenus.pools import (
    AlgebraPool,
    AtTimestamp,
    BalancerWeightedPool,
    CurvePlainPool,
    PoolLedger,
    QuoteRefused,
    SolidlyPair,
    Swapped,
    UniswapV2Pair,
    UniswapV3Pool,
    depth,
)
from qenus.protocols.pool import Pool, Quotable, TimedPool
from qenus.protocols.records import PoolRecord


def trades(pair: UniswapV2Pair, pool: UniswapV3Pool, curve: CurvePlainPool) -> None:
    assert_type(pair.amount_out(0, 1, 10**18), int)
    assert_type(pair.amount_in(0, 1, 10**18), int)
    assert_type(pair.trade(0, 1, 10**18), tuple[UniswapV2Pair, int])
    assert_type(pool.trade(0, 1, 10**18), tuple[UniswapV3Pool, int])
    assert_type(pool.swap(True, 10**18), Swapped)
    assert_type(curve.exchange(0, 1, 10**18, 1_700_000_000), tuple[CurvePlainPool, int])
    assert_type(depth(pool, 0, 1, 100), int)
    assert_type(depth(AtTimestamp(curve, 1_700_000_000), 0, 1, 100), int)


def every_pool_is_one(
    pair: UniswapV2Pair, pool: UniswapV3Pool, solidly: SolidlyPair, weighted: BalancerWeightedPool
) -> list[Pool]:
    return [pair, pool, solidly, weighted]


def of_any_kind(pool: Quotable, timed: TimedPool) -> int:
    """A user's own function of any pool."""
    try:
        return pool.amount_out(0, 1, 1) + timed.amount_out(0, 1, 1, timestamp=1)
    except QuoteRefused as refused:
        assert_type(refused.reason, str)
        return 0


def timed(algebra: AlgebraPool, curve: CurvePlainPool) -> list[TimedPool]:
    return [algebra, curve]


def records(record: PoolRecord[UniswapV2Pair, int], ledger: PoolLedger[UniswapV2Pair]) -> None:
    assert_type(record.state, UniswapV2Pair)
    assert_type(record.pool, UniswapV2Pair | None)
    assert_type(record.terms, int)
    assert_type(record.tokens, tuple[bytes, ...])
    assert_type(ledger.get(b""), UniswapV2Pair | None)
