"""Actors that the tests run in processes of their own; a child imports them by name."""

# ruff: noqa: ASYNC110, ASYNC220, ASYNC221, ASYNC240, ASYNC251  real files and processes, on purpose
from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import trio
import trio.lowlevel

from supervisors import (
    Cell,
    Inbox,
    MailboxBusy,
    Outlet,
    PoisonMessage,
    UndoFailed,
    degraded,
    on_abort,
    ready,
    step,
)


async def double(numbers: Inbox[int], doubled: Outlet[int], total: Cell[int]) -> None:
    """Double every number and keep the running total."""
    async for number in numbers:
        await doubled.send(number * 2)
        total.set(total.value + number)


async def double_batches(numbers: Inbox[int], doubled: Outlet[int]) -> None:
    """Double numbers, several at a time."""
    async for batch in numbers.batches(16):
        await doubled.send_many([number * 2 for number in batch])


async def count_up(numbers: Outlet[int], progress: Cell[int], *, stop: int) -> None:
    """Send 0, 1, … and remember in the same step how far it came."""
    while progress.value < stop:
        async with step():
            await numbers.send(progress.value)
            on_abort(lambda: None)
            progress.set(progress.value + 1)


async def impatient(numbers: Inbox[int], out: Outlet[int], extra: Outlet[int]) -> None:
    """Try to acknowledge again and again, giving up whenever there is no room at once."""
    async for number in numbers:
        await out.send(number)
        acknowledged = False
        while not acknowledged:
            with trio.move_on_after(0.01):
                await numbers.ack()
                acknowledged = True
        sent = False
        while not sent:
            with trio.move_on_after(0.01):
                await extra.send(number)
                sent = True


async def refuse(numbers: Inbox[int], accepted: Outlet[int], *, poison: int) -> None:
    """Refuse one number for good."""
    async for number in numbers:
        if number == poison:
            raise PoisonMessage(f"{number} is not acceptable")
        await accepted.send(number)


async def block_the_loop_once(
    numbers: Inbox[int], out: Outlet[int], *, marker: str, seconds: float
) -> None:
    """Block the event loop at the first number of all, once in the life of the marker file."""
    async for number in numbers:
        if not Path(marker).exists():
            Path(marker).touch()
            time.sleep(seconds)
        await out.send(number)


async def note_the_stop(marker: str) -> None:
    """Leave a file when asked to stop."""
    ready()
    try:
        await trio.sleep_forever()
    finally:
        Path(marker).write_text("stopped in order")


async def ignore_sigterm() -> None:
    """Outlast the stop request and SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ready()
    with trio.CancelScope(shield=True):
        await trio.sleep_forever()


async def busy_for_ever(pid_file: str) -> None:
    """Write the process id and never come back to the event loop."""
    Path(pid_file).write_text(str(os.getpid()))
    while True:
        pass


async def with_grandchild(pid_file: str) -> None:
    """Start a process of its own and wait."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    Path(pid_file).write_text(str(process.pid))
    ready()
    with trio.CancelScope(shield=True):
        await trio.sleep_forever()


async def start_a_sleeper(pid_file: str) -> None:
    """Start a process of its own and leave it behind."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    Path(pid_file).write_text(str(process.pid))
    ready()
    await trio.sleep_forever()


async def fork_and_wait(pid_file: str) -> None:
    """Fork a process that shares every open file, and wait."""
    pid = os.fork()
    if pid == 0:
        while True:
            time.sleep(1000)
    Path(pid_file).write_text(str(pid))
    ready()
    await trio.sleep_forever()


async def start_a_runaway(pid_file: str, then: str) -> None:
    """Start a process that leaves the session and whose parent ends; then wait, or end."""
    subprocess.run([sys.executable, "-c", _RUNAWAY, pid_file], check=True)
    while not Path(pid_file).exists():
        await trio.sleep(0.001)
    ready()
    if then == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if then == "wait":
        await trio.sleep_forever()


_RUNAWAY = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with open(sys.argv[1] + ".aside", "w") as file:
            file.write(str(os.getpid()))
        os.rename(sys.argv[1] + ".aside", sys.argv[1])
        time.sleep(1000)
"""


async def raise_what_is_no_exception(kind: str) -> None:
    """Fail with a BaseException, or leave a nursery open."""
    ready()
    if kind == "leak":
        nursery = await trio.open_nursery().__aenter__()
        nursery.start_soon(trio.sleep_forever)
        return
    if kind == "exit":
        sys.exit(3)
    raise asyncio.CancelledError("not trio's")


def text_of(number: int) -> bytes:
    """Write a number as a frame; numbers that are no numbers cannot be written."""
    return b"%d" % number


