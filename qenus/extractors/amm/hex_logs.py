"""Logs of one topic as JSON has them, in columns of 0x-hex, and their bytes.

Hex is read a whole column at a time: where all values are of one length, they are one run of text
in Arrow's buffer. What is no hex of its size is an error of whoever sent it, and says which row of
which column. Needs numpy and pyarrow, of the extra `archive`.
"""

from binascii import unhexlify
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self, TypeAlias

import attrs
import numpy as np
import pyarrow as pa

from qenus.errors import RemoteProtocolError
from qenus.wire import Log

__all__ = ["HexColumn", "HexLogs", "bytes_of", "logs_of"]

# Strings, or an Arrow array of them.
HexColumn: TypeAlias = Sequence[str] | pa.Array
_MAX_SHOWN = 80
_MAX_TOPICS = 4
_ZERO, _X = b"0x"


@attrs.frozen
class HexLogs:
    """Columns of equal length: 0x-hex as nodes write it, numbers as numbers."""

    transaction_hash: HexColumn
    transaction_index: Sequence[int]
    log_index: Sequence[int]
    address: HexColumn
    # Topics 1, 2 and 3, as far as any log has them; None where a log has fewer.
    topics: Sequence[HexColumn]
    data: HexColumn

    @classmethod
    def of(cls, logs: Iterable[Mapping[str, Any]]) -> Self:
        """Take logs as a node's JSON-RPC gives them; their first topic is left out."""
        rows = list(logs)
        most = max((len(row["topics"]) for row in rows), default=1)
        return cls(
            transaction_hash=[row["transactionHash"] for row in rows],
            transaction_index=[int(row["transactionIndex"], 16) for row in rows],
            log_index=[int(row["logIndex"], 16) for row in rows],
            address=[row["address"] for row in rows],
            topics=[
                [row["topics"][at] if at < len(row["topics"]) else None for row in rows]
                for at in range(1, most)
            ],
            data=[row["data"] for row in rows],
        )


def bytes_of(column: HexColumn, size: int) -> bytes | None:
    """Read a column of values of `size` bytes each into one run of bytes.

    None: not all of it is 0x-hex of that size; read it with `logs_of`, which says what is not.
    """
    texts = column if isinstance(column, pa.Array) else _strings(column)
    if texts is None or texts.type != pa.string() or texts.null_count or not len(texts):
        return None
    rows, a_row = len(texts), 2 + 2 * size
    _, places, text = texts.buffers()
    offsets = np.frombuffer(places, np.int32)[texts.offset : texts.offset + rows + 1]
    if (np.diff(offsets) != a_row).any():
        return None
    flat = np.frombuffer(text, np.uint8)[offsets[0] : offsets[-1]].reshape(rows, a_row)
    if (flat[:, 0] != _ZERO).any() or (flat[:, 1] != _X).any():
        return None
    try:
        return unhexlify(np.ascontiguousarray(flat[:, 2:]).data)
    except ValueError:
        return None


def _strings(column: Sequence[str]) -> pa.Array | None:
    try:
        return pa.array(column, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None


def logs_of(logs: HexLogs) -> tuple[list[Log], list[bytes], list[int]]:
    """Read the logs one at a time: logs, transaction hashes and transaction indexes.

    Each log's first topic is left empty.

    Raises RemoteProtocolError: something is no 0x-hex, or not of its size; it says which.
    """
    read, hashes = [], []
    topics = [_listed(column) for column in logs.topics]
    columns = (_listed(each) for each in (logs.transaction_hash, logs.address, logs.data))
    for row, (transaction_hash, address, data) in enumerate(zip(*columns, strict=True)):
        hashes.append(_one(f"transaction_hash[{row}]", transaction_hash, 32))
        said = [column[row] for column in topics]
        while said and said[-1] is None:
            said.pop()
        read.append(
            Log(
                logs.log_index[row],
                _one(f"address[{row}]", address, 20),
                (b"", *(_one(f"topics[{row}]", topic, 32) for topic in said)),
                _one(f"data[{row}]", data, None),
            )
        )
    return read, hashes, list(logs.transaction_index)


def _listed(column: HexColumn) -> Sequence[Any]:
    values: Sequence[Any] = column.to_pylist() if isinstance(column, pa.Array) else column
    return values


def _one(where: str, text: Any, size: int | None) -> bytes:
    if isinstance(text, str) and text.startswith("0x"):
        try:
            read = unhexlify(text[2:])
        except ValueError:
            read = b""
        if size in (len(read), None) and len(text) == 2 + 2 * len(read):
            return read
    digits = "hex digits in pairs" if size is None else f"{2 * size} hex digits"
    raise RemoteProtocolError(
        f"{where}: expected 0x and {digits}, found {str(text)[:_MAX_SHOWN]!r}"
    )
