"""The record of volatility from which an Algebra 1.0 pool sets its fee anew once a block.

The first swap of a block, or the first change of liquidity in range, notes a timepoint: the tick
that stood until then, how far it strayed from its average of the last day, and how much was traded
per liquidity. The fee is a base plus two sigmoids of the day's mean square deviation, scaled by a
third of the day's trading. All of it follows from swaps, mints and burns and their times, so that
with one day of timepoints read once, the fee of any block to come is known before its first swap.
Divisions truncate towards zero as Solidity's do.
Source: cryptoalgebra v1-core, DataStorage, AdaptiveFee, DataStorageOperator.
"""

from bisect import bisect_right
from collections.abc import Sequence
from math import isqrt
from typing import NamedTuple

import msgspec

from qenus.protocols.bounds import INT24_MAX, INT24_MIN, check_range

__all__ = ["WINDOW_SECONDS", "FeeConfiguration", "Timepoint", "VolatilityRecord"]

WINDOW_SECONDS = 86_400
# The contract's ring of timepoints.
_MAX_TIMEPOINTS = 65_536
_UINT16_MAX = (1 << 16) - 1
_UINT32_MAX = (1 << 32) - 1
_UINT88 = 1 << 88
_UINT144 = 1 << 144
_MAX_VOLUME_PER_LIQUIDITY = 100_000 << 64
_VOLUME_SHIFT = 57
# Deviations are summed up second by second; the fee takes them per fifteen.
_VOLATILITY_PERIOD = 15


class Timepoint(NamedTuple):
    """What the contract notes at a time (UNIX seconds); three are sums since the pool began."""

    timestamp: int
    tick_cumulative: int
    volatility_cumulative: int
    average_tick: int
    volume_per_liquidity_cumulative: int


class FeeConfiguration(NamedTuple):
    """How a fee follows from volatility and volume, in hundredths of a basis point.

    Two sigmoids of height `alpha`, middle `beta` and width `gamma` over the volatility; a third,
    as high as both, over the volume.
    """

    alpha1: int
    alpha2: int
    beta1: int
    beta2: int
    gamma1: int
    gamma2: int
    volume_beta: int
    volume_gamma: int
    base_fee: int

    def check(self) -> None:
        """Check every number of it.

        Raises:
            OutOfBounds: a number leaves its contract type, or a fee could leave uint16.
        """
        for name, value in zip(self._fields, self, strict=True):
            wide = name in ("beta1", "beta2", "volume_beta")
            low = 1 if "gamma" in name else 0
            check_range(name, value, low, _UINT32_MAX if wide else _UINT16_MAX)
        check_range("highest fee", self.alpha1 + self.alpha2 + self.base_fee, 0, _UINT16_MAX)

    def fee(self, volatility: int, volume_per_liquidity: int) -> int:
        """Return the fee, in hundredths of a basis point.

        Source: cryptoalgebra v1-core, AdaptiveFee.getFee.
        """
        height = _sigmoid(volatility, self.gamma1, self.alpha1, self.beta1)
        height += _sigmoid(volatility, self.gamma2, self.alpha2, self.beta2)
        over = _sigmoid(volume_per_liquidity, self.volume_gamma, height, self.volume_beta)
        return self.base_fee + over


class VolatilityRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A pool's timepoints of the last day and the one before, oldest first; `volume_in_block` is
    what was traded per liquidity (Q64) since the last of them."""

    timepoints: tuple[Timepoint, ...]
    configuration: FeeConfiguration
    volume_in_block: int = 0

    @classmethod
    def at(
        cls,
        *,
        timepoints: Sequence[Timepoint],
        configuration: FeeConfiguration,
        volume_in_block: int = 0,
    ) -> "VolatilityRecord":
        """Return the record with this state, checked.

        A day's timepoints are needed and the last one before them; all there are, where the pool
        is younger.

        Raises:
            OutOfBounds: none are given, they are not in order, or a number leaves its type.
        """
        configuration.check()
        check_range("count of timepoints", len(timepoints), 1, _MAX_TIMEPOINTS)
        check_range("volume in block", volume_in_block, 0, (1 << 128) - 1)
        before = -1
        for timepoint in timepoints:
            check_range("timestamp", timepoint.timestamp, before + 1, _UINT32_MAX)
            check_range("average tick", timepoint.average_tick, INT24_MIN, INT24_MAX)
            check_range("volatility", timepoint.volatility_cumulative, 0, _UINT88 - 1)
            volume = timepoint.volume_per_liquidity_cumulative
            check_range("volume per liquidity", volume, 0, _UINT144 - 1)
            check_range("tick sum", timepoint.tick_cumulative, -(1 << 55), (1 << 55) - 1)
            before = timepoint.timestamp
        return cls(tuple(timepoints), configuration, volume_in_block)

    def written(self, timestamp: int, tick: int) -> "VolatilityRecord":
        """Return the record after the first action of a block, `tick` being what stood before it.

        Raises:
            OutOfBounds: the block is older than the last timepoint.

        Source: cryptoalgebra v1-core, DataStorage.write.
        """
        last = self.timepoints[-1]
        if timestamp == last.timestamp:
            return self
        check_range("timestamp", timestamp, last.timestamp, _UINT32_MAX)
        seconds = timestamp - last.timestamp
        average = self._average_tick(timestamp, tick)
        before = tick
        if len(self.timepoints) > 1:
            previous = self.timepoints[-2]
            before = _quotient(
                last.tick_cumulative - previous.tick_cumulative,
                last.timestamp - previous.timestamp,
            )
        strayed = _deviation(seconds, before, tick, last.average_tick, average)
        new = Timepoint(
            timestamp,
            last.tick_cumulative + tick * seconds,
            (last.volatility_cumulative + strayed) % _UINT88,
            average,
            (last.volume_per_liquidity_cumulative + self.volume_in_block) % _UINT144,
        )
        kept = self._still_needed(timestamp)
        return VolatilityRecord((*kept, new), self.configuration)

    def traded(self, liquidity: int, amount0: int, amount1: int) -> "VolatilityRecord":
        """Return the record after a swap with these amounts, which left this liquidity in range.

        Source: cryptoalgebra v1-core, DataStorageOperator.calculateVolumePerLiquidity.
        """
        volume = isqrt(abs(amount0)) * isqrt(abs(amount1))
        shifted = (1 << 256) - 1 if volume >> 192 else volume << 64
        ratio = min(shifted // (liquidity or 1), _MAX_VOLUME_PER_LIQUIDITY)
        return VolatilityRecord(self.timepoints, self.configuration, self.volume_in_block + ratio)

    def fee(self) -> int:
        """Return the fee that follows at the last timepoint, in hundredths of a basis point.

        Source: cryptoalgebra v1-core, DataStorage.getAverages.
        """
        oldest, last = self.timepoints[0], self.timepoints[-1]
        start = last.timestamp - WINDOW_SECONDS
        if oldest.timestamp <= start:
            since, seconds = self._at(start), WINDOW_SECONDS
        elif last.timestamp != oldest.timestamp:
            since, seconds = oldest, last.timestamp - oldest.timestamp
        else:
            return self.configuration.fee(0, 0)
        volatility = (last.volatility_cumulative - since.volatility_cumulative) % _UINT88
        volume = last.volume_per_liquidity_cumulative - since.volume_per_liquidity_cumulative
        return self.configuration.fee(
            volatility // seconds // _VOLATILITY_PERIOD, volume % _UINT144 >> _VOLUME_SHIFT
        )

    def _average_tick(self, timestamp: int, tick: int) -> int:
        """Return the mean tick of the day before, as the timepoints give it."""
        oldest, last = self.timepoints[0], self.timepoints[-1]
        start = timestamp - WINDOW_SECONDS
        since = oldest
        if oldest.timestamp <= start:
            if last.timestamp <= start:
                # Nothing happened in the last day: the mean of the stretch before it stands.
                since = self.timepoints[-2] if len(self.timepoints) > 1 else last
            else:
                since = self._at(start)
        if since.timestamp == last.timestamp:
            return tick
        return _quotient(
            last.tick_cumulative - since.tick_cumulative, last.timestamp - since.timestamp
        )

    def _at(self, timestamp: int) -> Timepoint:
        """Return what was noted at a time, on a straight line between two timepoints."""
        at = bisect_right(self.timepoints, timestamp, key=lambda point: point.timestamp)
        before = self.timepoints[at - 1]
        if before.timestamp == timestamp:
            return before
        after = self.timepoints[at]
        seconds, span = timestamp - before.timestamp, after.timestamp - before.timestamp
        ticks = after.tick_cumulative - before.tick_cumulative
        strayed = (after.volatility_cumulative - before.volatility_cumulative) % _UINT88
        volume = after.volume_per_liquidity_cumulative - before.volume_per_liquidity_cumulative
        return Timepoint(
            timestamp,
            before.tick_cumulative + _quotient(ticks, span) * seconds,
            (before.volatility_cumulative + strayed // span * seconds) % _UINT88,
            before.average_tick,
            (before.volume_per_liquidity_cumulative + volume % _UINT144 // span * seconds)
            % _UINT144,
        )

    def _still_needed(self, timestamp: int) -> tuple[Timepoint, ...]:
        """Return the timepoints of the window and the one before, at least the last two."""
        start = timestamp - WINDOW_SECONDS
        first = bisect_right(self.timepoints, start, key=lambda point: point.timestamp) - 1
        first = min(max(first, 0), max(len(self.timepoints) - 2, 0))
        return self.timepoints[max(first, len(self.timepoints) + 1 - _MAX_TIMEPOINTS) :]


def _deviation(seconds: int, tick0: int, tick1: int, average0: int, average1: int) -> int:
    """Return the sum over seconds of (tick - average tick)², both moving on straight lines.

    Source: cryptoalgebra v1-core, DataStorage._volatilityOnRange.
    """
    slope = (tick1 - tick0) - (average1 - average0)
    offset = (tick0 - average0) * seconds
    pairs = seconds * (seconds + 1)
    total = slope * slope * pairs * (2 * seconds + 1) + 6 * offset * slope * pairs
    return _quotient(total + 6 * seconds * offset * offset, 6 * seconds * seconds) % _UINT88


def _sigmoid(x: int, gamma: int, alpha: int, beta: int) -> int:
    """Return alpha / (1 + e^((beta - x) / gamma)), with e's series to the eighth power.

    Source: cryptoalgebra v1-core, AdaptiveFee.sigmoid.
    """
    above = x > beta
    distance = x - beta if above else beta - x
    if distance >= 6 * gamma:
        return alpha if above else 0
    unit = gamma**8
    grown = _exponential(distance, gamma)
    return alpha * grown // (unit + grown) if above else alpha * unit // (unit + grown)


def _exponential(x: int, gamma: int) -> int:
    """Return e^(x / gamma)·gamma^8 by its series; each term is truncated, as the contract does."""
    total, factorial = 0, 1
    for power in range(9):
        factorial *= power or 1
        total += x**power * gamma ** (8 - power) // factorial
    return total


def _quotient(a: int, b: int) -> int:
    """Return a / b truncated towards zero, b > 0."""
    return a // b if a >= 0 else -(-a // b)
