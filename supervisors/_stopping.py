"""Stops running children in order: right to left, each within its shutdown time."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from supervisors._events import EventKind
from supervisors._life import State
from supervisors._nodes import Node


async def stop_nodes(nodes: Sequence[Node], *, together: bool) -> None:
    """Stop children right to left, or all at once; each has its shutdown time.

    If cancelled, some of them may still run.
    """
    if not together:
        for node in reversed(nodes):
            await stop_node(node)
        return
    async with trio.open_nursery() as nursery:
        for node in reversed(nodes):
            nursery.start_soon(stop_node, node)


async def stop_node(node: Node) -> None:
    """Stop one child: ask, wait for its shutdown time, then do the last that can be done.

    If cancelled, it may still run.
    """
    node.settled = True  # its end is no news to its supervisor
    if not node.is_alive:
        if node.state is State.BACKOFF:
            node.move_to(State.STOPPED, EventKind.STOPPED)
        return
    node.request_stop()
    if node.policy.shutdown_seconds > 0.0:
        with trio.move_on_after(node.stop_limit_seconds):
            await node.done.wait()
        if not node.done.is_set():
            node.emit(EventKind.STUCK, f"still alive after {node.stop_limit_seconds} s")
    if not node.done.is_set():  # at once with a shutdown time of zero: OTP's brutal_kill
        node.kill()
        await node.done.wait()
    node.settled = True  # somebody else may have started it once more meanwhile
