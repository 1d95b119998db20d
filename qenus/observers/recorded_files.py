"""Recorded blocks: files of `{"block": …, "receipts": […]}` as a node gave them, gzipped or not.

`read_recorded` opens one file and splits it without parsing what is inside.
"""

import re
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


class RecordedFileError(RemoteProtocolError):
    """A file that holds no recorded block: missing, truncated, no gzip, no JSON, another shape."""


class _Recorded(msgspec.Struct):
    block: msgspec.Raw
    receipts: msgspec.Raw


_recorded = msgspec.json.Decoder(_Recorded)


def files_in(paths: Sequence[Path]) -> list[Path]:
    """Name the files at `paths`: a file is itself, a folder its *.json and *.json.gz.

    A folder's files come in the order of the numbers in their names, as blocks do.

    Raises:
        RecordedFileError: a folder with no such file.
    """
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = [p for p in path.iterdir() if p.name.endswith((".json", ".json.gz"))]
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
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordedFileError(f"{path}: not JSON: {error}") from None
    return bytes(recorded.block), bytes(recorded.receipts)


def _read_json(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise RecordedFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(raw) > MAX_FILE_BYTES:
        raise RecordedFileError(f"{path}: expected at most {MAX_FILE_BYTES} bytes")
    if raw.startswith(_GZIP_MAGIC):
        return _gunzip(path, raw)
    if path.suffix == ".gz":
        raise RecordedFileError(f"{path}: not gzip: begins with 0x{raw[:2].hex()}, not 0x1f8b")
    return raw


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
    return text
