"""The msgpack package, which shares no code with ours, reads the same values in our bytes."""

from pathlib import Path
from typing import Any

import msgpack
from hypothesis import given, settings
from recorded_blocks import block_of, read_recorded
from wire_values import any_message

from qenus.extractors import block_pure_contents
from qenus.wire import FIELDS, AmmBatch, BlockEnd, Envelope, WireMessage, decode, encode, frame


def _plain(value: Any) -> Any:
    """Take a message apart by the contract's table alone: kind first, then field by field."""
    if isinstance(value, WireMessage):
        declared = FIELDS[type(value)]
        return [value.KIND, *(_plain(getattr(value, each.attribute)) for each in declared)]
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


@settings(max_examples=200, deadline=None)
@given(any_message())
def test_any_message_has_the_same_values_for_the_msgpack_package(message: WireMessage) -> None:
    data = encode(message)
    assert msgpack.unpackb(data) == _plain(message)
    assert decode(msgpack.packb(_plain(message)), type(message)) == message


@settings(max_examples=200, deadline=None)
@given(any_message())
def test_the_msgpack_package_packs_a_message_into_the_same_bytes(message: WireMessage) -> None:
    assert msgpack.packb(_plain(message)) == encode(message)


def test_the_contents_of_every_recorded_block_read_the_same(data: Path) -> None:
    for path in sorted((data / "l1" / "blocks").glob("*.json.gz")):
        contents = block_pure_contents(block_of(read_recorded(path)), "ethereum", "test")
        for _, content in contents:
            sent = frame(Envelope("A", bytes(16), 0, 0, 0, 0), content)
            _, envelope, inside = msgpack.unpackb(sent)
            assert envelope == [1, "A", bytes(16), 0, 0, 0, 0]
            assert inside == content
            kind = BlockEnd if content is contents[-1][1] else AmmBatch
            assert msgpack.unpackb(content) == _plain(decode(content, kind))
