"""Exact V3 swaps with fresh amounts beside degenbot, and what pools take in memory.

Both walk the same pool for the same amounts, no amount twice: within one range of liquidity, over 8
initialised ticks and over 50. degenbot's dependencies cannot share our environment, so the bench
makes one for it (once, in the system's temporary folder) and talks to it over pipes; rounds
alternate, time is that of the processor, and every answer of the one must be the other's. Steps
between stops are remembered from swap to swap; what a swap takes without that is given beside.
"""

import json
import subprocess
import sys
import tempfile
import time
import tracemalloc
import venv
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from qenus.pools import (
    PoolLedger,
    Swap,
    TickLiquidity,
    UniswapV2Pair,
    UniswapV3Pool,
)
from qenus.protocols.uniswap_v3.tick_math import sqrt_price_at_tick
from qenus.protocols.uniswap_v3.walk import _STEPS

__all__ = ["measure"]

_BASELINE = "degenbot==0.3.0"
_CROSSINGS = (0, 8, 50)
_ROUNDS = 15
_SWAPS_A_ROUND = {0: 2000, 8: 1000, 50: 300}
_BAR = 3.5
_INSTALL_SECONDS = 600
_ANSWER_SECONDS = 60
_POOLS = 100_000


def measure() -> dict[str, Any]:
    """Time both on the same swaps; where degenbot cannot be installed, ours alone and why."""
    pool = _pool()
    try:
        peer: _Degenbot | None = _Degenbot(_environment(), pool)
        why = ""
    except (OSError, subprocess.SubprocessError) as failure:
        peer, why = None, str(failure)
    try:
        series = {str(count): _compare(pool, count, peer) for count in _CROSSINGS}
    finally:
        if peer is not None:
            peer.close()
    worst = min(series.values(), key=lambda one: one["ratio"] or 0)
    return {
        "name": "pools",
        "unit": "us of processor time a swap",
        "ours": worst["ours_us"],
        "baseline": worst["baseline_us"],
        "ratio": worst["ratio"],
        "runs": _ROUNDS,
        "detail": {
            "what": "exact V3 swap with fresh amounts; the figures above are of the worst ratio",
            "baseline": _BASELINE if peer is not None else f"none: {why}",
            "bar": _BAR,
            "by_crossings": series,
            "memory": _memory(),
        },
    }


def _pool() -> UniswapV3Pool:
    """Return a pool of 0.3 % with 61 ticks below the price, 60 above, no gap between them."""
    ticks = {}
    for step in range(-61, 61):
        net = 10**18 if step < 0 else -(10**18)
        ticks[step * 60 if step < 0 else step * 60 + 60] = TickLiquidity(net, 10**18)
    return UniswapV3Pool.at(
        fee=3000, tick_spacing=60, sqrt_price_x96=sqrt_price_at_tick(0) + 1, tick=0,
        liquidity=61 * 10**18, ticks=ticks,
    )  # fmt: skip


