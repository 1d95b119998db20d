"""What faulty and hostile endpoints cost the feed, by fault.

Two endpoints serve the same world, each from a process of its own; one of them misbehaves in each
way of the tests. The delay of a block is the time from its announcement to its last
feature batch at a subscriber of the chain's tree. The baseline is the same with two good endpoints,
before, between and after; the bar is 50 ms added at p99.

Beside that stands, for each fault of an honest node, how long after its end the next block of a
chain's only node is at the subscriber (`recovery_ms`, the worst of some lengths of the fault; the
bar is a second); and how long a block takes that two endpoints both give 0.3 s late. With names as
arguments only those faults are measured: `python -m tools.bench.faults "false receipts"`.
"""

import json
import logging
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import structlog
import trio

from qenus.simulation import World
from tests.faulty_nodes import ATTACKS, NODE_FAULTS, Fault, large_bodies
from tests.followed_nodes import following
from tests.scripted_node import ScriptedNode, rules

__all__ = ["measure"]

_ROOT = Path(__file__).resolve().parents[2]
_BLOCKS = 120
_APART_SECONDS = 0.05
_PATIENCE_SECONDS = 60.0
_START_NS = 200_000_000
_BAR_MS = 50.0
_UNDISTURBED = "undisturbed"
_FAULTS: dict[str, Fault] = {
    **NODE_FAULTS,
    **{name: fault for name, fault in ATTACKS.items() if "MiB" not in name},
    "a false body of 48 MiB": large_bodies(48 << 20),
}
# How long a chain's only node is faulty.
_ALONE_SECONDS = (1.3, 2.7)
_ALONE_APART_SECONDS = 0.2
_LATE = "block null at first"
_LATE_BLOCKS, _LATE_APART_SECONDS = 10, 0.6
# The baseline is measured once for so many faults.
_EVERY = 8


def measure(names: Sequence[str] = ()) -> dict[str, Any]:
    """Measure all faults, or those of these names."""
    return trio.run(_measure, tuple(names or _FAULTS))


async def _measure(names: Sequence[str]) -> dict[str, Any]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    undisturbed: list[float] = []
    faulty: dict[str, list[float]] = {}
    for at, name in enumerate(names):
        if at % _EVERY == 0:
            undisturbed += await _delays_ms(_UNDISTURBED)
        faulty[name] = await _delays_ms(name)
    undisturbed += await _delays_ms(_UNDISTURBED)
    recovery = {
        name: round(max([await _recovery_ms(name, seconds) for seconds in _ALONE_SECONDS]))
        for name in names
        if name in NODE_FAULTS
    }
    late = await _delays_ms(_LATE, _LATE, _LATE_BLOCKS, _LATE_APART_SECONDS)
    usual = _p99(undisturbed)
    added = {name: round(_p99(delays) - usual, 1) for name, delays in faulty.items()}
    worst = max(added.values())
    return {
        "name": "faults",
        "unit": "ms added at p99",
        "ours": worst,
        "baseline": _BAR_MS,
        "ratio": round(_BAR_MS / max(worst, 0.1), 2),
        "runs": 1,
        "detail": {
            "what": "announcement to subscriber beside one faulty endpoint, less the undisturbed",
            "baseline": "the bar of 50 ms",
            "blocks": _BLOCKS,
            "undisturbed_p50": round(median(undisturbed), 1),
            "undisturbed_p99": round(usual, 1),
            "added_p99": dict(sorted(added.items(), key=lambda one: -one[1])),
            "added_p50": {
                name: round(median(delays) - median(undisturbed), 1)
                for name, delays in faulty.items()
            },
            "recovery_ms": dict(sorted(recovery.items(), key=lambda one: -one[1])),
            "recovery_ms_worst": max(recovery.values(), default=0),
            "both_late_by_300_ms_p50": round(median(late)),
            "both_late_by_300_ms_worst": round(max(late)),
        },
    }


def _p99(delays: Sequence[float]) -> float:
    return quantiles(delays, n=100, method="inclusive")[98]


