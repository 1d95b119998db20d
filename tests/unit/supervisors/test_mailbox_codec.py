"""Mailboxes that are typed by what travels in them, with the frame as the carrier."""

from __future__ import annotations

import json
from typing import Any

import pytest
import trio

from supervisors import (
    NO_BACKOFF,
    Child,
    Codec,
    FileQuarantine,
    Inbox,
    LocalProtocolError,
    Mailbox,
    Outlet,
    Overflow,
    Partitions,
    PoisonMessage,
    Supervisor,
    Tree,
    fan_out,
)


class Counted:
    """A codec of JSON that counts its work."""

    def __init__(self) -> None:
        self.encodes = self.decodes = 0
        self.codec: Codec[Any] = Codec(self.encode, self.decode)

    def encode(self, value: Any) -> bytes:
        self.encodes += 1
        return json.dumps(value).encode()

    def decode(self, frame: bytes) -> Any:
        self.decodes += 1
        try:
            return json.loads(frame)
        except ValueError as error:
            raise PoisonMessage("no JSON") from error


async def run_until_read(tree: Tree, *boxes: Mailbox[Any]) -> None:
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        with trio.fail_after(30):
            while not all(box.is_empty for box in boxes):  # noqa: ASYNC110
                await trio.sleep(0.001)
        tree.stop()


async def test_values_go_in_and_come_out_and_frames_lie_between() -> None:
    json_ = Counted()
    box = Mailbox[dict[str, int]]("box", codec=json_.codec, capacity_bytes=100)
    outlet, inbox = box.outlet(), box.inbox()
    await outlet.send({"a": 1})
    await box.send({"b": 2})
    assert box.snapshot().waiting_bytes == len(b'{"a": 1}') + len(b'{"b": 2}')
    assert await inbox.receive() == {"a": 1}
    assert inbox.frame == b'{"a": 1}'
    assert await inbox.receive() == {"b": 2}
    await inbox.ack()
    inbox.close()
    assert (json_.encodes, json_.decodes) == (2, 2)


async def test_a_frame_passed_on_is_neither_decoded_nor_encoded() -> None:
    json_ = Counted()
    first, second = (Mailbox[int](name, codec=json_.codec) for name in ("first", "second"))
    frames = [b"1", b" 2", b"3 "]  # as they came, with blanks that an encoder would not write

    async def forward(inbox: Inbox[int], outlet: Outlet[int]) -> None:
        async for batch in inbox.frames(max=2):
            for frame in batch:
                await outlet.send_frame(frame)

    for frame in frames:
        await first.send_frame(frame)
    tree = Tree(Supervisor("root", [Child("f", forward, first.inbox(), second.outlet())]))
    await run_until_read(tree, first)
    assert (json_.encodes, json_.decodes) == (0, 0)
    inbox = second.inbox()
    assert [lease async for lease in read_all(inbox, 3)] == frames


async def read_all(inbox: Inbox[Any], count: int) -> Any:
    async for batch in inbox.frames(max=64):
        for frame in batch:
            yield frame
        count -= len(batch)
        if count <= 0:
            break
    await inbox.ack()
    inbox.close()


async def test_batches_are_values_and_an_inbox_looks_into_a_frame_when_asked() -> None:
    json_ = Counted()
    box = Mailbox[int]("box", codec=json_.codec)
    await box.send_many([1, 2, 3])
    inbox = box.inbox()
    batch = await anext(inbox.batches(64))
    assert batch == [1, 2, 3]
    assert inbox.decode(b"4") == 4
    await inbox.ack()
    inbox.close()


async def test_a_frame_that_cannot_be_read_is_quarantined_as_it_came(tmp_path: Any) -> None:
    json_ = Counted()
    box, out = Mailbox[int]("box", codec=json_.codec), Mailbox[int]("out", codec=json_.codec)

    async def double(inbox: Inbox[int], outlet: Outlet[int]) -> None:
        async for batch in inbox.batches(64):
            await outlet.send_many([2 * number for number in batch])

    for frame in (b"1", b"{no", b"3"):
        await box.send_frame(frame)
    child = Child("double", double, box.inbox(), out.outlet()).with_policy(backoff=NO_BACKOFF)
    tree = Tree(Supervisor("root", [child]), quarantine=FileQuarantine(tmp_path))
    await run_until_read(tree, box)
    (entry,) = tree.quarantine.entries()
    assert entry.message == b"{no"
    assert [frame async for frame in read_all(out.inbox(), 2)] == [b"2", b"6"]


async def test_a_fan_out_encodes_once() -> None:
    json_ = Counted()
    boxes = [Mailbox[int](name, codec=json_.codec) for name in "ab"]
    await fan_out(*boxes).send(1)
    assert json_.encodes == 1
    assert [box.depth for box in boxes] == [1, 1]
    with pytest.raises(LocalProtocolError, match="must share one codec"):
        fan_out(boxes[0], Mailbox[int]("c", codec=Counted().codec))


async def test_partitions_choose_by_the_value_for_values_and_frames_alike() -> None:
    json_ = Counted()
    partitions = Partitions[int]("p", 4, key=lambda number: number, codec=json_.codec)
    outlet = partitions.outlet()
    for number in range(16):
        await outlet.send(number)
        await outlet.send_frame(b" %d" % number)
    for mailbox in partitions.mailboxes:
        read = [json.loads(frame) async for frame in read_all(mailbox.inbox(), mailbox.depth)]
        assert read == sorted(read)
        assert read[::2] == read[1::2]


async def test_without_a_codec_there_are_no_frames() -> None:
    box = Mailbox[int]("box")
    with pytest.raises(LocalProtocolError, match="has no codec"):
        await box.send_frame(b"1")
    with pytest.raises(LocalProtocolError, match="no codec"):
        await box.outlet().send_frame(b"1")
    with pytest.raises(LocalProtocolError, match="its mailbox has no codec"):
        box.inbox().frames()
    with pytest.raises(LocalProtocolError, match="cannot conflate"):
        Mailbox[int]("c", overflow=Overflow.CONFLATE, key=int, codec=Counted().codec)
