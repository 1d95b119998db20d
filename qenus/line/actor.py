"""The actor that keeps a line: parcels of all chains in, numbered frames to every reader."""

import time

from qenus.line.line import Line
from qenus.wire import Parcel
from supervisors import Inbox, Outlet

__all__ = ["keep_line"]


async def keep_line(inbox: Inbox[Parcel], readers: Outlet[bytes], *, line: Line) -> None:
    """Number and journal every parcel once, and send the same bytes to all readers of the line.

    A reader gets topic, zero byte and frame. After a crash the parcel in hand is redelivered
    and becomes the same frame.

    Cancellation leaves the parcel in hand unacknowledged; it may be in the journal already.
    """
    async for parcel in inbox:
        await readers.send(line.append(inbox.lease_id, parcel, now_ns=time.time_ns()))
