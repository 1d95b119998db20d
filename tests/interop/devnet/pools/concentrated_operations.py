"""What pools with ticks have in common: swaps with and without limits, positions, crossings.

Uniswap V3, V4 and Algebra draw the same operations; how they are asked for, and what is said of
them, is each one's own.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import attrs
from drawn_operations import (
    EventShape,
    Operation,
    Said,
    View,
    moves_of,
    refusal_of,
    sized,
)

from qenus.protocols.uniswap_v3.pool import Swap
from qenus.protocols.uniswap_v3.swap_fees import SwapFees
from qenus.protocols.uniswap_v3.tick_math import (
    MAX_SQRT_PRICE_X96,
    MAX_TICK,
    MIN_SQRT_PRICE_X96,
    sqrt_price_at_tick,
)
from tools.devnet.protocols.hands import Hands, Step
from tools.devnet.protocols.tokens import Token

__all__ = ["ConcentratedOperations", "PoolState", "Range"]

Range = tuple[int, int]
_LOWEST, _HIGHEST = MIN_SQRT_PRICE_X96 + 1, MAX_SQRT_PRICE_X96 - 1
# From here on inwards most trades are drawn; beyond, most lead back.
_HOME_TICKS = 30_000
_ALL = 1 << 120
# From one end of the range to the other, with a spacing of one.
_GAS = 120_000_000


@attrs.frozen
class PoolState:
    """A pool, and the liquidity of the hands' positions by range.

    By token: `growth` is the fee growth for one unit of liquidity (Q128.128, modulo 2^256), `kept`
    what the protocol kept of fees (smallest units).
    """

    pool: Any
    positions: Mapping[Range, int] = attrs.field(factory=dict)
    extra: Any = None
    growth: tuple[int, int] = (0, 0)
    kept: tuple[int, int] = (0, 0)

    def with_fees(self, token: int, growth: int, kept: int) -> "PoolState":
        """The same after fees in one token, which raise its growth and what the protocol kept."""
        grown, held = list(self.growth), list(self.kept)
        grown[token] = (grown[token] + growth) % (1 << 256)
        held[token] += kept
        return attrs.evolve(self, growth=tuple(grown), kept=tuple(held))


class ConcentratedOperations(ABC):
    """One pool; `tokens` are in its order."""

    def __init__(
        self,
        name: str,
        weight: int,
        tokens: tuple[Token, Token],
        hands: Hands,
        spacing: int,
        state: PoolState,
        *,
        calm: bool = False,
    ) -> None:
        self.name = name
        self.weight = weight
        self.tokens = tokens
        self.hands = hands
        self.spacing = spacing
        self.state = state
        # A calm pool's price is never pushed far.
        self.calm = calm
        self.touched: set[int] = set()
        self.most_crossings = 0
        self.crossed_hundreds = 0
        self.at_limits = 0

    # -- each family's own -----------------------------------------------------------------------

    @abstractmethod
    def curve(self) -> Any:
        """The price, ticks and liquidity that stand: a UniswapV3Pool."""

    @abstractmethod
    def swapped(self, down: bool, amount: int, limit: int, timestamp: int) -> Any:
        """Predict a swap: (Swapped, the state's pool and extra after it, what is said before)."""

    @abstractmethod
    def swap_fees(self, down: bool, amount: int, limit: int, timestamp: int) -> SwapFees:
        """Predict where the fee of a swap goes."""

    @abstractmethod
    def swap_step(self, down: bool, amount: int, limit: int) -> Step: ...

    @abstractmethod
    def mint_steps(self, span: Range, liquidity: int) -> list[Step]: ...

    @abstractmethod
    def burn_steps(self, span: Range, liquidity: int, amounts: Range) -> list[Step]: ...

    @abstractmethod
    def minted(self, span: Range, liquidity: int, timestamp: int) -> Any:
        """Predict a mint: (pool and extra after, amounts, what is said)."""

    @abstractmethod
    def burned(self, span: Range, liquidity: int, timestamp: int) -> Any:
        """Predict a burn: (pool and extra after, amounts, what is said)."""

    @abstractmethod
    def swap_said(self, event: Swap) -> Said: ...

    @abstractmethod
    def lend(self, rng: random.Random) -> Operation:
        """Draw a flash loan or a donation."""

    @property
    @abstractmethod
    def key(self) -> bytes:
        """The ledger's key of the pool."""

    # -- drawing ---------------------------------------------------------------------------------

    def draw(self, rng: random.Random, timestamp: int) -> Operation:
        """Swap most of the time."""
        draw = rng.random()
        here = self.curve()
        if abs(here.tick) > _HOME_TICKS and draw < 0.7:
            return self._come_back(rng, timestamp)
        most_bits = max(here.liquidity.bit_length() - 5, 40) if self.calm else 87
        if draw < 0.34:
            return self.swap(rng.random() < 0.5, sized(rng, 1, most_bits), None, timestamp)
        if draw < 0.56:
            return self.swap(rng.random() < 0.5, -sized(rng, 1, most_bits), None, timestamp)
        if draw < 0.69:
            return self._swap_to_a_limit(rng, timestamp)
        if draw < 0.71 and not self.calm:
            return self._swap_to_the_end(rng, timestamp)
        if draw < 0.74:
            return self._swap_in_vain(rng, timestamp)
        if draw < 0.85:
            return self._mint(rng, timestamp)
        if draw < 0.95 and self.state.positions:
            return self._burn(rng, timestamp)
        return self.lend(rng)

    def swap(self, down: bool, amount: int, limit: int | None, timestamp: int) -> Operation:
        if limit is None:
            limit = _LOWEST if down else _HIGHEST
        """Swap to a limit, by default the end of the price range."""
        what = f"swap {'down' if down else 'up'} {amount} to {limit}"
        step = self.swap_step(down, amount, limit)
        predicted, refused = refusal_of(lambda: self.swapped(down, amount, limit, timestamp))
        asked = ("swap", down, amount, limit, timestamp)
        if refused:
            return self.operation(what, [step], refused).about(*asked)
        swapped, pool, extra, said = predicted
        fees = self.swap_fees(down, amount, limit, timestamp)
        assert fees.paid == swapped.fee_paid, f"{self.name}: {what}: {fees}, {swapped.fee_paid}"
        state = attrs.evolve(self.state, pool=pool, extra=extra)
        self.state = state.with_fees(0 if down else 1, fees.growth_x128, fees.to_protocol)
        event = swapped.event
        self.most_crossings = max(self.most_crossings, swapped.crossings)
        self.crossed_hundreds += swapped.crossings >= 100
        self.at_limits += event.sqrt_price_x96 in (_LOWEST, _HIGHEST)
        return self.operation(
            what, [step], None, (*said, self.swap_said(event)),
            -event.amount0, -event.amount1,
        ).about(*asked, answer=(*event, *fees))  # fmt: skip

    def _swap_to_a_limit(self, rng: random.Random, timestamp: int) -> Operation:
        """So far that hundreds of ticks may be crossed, or exactly onto a tick."""
        here = self.curve()
        away = sized(rng, 1, 7 if self.calm else 13)
        down = rng.random() < 0.5
        tick = max(min(here.tick + (-away if down else away), MAX_TICK - 1), 1 - MAX_TICK)
        if rng.random() < 0.5:
            tick = tick // self.spacing * self.spacing
        limit = sqrt_price_at_tick(tick) + rng.choice((0, 0, 1, -1, 12345))
        amount = _ALL if rng.random() < 0.6 else sized(rng, 60, 100)
        return self.swap(down, amount * rng.choice((1, 1, -1)), limit, timestamp)

    def _swap_to_the_end(self, rng: random.Random, timestamp: int) -> Operation:
        return self.swap(rng.random() < 0.5, _ALL * rng.choice((1, -1)), None, timestamp)

    def _come_back(self, rng: random.Random, timestamp: int) -> Operation:
        down = self.curve().tick > 0
        limit = sqrt_price_at_tick(rng.randint(-500, 500))
        return self.swap(down, _ALL, limit, timestamp)

    def _swap_in_vain(self, rng: random.Random, timestamp: int) -> Operation:
        """With a limit on the wrong side, beyond the range, or for nothing."""
        price = self.curve().sqrt_price_x96
        down = rng.random() < 0.5
        wrong = rng.choice((
            price, price + 1 if down else price - 1, MIN_SQRT_PRICE_X96 if down
            else MAX_SQRT_PRICE_X96,
        ))  # fmt: skip
        if rng.random() < 0.3:
            return self.swap(down, 0, None, timestamp)
        return self.swap(down, sized(rng, 1, 60), wrong, timestamp)

    def _mint(self, rng: random.Random, timestamp: int) -> Operation:
        span = self._some_range(rng)
        liquidity = sized(rng, 1, 75)
        if rng.random() < 0.03:
            liquidity = 1 << 125
        return self.mint(span, liquidity, timestamp)

    def mint(self, span: Range, liquidity: int, timestamp: int) -> Operation:
        """Add liquidity to the hands' position in a range."""
        what = f"mint {liquidity} at {span}"
        steps = self.mint_steps(span, liquidity)
        predicted, refused = refusal_of(lambda: self.minted(span, liquidity, timestamp))
        asked = ("mint", *span, liquidity, timestamp)
        if refused:
            return self.operation(what, steps, refused).about(*asked)
        pool, extra, amounts, said = predicted
        positions = {**self.state.positions, span: self._standing(span) + liquidity}
        self.state = attrs.evolve(self.state, pool=pool, extra=extra, positions=positions)
        done = self.operation(what, steps, None, said, -amounts[0], -amounts[1])
        return done.about(*asked, answer=amounts)

    def _some_range(self, rng: random.Random) -> Range:
        spacing = self.spacing
        if self.state.positions and rng.random() < 0.3:
            return rng.choice(list(self.state.positions))
        middle = self.curve().tick // spacing + rng.randint(-60, 60)
        lower, upper = middle * spacing, (middle + sized(rng, 1, 7)) * spacing
        most = MAX_TICK // spacing * spacing
        draw = rng.random()
        if draw < 0.05:
            return upper, lower
        if draw < 0.1:
            return lower + 1, upper
        if draw < 0.13:
            return lower, most + spacing
        if draw < 0.16:
            return lower, lower
        return max(lower, -most), min(upper, most)

    def _burn(self, rng: random.Random, timestamp: int) -> Operation:
        # What makes a calm pool calm stays.
        spans = list(self.state.positions)
        span = rng.choice(spans[1:] if self.calm and len(spans) > 1 else spans)
        most = self._standing(span)
        liquidity = min(sized(rng, 1, most.bit_length() + 1), most + 1)
        if rng.random() < 0.25 and not self.calm:
            liquidity = most
        return self.burn(span, liquidity, timestamp)

    def burn(self, span: Range, liquidity: int, timestamp: int) -> Operation:
        """Take liquidity out of the hands' position in a range."""
        most = self._standing(span)
        what = f"burn {liquidity} at {span}"
        predicted, refused = refusal_of(lambda: self.burned(span, liquidity, timestamp))
        amounts = predicted[2] if predicted else (0, 0)
        steps = self.burn_steps(span, liquidity, amounts)
        asked = ("burn", *span, liquidity, most, timestamp)
        if refused:
            return self.operation(what, steps, refused).about(*asked)
        pool, extra, _, said = predicted
        positions = {**self.state.positions, span: most - liquidity}
        if liquidity == most:
            del positions[span]
        self.state = attrs.evolve(self.state, pool=pool, extra=extra, positions=positions)
        return self.operation(what, steps, None, said, *amounts).about(*asked, answer=amounts)

    def earned(self, paid: Range, kept: Range = (0, 0)) -> None:
        """Let the liquidity in range earn what is paid in both tokens less what is kept of it."""
        liquidity = self.curve().liquidity
        for token in (0, 1):
            growth = (paid[token] - kept[token] << 128) // liquidity
            self.state = self.state.with_fees(token, growth, kept[token])

    def _standing(self, span: Range) -> int:
        return self.state.positions.get(span, 0)

    def operation(
        self,
        what: str,
        steps: list[Step],
        refused: str | None,
        said: tuple[Said, ...] = (),
        move0: int = 0,
        move1: int = 0,
    ) -> Operation:
        """An operation of this pool's."""
        moves = moves_of((self.tokens[0].address, move0), (self.tokens[1].address, move1))
        transaction = self.hands.perform(*steps, gas=_GAS)
        return Operation(self.name, what, transaction, refused, said, moves)

    # -- following -------------------------------------------------------------------------------

    def planned(self) -> dict[bytes, Any]:
        """The pool."""
        return {self.key: self.state.pool}

    def transfer(self, token: str, sender: str, to: str, amount: int, view: View) -> None:
        """Nothing: balances say nothing of a pool with ticks."""
        return

    def events(self) -> list[tuple[str, EventShape]]:
        """None, unless a family says which."""
        return []

    def touched_ticks(self) -> list[int]:
        """The ticks that liquidity changed at since they were asked for last."""
        ticks, self.touched = sorted(self.touched), set()
        return ticks


def tick_facts(pool: Any, tick: int) -> tuple[int, int]:
    """(gross, net) liquidity at a tick, nothing where it is not initialised."""
    if tick not in pool.ticks:
        return 0, 0
    at = pool.ticks.index(tick)
    return pool.grosses[at], pool.nets[at]
