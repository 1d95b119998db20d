"""KeyboardInterrupt at any moment leaves mailboxes and cells whole."""

from __future__ import annotations

import os
import random
import signal
import threading
import time

import pytest
import trio

from supervisors import Cell, Child, Inbox, Mailbox, Outlet, Restart, Supervisor, Tree, step

pytestmark = pytest.mark.interop

COUNT = 240_000


def test_interrupts_at_random_moments_lose_nothing_and_double_nothing() -> None:
    numbers, doubled = Mailbox[int]("numbers", capacity=64), Mailbox[int]("doubled", capacity=64)
    position, total = Cell("position", 0), Cell("total", (0, -1))

    async def source(out: Outlet[int], position: Cell[int]) -> None:
        while position.value < COUNT:
            async with step():
                await out.send(position.value)
                position.set(position.value + 1)

    async def double(numbers: Inbox[int], out: Outlet[int]) -> None:
        async for batch in numbers.batches(8):
            await out.send_many([2 * n for n in batch])

    async def add(numbers: Inbox[int], total: Cell[tuple[int, int]]) -> None:
        async for n in numbers:
            count, last = total.value
            assert n == last + (2 if last >= 0 else 1)
            total.set((count + 1, n))

    def root() -> Supervisor:
        return Supervisor(
            "root",
            [
                Child("source", source, numbers.outlet(), position).with_policy(
                    restart=Restart.TRANSIENT
                ),
                Child("double", double, numbers.inbox(), doubled.outlet()),
                Child("add", add, doubled.inbox(), total),
            ],
        )

    async def main() -> None:
        tree = Tree(root())
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            await tree.wait_sources_done()
            await tree.drain(5)

    rng = random.Random(5)
    stop = threading.Event()
    armed = threading.Event()

    def interrupt() -> None:
        while not stop.is_set():
            armed.wait(1)
            time.sleep(rng.uniform(0.005, 0.12))
            if armed.is_set() and not stop.is_set():
                armed.clear()
                os.kill(os.getpid(), signal.SIGINT)

    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    interrupts = 0
    try:
        while total.value[0] < COUNT:
            try:
                if interrupts < 25:
                    armed.set()
                trio.run(main)
            except BaseException as error:
                leaves = [error]
                while isinstance(leaves[0], BaseExceptionGroup):
                    leaves = list(leaves[0].exceptions)
                if not all(isinstance(leaf, KeyboardInterrupt) for leaf in leaves):
                    raise
                interrupts += 1
            for mailbox in (numbers, doubled):
                lane = mailbox._main
                assert lane.accepted == lane.acked + lane.depth
                assert lane.leased == 0
    finally:
        armed.clear()
        stop.set()
        time.sleep(0.15)
        signal.signal(signal.SIGINT, previous)
    assert interrupts >= 3
    assert total.value == (COUNT, 2 * (COUNT - 1))
