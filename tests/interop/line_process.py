"""A line and a producer in a process of its own, for its memory: `python line_process.py ADDRESS`.

Small limits, so that an attack that would cost gigabytes at the defaults shows with megabytes.
Prints "ready" once it listens.
"""

import os
import sys
from pathlib import Path

import trio

from qenus.line import Line, keep_line
from qenus.mailboxes import line_mailbox
from qenus.publishers.limits import FeedLimits
from qenus.publishers.nng import Feed, publish, serve_journal
from qenus.wire import BlockRef, Heads, Parcel, encode
from supervisors import Child, Outlet, Readiness, Supervisor, Tree, ready

MIB = 1 << 20
JOURNAL_BYTES = 32 * MIB
LIMITS = FeedLimits(
    max_subscribers=16,
    send_buffer_bytes=16 * MIB,
    max_repair_connections=32,
    repair_reply_bytes=MIB // 2,
    repair_buffer_bytes=8 * MIB,
)
FRAME_BYTES = 128 << 10
FRAMES_A_SECOND = 400


async def produce(out: Outlet[Parcel]) -> None:
    """Fifty megabytes a second: opaque contents, and the heads that close each."""
    ready()
    number = 0
    while True:
        number += 1
        ref = BlockRef(1, number, number.to_bytes(32, "big"), (number - 1).to_bytes(32, "big"))
        await out.send(Parcel("features.amm.demo", 1, os.urandom(FRAME_BYTES)))
        await out.send(Parcel("blocks.demo", 1, encode(Heads(1, ref, None, None))))
        await trio.sleep(1 / FRAMES_A_SECOND)


async def main(address: str) -> None:
    line = Line("a", os.urandom(16), journal_bytes=JOURNAL_BYTES)
    feed = Feed(line, (address,), 100, 0.5, 0.5, LIMITS)
    out = line_mailbox(capacity=64, capacity_bytes=64 * MIB)
    root = Supervisor(
        "line",
        [
            Child("journal", serve_journal, feed=feed).with_policy(readiness=Readiness.EXPLICIT),
            Child("line", keep_line, out.inbox(), feed.reader.mailbox.outlet(), line=line),
            Child("publisher", publish, feed.reader.inbox(), feed=feed).with_policy(
                readiness=Readiness.EXPLICIT
            ),
            Child("producer", produce, out.outlet()).with_policy(readiness=Readiness.EXPLICIT),
        ],
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(Tree(root).run)
        print("ready", flush=True)


if __name__ == "__main__":
    Path(sys.argv[1].removeprefix("ipc://")).parent.mkdir(parents=True, exist_ok=True)
    trio.run(main, sys.argv[1])
