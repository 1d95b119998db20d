"""How fast a crashed child is ready again, and what idle actors cost.

Task child: from the line that raises to the first line of the next incarnation, beside the
least that Trio can do: a fresh nursery with the same function after an `except*`.
Process child: from SIGKILL to the actor's first line in a new process, beside a bare
`trio.open_process` of a program that imports the same modules, runs Trio and writes a line.
Idle: 1,000 actors waiting on their mailboxes, for CPU and memory.
"""

from __future__ import annotations

import gc
import os
import signal
import statistics
import subprocess
import sys
import time
import tracemalloc
from typing import Any

import trio

from supervisors import (
    NO_BACKOFF,
    Child,
    Event,
    EventKind,
    Inbox,
    Isolation,
    Mailbox,
    Readiness,
    Supervisor,
    Tree,
    ready,
)
from tools.bench.mailbox import environment

_ROUNDS = 5
_TASK_RESTARTS = 1_000
_PROCESS_RESTARTS = 9
_IDLE_ACTORS = 1_000
_IDLE_SECONDS = 2.0


class _Crash(Exception):
    """What the actors of this bench raise."""


def quantile(values: list[float], share: float) -> float:
    """Return the value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def task_restarts(count: int) -> tuple[list[float], list[float]]:
    """Crash a task child count times; seconds from each crash to the next first line.

    Returns wall seconds and CPU seconds: the loop is busy all the time, so what the first
    has more is what other processes took.
    """
    gaps: list[float] = []
    cpu_gaps: list[float] = []
    crashed_at = cpu_at = 0.0

    async def actor() -> None:
        nonlocal crashed_at, cpu_at
        if crashed_at:
            gaps.append(time.perf_counter() - crashed_at)
            cpu_gaps.append(time.thread_time() - cpu_at)
        await trio.lowlevel.checkpoint()
        if len(gaps) < count:
            crashed_at, cpu_at = time.perf_counter(), time.thread_time()
            raise _Crash
        tree.stop()
        await trio.sleep_forever()

    child = Child("crasher", actor).with_policy(backoff=NO_BACKOFF)
    tree = Tree(Supervisor("root", [child], intensity=2 * count))
    await tree.run()
    return gaps, cpu_gaps


async def raw_restarts(count: int) -> list[float]:
    """Do the same with a bare nursery and except*."""
    gaps: list[float] = []
    crashed_at = 0.0

    async def actor() -> None:
        nonlocal crashed_at
        if crashed_at:
            gaps.append(time.perf_counter() - crashed_at)
        await trio.lowlevel.checkpoint()
        crashed_at = time.perf_counter()
        raise _Crash

    while len(gaps) < count:
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(actor)
        except* _Crash:
            pass
    return gaps


async def idle_in_process() -> None:
    """Say ready and wait: the actor of the process bench."""
    ready()
    await trio.sleep_forever()


async def process_restarts(count: int) -> list[float]:
    """Kill a process child count times; seconds from each SIGKILL to ready again."""
    child = Child("p", idle_in_process).with_policy(
        isolation=Isolation.PROCESS, backoff=NO_BACKOFF, readiness=Readiness.EXPLICIT
    )
    send_ready, wait_ready = trio.open_memory_channel[None](count + 1)

    def note(event: Event) -> None:
        if event.kind is EventKind.READY and event.path == "root/p":
            send_ready.send_nowait(None)

    tree = Tree(Supervisor("root", [child], intensity=2 * count), subscribers=[note])
    seconds = []
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await wait_ready.receive()
        for _ in range(count):
            (node,) = tree.snapshot().children
            assert node.pid is not None
            began = time.perf_counter()
            os.kill(node.pid, signal.SIGKILL)
            await wait_ready.receive()
            seconds.append(time.perf_counter() - began)
        tree.stop()
    return seconds


_BARE = """
import sys
sys.path[:] = {path!r}
import trio
import supervisors
from tools.bench import restart

