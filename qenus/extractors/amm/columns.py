"""Many logs at once: columns of words to columns of Arrow, value for value as one log at a time.

A log of an event without arrays of any length is a row of 32-byte words: topics 1 to 3, then the
data. A field is one column of them, cut to its type's width, and its padding is looked at in all
rows together. Rows that do not hold go to the decoder of single
logs, which says why.

The tables are the archive's (qenus/wire/arrow_schemas.py). Needs the extra `archive`; nothing else
of this package imports it.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import compress
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qenus.extractors.amm import EVENTS
from qenus.extractors.amm.hex_logs import HexLogs, bytes_of, logs_of
from qenus.extractors.word_columns import Words, cut, words_of
from qenus.protocols.event_decoders import Column
from qenus.protocols.refusal import Refusal
from qenus.wire import FIELDS, AmmFeature, Log
from qenus.wire.arrow_schemas import SCHEMAS

__all__ = ["FEW", "Decoded", "decode_columns", "decode_hex_columns"]

# Below so many logs of a topic one at a time is as fast.
FEW = 50


@attrs.frozen
class Decoded:
    """Logs of one topic as columns; `refusals` are rows of what came in, in order, and reasons.

    The batch holds the other rows in order, in the columns of the message from transaction_hash on.
    """

    batch: pa.RecordBatch
    refusals: tuple[tuple[int, Refusal], ...]


def decode_columns(
    topic0: bytes,
    logs: Sequence[Log],
    transaction_hashes: Sequence[bytes],
    transaction_indexes: Sequence[int],
) -> Decoded:
    """Decode logs that all bear the topic of one event of family amm; the columns are equally long.

    Raises KeyError: no event of the family has that topic.
    """
    layout = EVENTS[topic0].layout
    if layout is None or len(logs) < FEW:
        return _one_by_one(topic0, logs, transaction_hashes, transaction_indexes)
    more, in_data, columns = layout
    kept = [len(log.topics) == more + 1 and len(log.data) == 32 * in_data for log in logs]
    whole = logs if all(kept) else list(compress(logs, kept))
    words = [
        words_of(b"".join([log.topics[at] for log in whole]), len(whole), 1)[:, 0]
        for at in range(1, more + 1)
    ]
    data = words_of(b"".join([log.data for log in whole]), len(whole), in_data)
    values, wrong = _cut(columns, [*words, *(data[:, at] for at in range(in_data))], len(whole))
    if wrong is not None:
        # The rows that fit, and of those the ones whose words are values.
        kept = _spread(kept, ~wrong)
    refusals: tuple[tuple[int, Refusal], ...] = ()
    if len(whole) < len(logs) or wrong is not None:
        refused = [row for row, keep in enumerate(kept) if not keep]
        refusals = tuple((row, _refusal(topic0, logs[row])) for row in refused)
        logs = list(compress(logs, kept))
        transaction_hashes = list(compress(transaction_hashes, kept))
        transaction_indexes = list(compress(transaction_indexes, kept))
    values["transaction_hash"] = _run(b"".join(transaction_hashes), 32)
    values["transaction_index"] = np.array(transaction_indexes, np.uint32)
    values["log_index"] = np.array([log.log_index for log in logs], np.uint32)
    values["address"] = _run(b"".join([log.address for log in logs]), 20)
    return Decoded(_batch(topic0, values, len(logs)), refusals)


def decode_hex_columns(topic0: bytes, logs: HexLogs) -> Decoded:
    """Decode logs that are still hex and all bear the topic of one event of family amm.

    Raises KeyError: no event of the family has that topic. RemoteProtocolError: something is no hex
    of its size; it says which.
    """
    decoded = _hex_at_once(topic0, logs)
    return decode_columns(topic0, *logs_of(logs)) if decoded is None else decoded


def _hex_at_once(topic0: bytes, logs: HexLogs) -> Decoded | None:
    """Decode whole columns; None where that is no gain, or some log has to be looked at alone."""
    layout, count = EVENTS[topic0].layout, len(logs.data)
    if layout is None or count < FEW or len(logs.topics) != layout.topics:
        return None
    in_data = layout.data_words
    read = [bytes_of(column, 32) for column in logs.topics]
    columns = [(logs.data, 32 * in_data), (logs.transaction_hash, 32), (logs.address, 20)]
    data, hashes, addresses = (bytes_of(*column) for column in columns)
    if data is None or hashes is None or addresses is None:
        return None
    words = [words_of(each, count, 1)[:, 0] for each in read if each is not None]
    if len(words) < len(read):
        return None
    rows = words_of(data, count, in_data)
    values, wrong = _cut(layout.columns, [*words, *(rows[:, at] for at in range(in_data))], count)
    if wrong is not None:
        return None
    values["transaction_hash"] = _run(hashes, 32)
    values["transaction_index"] = np.asarray(logs.transaction_index, np.uint32)
    values["log_index"] = np.asarray(logs.log_index, np.uint32)
    values["address"] = _run(addresses, 20)
    return Decoded(_batch(topic0, values, count), ())


_Values = dict[str, npt.NDArray[Any]]
_Wrong = npt.NDArray[np.bool_] | None


def _cut(columns: Sequence[Column], words: Sequence[Words], count: int) -> tuple[_Values, _Wrong]:
    """Cut words into the event's fields: of those rows that are not wrong, and which are."""
    wrong = np.zeros(count, np.bool_)
    values: _Values = {}
    for name, kind, at, length in columns:
        found = [cut(word, kind) for word in words[at : at + max(length, 1)]]
        for _, bad in found:
            if bad is not None:
                wrong |= bad
        values[name] = np.stack([each for each, _ in found], axis=1) if length else found[0][0]
    if not wrong.any():
        return values, None
    return {name: each[~wrong] for name, each in values.items()}, wrong


