"""The ordered drain: quiesce the sources, let every message through, stop, report.

Sources (children that write mailboxes and read none) are stopped first. A mailbox whose
writers have all ended is sealed: its reader's loop ends when it is empty, the actor flushes
what it holds and returns, which seals what it wrote, and so on to the end of the pipeline.
Whoever does not return after that is cancelled after its shutdown time; whatever still runs
at the deadline is stopped in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import trio

from supervisors._child import ChildRun
from supervisors._events import EventKind
from supervisors._life import State
from supervisors._nodes import Node
from supervisors._policy import Restart
from supervisors._queue import MailboxSnapshot, MessageQueue
from supervisors._supervisor import SupervisorRun

_POLL_SECONDS = 0.005


@attrs.frozen
class DrainReport:
    """What a drain left."""

    complete: bool  # nothing was left and no actor had to be cancelled
    seconds: float
    left: tuple[MailboxSnapshot, ...]  # mailboxes that still hold messages
    cut_off: tuple[str, ...]  # children that were cancelled before they had read to the end
    unresponsive: tuple[str, ...]  # children that did not return after their last message


class _Drain:
    def __init__(self, root: SupervisorRun, mailboxes: Sequence[MessageQueue[Any]]) -> None:
        self._root = root
        self._mailboxes = mailboxes
        self._told_at: dict[str, float] = {}
        self._unresponsive: list[str] = []
        self._stopped: set[str] = set()

    def _children(self) -> list[ChildRun]:
        return list(self._root.children_in_play())

    def _is_over(self, node: ChildRun) -> bool:
        """Whether the child will not run again: a failed or stopped one may be restarting."""
        if node.spec.is_source and not node.is_alive:
            return True  # supervisors start no source again while the tree drains
        if node.state is State.STOPPED:
            return node.path in self._stopped
        if node.state is State.FAILED:
            return node.policy.restart is Restart.TEMPORARY
        return node.state is State.ENDED

    async def run(self, deadline_seconds: float) -> DrainReport:
        """Go through the drain; if cancelled, the tree is still draining."""
        started = trio.current_time()
        self._root.env.draining = True
        self._root.emit(EventKind.DRAINING, f"{deadline_seconds} s")
        with trio.move_on_after(deadline_seconds) as deadline:
            await self._stop_sources()
            while not self._all_read():
                self._seal_finished()
                self._cancel_unresponsive()
                await trio.sleep(_POLL_SECONDS)
        cut_off = [
            node.path
            for node in self._children()
            if node.is_alive
            and (
                any(not mailbox.is_empty for mailbox in node.mailboxes_read)
                or (deadline.cancelled_caught and node.spec.inboxes and not self._is_over(node))
            )
        ]
        self._root.request_stop()
        await self._root.done.wait()
        left = [m.snapshot() for m in self._mailboxes if not m.is_empty]
        report = DrainReport(
            complete=not left and not cut_off and not self._unresponsive,
            seconds=trio.current_time() - started,
            left=tuple(left),
            cut_off=tuple(cut_off),
            unresponsive=tuple(self._unresponsive),
        )
        self._root.emit(EventKind.DRAINED, "complete" if report.complete else "incomplete")
        return report

    async def _stop_sources(self) -> None:
        sources: list[Node] = [node for node in self._children() if node.spec.is_source]
        for node in sources:
            self._stopped.add(node.path)
            node.request_stop()
        for node in sources:
            if node.is_alive:
                await node.done.wait()

    def _all_read(self) -> bool:
        return all(self._is_over(node) for node in self._children() if node.spec.inboxes)

    def _seal_finished(self) -> None:
        """Seal mailboxes without a writer, and cycles in which nothing moves."""
        live = [node for node in self._children() if not self._is_over(node)]
        quiet = all(mailbox.is_empty for mailbox in self._mailboxes)
        for mailbox in self._mailboxes:
            if mailbox._sealed:
                continue
            writers = [node for node in live if mailbox in node.mailboxes_written]
            if not writers or (quiet and _is_idle_cycle(mailbox, writers, live)):
                mailbox._seal()

    def _cancel_unresponsive(self) -> None:
        now = trio.current_time()
        for node in self._children():
            if not node.is_alive or node.stop_requested or not node.has_seen_the_end:
                continue
            told_at = self._told_at.setdefault(node.path, now)
            if now - told_at > node.policy.shutdown_seconds:
                self._unresponsive.append(node.path)
                self._stopped.add(node.path)
                node.request_stop()


def _is_idle_cycle(
    mailbox: MessageQueue[Any], writers: Sequence[ChildRun], live: Sequence[ChildRun]
) -> bool:
    """Whether all who write a mailbox only wait for what, in the end, comes out of it."""
    reached: list[ChildRun] = []
    todo = [mailbox]
    while todo:
        source = todo.pop()
        for node in live:
            if node not in reached and source in node.mailboxes_read:
                reached.append(node)
                todo.extend(node.mailboxes_written)
    return all(
        writer in reached and any(box._waiting_reader is not None for box in writer.mailboxes_read)
        for writer in writers
    )


async def drain(
    root: SupervisorRun, mailboxes: Sequence[MessageQueue[Any]], deadline_seconds: float
) -> DrainReport:
    """Drain a running tree and stop it.

    If cancelled, the tree is still draining.
    """
    return await _Drain(root, mailboxes).run(deadline_seconds)
