"""Whatever a caller asks of a pool in whatever state, it is answered or refused with QuoteRefused.

Tokens that are not there, amounts of nothing, below zero or beyond a word, truths for numbers,
ticks off every range, times before and after all: no other exception comes out of any family.
"""

import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from qenus.pools import (
    AlgebraPool,
    AtTimestamp,
    BalancerStablePool,
    BalancerWeightedPool,
    CamelotV2Pair,
    CurveCryptoPool,
    FeeConfiguration,
    InvariantVersion,
    PairShares,
    PairSwap,
    QuoteRefused,
    SolidlyPair,
    Swap,
    Timepoint,
    UniswapV2Pair,
    UniswapV3Pool,
    UniswapV4Pool,
    VolatilityRecord,
    YRounding,
    depth,
    marginal_price_after,
    skimmed,
)
from qenus.protocols.balancer_v2 import weighted_shares
from qenus.protocols.uniswap_v3.tick_math import (
    MAX_SQRT_PRICE_X96,
    MAX_TICK,
    MIN_SQRT_PRICE_X96,
    MIN_TICK,
)
from tests.property.pools.test_curve_laws import STATES

ONE = 10**18
NOW = 1_700_000_000
STATES_EACH = 150
EDGES = sorted(
    value + off
    for value in (0, 10**6, ONE, *(1 << bit for bit in (24, 64, 111, 112, 127, 128, 160, 255, 256)))
    for off in (-1, 0, 1)
)
Draw = Callable[[random.Random], Any]


def amounts(rng: random.Random) -> Any:
    """All sizes alike, the ends of every word, below zero, and truths."""
    kind = rng.randrange(8)
    if kind < 5:
        return rng.getrandbits(rng.randint(1, 112))
    return rng.choice((*EDGES, True)) if kind < 7 else rng.getrandbits(rng.randint(1, 257))


def tokens(rng: random.Random) -> Any:
    if rng.randrange(8):
        return rng.choice((0, 1, 1, 0, 2))
    return rng.choice((-1, 3, 7, 8, True, False, 1 << 256, -(1 << 255)))


def ticks(rng: random.Random) -> int:
    if rng.randrange(4):
        return rng.randint(-15, 15) * 60
    return rng.choice((1, MIN_TICK, MAX_TICK, -887220, 887220, MAX_TICK + 1, 1 << 23, -(1 << 24)))


def limits(rng: random.Random) -> Any:
    if rng.randrange(2):
        return None
    ends = (0, -1, MIN_SQRT_PRICE_X96 + 1, MAX_SQRT_PRICE_X96 - 1, MAX_SQRT_PRICE_X96, True)
    return rng.choice((*ends, rng.getrandbits(rng.randint(1, 161))))


def times(rng: random.Random) -> Any:
    if rng.randrange(3):
        return NOW + rng.choice((0, 0, 0, 1, -1, 600, 86_400, 10**7))
    return rng.choice((-1, 0, (1 << 32) - 1, 1 << 32, 1 << 64, 1 << 256, True))


def vectors(rng: random.Random) -> tuple[Any, ...]:
    return tuple(amounts(rng) for _ in range(rng.choice((0, 1, 2, 2, 3, 3, 3, 4))))


def signed(rng: random.Random) -> Any:
    return rng.choice((1, -1)) * amounts(rng)


def basis_points(rng: random.Random) -> Any:
    return (
        rng.randint(1, 9_999) if rng.randrange(2) else rng.choice((0, -1, 10_000, True, 1 << 256))
    )


def truths(rng: random.Random) -> bool:
    return rng.random() < 0.5


