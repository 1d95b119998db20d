"""The writing end of a mailbox: a send is staged into the open step, or made at once without one.

An outlet of several mailboxes gives every one of them each message; where they carry frames, the
message is encoded once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import trio

from supervisors import _steps
from supervisors._errors import (
    LocalProtocolError,
)
from supervisors._faults import CrashPoint
from supervisors._lane import Lane
from supervisors._ports import YIELD_AFTER_SECONDS, YIELD_EVERY
from supervisors._queue import MessageQueue
from supervisors._steps import current_actor, current_step

U_contra = TypeVar("U_contra", contravariant=True)


class Outlet(Generic[U_contra]):
    """The writing end of one mailbox, or of several that get every message.

    Inside a step a send is staged; outside it is visible at once.
    """

    def __init__(self, mailboxes: Sequence[MessageQueue[Any]]) -> None:
        if not mailboxes:
            raise LocalProtocolError("an outlet needs at least one mailbox")
        codecs = {id(mailbox.codec) for mailbox in mailboxes}
        if len(codecs) > 1:
            raise LocalProtocolError(
                "an outlet to several mailboxes encodes once: they must share one codec"
            )
        self._codec = mailboxes[0].codec
        self._mailboxes = tuple(mailboxes)
        self._lanes = [mailbox._main for mailbox in mailboxes]
        self._budget = YIELD_EVERY
        self._yielded_at = -math.inf

    def __repr__(self) -> str:
        return f"<Outlet to {', '.join(repr(mailbox.name) for mailbox in self._mailboxes)}>"

    @property
    def name(self) -> str:
        """The names of the mailboxes, joined by a comma."""
        return ",".join(mailbox.name for mailbox in self._mailboxes)

    async def send(self, message: U_contra) -> None:
        """Send one message: with the step, or at once.

        Raises:
            StepTooLarge: the step, or the message alone, exceeds the mailbox.

        If cancelled, the message is not accepted.
        """
        await self._send(self._lanes, [message])

    async def send_many(self, messages: Sequence[U_contra]) -> None:
        """Send messages together: with the step, or at once, all or none.

        Raises:
            StepTooLarge: the step, or the messages together, exceed the mailbox.

        If cancelled, none of them is accepted.
        """
        await self._send(self._lanes, list(messages))

    async def send_control(self, message: U_contra) -> None:
        """Send one message by the control lane: read first, never evicted.

        Raises:
            StepTooLarge: the step holds more control messages than the lane.

        If cancelled, the message is not accepted.
        """
        await self._send([mailbox._control for mailbox in self._mailboxes], [message])

    async def send_frame(self, frame: bytes) -> None:
        """Send the frame of a message as it is: with the step, or at once.

        Raises:
            LocalProtocolError: the mailbox has no codec: what it holds are no frames.
            StepTooLarge: the step, or the frame alone, exceeds the mailbox.

        If cancelled, the message is not accepted.
        """
        if self._codec is None:
            raise LocalProtocolError(f"outlet to {self.name!r}: no codec: send the message")
        await self._send(self._lanes, [frame], encoded=True)

    async def _send(self, lanes: list[Lane], items: list[Any], encoded: bool = False) -> None:
        if self._codec is not None and not encoded:
            items = self._codec.encoded(items)
        self._budget -= 1
        if self._budget <= 0 or trio.current_time() - self._yielded_at > YIELD_AFTER_SECONDS:
            await trio.lowlevel.checkpoint()
            self._budget = YIELD_EVERY
            self._yielded_at = trio.current_time()
        else:
            await trio.lowlevel.checkpoint_if_cancelled()
        if not items:
            return
        open_step = current_step.get()
        if open_step is not None and open_step.is_open:
            if len(lanes) > 1:
                open_step.require_possible([(lane, items) for lane in lanes])
            for lane in lanes:
                # Each lane owns its list: a step extends it in place.
                open_step.stage(lane, items if len(lanes) == 1 else items.copy())
            return
        actor = current_actor.get()
        if actor is not None and actor.is_remote:
            remote = actor.new_step()
            for lane in lanes:
                remote.stage(lane, items if len(lanes) == 1 else items.copy())
            await remote.commit()
            return
        if actor is not None and actor.faults is not None:
            actor.faults.at(actor.path, CrashPoint.STAGED)
        if not _steps.try_send_now(lanes, items):
            await _steps.send_now(lanes, items)
