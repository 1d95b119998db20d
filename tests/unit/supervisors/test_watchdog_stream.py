"""A watchdog outlives the stream that it was given."""

from __future__ import annotations

import time
from pathlib import Path

import trio

from supervisors import Child, Supervisor, Tree, Watchdog


async def test_a_closed_stream_does_not_end_the_watch(tmp_path: Path) -> None:
    async def idle() -> None:
        await trio.sleep_forever()

    with (tmp_path / "stacks").open("w") as stream:
        dog = Watchdog(warn_after_seconds=0.1, exit_after_seconds=None, stacks_to=stream)
        tree = Tree(Supervisor("root", [Child("idle", idle)]), watchdog=dog)
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            stream.close()
            for _ in range(2):
                time.sleep(0.3)  # noqa: ASYNC251  the very thing
                await trio.sleep(0.1)
            tree.stop()
    assert dog.blocked_count == 2
    assert "test_watchdog_stream" in (tmp_path / "stacks").read_text()
