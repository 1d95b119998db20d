"""Recorded blocks: files of `{"block": …, "receipts": […]}` as a node gave them, gzipped or not.

`read_recorded` opens one file and splits it without parsing what is inside; `observe_recorded` is
the source of a replay: it proves each block like one from a node and gives the same frames.
"""

import re
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

import attrs
import msgspec
import structlog
import trio

from qenus.chain import Chain, seal
from qenus.errors import RemoteProtocolError
from qenus.observers.parcels import parcel_of_block, parcel_of_rejection
from supervisors import Cell, Outlet, step

__all__ = [
    "Progress",
    "RecordedFileError",
    "files_in",
    "observe_recorded",
    "read_recorded",
]

# The largest blocks of any chain are far below this.
MAX_FILE_BYTES = 64 << 20
MAX_JSON_BYTES = 128 << 20
_GZIP_MAGIC = b"\x1f\x8b"

_log = structlog.get_logger("recorded")


class RecordedFileError(RemoteProtocolError):
    """A file that holds no recorded block: missing, truncated, no gzip, no JSON, another shape."""


class _Recorded(msgspec.Struct):
    block: msgspec.Raw
    receipts: msgspec.Raw


@attrs.frozen
class Progress:
    """How far a replay has come: files done, how many of them were rejected, the newest block."""

    files: int = 0
    rejected: int = 0
    number: int = -1


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


async def observe_recorded(
    found: Outlet[bytes], progress: Cell[Progress], *, files: Sequence[Path], chain: Chain
) -> None:
    """Prove and send the block of each file, in the order given, then end.

    A file that holds no block, one that fails the ladder and one that is older than the last are
    reported as rejections; the others go on. `progress` counts what is done, so that a crash
    repeats none of it.

    Cancellation leaves the blocks that were sent so far.
    """
    for path in files[progress.value.files :]:
        done = progress.value
        observed_ns = time.time_ns()
        try:
            block_json, receipts_json = await trio.to_thread.run_sync(read_recorded, path)
            block = seal(block_json, receipts_json, chain)
            if block.block.number < done.number:
                raise RecordedFileError(
                    f"{path}: expected blocks in ascending order, found {block.block.number} "
                    f"after {done.number}"
                )
            parcel = parcel_of_block(chain, observed_ns, block)
            done = attrs.evolve(done, number=block.block.number)
        except RemoteProtocolError as error:
            _log.warning("rejected", chain=chain.name, source=path.name, reason=str(error))
            parcel = parcel_of_rejection(chain, observed_ns, path.name, error)
            done = attrs.evolve(done, rejected=done.rejected + 1)
        async with step():
            await found.send(parcel)
            progress.set(attrs.evolve(done, files=done.files + 1))
