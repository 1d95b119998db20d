"""What enters a pool is a number of its contract's own width: one beyond either end is refused."""

from collections.abc import Callable

import pytest

from qenus.pools import (
    AlgebraPool,
    BalancerStablePool,
    BalancerWeightedPool,
    CamelotV2Pair,
    FeeConfiguration,
    InvariantVersion,
    OutOfBounds,
    PairShares,
    QuoteRefused,
    SolidlyPair,
    Swap,
    TickLiquidity,
    Timepoint,
    UniswapV2Pair,
    UniswapV3Pool,
    UniswapV4Pool,
    VolatilityRecord,
    pool_id,
)
from qenus.protocols.uniswap_v3.tick_math import (
    MAX_SQRT_PRICE_X96,
    MAX_TICK,
    MIN_SQRT_PRICE_X96,
    MIN_TICK,
    max_liquidity_per_tick,
)

ONE = 10**18
CURVE = UniswapV3Pool(3000, 60, 1 << 96, 0, 0)
CONFIGURATION = FeeConfiguration(2900, 12000, 360, 60000, 59, 8500, 0, 10, 100)


def v3(**state: object) -> UniswapV3Pool:
    known = {"fee": 3000, "tick_spacing": 60, "sqrt_price_x96": 1 << 96, "tick": 0, "liquidity": 0}
    return UniswapV3Pool.at(ticks={}, **(known | state))  # type: ignore[arg-type]


