"""A mailbox: made outside the actors, outlives them, and loses nothing that it accepted."""

from __future__ import annotations

from typing import TypeVar

from supervisors._outlet import Outlet
from supervisors._ports import Inbox
from supervisors._queue import MessageQueue

T = TypeVar("T")


class Mailbox(MessageQueue[T]):
    """A bounded queue of messages that belongs to no actor.

    Args:
        name: how events, snapshots and the quarantine call it.
        capacity: the most messages that may wait, leased ones included.
        capacity_bytes: the most bytes that may wait, by size_of.
        overflow: what a full mailbox does; see Overflow.
        key: for Overflow.CONFLATE, what makes two messages say the same thing.
        size_of: bytes of one message; by default len() of bytes-like objects and 0 of others.
        control_capacity: the most messages in the control lane; its senders wait for room.
        max_attempts: how many crashes a message may cause before it is quarantined.
        accept_when_ready: refuse messages, with reason "not_ready", while no reader is ready;
            a mailbox that blocks lets its senders wait instead.
        codec: how messages become the bytes that lie here, and back. Writers send values, once
            encoded; readers get values, or with Inbox.frames the bytes, to pass on untouched.

    Raises:
        LocalProtocolError: a bound below one, a key without Overflow.CONFLATE, or a codec with it.
    """

    def inbox(self) -> Inbox[T]:
        """Name this mailbox as one that an actor reads."""
        return Inbox(self)

    def outlet(self) -> Outlet[T]:
        """Name this mailbox as one that an actor writes."""
        return Outlet([self])


def fan_out(*mailboxes: Mailbox[T]) -> Outlet[T]:
    """Name several mailboxes as one outlet: every message goes to all of them, together."""
    return Outlet(mailboxes)