async def double_and_pass_on(
    numbers: Inbox[int], doubled: Outlet[int], passed: Outlet[int]
) -> None:
    """Double every number, and pass its frame on as it came."""
    async for number in numbers:
        await doubled.send(number * 2)
        await passed.send_frame(numbers.frame)


async def greet(names: Inbox[str], greetings: Outlet[str]) -> None:
    """Greet, with a pause in which a fault may strike."""
    async for name in names:
        await greetings.send(f"hello {name}")
        await trio.sleep(0.002)
        await greetings.send(f"goodbye {name}")


async def take_with_pauses(numbers: Inbox[int], out: Outlet[int]) -> None:
    """Give up waiting again and again; what has come is sent outside of what may be given up."""
    while True:
        number: int | None = None
        with trio.move_on_after(0.05):
            number = await numbers.receive()
        if number is not None:
            await out.send(number)


async def send_late(numbers: Inbox[int], out: Outlet[int]) -> None:
    """Send each number from another task, when the loop waits for the next one."""

    async def send(number: int) -> None:
        await trio.sleep(0.05)
        await out.send(number)

    async with trio.open_nursery() as nursery:
        async for number in numbers:
            nursery.start_soon(send, number)


async def share_the_inbox(numbers: Inbox[int], out: Outlet[str]) -> None:
    """Look into the inbox from a second task while the first works on a message."""
    number = await numbers.receive()

    async def look() -> None:
        try:
            await numbers.receive()
        except MailboxBusy:
            await out.send("refused")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(look)
    await out.send(f"worked on {number}")


async def close_and_look_again(numbers: Inbox[int], out: Outlet[int]) -> None:
    """Give the message back, twice, and then keep it."""
    for _ in range(2):
        await out.send(await numbers.receive())
        numbers.close()
    await out.send(await numbers.receive())
    await numbers.ack()


async def set_one_of_two(numbers: Inbox[int], one: Cell[int], same: Cell[int]) -> None:
    """Write a cell and read it by its other name."""
    async for number in numbers:
        one.set(number)
        same.set(same.value + 1)


async def compute_at_once(marker: str) -> None:
    """Compute without a look at the event loop until the marker file is there."""
    while not Path(marker).exists():
        time.sleep(0.001)
    await trio.sleep_forever()


async def compute_once_ready(marker: str) -> None:
    """Say that the work can begin, and compute without another look at the event loop."""
    await trio.lowlevel.checkpoint()
    ready()
    await compute_at_once(marker)


async def ready_after_a_moment() -> None:
    """Say ready a little after the start."""
    await trio.sleep(0.1)
    ready()
    await trio.sleep_forever()


async def note_and_work(numbers: Inbox[int], out: Outlet[int], *, marker: str) -> None:
    """Leave a file when a number is in hand, and take a moment for it."""
    async for number in numbers:
        Path(marker).touch()
        await trio.sleep(0.3)
        await out.send(number)


async def never_done(numbers: Inbox[int]) -> None:
    """Keep the first number for ever."""
    async for _ in numbers:
        await trio.sleep_forever()


async def refuse_once(numbers: Inbox[int], out: Outlet[int]) -> None:
    """Give every number back the first time it comes."""
    async for number in numbers:
        await out.send(-number)
        if numbers.attempts == 0:
            numbers.nack()
        else:
            await out.send(number)


async def undo_badly(numbers: Inbox[int], out: Outlet[str]) -> None:
    """Give a number back with an undo action that raises, then leave a step in the same way."""
    await numbers.receive()
    on_abort(_raise)
    try:
        numbers.nack()
    except UndoFailed as failure:
        await out.send(type(failure.failures[0]).__name__)
    try:
        async with step():
            on_abort(_raise)
            raise KeyError("first")
    except KeyError as error:
        await out.send(f"{len(error.__notes__)} note")


def _raise() -> None:
    raise OSError("cannot undo")


async def say_how_it_is(numbers: Inbox[int], out: Outlet[int]) -> None:
    """Be degraded from the first number to the second."""
    async for number in numbers:
        degraded("one node of two" if number == 0 else None)
        await out.send(number)


def first_letter(word: str) -> str:
    """Share words by their first letter."""
    return word[0]


async def share_words(words: Inbox[str], shares: Outlet[str]) -> None:
    """Pass words on, the shouted ones by the control lane."""
    async for word in words:
        if word.endswith("!"):
            await shares.send_control(word)
        else:
            await shares.send_many([word, word.upper()])


async def ignore_nothing() -> None:
    """Wait, without ever being ready."""
    await trio.sleep_forever()
