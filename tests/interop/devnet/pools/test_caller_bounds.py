"""What a caller may ask of a contract at most: the last that it takes, and the first it reverts on.

Each bound is the contract's own, from its source or from what it answers itself, and each operation
goes to its bytecode: predicted, and held like those of the campaign.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from begun_campaign import campaign
from concentrated_operations import ConcentratedOperations
from drawn_operations import Operation
from pool_campaign import Campaign
from v2_operations import PairOperations
from v4_operations import V4Operations

pytestmark = pytest.mark.interop

UINT112_MAX = (1 << 112) - 1
INT256_MAX = (1 << 255) - 1
# TickMath's MIN_SQRT_RATIO and MAX_SQRT_RATIO.
MIN_PRICE, MAX_PRICE = 4295128739, 1461446703485210103287273052203988822378723970342
LAST_TICK = 887272


class Edge(NamedTuple):
    """An operation, and whether the contract does it."""

    does: bool
    draw: Callable[[int], Operation]


def family_of(run: Campaign, name: str) -> Any:
    """The family of that name."""
    (family,) = (one for one in run.families if one.name == name)
    return family


async def hold(run: Campaign, *edges: Edge) -> None:
    """Do the operations; each prediction must be the edge's, and the contract's."""
    operations = await run.do(*(edge.draw for edge in edges))
    for edge, operation in zip(edges, operations, strict=True):
        assert (operation.refused is None) is edge.does, f"{operation}: {operation.refused}"


def pair_edges(pair: PairOperations) -> list[Edge]:
    """Source: Uniswap v2-core, UniswapV2Pair.mint, swap, _update."""

    def sell(sent: int, more: int = 0) -> Operation:
        before = pair.state.pair
        # UniswapV2Library.getAmountOut
        out = sent * 997 * before.reserve1 // (before.reserve0 * 1000 + sent * 997)
        return pair.trade(f"sell {sent}", (sent, 0), (0, out + more), (0, 0))

    def room() -> int:
        return UINT112_MAX - pair.state.pair.reserve0

    return [
        # Of a first deposit 1,000 shares are burnt, and at least one must be left.
        Edge(False, lambda _: pair.deposit((1000, 1002))),
        Edge(False, lambda _: pair.trade("skim all", (0, 0), (0, 0), (0, 0))),
        Edge(True, lambda _: pair.deposit((1 << 100, 1 << 90))),
        Edge(False, lambda _: pair.trade("take nothing", (5, 0), (0, 0), (0, 0))),
        Edge(False, lambda _: pair.trade("pay nothing", (0, 0), (0, 5), (0, 0))),
        Edge(False, lambda _: pair.trade("take all", (1 << 110, 0), (0, 1 << 90), (0, 0))),
        Edge(True, lambda _: sell(1 << 60)),
        Edge(False, lambda _: sell(1 << 60, more=1)),
        Edge(False, lambda _: sell(room() + 1)),
        Edge(True, lambda _: sell(room())),
        Edge(False, lambda _: sell(1)),
        Edge(False, lambda _: pair.withdraw(pair.state.held + 1)),
        Edge(True, lambda _: pair.withdraw(pair.state.held)),
        Edge(True, lambda _: pair.deposit((room(), 1 << 80))),
        Edge(False, lambda _: pair.deposit((1, 1 << 80))),
    ]


def swap_edges(family: ConcentratedOperations) -> list[Edge]:
    """Source: UniswapV3Pool.swap, AlgebraPool.swap, Pool.swap of V4."""

    def price() -> int:
        return family.curve().sqrt_price_x96

    return [
        Edge(False, lambda at: family.swap(True, 0, None, at)),
        Edge(False, lambda at: family.swap(True, 1 << 40, price(), at)),
        Edge(False, lambda at: family.swap(False, 1 << 40, price(), at)),
        Edge(False, lambda at: family.swap(True, 1 << 40, MIN_PRICE, at)),
        Edge(False, lambda at: family.swap(False, 1 << 40, MAX_PRICE, at)),
        Edge(True, lambda at: family.swap(True, 1 << 60, price() - 1, at)),
        Edge(True, lambda at: family.swap(False, 1 << 60, price() + 1, at)),
    ]


def whole_range_edges(family: ConcentratedOperations) -> list[Edge]:
    """Amounts as large as the type, up to prices as far as they go."""
    # V4 turns the sign around: what no int256 is cannot be asked for.
    beyond = INT256_MAX + 1 if isinstance(family, V4Operations) else -INT256_MAX - 1
    return [
        Edge(True, lambda at: family.swap(True, INT256_MAX, MIN_PRICE + 1, at)),
        Edge(False, lambda at: family.swap(True, 1, MIN_PRICE + 1, at)),
        Edge(True, lambda at: family.swap(False, -INT256_MAX, MAX_PRICE - 1, at)),
        Edge(False, lambda at: family.swap(False, 1, MAX_PRICE - 1, at)),
        Edge(True, lambda at: family.swap(True, beyond, 1 << 96, at)),
    ]


def liquidity_edges(family: ConcentratedOperations, most: int) -> list[Edge]:
    """`most` is what one tick holds. Source: UniswapV3Pool.mint and burn, Pool.modifyLiquidity."""
    step = family.spacing
    last = LAST_TICK // step * step
    # Where no position stands.
    span, taken = (-700 * 60, -700 * 60 + step), (-700 * 60, -700 * 60 + 2 * step)
    return [
        Edge(False, lambda at: family.mint(span, 0, at)),
        Edge(False, lambda at: family.mint((60, 60), 1, at)),
        Edge(False, lambda at: family.mint((60, -60), 1, at)),
        Edge(False, lambda at: family.mint((-last - step, last), 1, at)),
        Edge(False, lambda at: family.mint((-last, last + step), 1, at)),
        Edge(False, lambda at: family.burn(span, 0, at)),
        Edge(False, lambda at: family.mint(span, most + 1, at)),
        Edge(True, lambda at: family.mint(span, most, at)),
        Edge(False, lambda at: family.mint(taken, 1, at)),
        Edge(True, lambda at: family.burn(span, 0, at)),
        Edge(False, lambda at: family.burn(span, most + 1, at)),
        Edge(True, lambda at: family.burn(span, most, at)),
        Edge(True, lambda at: family.mint((-last, last), 1, at)),
        Edge(True, lambda at: family.burn((-last, last), 1, at)),
    ]


async def most_of(run: Campaign, family: Any) -> int:
    """What one tick may hold, as the contract says it where it does."""
    if isinstance(family, V4Operations):
        # TickMath's ticks that may be initialised: Pool.tickSpacingToMaxLiquidityPerTick.
        low, high = -LAST_TICK // family.spacing, LAST_TICK // family.spacing
        return ((1 << 128) - 1) // (high - low + 1)
    (most,) = await run.node.view(family.address, "maxLiquidityPerTick()", returns="(uint128)")
    return int(most)


async def test_each_family_refuses_what_its_contract_reverts_on_and_no_more():
    async with campaign(seed=1) as run:
        for name in ("V2", "V2 with fee"):
            await hold(run, *pair_edges(family_of(run, name)))
        for name in ("V3", "V3 full range", "V4", "V4 with protocol fees", "Algebra"):
            family = family_of(run, name)
            await hold(run, *swap_edges(family))
            await hold(run, *liquidity_edges(family, await most_of(run, family)))
            await hold(run, *whole_range_edges(family))


async def test_a_pool_whose_fee_is_everything_takes_what_an_int128_holds_and_gives_nothing():
    # Source: v4-core Pool.swap (InvalidFeeForExactOut), SafeCast.toInt128.
    async with campaign(seed=1) as run:
        family = family_of(run, "V4, all is fee")
        await hold(
            run,
            Edge(False, lambda at: family.swap(True, -1, None, at)),
            Edge(False, lambda at: family.swap(False, -1, None, at)),
            Edge(True, lambda at: family.swap(True, 1, None, at)),
            Edge(False, lambda at: family.swap(True, (1 << 127) + 1, None, at)),
            Edge(True, lambda at: family.swap(True, 1 << 127, None, at)),
            Edge(True, lambda at: family.swap(False, 1 << 127, None, at)),
        )
