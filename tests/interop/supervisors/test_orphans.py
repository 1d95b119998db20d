"""No process outlives the one that supervises it, whatever dies first and whatever it is doing."""

# ruff: noqa: ASYNC110, ASYNC240  real files and processes, on purpose
from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio
from test_processes import HERE, ROOT, is_alive, wait_gone

pytestmark = pytest.mark.interop


@contextmanager
def parent_of(actor: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a supervising process with one process child; kill it at the end, at the latest."""
    program = f"""
        import sys
        sys.path[:0] = [{str(ROOT)!r}, {str(HERE)!r}]
        import trio
        import process_actors as actors
        from supervisors import Child, Isolation, Supervisor, run
        child = Child("p", actors.{actor}, *{arguments!r})
        trio.run(run, Supervisor("root", [child.with_policy(isolation=Isolation.PROCESS)]))
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)])
    try:
        yield parent
    finally:
        parent.kill()
        parent.wait()


def process_children_of(pid: int) -> list[int]:
    """List the process children of a supervising process; imports may start others, briefly."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            for child in (task / "children").read_text().split():
                if b"_process_child" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


async def pid_in(file: Path) -> int:
    with trio.fail_after(60):
        while not (file.exists() and file.read_text()):
            await trio.sleep(0.01)
    return int(file.read_text())


@pytest.mark.parametrize("state", ["its loop is blocked", "it is stopped"])
async def test_a_child_dies_with_its_parent_even_if(state: str, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    with parent_of("busy_for_ever", str(pid_file)) as parent:
        child = await pid_in(pid_file)
        if state == "it is stopped":
            os.kill(child, signal.SIGSTOP)
        assert is_alive(child)
        parent.kill()
        parent.wait()
        assert await wait_gone(child, 3)


async def test_what_a_child_started_dies_with_the_parent_too(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    with parent_of("with_grandchild", str(pid_file)) as parent:
        grandchild = await pid_in(pid_file)
        (child,) = process_children_of(parent.pid)
        assert is_alive(child)
        assert is_alive(grandchild)
        parent.kill()
        parent.wait()
        assert await wait_gone(child, 3)
        assert await wait_gone(grandchild, 3)


async def test_a_child_that_is_just_starting_dies_with_its_parent(tmp_path: Path) -> None:
    """It has its orders, and looks for who gave them only when they are gone."""
    with parent_of("busy_for_ever", str(tmp_path / "pid")) as parent:
        with trio.fail_after(60):
            while not (found := process_children_of(parent.pid)):
                await trio.sleep(0.001)
        await trio.sleep(0.05)  # the actor is on its way; importing takes the child longer
        parent.kill()
        parent.wait()
        assert await wait_gone(found[0], 5)


async def test_a_parent_that_is_stopped_and_killed_leaves_no_process(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    with parent_of("busy_for_ever", str(pid_file)) as parent:
        child = await pid_in(pid_file)
        parent.send_signal(signal.SIGSTOP)
        assert is_alive(child)
        parent.kill()
        parent.wait()
        assert await wait_gone(child, 3)
