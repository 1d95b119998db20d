"""The parent's side of a process child.

The child process runs the actor; mailboxes stay here. The actor's inboxes and outlets are
stand-ins that call back over a socket pair: `next` commits the open step and leases, `commit`
commits, both in one request, so a step is applied here once and whole, or, when the process
dies first, not at all. A lease that a dead process held is given back like any crash's.

Ending is a ladder: a stop request, SIGTERM after the shutdown time, SIGKILL after the grace
time; a shutdown time of zero is OTP's brutal kill and begins at the top. A process that stops
sending heartbeats gets SIGTERM at once. Should this process die, the kernel kills the child: it
holds the reading end of a pipe whose only writer is here.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
from typing import Any, Protocol

import trio

from supervisors._actor import ActorContext
from supervisors._error_info import ErrorInfo
from supervisors._errors import (
    ChildProcessDied,
    LocalProtocolError,
    RemoteFailure,
    StartTimeout,
    Stuck,
)
from supervisors._events import EventKind
from supervisors._frames import FrameStream
from supervisors._lane import Lane
from supervisors._life import State
from supervisors._nodes import Environment
from supervisors._ports import Inbox
from supervisors._program import program_of
from supervisors._specs import Child, Policy
from supervisors._steps import Step
from supervisors._strays import end_strays, new_mark

HEARTBEAT_SECONDS = 0.25

_PROGRAM = "import sys; sys.path[:] = {path!r}; from supervisors._process_child import main; main()"


class HostedChild(Protocol):
    """The running child that a process stands for; see ChildRun."""

    spec: Child
    path: str
    policy: Policy
    state: State
    env: Environment
    child_pid: int | None

    def emit(self, kind: EventKind, detail: str = "", /) -> None:
        """Tell the bus about something that happened to the child."""
        ...

    def become_ready(self) -> None:
        """Note that the actor can do its work."""
        ...

    def become_degraded(self, reason: str | None, /) -> None:
        """Note that the actor works below its promise, or is well again."""
        ...

    def undo_failed(self, info: ErrorInfo, /) -> None:
        """Note that undo actions of a step raised."""
        ...

    def start_timeout(self) -> StartTimeout:
        """Say that the child did not become ready in time."""
        ...


class ProcessHost:
    """One incarnation of a process child."""

    def __init__(self, child: HostedChild, context: ActorContext) -> None:
        self._child = child
        self._context = context
        self._program = program_of(child.path, child.spec, child.policy.readiness, context)
        self.inboxes = self._program.inboxes
        self._kill_now = trio.Event()
        self._ended = False  # the actor returned, and said so
        self._leaving = False  # the process needs no signal: it said its last, or is gone
        self._failure: BaseException | None = None
        self._calls: dict[int, trio.CancelScope] = {}
        self._beats = 0
        self._process: trio.Process | None = None
        self._mark = new_mark()

    def kill(self) -> None:
        """Go to the next rung of the ladder without waiting out the present one."""
        self._kill_now.set()

    async def run(self) -> None:
        """Run the actor in a process of its own until it ends.

        Raises:
            ChildProcessDied: the process ended without a word.
            Stuck: it made no progress for longer than its policy allows.
            Exception: what the actor raised.

        If cancelled, the process has ended when the cancellation passes.
        """
        ours, theirs = socket.socketpair()
        life_read, life_write = os.pipe()
        try:
            try:
                process = await self._spawn(theirs.fileno(), life_read)
            finally:
                theirs.close()
                os.close(life_read)
            await self._serve(process, ours)
        finally:
            ours.close()
            os.close(life_write)
            self._child.child_pid = None

    async def _spawn(self, link: int, lifeline: int) -> trio.Process:
        program = _PROGRAM.format(path=sys.path)
        process = await trio.lowlevel.open_process(
            [sys.executable, "-c", program, str(link), str(lifeline)],
            stdin=subprocess.DEVNULL,
            pass_fds=(link, lifeline),
            start_new_session=True,
            env={**os.environ, self._mark: "1"},
        )
        self._child.child_pid = process.pid
        return process

    async def _serve(self, process: trio.Process, ours: socket.socket) -> None:
        ours.setblocking(False)
        frames = FrameStream(ours)
        self._process = process
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(frames.write_loop)
                nursery.start_soon(self._watch, nursery.cancel_scope)
                nursery.start_soon(self._notice_death, process, ours)
                frames.put_pickled(self._program.data)
                await self._read(frames, nursery)
                nursery.cancel_scope.cancel()
        finally:
            with trio.CancelScope(shield=True):
                await self._end(process, frames)
        self._raise_failure(process)

    def _raise_failure(self, process: trio.Process) -> None:
        if self._failure is not None:
            raise self._failure
        if not self._ended:
            raise ChildProcessDied(
                f"{self._child.path}: process {process.pid} ended with status "
                f"{process.returncode} before its actor did"
            )

    # -- serving -----------------------------------------------------------------------------

    async def _read(self, frames: FrameStream, nursery: trio.Nursery) -> None:
        while (frame := await frames.receive()) is not None:
            message = pickle.loads(frame)
            kind = message[0]
            if kind == "call":
                # A task each, for a commit may wait for room while another call goes on. The
                # order of calls is kept all the same: an actor waits for its answer, and a
                # lease that a task of its own holds refuses a second one.
                nursery.start_soon(self._answer, frames, message[1], message[2])
            elif kind == "cancel":
                if message[1] in self._calls:
                    self._calls[message[1]].cancel()
            elif kind == "beat":
                self._beats += 1
            elif kind == "ready":
                self._child.become_ready()
            elif kind == "degraded":
                self._child.become_degraded(message[1])
            elif kind == "undo_failed":
                self._child.undo_failed(message[1])
            elif kind == "cell":
                self._program.cells[message[1]].set(message[2])
            elif kind == "nack":
                self.inboxes[message[1]].nack()
            elif kind == "close":
                self.inboxes[message[1]].close()
            elif kind == "returned":
                self._ended = self._leaving = True
                return
            elif kind == "failed":
                self._failure = _failure_of(self._child.path, *message[1:])
                self._leaving = True
                return
        self._leaving = True

    async def _answer(self, frames: FrameStream, number: int, call: tuple[Any, ...]) -> None:
        reply: tuple[str, Any] = ("cancelled", None)
        inbox = None if call[1] is None else self.inboxes[call[1]]
        lease = None if inbox is None else inbox._lease
        with trio.CancelScope() as scope:
            self._calls[number] = scope
            try:
                reply = ("ok", await self._do(*call))
            except LocalProtocolError as error:
                reply = ("error", error)
            except Exception as error:  # noqa: BLE001  a crash point: the child dies of it
                self._failure = error
                self._signal(signal.SIGKILL)
                self._leaving = True
        # Without a wait since the call ended: a cancel that comes now finds no call, and the
        # answer, which is on its way, tells the child that it was too late.
        del self._calls[number]
        if self._failure is None:
            # A call may have committed its step and have failed, or been cancelled, after it.
            committed = inbox is not None and lease is not None and inbox._lease is not lease
            frames.put(("reply", number, *reply, committed))

    async def _do(self, kind: str, inbox_number: int | None, payload: Any, limit: int) -> Any:
        """Commit what the child staged, and lease for it."""
        inbox = None if inbox_number is None else self.inboxes[inbox_number]
        step = Step(self._context) if inbox is None else inbox._step
        try:
            self._stage(step, payload)
            if inbox is None:
                return await step.commit()
            if kind == "commit":
                return await inbox._commit()
            return await self._lease(inbox, limit)
        except BaseException:
            step.sends = {}
            step.cells = {}
            raise

    def _stage(self, step: Step, payload: Any) -> None:
        if payload is None:
            return
        sends, cells = payload
        for number, is_control, items in sends:
            mailbox = self._program.mailboxes[number]
            lane: Lane = mailbox._control if is_control else mailbox._main
            step.stage(lane, items)
        for number, value in cells:
            step.cells[self._program.cells[number]] = value

    async def _lease(self, inbox: Inbox[Any], limit: int) -> Any:
        inbox._lease_task = trio.lowlevel.current_task()  # each call is a task of its own
        lease = await inbox._next_lease(limit)
        if lease is None:
            return None
        return lease.ids, lease.items, inbox.attempts, inbox.depth

    # -- ending ------------------------------------------------------------------------------

    async def _notice_death(self, process: trio.Process, ours: socket.socket) -> None:
        """End the reading when the process is dead, even if others still hold its end of the link.

        What it forked, a worker pool for one, has that end too, so no end of file would come.
        What the child wrote before it died is read all the same: shutting down our end leaves
        what has arrived.
        """
        await process.wait()
        with contextlib.suppress(OSError):
            ours.shutdown(socket.SHUT_RDWR)

    async def _watch(self, scope: trio.CancelScope) -> None:
        """Find the child stuck when it is silent while this loop comes round and could hear.

        A round that took long was a blocked loop on this side: what the child said waits to be
        read, so it counts as two short ones, and another round tells.
        """
        policy = self._child.policy
        limit = max(policy.stuck_after_seconds, 4 * HEARTBEAT_SECONDS)
        heard, silence, starting, before = self._beats, 0.0, 0.0, trio.current_time()
        was_blocked = False
        while self._failure is None:
            pause = HEARTBEAT_SECONDS
            if self._is_starting:
                pause = min(pause, max(policy.start_timeout_seconds - starting, 0.0))
            await trio.sleep(pause)
            now = trio.current_time()
            passed = min(now - before, pause + HEARTBEAT_SECONDS)
            was_blocked, before = passed < now - before and not was_blocked, now
            silence = silence + passed if self._beats == heard else 0.0
            heard = self._beats
            starting += passed
            late = self._is_starting and starting >= policy.start_timeout_seconds
            if was_blocked:
                continue
            if silence > limit:
                self._failure = Stuck(
                    f"{self._child.path}: no heartbeat from process "
                    f"{self._child.child_pid} for {silence:.1f} s"
                )
            elif late:
                self._failure = self._child.start_timeout()
        scope.cancel()

    @property
    def _is_starting(self) -> bool:
        return self._child.state is State.STARTING

    async def _end(self, process: trio.Process, frames: FrameStream) -> None:
        """Climb the ladder as far as needed; whatever the child started ends with it."""
        try:
            await self._climb(process, frames)
        finally:
            # The leader has been waited for, but the kernel gives its number to no other process
            # while anything is left in its group.
            self._end_group(process.pid)
            # In a thread: it reads a file for each process of this machine.
            await trio.to_thread.run_sync(end_strays, self._mark)

    async def _climb(self, process: trio.Process, frames: FrameStream) -> None:
        patience = self._child.policy.shutdown_seconds
        if self._leaving:  # it goes by itself, and may take a moment
            patience = max(patience, self._child.env.kill_grace_seconds)
        if patience > 0.0:
            if self._leaving or not isinstance(self._failure, Stuck):
                if not self._leaving:
                    await self._ask_to_stop(frames)
                if await self._is_gone(process, patience):
                    return
            self._child.emit(EventKind.STUCK, "SIGTERM")
            self._signal(signal.SIGTERM)
            if await self._is_gone(process, self._child.env.kill_grace_seconds):
                return
            self._child.emit(EventKind.STUCK, "SIGKILL")
        self._signal(signal.SIGKILL)
        await process.wait()

    async def _ask_to_stop(self, frames: FrameStream) -> None:
        frames.put(("stop",))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(frames.write_loop)
            with trio.move_on_after(0.2):  # a stopped process may not read any more
                await frames.flush()
            nursery.cancel_scope.cancel()

    async def _is_gone(self, process: trio.Process, seconds: float) -> bool:
        with trio.move_on_after(seconds):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._cancel_when_killed, nursery.cancel_scope)
                await process.wait()
                nursery.cancel_scope.cancel()
        self._kill_now = trio.Event()
        return process.poll() is not None

    async def _cancel_when_killed(self, scope: trio.CancelScope) -> None:
        await self._kill_now.wait()
        scope.cancel()

    def _signal(self, number: signal.Signals) -> None:
        """Signal the whole process group: the child leads a session of its own."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return  # it ended between the look and the signal
        except PermissionError:
            process.send_signal(number)

    @staticmethod
    def _end_group(group: int) -> None:
        """Kill what is left of the session that the child led: its own children."""
        try:
            os.killpg(group, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return  # no process is left, or none of this user


def _failure_of(
    path: str, pickled: bytes | None, kind: str, text: str, trace: str
) -> BaseException:
    """Rebuild what the actor raised, with the far traceback as a note."""
    error: BaseException | None = None
    if pickled is not None:
        try:
            error = pickle.loads(pickled)
        except BaseException:  # noqa: BLE001  a class that cannot be rebuilt must not hide the news
            error = None
    if not isinstance(error, Exception):
        error = RemoteFailure(f"{path}: {kind}: {text}")
    error.add_note(f"in the process of {path}:\n{trace}")
    return error
