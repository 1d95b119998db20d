"""What a supervised mailbox costs beside the raw memory channel of Trio, in one run.

Singles: one message of 200 bytes per send, one lease and acknowledgement each, against
`send` and `receive` of `trio.open_memory_channel`. Batches: 64 messages per `send_many` and
per lease, against lists of 64 over a memory channel. Both keep one core busy all the time, so
rates are per second of CPU, which equals the wall's on a quiet machine and does not count what
others take on a busy one. Rounds alternate; medians are reported.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import trio

from supervisors import Mailbox

_MESSAGE = b"x" * 200
_SINGLES = 20_000
_BATCH = [_MESSAGE] * 64
_BATCHES = 5_000


async def _raw(item: object, count: int, capacity: int) -> None:
    send, receive = trio.open_memory_channel[object](capacity)

    async def produce() -> None:
        async with send:
            for _ in range(count):
                await send.send(item)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce)
        async for _ in receive:
            pass


async def raw_singles() -> None:
    """Send and receive single messages over a memory channel."""
    await _raw(_MESSAGE, _SINGLES, 1024)


async def raw_batches() -> None:
    """Send and receive lists of 64 over a memory channel of the same total capacity."""
    await _raw(_BATCH, _BATCHES, 16)


async def our_singles() -> None:
    """Send, lease and acknowledge single messages."""
    mailbox = Mailbox[bytes]("bench", capacity=1024)
    outlet, inbox = mailbox.outlet(), mailbox.inbox()

    async def produce() -> None:
        for _ in range(_SINGLES):
            await outlet.send(_MESSAGE)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce)
        for _ in range(_SINGLES):
            await inbox.receive()
    await inbox.ack()
    assert mailbox.snapshot().acked == _SINGLES


async def our_batches() -> None:
    """Send, lease and acknowledge 64 messages at a time."""
    mailbox = Mailbox[bytes]("bench", capacity=1024)
    outlet, inbox = mailbox.outlet(), mailbox.inbox()
    wanted = _BATCHES * len(_BATCH)

    async def produce() -> None:
        for _ in range(_BATCHES):
            await outlet.send_many(_BATCH)

    seen = 0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce)
        async for batch in inbox.batches(64):
            seen += len(batch)
            if seen == wanted:
                break
    await inbox.ack()
    assert mailbox.snapshot().acked == wanted


def _rate(function: Callable[[], Awaitable[None]], messages: int) -> float:
    began = time.process_time()
    trio.run(function)
    return messages / (time.process_time() - began)


def measure(rounds: int = 7) -> dict[str, Any]:
    """Measure batches of 64 as the headline and singles beside them."""
    batch_messages = _BATCHES * len(_BATCH)
    rates: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, function, messages in (
            ("raw_singles", raw_singles, _SINGLES),
            ("singles", our_singles, _SINGLES),
            ("raw_batches", raw_batches, batch_messages),
            ("batches", our_batches, batch_messages),
        ):
            rates.setdefault(name, []).append(_rate(function, messages))
    median = {name: statistics.median(values) for name, values in rates.items()}
    return {
        "name": "mailbox",
        "unit": "messages/s of one core",
        "ours": round(median["batches"]),
        "baseline": round(median["raw_batches"]),
        "ratio": round(median["batches"] / median["raw_batches"], 3),
        "runs": rounds,
        "detail": {
            "what": "64 messages of 200 bytes at a time; baseline lists of 64 over "
            "trio.open_memory_channel",
            "bar": 0.5,
            "singles": {
                "ours": round(median["singles"]),
                "baseline": round(median["raw_singles"]),
                "ratio": round(median["singles"] / median["raw_singles"], 3),
                "bar": 0.5,
            },
            "environment": environment(),
        },
    }


def environment() -> dict[str, Any]:
    """Say what the figures were measured on."""
    import os

    return {
        "python": platform.python_version(),
        "trio": trio.__version__,
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
    }


if __name__ == "__main__":
    import json

    print(json.dumps(measure(), indent=2))