Call = tuple[str, tuple[Draw, ...]]
PAIRWISE: tuple[Call, ...] = (
    ("amount_out", (tokens, tokens, amounts)), ("amount_in", (tokens, tokens, amounts)),
    ("trade", (tokens, tokens, amounts)), ("spot_price", (tokens, tokens)),
)  # fmt: skip
TIMED: tuple[Call, ...] = (
    ("amount_out", (tokens, tokens, amounts, times)),
    ("amount_in", (tokens, tokens, amounts, times)),
    ("exchange", (tokens, tokens, amounts, times)),
    ("spot_price_at", (tokens, tokens, times)),
)
TICKED: tuple[Call, ...] = (
    ("swap", (truths, signed, limits)), ("mint", (ticks, ticks, amounts)),
    ("burn", (ticks, ticks, amounts, amounts)), ("flash_fees", (amounts, amounts)),
)  # fmt: skip
CURVE: tuple[Call, ...] = (
    *TIMED, ("get_dy", (tokens, tokens, amounts, times)),
    ("get_dx", (tokens, tokens, amounts, times)),
    ("get_dy_underlying", (tokens, tokens, amounts, times)),
    ("exchange_underlying", (tokens, tokens, amounts, times)),
    ("exchange_received", (tokens, tokens, amounts, times)),
    ("dynamic_fee", (tokens, tokens, times)), ("virtual_price", (times,)),
    ("calc_token_amount", (vectors, truths, times)),
    ("calc_withdraw_one_coin", (amounts, tokens, times)),
    ("deposit", (vectors, times)), ("withdraw_one", (amounts, tokens, times)),
    ("add_liquidity", (vectors, times)), ("remove_liquidity", (amounts, times)),
    ("remove_liquidity_one_coin", (amounts, tokens, times)), ("claim_admin_fees", (times,)),
    ("fee", ()), ("get_virtual_price", ()), ("invariant_at", (times,)), ("base_price", (times,)),
)  # fmt: skip
# Asked of the pool through a function: (name, what it is given beside the pool).
OF_ANY: tuple[Call, ...] = (
    ("marginal_price_after", (tokens, tokens, amounts)),
    ("depth", (tokens, tokens, basis_points)),
)
CALLS: dict[str, tuple[Call, ...]] = {
    "uniswap_v2": (
        *PAIRWISE, *OF_ANY, ("swap", (amounts, amounts, amounts, amounts)),
        ("shares_mint", (amounts, amounts, amounts, amounts)),
        ("shares_burn", (amounts, amounts, amounts, amounts, amounts)),
        ("skimmed", (amounts, amounts)),
    ),
    "uniswap_v3": (*PAIRWISE, *OF_ANY, *TICKED),
    "uniswap_v4": (
        *PAIRWISE, *OF_ANY, *(call for call in TICKED if call[0] != "flash_fees"),
        ("donate", (amounts, amounts)),
    ),
    "algebra": (
        *TIMED, *OF_ANY, ("flash_fees", (amounts, amounts)), ("fees_in", (times,)),
        ("swap_at", (truths, signed, limits, times)), ("mint", (ticks, ticks, amounts, times)),
        ("burn_at", (ticks, ticks, amounts, times, amounts)), ("in_block", (times,)),
    ),
    "solidly": (*PAIRWISE, *OF_ANY),
    "camelot_v2": tuple(call for call in PAIRWISE if call[0] != "trade"),
    "balancer_weighted": (
        *PAIRWISE, *OF_ANY, ("shares_minted", (amounts, vectors)),
        ("shares_burnt", (amounts, vectors)), ("single_cost", (amounts, tokens, amounts)),
        ("single_worth", (amounts, tokens, amounts)), ("proportional_cost", (amounts, amounts)),
        ("proportional_worth", (amounts, amounts)),
    ),
    "balancer_stable": (
        *PAIRWISE, *OF_ANY, ("join", (vectors,)), ("leave", (vectors,)),
        ("leave_in_proportion", (amounts,)),
    ),
    "curve": (*CURVE, *OF_ANY),
}  # fmt: skip
# What is no method of the pool by that name, or takes its arguments in another way.
OTHERWISE: dict[str, Callable[..., object]] = {
    "marginal_price_after": marginal_price_after,
    "depth": depth,
    "skimmed": skimmed,
    "shares_mint": lambda pool, supply, k_last, *balances: _shares(supply, k_last).mint(
        pool, *balances
    ),
    "shares_burn": lambda pool, supply, k_last, *rest: _shares(supply, k_last).burn(pool, *rest),
    "swap_at": lambda pool, *asked: pool.swap(*asked[:-1], timestamp=asked[-1]),
    "burn_at": lambda pool, *asked: pool.burn(*asked[:-1], position=asked[-1]),
    **{name: getattr(weighted_shares, name) for name in weighted_shares.__all__},
}


def _shares(supply: int, k_last: int) -> PairShares:
    return PairShares(min(abs(int(supply)), EDGES[-3]), abs(int(k_last)) % (1 << 224), True)


def ask(pool: Any, name: str, asked: tuple[Any, ...]) -> object:
    """The pool's answer; nothing where this kind of pool has no such question."""
    if name in OTHERWISE:
        return OTHERWISE[name](pool, *asked)
    if isinstance(pool, UniswapV2Pair) and name == "swap":
        return pool.swap(PairSwap(*asked))
    if isinstance(pool, CurveCryptoPool) and name == "remove_liquidity":
        # The first generation's does not ask for the time.
        return pool.remove_liquidity(asked[0])
    if name == "burn":
        return pool.burn(*asked[:-1], position=asked[-1])
    question = getattr(pool, name, None)
    return question(*asked) if callable(question) else None


def reserves(rng: random.Random) -> int:
    most = (1 << 112) - 1
    if rng.randrange(2):
        return 10**24 + rng.getrandbits(80)
    return rng.choice((0, 1, 2, 10**6, ONE, 1 << 111, most, rng.getrandbits(rng.randint(1, 112))))