async def _delays_ms(
    name: str,
    other: str = _UNDISTURBED,
    blocks: int = _BLOCKS,
    apart_seconds: float = _APART_SECONDS,
) -> list[float]:
    """Follow two endpoints through their faults; give each block's delay. None may be lost."""
    how = str(blocks), str(apart_seconds)
    async with (
        _node("--serve", name, *how) as (bad, bad_lines),
        _node("--serve", other, *how) as (good, good_lines),
    ):
        urls = [await anext(bad_lines), await anext(good_lines)]
        async with following(urls) as seen:
            await _until(lambda: seen.chain)
            start = time.time_ns() + _START_NS
            for process in (bad, good):
                assert process.stdin is not None
                await process.stdin.send_all(b"%d\n" % start)
            announced = {int(n): at for n, at in json.loads(await anext(good_lines)).items()}
            await _until(lambda: announced.keys() <= seen.times_ns.keys())
            return [(seen.times_ns[number] - at) / 1e6 for number, at in announced.items()]


async def _recovery_ms(name: str, seconds: float) -> float:
    """Follow one endpoint through a fault; give how long the first block after its end takes."""
    async with (
        _node("--serve-alone", name, str(seconds)) as (node, lines),
        following([await anext(lines)]) as seen,
    ):
        await _until(lambda: seen.chain)
        assert node.stdin is not None
        await node.stdin.send_all(b"0\n")
        number, ended = map(int, json.loads(await anext(lines)))
        await _until(lambda: number in seen.times_ns)
        return (seen.times_ns[number] - ended) / 1e6


async def _until(condition: Callable[[], object]) -> None:
    with trio.fail_after(_PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110
            await trio.sleep(0.01)


@asynccontextmanager
async def _node(*arguments: str) -> AsyncIterator[tuple[trio.Process, AsyncIterator[str]]]:
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "tools.bench.faults", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
    )
    try:
        yield process, _lines(process)
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()


async def _lines(process: trio.Process) -> AsyncIterator[str]:
    assert process.stdout is not None
    held = b""
    async for chunk in process.stdout:
        *lines, held = (held + chunk).split(b"\n")
        for line in lines:
            yield line.decode()


# -- the nodes, each in a process of its own ------------------------------------------------------


async def _serve(name: str, blocks: int, apart_seconds: float) -> None:
    fault = _FAULTS.get(name, Fault(lambda _node: None))
    node = ScriptedNode(World(rules(3, transactions_per_block=12)))
    async with trio.open_nursery() as nursery:
        print(await node.start(nursery, fault.transport), flush=True)
        start = int(await trio.to_thread.run_sync(sys.stdin.readline))
        fault.begin(node)
        if fault.act is not None:
            nursery.start_soon(fault.act, node)
        announced: dict[int, int] = {}
        for at in range(blocks):
            due = start + int(at * apart_seconds * 1e9)
            await trio.sleep(max(due - time.time_ns(), 0) / 1e9)
            moved = node.world.advance()
            announced[node.world.head.number] = time.time_ns()
            node.announce(moved)
        print(json.dumps(announced), flush=True)
        await trio.sleep_forever()


async def _serve_alone(name: str, seconds: float) -> None:
    """Serve through a fault, and one more block at its end: no other helps to notice it."""
    fault = _FAULTS[name]
    node = ScriptedNode(World(rules(3, transactions_per_block=12)))
    async with trio.open_nursery() as nursery:
        print(await node.start(nursery, fault.transport), flush=True)
        await trio.to_thread.run_sync(sys.stdin.readline)
        fault.begin(node)
        until = trio.current_time() + seconds
        while trio.current_time() < until:
            node.advance()
            await trio.sleep(_ALONE_APART_SECONDS)
        fault.end(node)
        ended = time.time_ns()
        node.advance()
        print(json.dumps([node.world.head.number, ended]), flush=True)
        await trio.sleep_forever()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        trio.run(_serve, sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
    elif sys.argv[1:2] == ["--serve-alone"]:
        trio.run(_serve_alone, sys.argv[2], float(sys.argv[3]))
    else:
        print(json.dumps(measure(sys.argv[1:]), indent=1))
