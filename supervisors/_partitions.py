"""Partitioned children: one mailbox and one child for each share of the keys.

Messages with equal keys go to the same partition, in order, in every process and every run,
so the children may keep state by key and work side by side.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

import trio

from supervisors._errors import LocalProtocolError
from supervisors._lane import Lane
from supervisors._mailbox import Mailbox
from supervisors._outlet import Outlet
from supervisors._ports import Inbox
from supervisors._queue import MessageQueue
from supervisors._specs import Child
from supervisors._steps import current_step, step

T = TypeVar("T")
U_contra = TypeVar("U_contra", contravariant=True)

PartitionKey: TypeAlias = bytes | str | int


def partition_of(key: PartitionKey, count: int) -> int:
    """Choose a partition for a key: CRC-32 of its bytes modulo count.

    A str stands for its UTF-8, an int (True and False are 1 and 0) for its shortest two's
    complement, big-endian. So equal keys have one partition, in every process and every run,
    which neither hash() nor repr() would give.

    Raises:
        LocalProtocolError: a key that is none of the three, or a count below one.
    """
    if count < 1:
        raise LocalProtocolError(f"partitions: count must be at least 1, found {count}")
    if isinstance(key, bytes):
        data = key
    elif isinstance(key, str):
        data = key.encode("utf-8", "surrogatepass")
    elif isinstance(key, int):
        data = key.to_bytes(key.bit_length() // 8 + 1, "big", signed=True)
    else:
        raise LocalProtocolError(
            f"a partition key must be bytes, str or int, found {key!r} of {type(key).__name__}"
        )
    return zlib.crc32(data) % count


class PartitionedOutlet(Outlet[U_contra]):
    """An outlet that chooses one mailbox for each message by its key, always the same one.

    A send whose key is not bytes, str or int raises LocalProtocolError and sends nothing.
    """

    def __init__(
        self, mailboxes: Sequence[MessageQueue[Any]], key: Callable[[U_contra], PartitionKey]
    ) -> None:
        super().__init__(mailboxes)
        self._key = key

    async def _send(self, lanes: list[Lane], items: list[Any], encoded: bool = False) -> None:
        parts: dict[Lane, list[Any]] = {}
        for item in items:
            value = self._codec.decode(item) if encoded and self._codec is not None else item
            lane = lanes[partition_of(self._key(value), len(lanes))]
            parts.setdefault(lane, []).append(item)
        if not parts:
            await trio.lowlevel.checkpoint_if_cancelled()
            return
        open_step = current_step.get()
        if open_step is not None and open_step.is_open:
            open_step.require_possible(parts.items())
        if len(parts) == 1 or (open_step is not None and open_step.is_open):
            for lane, part in parts.items():
                await super()._send([lane], part, encoded)
            return
        async with step():  # several partitions, all or none
            for lane, part in parts.items():
                await super()._send([lane], part, encoded)


class Partitions(Generic[T]):
    """Mailboxes `name-0` … `name-(count-1)` that share the messages by key.

    `key` gives bytes, a str or an int for each message. `options` are Mailbox's own, for each
    of them.

    Raises:
        LocalProtocolError: a count below one.
    """

    def __init__(
        self, name: str, count: int, *, key: Callable[[T], PartitionKey], **options: Any
    ) -> None:
        if count < 1:
            raise LocalProtocolError(
                f"partitions {name!r}: count must be at least 1, found {count}"
            )
        self.name = name
        self.mailboxes = [Mailbox[T](f"{name}-{n}", **options) for n in range(count)]
        self._key = key

    def outlet(self) -> Outlet[T]:
        """Name the partitions as one outlet that an actor writes."""
        return PartitionedOutlet(self.mailboxes, self._key)

    def children(self, child_of: Callable[[str, Inbox[T]], Child]) -> list[Child]:
        """Build one child for each partition from its name and its inbox."""
        return [child_of(mailbox.name, mailbox.inbox()) for mailbox in self.mailboxes]
