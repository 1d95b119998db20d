"""Finds what a process child left behind, also when it has left the child's session.

A process child leads a session, and what is in its group is killed with it. A grandchild that
calls setsid() is in no group that we know, and once its parent has died it is in no family
either. But it has the environment that it was born with: each process child gets a mark there,
which everything that it starts inherits, and which the kernel shows under /proc. What carries
the mark after the child's end is killed.

Not found is what runs as another user, what was started with an emptied environment, and what
outlives a supervising process that was itself killed; where that matters, run the whole under
a manager that owns a cgroup (systemd does, with its default KillMode). Without /proc (macOS)
there is the group alone.
"""

from __future__ import annotations

import os
import secrets
import signal
import time
from pathlib import Path

_PROC = Path("/proc")
_ROUNDS = 50  # what forks while it is looked for is found in the next round
_PAUSE_SECONDS = 0.002


def new_mark() -> str:
    """Name an environment variable that nothing else has.

    The name is the mark, not the value: a child of a child carries both marks.
    """
    return f"SUPERVISORS_CHILD_{secrets.token_hex(16)}"


def marked(mark: str) -> list[int]:
    """List the processes of ours that carry a mark."""
    sought = b"%s=" % mark.encode()
    return [
        int(entry.name)
        for entry in os.scandir(_PROC)
        if entry.name.isdigit() and _carries(entry.name, sought)
    ]


def _carries(pid: str, sought: bytes) -> bool:
    try:
        environment = (_PROC / pid / "environ").read_bytes()
    except OSError:
        return False  # another user's, or it has ended
    return environment.startswith(sought) or b"\0" + sought in environment


def end_strays(mark: str) -> None:
    """Kill every process that carries a mark, and wait until all have ended; blocks."""
    if not _PROC.is_dir() or not hasattr(os, "pidfd_open"):
        return
    for _ in range(_ROUNDS):
        found = [pid for pid in marked(mark) if pid != os.getpid()]
        for pid in found:
            _kill(pid, b"%s=" % mark.encode())
        if not found:
            return
        time.sleep(_PAUSE_SECONDS)


def _kill(pid: int, sought: bytes) -> None:
    """Kill a process, but not one that has taken the number of the one that was found."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return
    try:
        if _carries(str(pid), sought):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError:
        return  # it ended by itself
    finally:
        os.close(handle)
