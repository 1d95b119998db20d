"""The Arrow schemas of the archive by the name of the feature's message, derived from the messages.

One table a feature, with the block in front where the feature travels in a batch, which says its
block. Values are what the wire carries: an integer beyond 64 bits is fixed-size big-endian binary,
for Arrow's decimals end at 76 digits and 2^256 has 78. Each column's metadata says its exact type.

Needs the extra `archive`; nothing else of this package imports it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pyarrow as pa

from qenus.wire import messages
from qenus.wire._declared import Declared, OpenEnum, WireMessage
from qenus.wire.families import BATCHES, features_of
from qenus.wire.messages import FIELDS

__all__ = ["SCHEMAS"]

# Where a feature stands. The archive's row key is chain_id, block_hash, log_index.
_BLOCK = [
    pa.field("chain_id", pa.uint64(), nullable=False),
    pa.field("block_number", pa.uint64(), nullable=False),
    pa.field("block_hash", pa.binary(32), nullable=False),
    pa.field("parent_hash", pa.binary(32), nullable=False),
    pa.field("tier", pa.dictionary(pa.int8(), pa.string()), nullable=False),
    pa.field("extractor_version", pa.dictionary(pa.int16(), pa.string()), nullable=False),
]
_PLAIN = {"string": pa.string(), "bytes": pa.binary(), "bool": pa.bool_(), "address": pa.binary(20)}


def _columns(message: type[WireMessage]) -> Iterator[pa.Field]:
    """The message's fields as columns; of the annotations only whether a field may be absent."""
    types: dict[str, Any] = {
        each.name: each.type
        for each in msgspec.inspect.type_info(message).fields  # type: ignore[attr-defined]
    }
    for field in FIELDS[message]:
        kind = pa.list_(_element(field)) if field.repeated else _element(field)
        optional = getattr(types[field.attribute], "includes_none", False)
        yield pa.field(field.name, kind, nullable=optional, metadata={"type": field.type})


def _element(field: Declared) -> pa.DataType:
    kind = field.type
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind.startswith("bytes"):
        return pa.binary(int(kind.removeprefix("bytes")))
    if kind[0].isupper():
        return _nested(getattr(messages, kind))
    bits = int(kind.lstrip("suint"))
    if bits > 64:
        return pa.binary(bits // 8)
    width = next(each for each in (8, 16, 32, 64) if bits <= each)
    return getattr(pa, f"{'u' if kind.startswith('u') else ''}int{width}")()


def _nested(kind: type[Any]) -> pa.DataType:
    """An enum is its name, a message a struct."""
    if issubclass(kind, OpenEnum):
        return pa.dictionary(pa.int8(), pa.string())
    return pa.struct(list(_columns(kind)))


def _schemas() -> dict[str, pa.Schema]:
    in_batches = {feature for batch in BATCHES for feature in features_of(batch)}
    return {
        message.NAME: pa.schema([*(_BLOCK if message in in_batches else ()), *_columns(message)])
        for message in FIELDS
        if hasattr(message, "FEATURE")
    }


SCHEMAS: Mapping[str, pa.Schema] = _schemas()