async def main():
    sys.stdout.write("ready\\n")
    sys.stdout.flush()
    await trio.sleep_forever()

trio.run(main)
"""


async def bare_process_starts(count: int) -> list[float]:
    """Start a bare process of the same program count times; seconds to its first line."""
    seconds = []
    for _ in range(count):
        began = time.perf_counter()
        process = await trio.lowlevel.open_process(
            [sys.executable, "-c", _BARE.format(path=sys.path)],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        await process.stdout.receive_some(64)
        seconds.append(time.perf_counter() - began)
        process.kill()
        await process.wait()
        await process.stdout.aclose()
    return seconds


async def idle_cost(count: int) -> tuple[float, float]:
    """Run count idle actors; return the share of a core and KiB for each actor."""

    async def wait(messages: Inbox[bytes]) -> None:
        async for _ in messages:
            pass

    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    children = [Child(f"a{n}", wait, Mailbox[bytes](f"m{n}").inbox()) for n in range(count)]
    tree = Tree(Supervisor("root", children, stop_together=True))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(0.2)
        gc.collect()
        kib = (tracemalloc.get_traced_memory()[0] - before) / 1024 / count
        tracemalloc.stop()
        cpu, wall = time.process_time(), time.perf_counter()
        await trio.sleep(_IDLE_SECONDS)
        share = (time.process_time() - cpu) / (time.perf_counter() - wall)
        tree.stop()
    return share, kib


def measure() -> dict[str, Any]:
    """Measure the restart of a task child as the headline, the rest beside it, in ms."""
    ours: list[float] = []
    raw: list[float] = []
    tails: list[float] = []
    cpu_tails: list[float] = []
    for _ in range(_ROUNDS):
        wall, cpu = trio.run(task_restarts, _TASK_RESTARTS)
        tails.append(quantile(wall, 0.99) * 1e3)
        cpu_tails.append(quantile(cpu, 0.99) * 1e3)
        ours += [s * 1e3 for s in wall]
        raw += [s * 1e3 for s in trio.run(raw_restarts, _TASK_RESTARTS)]
    process: list[float] = []
    bare: list[float] = []
    for _ in range(_PROCESS_RESTARTS):  # alternate, so that a busy machine slows both
        bare += [s * 1e3 for s in trio.run(bare_process_starts, 1)]
        process += [s * 1e3 for s in trio.run(process_restarts, 1)]
    share, kib = trio.run(idle_cost, _IDLE_ACTORS)
    p99 = statistics.median(tails)
    return {
        "name": "restart",
        "unit": "ms p99, crash to ready",
        "ours": round(p99, 3),
        "baseline": 5.0,
        "ratio": round(5.0 / p99, 2),
        "runs": len(ours),
        "detail": {
            "what": "task child whose start is free; baseline is the bar of 5 ms; "
            "median of the p99 of each round",
            "rounds": _ROUNDS,
            "p50_ms": round(statistics.median(ours), 3),
            "p90_ms": round(quantile(ours, 0.90), 3),
            "p99_ms_of_cpu": round(statistics.median(cpu_tails), 3),
            "bare_nursery_and_except_p50_ms": round(statistics.median(raw), 3),
            "bare_nursery_and_except_p99_ms": round(quantile(raw, 0.99), 3),
            "process": {
                "ours_p50_ms": round(statistics.median(process), 1),
                "bare_open_process_p50_ms": round(statistics.median(bare), 1),
                "times_bare": round(statistics.median(process) / statistics.median(bare), 3),
                "bar_times_bare": 1.2,
                "runs": len(process),
            },
            "idle": {
                "actors": _IDLE_ACTORS,
                "percent_of_a_core": round(share * 100, 3),
                "kib_per_actor": round(kib, 2),
                "bars": {"percent_of_a_core": 1.0, "kib_per_actor": 20.0},
            },
            "environment": environment(),
        },
    }


if __name__ == "__main__":
    import json

    print(json.dumps(measure(), indent=2))