def hostile(rng: random.Random, family: str) -> Any:
    """A pool in any state that its checks let in."""
    two = reserves(rng), reserves(rng)
    decimals = rng.choice(((18, 18), (18, 6), (0, 18), (6, 0)))
    weight = rng.choice((1, 10**16, ONE // 2, ONE - 1))
    if family == "uniswap_v2":
        return UniswapV2Pair.at(
            reserve0=two[0], reserve1=two[1], share_numerator=rng.choice((1, 997, 1000))
        )
    if family == "solidly":
        return SolidlyPair.at(
            reserves=two, decimals=decimals, stable=truths(rng), fees=(0, rng.choice((1, 9999))),
            rounding=rng.choice(tuple(YRounding)),
        )  # fmt: skip
    if family == "camelot_v2":
        fees = rng.randint(0, 2000), rng.randint(0, 2000)
        return CamelotV2Pair.at(reserves=two, decimals=decimals, fees=fees, stable=truths(rng))
    fee = rng.choice((0, 10**12, 10**17, ONE - 1))
    if family == "balancer_weighted":
        return BalancerWeightedPool.at(
            balances=two, decimals=decimals, weights=(weight, ONE - weight), shortcuts=truths(rng),
            fee=fee,
        )  # fmt: skip
    if family == "balancer_stable":
        own = rng.choice((None, 0, 2))
        return BalancerStablePool.at(
            balances=(*two, reserves(rng)), amp=rng.choice((1000, 200_000, 5_000_000)),
            scaling=tuple(rng.choice((1, ONE, ONE, ONE, 10**36, 10**54)) for _ in range(3)),
            fee=fee, own_token=own, version=rng.choice(tuple(InvariantVersion)),
            supply=None if own is None else rng.choice((1 << 112, 1 << 255, None)),
        )  # fmt: skip
    return _ticked(rng, family)


def _ticked(rng: random.Random, family: str) -> Any:
    curve = UniswapV3Pool(rng.choice((0, 100, 999_999)), 60, 1 << 96, 0, 0)
    for lower, upper in ((-887220, 887220), (-120, 60), (60, 180)):
        liquidity = rng.choice((0, 1, ONE, 1 << 100, (1 << 113) - 1))
        curve = curve.apply_liquidity(lower, upper, liquidity)
    price = rng.choice((1 << 96, 1 << 96, MIN_SQRT_PRICE_X96, MAX_SQRT_PRICE_X96 - 1))
    if price != 1 << 96:
        tick = MIN_TICK if price == MIN_SQRT_PRICE_X96 else MAX_TICK - 1
        curve = curve.apply_swap(Swap(0, 0, price, 0, tick))
    if family == "uniswap_v3":
        return curve
    if family == "uniswap_v4":
        protocol_fees = 1000, rng.choice((0, 1))
        fee = rng.choice((0, 3000, 999_999, 1_000_000))
        return UniswapV4Pool.at(curve, fee=fee, protocol_fees=protocol_fees)
    record = VolatilityRecord.at(
        timepoints=[Timepoint(NOW, 0, 0, rng.randint(-500, 500), 0)],
        configuration=FeeConfiguration(2900, 12000, 360, 60000, 59, 8500, 0, 10, 100),
        volume_in_block=rng.getrandbits(64),
    )
    return AlgebraPool.at(
        curve, fees=(rng.getrandbits(16), 100), fees_at=NOW, adaptive=truths(rng),
        volatility=rng.choice((record, None)),
    )  # fmt: skip


def check(pool: Any, calls: tuple[Call, ...], rng: random.Random) -> None:
    for name, wanted in calls:
        asked = tuple(draw(rng) for draw in wanted)
        try:
            ask(pool, name, asked)
        except QuoteRefused:
            continue
        except Exception as failure:
            failure.add_note(f"{name}{asked} of {pool}")
            raise


def answered(pool: Any, calls: tuple[Call, ...], rng: random.Random) -> None:
    timed = AtTimestamp(pool, NOW) if hasattr(pool, "exchange") else pool
    check(timed, tuple(call for call in calls if call in OF_ANY), rng)
    check(pool, tuple(call for call in calls if call not in OF_ANY), rng)


@pytest.mark.parametrize("family", [name for name in CALLS if name != "curve"])
def test_whatever_is_asked_is_answered_or_refused(family: str) -> None:
    rng = random.Random(family)
    for _ in range(STATES_EACH):
        pool = hostile(rng, family)
        for _ in range(5):
            answered(pool, CALLS[family], rng)


@pytest.mark.slow
@pytest.mark.parametrize("variant", STATES)
def test_whatever_is_asked_of_a_curve_pool_is_answered_or_refused(variant: str) -> None:
    rng = random.Random(variant)
    for _ in range(STATES_EACH):
        pool, now = rng.choice(STATES[variant])
        if truths(rng) and "balances" in pool.__struct_fields__:
            balances = tuple(reserves(rng) for _ in pool.balances)
            pool = msgspec.structs.replace(pool, balances=balances)

        def here(rng: random.Random, now: int = now) -> Any:
            return now if rng.randrange(6) else times(rng)

        calls = tuple(
            (name, tuple(here if draw is times else draw for draw in wanted))
            for name, wanted in CURVE
        )
        check(pool, calls, rng)
        check(AtTimestamp(pool, now), OF_ANY, rng)
