"""Logs of one topic as JSON has them, in columns of 0x-hex, and their bytes.

Hex is read a whole column at a time: values of one length are one run of text. What is no hex of
its size is an error of the sender, and says which row of which column. Needs numpy and
pyarrow, of the extra `archive`.
"""

import re
from binascii import unhexlify
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qenus.errors import RemoteProtocolError
from qenus.wire import Log

__all__ = ["HexColumn", "HexLogs", "bytes_of", "logs_of"]

# Strings, or an Arrow array of them.
HexColumn: TypeAlias = Sequence[str] | pa.Array
Numbers: TypeAlias = Sequence[int] | npt.NDArray[np.uint32]
_INDEX = re.compile(r"0x[0-9a-fA-F]{1,8}")
_MAX_SHOWN = 80
_ZERO, _X = b"0x"


@attrs.frozen
class HexLogs:
    """Columns of equal length: 0x-hex as nodes write it, numbers as numbers."""

    transaction_hash: HexColumn
    # Numbers below 2^32, also as an array of numpy's.
    transaction_index: Numbers
    log_index: Numbers
    address: HexColumn
    # Topics 1, 2 and 3, as far as any log has them; None where a log has fewer.
    topics: Sequence[HexColumn]
    data: HexColumn

    @classmethod
    def of(cls, logs: Iterable[Mapping[str, Any]]) -> Self:
        """Take logs as a node's JSON-RPC gives them; their first topic is left out.

        Raises RemoteProtocolError: an index is no quantity below 2^32; it says which.
        """
        rows = list(logs)
        most = max((len(row["topics"]) for row in rows), default=1)
        return cls(
            transaction_hash=[row["transactionHash"] for row in rows],
            transaction_index=_indexes(
                "transaction_index", [row["transactionIndex"] for row in rows]
            ),
            log_index=_indexes("log_index", [row["logIndex"] for row in rows]),
            address=[row["address"] for row in rows],
            topics=[
                [row["topics"][at] if at < len(row["topics"]) else None for row in rows]
                for at in range(1, most)
            ],
            data=[row["data"] for row in rows],
        )


def _indexes(name: str, column: list[Any]) -> list[int]:
    for row, text in enumerate(column):
        if not (isinstance(text, str) and _INDEX.fullmatch(text)):
            shown = str(text)[:_MAX_SHOWN]
            raise RemoteProtocolError(
                f"{name}[{row}]: expected 0x and 1 to 8 digits, found {shown!r}"
            )
    return [int(text, 16) for text in column]


def bytes_of(column: HexColumn, size: int) -> bytes | None:
    """Read a column of values of `size` bytes each into one run of bytes.

    None: not all of it is 0x-hex of that size; read it with `logs_of`, which says what is not.
    """
    a_row = 2 + 2 * size
    rows = _arrows(column, a_row) if isinstance(column, pa.Array) else _lists(column, a_row)
    if rows is None or (rows[:, 0] != _ZERO).any() or (rows[:, 1] != _X).any():
        return None
    try:
        return unhexlify(np.ascontiguousarray(rows[:, 2:a_row]).data)
    except ValueError:
        return None


def _arrows(column: pa.Array, a_row: int) -> npt.NDArray[np.uint8] | None:
    """Give Arrow's strings as rows of so many bytes; None where not all are as long."""
    if column.type != pa.string() or column.null_count or not len(column):
        return None
    _, places, text = column.buffers()
    offsets = np.frombuffer(places, np.int32)[column.offset : column.offset + len(column) + 1]
    if (np.diff(offsets) != a_row).any():
        return None
    return np.frombuffer(text, np.uint8)[offsets[0] : offsets[-1]].reshape(-1, a_row)


def _lists(column: Sequence[str], a_row: int) -> npt.NDArray[np.uint8] | None:
    """Give strings as rows of so many bytes and a line's end; None where they cannot be.

    There are as many ends as rows, and an end is neither 0x nor a digit: so none stands anywhere
    but behind its row where all rows read, and no string makes up for another that is shorter.
    """
    try:
        text = "\n".join([*column, ""]).encode("ascii")
    except (TypeError, UnicodeEncodeError):
        return None
    if not text or len(text) != (a_row + 1) * len(column):
        return None
    return np.frombuffer(text, np.uint8).reshape(-1, a_row + 1)


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
                int(logs.log_index[row]),
                _one(f"address[{row}]", address, 20),
                (b"", *(_one(f"topics[{row}]", topic, 32) for topic in said)),
                _one(f"data[{row}]", data, None),
            )
        )
    return read, hashes, [int(index) for index in logs.transaction_index]


def _listed(column: HexColumn) -> Sequence[Any]:
    values: Sequence[Any] = column if isinstance(column, Sequence) else column.to_pylist()
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
