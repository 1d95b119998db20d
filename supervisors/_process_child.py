"""The child's side of process isolation: stands in for mailboxes, runs the actor, reports.

Started as `python -c "…main()" <link fd> <lifeline fd>`. The first frame holds the actor and
its arguments; ports among them become stand-ins that call the parent. Whatever the actor
does ends as exactly one of the frames `returned` and `failed`, or as the end of the process.
"""

from __future__ import annotations

import fcntl
import io
import os
import pickle
import signal
import socket
import sys
import threading
from typing import Any

import trio

from supervisors._containment import comes_from_outside, end_leaked_nurseries, leaked_nurseries
from supervisors._error_info import ErrorInfo, leaves_of
from supervisors._frames import FrameStream
from supervisors._process import HEARTBEAT_SECONDS
from supervisors._remote_ports import (
    Link,
    RemoteInbox,
    StageRoom,
)
from supervisors._steps import current_actor

_LEAK_PATIENCE_SECONDS = 1.0
_F_SETSIG = 10  # Linux; the fcntl module does not name it


class _Arguments(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, room: StageRoom) -> None:
        super().__init__(file)
        self._room = room

    def persistent_load(self, description: Any) -> Any:
        return self._room.port(*description)


async def _serve(connection: socket.socket) -> None:
    connection.setblocking(False)
    frames = FrameStream(connection)
    link = Link(frames)
    actor_scope = trio.CancelScope()
    program = await frames.receive()
    if program is None:
        return
    async with trio.open_nursery() as nursery:
        nursery.start_soon(frames.write_loop)
        nursery.start_soon(_read, link, actor_scope, nursery.cancel_scope)
        nursery.start_soon(_beat, link)
        await _run_actor(link, program, actor_scope)
        await frames.flush()
        nursery.cancel_scope.cancel()


async def _read(link: Link, actor_scope: trio.CancelScope, everything: trio.CancelScope) -> None:
    await link.read_loop(actor_scope.cancel)
    everything.cancel()


async def _beat(link: Link) -> None:
    while True:
        link.tell("beat")
        await trio.sleep(HEARTBEAT_SECONDS)


async def _run_actor(link: Link, program: bytes, scope: trio.CancelScope) -> None:
    """Run the actor to its end, and say which of the two it was: returned or failed.

    What asks a program to end (SystemExit, KeyboardInterrupt) ends this one without a word.
    """
    error: BaseException | None = None
    finished = False
    task = trio.lowlevel.current_task()
    before = len(task.child_nurseries)
    try:
        with scope:
            inboxes = await _act(link, program)
            if not leaked_nurseries(task, before):  # a leak is a crash: it commits nothing
                for inbox in inboxes:
                    if inbox._lease is not None:
                        await inbox._commit()
                finished = True
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as raised:
        if comes_from_outside(raised, task):
            raise
        error = raised
    if leaked := leaked_nurseries(task, before):
        error = await end_leaked_nurseries(task, leaked, error, _LEAK_PATIENCE_SECONDS)
    if error is not None:
        info = ErrorInfo.of(error)
        link.tell("failed", _pickled(error), info.type, info.message, info.traceback)
    elif finished:
        link.tell("returned")


async def _act(link: Link, program: bytes) -> list[RemoteInbox]:
    """Run the actor; return its inboxes, with what it left open in them."""
    file = io.BytesIO(program)
    main_path, path, incarnation = pickle.load(file)
    if main_path is not None:
        _import_main(main_path)
    room = StageRoom(link, path, incarnation)
    actor, args, kwargs, ready_at_start = _Arguments(file, room).load()
    current_actor.set(room.actor)
    if ready_at_start:
        link.tell_now("ready")
    await actor(*args, **kwargs)
    return room.inboxes


def _pickled(error: BaseException) -> bytes | None:
    try:
        data = pickle.dumps(error, protocol=5)
        pickle.loads(data)
    except BaseException:  # noqa: BLE001  then its description must do
        return None
    return data


def _import_main(path: str) -> None:
    """Import the parent's script as multiprocessing does, without running its main part."""
    import multiprocessing.spawn

    multiprocessing.spawn.prepare({"init_main_from_path": path})


def _die_with_the_parent(lifeline: int) -> None:
    """Have this process killed as soon as the parent's end of the pipe closes.

    Linux does it in the kernel, whatever this process is busy with. Elsewhere a thread waits
    for the end of the pipe, which needs a moment of the interpreter.
    """
    leads = os.getpgrp() == os.getpid()  # then what it starts is in its group, and goes along
    try:
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpid() if leads else os.getpid())
        fcntl.fcntl(lifeline, _F_SETSIG, signal.SIGKILL)
        flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)
    except (OSError, AttributeError):
        pass

    def wait_for_the_end() -> None:
        os.read(lifeline, 1)
        if leads:
            os.killpg(os.getpid(), signal.SIGKILL)
        os._exit(1)

    # Also closes the gap in which the parent dies before the signal is armed.
    threading.Thread(target=wait_for_the_end, daemon=True).start()


def main() -> None:
    """Run the actor that the parent sends over the link."""
    link, lifeline = int(sys.argv[1]), int(sys.argv[2])
    os.set_inheritable(link, False)
    os.set_inheritable(lifeline, False)
    _die_with_the_parent(lifeline)
    with socket.socket(fileno=link) as connection:
        try:
            trio.run(_serve, connection)
        except BaseExceptionGroup as group:
            for leaf in leaves_of(group):
                if isinstance(leaf, SystemExit):
                    sys.exit(leaf.code)  # with the actor's own status
            raise
