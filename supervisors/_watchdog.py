"""Sees an event loop that does not come round, tells why, and ends it as a last resort.

An instrument notes each time the loop goes to wait for I/O. A thread looks at that note: when
the loop has not come round for `warn_after_seconds` it dumps the stacks of all threads, which
shows the line that blocks. A blocked loop cannot be cancelled from inside, so after
`exit_after_seconds` the process ends with status 1, and systemd, say, starts it again.
That last step is a timer in C (faulthandler), re-armed while the loop lives, so it fires even
when the loop is stuck in native code that holds the interpreter.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import stat
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

import trio

from supervisors._errors import LocalProtocolError


class _LoopNote(trio.abc.Instrument):
    """Where the loop is: since when it runs tasks, or None while it waits for I/O."""

    def __init__(self) -> None:
        self.running_since: float | None = time.monotonic()

    def before_io_wait(self, timeout: float) -> None:  # noqa: ARG002 (trio's signature)
        self.running_since = None

    def after_io_wait(self, timeout: float) -> None:  # noqa: ARG002
        self.running_since = time.monotonic()


class Watchdog:
    """A thread that watches one event loop.

    Args:
        warn_after_seconds: how long the loop may not come round before stacks are dumped.
        exit_after_seconds: how long before the process is ended; None never ends it. One
            watchdog of a process may have this.
        stacks_to: an open file with a file descriptor; stderr when not given. One that has none,
            or is closed, is no error: the stacks go nowhere then.
        on_stacks: called with the stacks as text, in the watchdog's thread, instead of writing
            them; what it raises goes no further. The stacks at the end of the process are
            written to `stacks_to` all the same.

    A process that was stopped for longer than `exit_after_seconds` (Ctrl-Z, a paused virtual
    machine) may be ended when it goes on: the timer in C cannot tell that from a blocked loop.
    """

    def __init__(
        self,
        *,
        warn_after_seconds: float = 1.0,
        exit_after_seconds: float | None = 30.0,
        stacks_to: Any = None,
        on_stacks: Callable[[str], None] | None = None,
    ) -> None:
        if exit_after_seconds is not None and exit_after_seconds <= warn_after_seconds:
            raise LocalProtocolError(
                f"watchdog: exit_after_seconds must exceed warn_after_seconds, "
                f"found {exit_after_seconds} and {warn_after_seconds}"
            )
        self.warn_after_seconds = warn_after_seconds
        self.exit_after_seconds = exit_after_seconds
        self.blocked_count = 0
        self._stacks_to = stacks_to if stacks_to is not None else sys.stderr
        self._on_stacks = on_stacks
        self._stacks_fd = -1  # our own, so that no other code closes it under the timer
        self._note = _LoopNote()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._token: trio.lowlevel.TrioToken | None = None
        self._on_blocked: Callable[[float], None] = lambda _seconds: None
        self._on_recovered: Callable[[float], None] = lambda _seconds: None

    def start(
        self, on_blocked: Callable[[float], None], on_recovered: Callable[[float], None]
    ) -> None:
        """Watch the loop that calls this.

        The callbacks get seconds and run in the loop, so both are heard after it recovered.
        """
        self._on_blocked, self._on_recovered = on_blocked, on_recovered
        self._stacks_fd = _descriptor_of_our_own(self._stacks_to)
        self._token = trio.lowlevel.current_trio_token()
        self._note.running_since = time.monotonic()
        trio.lowlevel.add_instrument(self._note)
        self._stop.clear()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watch."""
        if self._thread is None:
            return
        self._stop.set()
        self._thread.join()
        self._thread = None
        os.close(self._stacks_fd)
        trio.lowlevel.remove_instrument(self._note)

    def _watch(self) -> None:
        blocked_since: float | None = None
        period = min(self.warn_after_seconds / 4, 1.0)
        while not self._stop.wait(period):
            since = self._note.running_since
            if blocked_since is not None and since != blocked_since:
                self._tell(self._on_recovered, time.monotonic() - blocked_since)
                blocked_since = None
            if since is None or time.monotonic() - since < self.warn_after_seconds:
                self._arm_exit()
            elif blocked_since is None:
                blocked_since = since
                self.blocked_count += 1
                self._show_stacks()
                self._tell(self._on_blocked, time.monotonic() - since)
        if self.exit_after_seconds is not None:
            faulthandler.cancel_dump_traceback_later()

    def _show_stacks(self) -> None:
        if self._on_stacks is None:
            faulthandler.dump_traceback(file=self._stacks_fd, all_threads=True)
            return
        # Not for KeyboardInterrupt: that lands in the main thread.
        with contextlib.suppress(BaseException):
            self._on_stacks(_stacks_of_all_threads())

    def _arm_exit(self) -> None:
        if self.exit_after_seconds is not None:
            faulthandler.dump_traceback_later(
                self.exit_after_seconds, exit=True, file=self._stacks_fd
            )

    def _tell(self, callback: Callable[[float], None], seconds: float) -> None:
        assert self._token is not None
        try:
            self._token.run_sync_soon(callback, seconds)
        except trio.RunFinishedError:
            self._stop.set()


def _descriptor_of_our_own(stream: Any) -> int:
    """Open what a stream writes to once more, so that neither its end nor its reader stops us.

    A pipe or a terminal that is not read blocks who writes to it, here while it holds the
    interpreter: so that is opened anew, as one that takes what fits and drops the rest.
    """
    try:
        number = stream.fileno()
        mode = os.fstat(number).st_mode
    except (OSError, ValueError, AttributeError):  # closed, or no file at all
        return os.open(os.devnull, os.O_WRONLY)
    if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
        with contextlib.suppress(OSError):
            flags = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY
            return os.open(f"/proc/self/fd/{number}", flags)
    return os.dup(number)


def _stacks_of_all_threads() -> str:
    """Describe where every thread is, the main thread last, where a reader looks first."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    main = threading.main_thread().ident
    frames = sorted(sys._current_frames().items(), key=lambda item: item[0] == main)
    parts = (
        f"Thread {names.get(ident, ident)}:\n{''.join(traceback.format_stack(frame))}"
        for ident, frame in frames
        if ident != threading.get_ident()
    )
    return "".join(parts)