def _spread(kept: Sequence[bool], good: npt.NDArray[np.bool_]) -> list[bool]:
    """Take `good`, which tells of the kept rows only, back to all rows."""
    left = iter(good.tolist())
    return [keep and next(left) for keep in kept]


def _refusal(topic0: bytes, log: Log) -> Refusal:
    try:
        EVENTS[topic0].decode(log, bytes(32), 0)
    except Refusal as refusal:
        return refusal
    raise AssertionError(f"log {log.log_index}: decoded alone, refused among others")


def _one_by_one(
    topic0: bytes, logs: Sequence[Log], hashes: Sequence[bytes], indexes: Sequence[int]
) -> Decoded:
    decode = EVENTS[topic0].decode
    features: list[AmmFeature] = []
    refusals: list[tuple[int, Refusal]] = []
    for row, (log, transaction_hash, index) in enumerate(zip(logs, hashes, indexes, strict=True)):
        try:
            features.append(decode(log, transaction_hash, index))
        except Refusal as refusal:
            refusals.append((row, refusal))
    kind = EVENTS[topic0].message
    schema = _schema(kind)
    arrays = [
        pa.array([getattr(feature, each.attribute) for feature in features], said.type)
        for each, said in zip(FIELDS[kind], schema, strict=True)
    ]
    return Decoded(pa.record_batch(arrays, schema=schema), tuple(refusals))


@cache
def _schema(kind: type[AmmFeature]) -> pa.Schema:
    """Give the message's columns of the archive, without those that say the block."""
    whole = SCHEMAS[kind.NAME]
    return pa.schema([whole.field(each.name) for each in FIELDS[kind]])


def _batch(topic0: bytes, values: Mapping[str, npt.NDArray[Any]], count: int) -> pa.RecordBatch:
    schema = _schema(EVENTS[topic0].message)
    arrays = [_arrow(values.get(field.name), field.type, count) for field in schema]
    return pa.record_batch(arrays, schema=schema)


def _run(joined: bytes, size: int) -> npt.NDArray[np.uint8]:
    flat = np.frombuffer(joined, np.uint8) if joined else np.empty(0, np.uint8)
    return flat.reshape(-1, size)


def _arrow(values: npt.NDArray[Any] | None, kind: pa.DataType, count: int) -> pa.Array:
    if values is None:
        # What this way of writing the event does not say.
        return pa.nulls(count, kind)
    if pa.types.is_list(kind):
        length = values.shape[1]
        offsets = pa.array(np.arange(0, (count + 1) * length, length, dtype=np.int32))
        inside = _arrow(values.reshape(count * length, -1), kind.value_type, count * length)
        return pa.ListArray.from_arrays(offsets, inside, type=kind)
    if pa.types.is_fixed_size_binary(kind):
        buffer = pa.py_buffer(np.ascontiguousarray(values))
        return pa.Array.from_buffers(kind, count, [None, buffer])
    return pa.array(values, kind)