def _amounts(pool: UniswapV3Pool, crossings: int, count: int) -> list[int]:
    """Return fresh amounts of token0, each of which crosses that many initialised ticks."""
    if crossings == 0:
        low, high = 10**12, 10**15
    else:
        at = sqrt_price_at_tick(-60 * crossings)
        beyond = sqrt_price_at_tick(-60 * crossings - 60)
        low, high = (pool.swap(True, 1 << 120, limit).event.amount0 for limit in (at, beyond))
    step = (high - low) // (2 * count)
    return [low + step // 2 + step * number for number in range(count)]


def _compare(pool: UniswapV3Pool, crossings: int, peer: "_Degenbot | None") -> dict[str, Any]:
    count = _SWAPS_A_ROUND[crossings]
    amounts = _amounts(pool, crossings, count * _ROUNDS)
    if {pool.swap(True, amount).crossings for amount in amounts[::97]} != {crossings}:
        raise AssertionError(f"the amounts do not cross {crossings} ticks")
    ours, theirs, ratios = [], [], []
    for turn in range(_ROUNDS):
        fresh = amounts[turn::_ROUNDS]
        took, events = _timed(pool, fresh)
        ours.append(took / len(fresh))
        if peer is None:
            continue
        their_seconds, answers = peer.swap(fresh)
        if answers != [list(event) for event in events]:
            raise AssertionError(f"{crossings} crossings: ours and degenbot's answers differ")
        theirs.append(their_seconds / len(fresh))
        ratios.append(theirs[-1] / ours[-1])
    forgetting = _forgetting(pool, amounts[: 4 * _ROUNDS])
    return {
        "ours_us": round(median(ours) * 1e6, 2),
        "baseline_us": round(median(theirs) * 1e6, 2) if theirs else None,
        "ratio": round(median(ratios), 2) if ratios else None,
        "ours_us_steps_forgotten": round(forgetting * 1e6, 2),
        "ratio_steps_forgotten": round(median(theirs) / forgetting, 2) if theirs else None,
        "swaps_checked_equal": len(amounts) if ratios else 0,
    }


def _timed(pool: UniswapV3Pool, amounts: list[int]) -> tuple[float, list[Swap]]:
    start = time.process_time()
    events = [pool.swap(True, amount).event for amount in amounts]
    return time.process_time() - start, events


def _forgetting(pool: UniswapV3Pool, amounts: list[int]) -> float:
    """Return the median seconds of a swap that finds no step between stops remembered."""
    seconds = []
    for amount in amounts:
        _STEPS.clear()
        seconds.append(_timed(pool, [amount])[0])
    return median(seconds)


def _environment() -> Path:
    """Return the interpreter of degenbot's own environment, made when it is not there yet."""
    folder = Path(tempfile.gettempdir()) / f"qenus-bench-{_BASELINE.replace('==', '-')}"
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", _BASELINE],
            check=True, timeout=_INSTALL_SECONDS, capture_output=True,
        )  # fmt: skip
        (folder / "complete").touch()
    return python


class _Degenbot:
    """degenbot in a process of its own: one line of JSON asks, one line answers."""

    def __init__(self, python: Path, pool: UniswapV3Pool) -> None:
        program = Path(__file__).with_name("degenbot_swaps.py")
        self._process = subprocess.Popen(
            [python, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        ticks = zip(pool.ticks, pool.nets, pool.grosses, strict=True)
        self._ask({
            "fee": pool.fee, "tick_spacing": pool.tick_spacing, "liquidity": pool.liquidity,
            "sqrt_price_x96": pool.sqrt_price_x96, "tick": pool.tick, "ticks": list(ticks),
        })  # fmt: skip

    def swap(self, amounts: list[int]) -> tuple[float, list[list[int]]]:
        """Return the seconds that swapping each amount took there, and the answers."""
        seconds, answers = self._ask(amounts)
        return seconds, answers

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, question: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.close()
            raise OSError(f"degenbot's process ended with {self._process.returncode}")
        return json.loads(line)


def _memory() -> dict[str, Any]:
    """Return the bytes that a pool takes, in a ledger of 100,000: 7 of 10 pairs, 3 V3 pools."""
    tracemalloc.start()
    try:
        pairs = _bytes_a_pool(_POOLS * 7 // 10, _pair)
        pools = _bytes_a_pool(_POOLS * 3 // 10, _pool_of_20_ticks)
    finally:
        tracemalloc.stop()
    return {
        "pools": _POOLS,
        "bytes_a_v2_pair": round(pairs),
        "bytes_a_v3_pool_of_20_ticks": round(pools),
        "all_mb": round((pairs * 7 + pools * 3) * _POOLS / 10 / 1e6, 1),
    }


def _bytes_a_pool(count: int, make: Callable[[int], UniswapV2Pair | UniswapV3Pool]) -> float:
    before, _ = tracemalloc.get_traced_memory()
    ledger: PoolLedger[UniswapV2Pair | UniswapV3Pool] = PoolLedger()
    changes = {number.to_bytes(20, "big"): make(number) for number in range(count)}
    ledger.apply(bytes(32), bytes(32), changes)
    del changes
    after, _ = tracemalloc.get_traced_memory()
    return (after - before) / len(ledger)


def _pair(number: int) -> UniswapV2Pair:
    return UniswapV2Pair(10**21 + number, 10**24 + number)


def _pool_of_20_ticks(number: int) -> UniswapV3Pool:
    ticks = tuple(range(-600 + number, 600 + number, 60))
    nets = tuple(10**18 + number + tick for tick in ticks)
    grosses = tuple(10**19 + number + tick for tick in ticks)
    price = sqrt_price_at_tick(number % 1000)
    return UniswapV3Pool(3000, 60, price, number % 1000, 10**20 + number, ticks, nets, grosses)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
