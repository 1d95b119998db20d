"""Faults of the machine itself: a blocked event loop, a full disk."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.interop

ROOT = Path(__file__).resolve().parents[3]

BLOCKED = """
    import sys
    sys.path[:0] = [{root!r}]
    import ctypes, time
    import trio
    from supervisors import Child, Supervisor, Tree, Watchdog

    async def the_culprit():
        await trio.sleep(0.1)
        {how}

    watchdog = Watchdog(warn_after_seconds=0.2, exit_after_seconds=0.6)
    trio.run(Tree(Supervisor("root", [Child("c", the_culprit)]), watchdog=watchdog).run)
"""


@pytest.mark.parametrize(
    "how",
    ["time.sleep(60)", "while True: pass", "ctypes.PyDLL(None).sleep(60)"],
    ids=["sleeps", "spins", "holds_the_interpreter_lock"],
)
def test_a_loop_blocked_for_good_ends_the_process_with_its_stacks(how: str) -> None:
    program = textwrap.dedent(BLOCKED).format(root=str(ROOT), how=how)
    began = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 1
    assert "in the_culprit" in result.stderr
    assert time.monotonic() - began < 55  # it would end by itself after a minute


FULL_DISK = """
    import sys
    sys.path[:0] = [{root!r}]
    import trio
    from supervisors import *

    async def picky(numbers, out):
        async for number in numbers:
            if number[0] == ord("b"):
                raise PoisonMessage("bad")
            await out.send(number)

    async def main():
        store = FileQuarantine({disk!r} + "/quarantine")
        filler = open({disk!r} + "/filler", "wb", buffering=0)
        try:
            while True:
                filler.write(b"x" * 4096)
        except OSError as error:
            print("disk:", error.strerror)
        box, sink = Mailbox("box"), Mailbox("sink")
        kinds = []
        tree = Tree(
            Supervisor("root", [Child("picky", picky, box.inbox(), sink.outlet())]),
            quarantine=store, subscribers=[lambda event: kinds.append(event.kind)],
        )
        await box.send_many([b"good 1", b"bad 1", b"good 2", b"bad 2", b"good 3"])
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            while sink.depth < 3:
                await trio.sleep(0.01)
            print("in memory:", store.waiting_in_memory, "listed:", len(store.entries()))
            filler.truncate(0)
            filler.close()
            await box.send(b"bad 3")
            while not box.is_empty:
                await trio.sleep(0.01)
            tree.stop()
        print("in memory:", store.waiting_in_memory, "listed:", len(store.entries()))
        is_reported = EventKind.QUARANTINE_FAILED in kinds
        print("reported:", is_reported, "balanced:", box.snapshot().balanced)
        again = FileQuarantine({disk!r} + "/quarantine")
        print("on disk:", sorted(entry.message.decode() for entry in again.entries()))

    trio.run(main)
"""


def test_a_full_disk_costs_no_poison_message_and_no_healthy_actor(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(FULL_DISK).format(root=str(ROOT), disk=str(disk)))
    mount = f"mount -t tmpfs -o size=256k tmpfs {disk}"
    probe = subprocess.run(["unshare", "-rm", "sh", "-c", mount], capture_output=True, check=False)
    if probe.returncode != 0:
        pytest.skip(f"cannot mount a small disk here: {probe.stderr.decode().strip()}")
    result = subprocess.run(
        ["unshare", "-rm", "sh", "-c", f"{mount} && exec {sys.executable} {script}"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "disk: No space left on device",
        "in memory: 2 listed: 2",
        "in memory: 0 listed: 3",
        "reported: True balanced: True",
        "on disk: ['bad 1', 'bad 2', 'bad 3']",
    ]