def weighted(**state: object) -> BalancerWeightedPool:
    known = {"balances": (1, 1), "decimals": (18, 18), "weights": (ONE // 2,) * 2, "fee": 0}
    return BalancerWeightedPool.at(shortcuts=True, **(known | state))  # type: ignore[arg-type]


def stable(**state: object) -> BalancerStablePool:
    known = {"balances": (1, 1), "scaling": (ONE, ONE), "amp": 1000, "fee": 0, "own_token": None}
    return BalancerStablePool.at(version=InvariantVersion.TRUNCATED, **(known | state))  # type: ignore[arg-type]


def record(*timepoints: Timepoint, volume: int = 0) -> VolatilityRecord:
    return VolatilityRecord.at(
        timepoints=timepoints, configuration=CONFIGURATION, volume_in_block=volume
    )


# (who takes the number, the last one that fits, the first that does not)
DOORS: dict[str, tuple[Callable[[int], object], int, int]] = {
    "V2 reserve": (lambda n: UniswapV2Pair.at(reserve0=n, reserve1=1), (1 << 112) - 1, 1 << 112),
    "V2 reserve, negative": (lambda n: UniswapV2Pair.at(reserve0=n, reserve1=1), 0, -1),
    "V2 Sync": (lambda n: UniswapV2Pair(1, 1).apply_sync(1, n), (1 << 112) - 1, 1 << 112),
    "V2 supply": (lambda n: PairShares.at(supply=n), (1 << 256) - 1, 1 << 256),
    "Camelot Sync": (
        lambda n: CamelotV2Pair(1, 1, 18, 18, 0, 0, False).apply_sync(n, 1),
        (1 << 112) - 1, 1 << 112,
    ),
    "Solidly Sync": (
        lambda n: SolidlyPair(1, 1, ONE, ONE, False, 0, 0).apply_sync(n, 1),
        (1 << 112) - 1, 1 << 112,
    ),
    "V3 price, low": (
        lambda n: v3(sqrt_price_x96=n, tick=MIN_TICK), MIN_SQRT_PRICE_X96, MIN_SQRT_PRICE_X96 - 1
    ),
    "V3 price, high": (
        lambda n: v3(sqrt_price_x96=n, tick=MAX_TICK - 1),
        MAX_SQRT_PRICE_X96 - 1, MAX_SQRT_PRICE_X96,
    ),
    "V3 liquidity": (
        lambda n: v3(liquidity=n, known=(-60, 60)), (1 << 128) - 1, 1 << 128
    ),
    "V3 gross": (
        lambda n: UniswapV3Pool.at(
            fee=1, tick_spacing=60, sqrt_price_x96=1 << 96, tick=0, liquidity=0,
            ticks={60: TickLiquidity(0, n)},
        ),
        (1 << 128) - 1, 1 << 128,
    ),
    "V3 fee": (lambda n: v3(fee=n), 999_999, 1_000_000),
    "V3 spacing": (lambda n: v3(tick_spacing=n), 1, 0),
    "V3 Mint, tick": (
        lambda n: CURVE.apply_liquidity(-60, n, 1), MAX_TICK // 60 * 60, MAX_TICK // 60 * 60 + 60
    ),
    "V3 Mint, amount": (
        lambda n: CURVE.apply_liquidity(-60, 60, n), (1 << 128) - 1, 1 << 128
    ),
    "V3 Swap, liquidity": (
        lambda n: CURVE.apply_swap(Swap(1, -1, 1 << 96, n, 0)), (1 << 128) - 1, 1 << 128
    ),
    "V3 Swap, tick": (lambda n: CURVE.apply_swap(Swap(1, -1, 1 << 96, 0, n)), -1, -2),
    "V4 key, fee": (
        lambda n: pool_id(bytes(20), bytes(20), n, 60, bytes(20)), (1 << 24) - 1, 1 << 24
    ),
    "V4 key, spacing": (
        lambda n: pool_id(bytes(20), bytes(20), 1, n, bytes(20)), 32767, 32768
    ),
    "V4 protocol fee": (
        lambda n: UniswapV4Pool.at(CURVE, protocol_fees=(n, 0)), 1000, 1001
    ),
    "Algebra fee": (
        lambda n: AlgebraPool.at(CURVE, fees=(n, 0), fees_at=0), (1 << 16) - 1, 1 << 16
    ),
    "Algebra time": (
        lambda n: AlgebraPool.at(CURVE, fees=(0, 0), fees_at=n), (1 << 32) - 1, 1 << 32
    ),
    "Algebra timepoint": (
        lambda n: record(Timepoint(1, 0, n, 0, 0)), (1 << 88) - 1, 1 << 88
    ),
    "Algebra timepoints": (
        lambda n: record(Timepoint(5, 0, 0, 0, 0), Timepoint(n, 0, 0, 0, 0)), 6, 5
    ),
    "Algebra volume": (
        lambda n: record(Timepoint(5, 0, 0, 0, 0), volume=n), (1 << 128) - 1, 1 << 128
    ),
    "weighted balance": (lambda n: weighted(balances=(n, 1)), (1 << 112) - 1, 1 << 112),
    "weighted fee": (lambda n: weighted().apply_fee(n), ONE - 1, ONE),
    "stable balance": (
        lambda n: stable().apply_balances((1, n)), (1 << 112) - 1, 1 << 112
    ),
    "stable amp": (lambda n: stable(amp=n), 1000, 999),
    "stable supply": (
        lambda n: stable(balances=(1, 1, 5), scaling=(ONE,) * 3, own_token=2, supply=n), 5, 4
    ),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_the_last_number_that_fits_enters_and_the_next_one_does_not(door: str) -> None:
    enter, fits, does_not = DOORS[door]
    enter(fits)
    with pytest.raises(OutOfBounds) as refused:
        enter(does_not)
    assert str(does_not) in str(refused.value)


@pytest.mark.parametrize("number", [1.0, True, "1", None])
def test_what_is_no_integer_does_not_enter(number: object) -> None:
    with pytest.raises(OutOfBounds, match="reserve0"):
        UniswapV2Pair.at(reserve0=number, reserve1=1)  # type: ignore[arg-type]


MOST = max_liquidity_per_tick(60)


@pytest.mark.parametrize(
    ("lower", "upper", "liquidity", "reason"),
    [(-60, 60, 0, "liquidity"), (60, 60, 1, "range"), (60, -60, 1, "range"),
     (-61, 60, 1, "multiple"), (-60, 887280, 1, "tick_upper"), (-60, 60, MOST + 1, "no more than"),
     (-60, 60, 1 << 128, "liquidity")],
)  # fmt: skip
def test_a_mint_that_the_contract_reverts_is_refused(
    lower: int, upper: int, liquidity: int, reason: str
) -> None:
    with pytest.raises(QuoteRefused, match=reason):
        CURVE.mint(lower, upper, liquidity)


def test_a_tick_holds_no_more_than_its_share_of_all_liquidity() -> None:
    full, *_ = CURVE.mint(-60, 60, MOST)
    with pytest.raises(QuoteRefused, match="no more than"):
        full.mint(0, 60, 1)
    known = UniswapV3Pool.at(
        fee=1, tick_spacing=60, sqrt_price_x96=1 << 96, tick=0, liquidity=0, ticks={},
        known=(-120, 120),
    )  # fmt: skip
    with pytest.raises(QuoteRefused, match="were read"):
        known.mint(-60, 180, 1)


def test_more_than_a_position_holds_is_not_burnt_and_nothing_is_lent_out_of_nothing() -> None:
    pool, *_ = CURVE.mint(-60, 60, 5)
    with pytest.raises(QuoteRefused, match=r"in 0\.\.5, found 6"):
        pool.burn(-60, 60, 6, position=5)
    with pytest.raises(QuoteRefused, match=r"position must be .*, found 0"):
        pool.burn(-60, 60, 0, position=0)
    assert pool.flash_fees(1, 0) == (1, 0)
    with pytest.raises(QuoteRefused, match="no liquidity"):
        CURVE.flash_fees(1, 0)
