"""Recorded blocks: files of `{"block": …, "receipts": […]}` as a node gave them, gzipped or not.

`read_recorded` opens one file and splits it without parsing what is inside. A file is anybody's:
only a regular one is read, never more of it than a block can have, and what is packed is unpacked
once and up to a bound that is known before.
"""

import os
import re
import stat
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from qenus.errors import RemoteProtocolError

__all__ = ["RecordedFileError", "files_in", "read_recorded"]

# The largest blocks of any chain are far below this.
MAX_FILE_BYTES = 64 << 20
MAX_JSON_BYTES = 128 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO or pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class RecordedFileError(RemoteProtocolError):
    """A file that holds no recorded block: missing, truncated, no gzip, no JSON, another shape.

    Also what is no regular file, and what is too large. Its text names the file, and the limit
    where one was exceeded.
    """


class _Recorded(msgspec.Struct):
    block: msgspec.Raw
    receipts: msgspec.Raw


_recorded = msgspec.json.Decoder(_Recorded)


def files_in(paths: Sequence[Path]) -> list[Path]:
    """Name the files at `paths`: a file is itself, a folder its *.json and *.json.gz.

    A folder's files come in the order of the numbers in their names, as blocks do. Folders in it
    are not gone into, so that a loop of links has no end to look for.

    Raises:
        RecordedFileError: a folder with no such file, or one that cannot be read.
    """
    files: list[Path] = []
    for path in paths:
        try:
            if not path.is_dir():
                files.append(path)
                continue
            inside = [p for p in path.iterdir() if p.name.endswith((".json", ".json.gz"))]
        except OSError as error:
            raise _unreadable(path, error) from None
        if not inside:
            raise RecordedFileError(f"{path}: expected *.json or *.json.gz files, found none")
        files += sorted(inside, key=_by_number)
    return files


def _by_number(path: Path) -> tuple[list[int], str]:
    return [int(digits) for digits in re.findall(r"[0-9]{1,30}", path.name)], path.name


def read_recorded(path: Path) -> tuple[bytes, bytes]:
    """Read one file; give the block's and the receipts' JSON, unparsed.

    Raises:
        RecordedFileError: it says what is wrong with the file.
    """
    text = _read_json(path)
    try:
        recorded = _recorded.decode(text)
    except msgspec.ValidationError as error:
        raise RecordedFileError(
            f'{path}: expected {{"block": …, "receipts": […]}}: {error}'
        ) from None
    except RecursionError:
        raise RecordedFileError(f"{path}: JSON nested too deeply") from None
    except Exception as error:  # noqa: BLE001
        # Which exceptions say so depends on the library's version; the text alone is at fault.
        raise RecordedFileError(f"{path}: not JSON: {error}") from None
    return bytes(recorded.block), bytes(recorded.receipts)


def _read_json(path: Path) -> bytes:
    try:
        with open(path, "rb", opener=_open_regular) as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    if len(raw) > MAX_FILE_BYTES:
        raise RecordedFileError(f"{path}: expected at most {MAX_FILE_BYTES} bytes")
    if raw.startswith(_GZIP_MAGIC):
        return _gunzip(path, raw)
    if path.suffix == ".gz":
        raise RecordedFileError(f"{path}: not gzip: begins with 0x{raw[:2].hex()}, not 0x1f8b")
    return raw


def _open_regular(path: str, flags: int) -> int:
    """Open a regular file, and nothing that would wait for a writer or act on being opened.

    Raises:
        RecordedFileError: it is something else.
        OSError: it cannot be opened.
    """
    _require_regular(path, os.stat(path))
    # It may have become something else meanwhile: a FIFO without a writer must not block us.
    handle = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        _require_regular(path, os.fstat(handle))
    except BaseException:
        os.close(handle)
        raise
    return handle


def _require_regular(path: str, status: os.stat_result) -> None:
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        found = _KINDS.get(kind, "something else")
        raise RecordedFileError(f"{path}: expected a regular file, found {found}")


def _unreadable(path: Path, error: OSError) -> RecordedFileError:
    return RecordedFileError(f"{path}: cannot be read: {error.strerror or error}")


def _gunzip(path: Path, raw: bytes) -> bytes:
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        text = inflate.decompress(raw, MAX_JSON_BYTES)
    except zlib.error as error:
        raise RecordedFileError(f"{path}: broken gzip: {error}") from None
    if inflate.unconsumed_tail:
        raise RecordedFileError(f"{path}: expected at most {MAX_JSON_BYTES} bytes of JSON")
    if not inflate.eof:
        raise RecordedFileError(f"{path}: truncated: the gzip stream has no end")
    if inflate.unused_data:
        raise RecordedFileError(
            f"{path}: {len(inflate.unused_data)} bytes follow the end of the gzip stream"
        )
    if text.startswith(_GZIP_MAGIC):
        raise RecordedFileError(f"{path}: expected JSON within gzip, found gzip once more")
    return text
