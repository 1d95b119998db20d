"""The mailboxes of a chain are typed by what travels in them, and hold the contract's frames."""

import pytest

from qenus.errors import RemoteProtocolError
from qenus.mailboxes import ChainMailboxes, line_mailbox
from qenus.wire import BlockRef, Heads, Observed, Parcel, Retract, encode

HEADS = Heads(1, BlockRef(1, 1, b"\x01" * 32, bytes(32)), None, None)
RETRACT = Retract(HEADS.latest)


async def test_a_sealed_message_lies_as_the_frame_that_the_line_takes():
    sealed, out = ChainMailboxes("demo").sealed(), line_mailbox()
    await sealed.outlet().send(Observed(7, HEADS))
    inbox = sealed.inbox()
    assert await inbox.receive() == Observed(7, HEADS)
    frame = inbox.frame
    assert frame == encode(Parcel("blocks.demo", 7, encode(HEADS)))
    await out.outlet().send_frame(frame)
    await inbox.ack()
    at_the_line = out.inbox()
    assert await at_the_line.receive() == Parcel("blocks.demo", 7, encode(HEADS))
    await at_the_line.ack()


async def test_a_retraction_is_refused_where_a_source_hands_its_blocks_on():
    found = ChainMailboxes("demo").found()
    await found.outlet().send_frame(encode(Parcel("blocks.demo", 7, encode(RETRACT))))
    with pytest.raises(RemoteProtocolError, match="kind"):
        await found.inbox().receive()
