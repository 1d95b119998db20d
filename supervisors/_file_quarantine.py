"""A quarantine on disk that a full disk does not turn into a loss.

One file a message: a JSON header line, then the payload. Files are written aside, synced and
renamed, so a file that is there is whole. When the disk refuses, the message stays in memory,
bounded, and goes to disk with the next one that succeeds. Writing blocks the loop for a sync,
a fraction of a millisecond on a healthy disk; poison messages are rare.
"""

from __future__ import annotations

import hashlib
import json
import os
import urllib.parse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from supervisors._error_info import ErrorInfo
from supervisors._quarantine import MemoryQuarantine, QuarantinedMessage, free_key

_SUFFIX = ".quarantined"
_LONGEST_NAME = 200


def _same(message: Any) -> bytes:
    if not isinstance(message, bytes):
        raise TypeError(
            f"a file quarantine keeps bytes, found {type(message).__name__}: give encode and decode"
        )
    return message


def _no_link(path: str, flags: int) -> int:
    """Open a file for this user alone, and not where somebody has put a link instead."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


class FileQuarantine:
    """Poison messages in a folder, at most `capacity` of them.

    Args:
        folder: where the files are; made if absent, for this user alone.
        capacity: the most messages kept on disk.
        capacity_bytes: the most bytes that their files take together.
        encode, decode: turn a message into bytes and back; messages that are bytes need none.
        memory_capacity: the most messages that wait in memory for a disk that refuses.
        clean: makes of an error's message and traceback what may lie on a disk: a program that
            has secrets takes them out here.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        capacity: int = 10_000,
        capacity_bytes: int = 1 << 30,
        encode: Callable[[Any], bytes] = _same,
        decode: Callable[[bytes], Any] = lambda data: data,
        memory_capacity: int = 1_000,
        clean: Callable[[str], str] = str,
    ) -> None:
        self._folder = Path(folder)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._capacity = capacity
        self._capacity_bytes = capacity_bytes
        self._encode = encode
        self._decode = decode
        self._clean = clean
        self._waiting = MemoryQuarantine(memory_capacity)
        self.last_failure: BaseException | None = None

    def keep(
        self, *, mailbox: str, message_id: int, message: Any, attempts: int, error: ErrorInfo
    ) -> bool:
        """Keep a message on disk, else in memory; False when both are full."""
        self.write_waiting()
        entry = QuarantinedMessage(
            self._free_key(mailbox, message_id), mailbox, message_id, message, attempts, error
        )
        return self._write(entry) or self._waiting.keep_entry(entry)

    def write_waiting(self) -> int:
        """Try to bring to disk what waits in memory; return how much still waits."""
        for entry in self._waiting.entries():
            if not self._write(entry):
                break
            self._waiting.drop(entry.key)
        return len(self._waiting.entries())

    @property
    def kept_on_disk(self) -> int:
        """How many messages lie in the folder, of this run and of earlier ones."""
        return len(self._paths())

    @property
    def waiting_in_memory(self) -> int:
        """How many messages the disk has not taken yet."""
        return len(self._waiting.entries())

    def entries(self) -> Sequence[QuarantinedMessage]:
        """List what is kept, oldest first; files that cannot be read are in `damaged`."""
        found = []
        for path in self._paths():
            try:
                found.append(self._read(path))
            except BaseException:  # noqa: BLE001  decode is the application's
                continue
        return (*found, *self._waiting.entries())

    def damaged(self) -> Sequence[Path]:
        """List the files that are there and cannot be read as quarantined messages."""
        bad = []
        for path in self._paths():
            try:
                self._read(path)
            except BaseException:  # noqa: BLE001  decode is the application's
                bad.append(path)
        return tuple(bad)

    def drop(self, key: str) -> QuarantinedMessage:
        """Remove one entry for good; KeyError if there is none."""
        path = self._path(key)
        if not path.exists():
            return self._waiting.drop(key)
        entry = self._read(path)
        path.unlink()
        return entry

    # -- files -------------------------------------------------------------------------------

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime_ns)

    def _path(self, key: str) -> Path:
        name = urllib.parse.quote(key, safe="")
        if len(name) > _LONGEST_NAME:  # file systems take 255 bytes; the header has the key
            name = f"{name[:100]}-{hashlib.sha256(key.encode()).hexdigest()}"
        return self._folder / (name + _SUFFIX)

    def _free_key(self, mailbox: str, message_id: int) -> str:
        """Ids of a mailbox begin again with every run of the program: find a free key."""
        return free_key(mailbox, message_id, self)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and (key in self._waiting or self._path(key).exists())

    def _write(self, entry: QuarantinedMessage) -> bool:
        path = self._path(entry.key)
        aside = path.with_suffix(".writing")
        try:
            header = {
                "key": entry.key, "mailbox": entry.mailbox, "message_id": entry.message_id,
                "attempts": entry.attempts, "type": entry.error.type,
                "error": self._clean(entry.error.message),
                "traceback": self._clean(entry.error.traceback),
            }  # fmt: skip
            data = json.dumps(header).encode() + b"\n" + self._encode(entry.message)
            self._require_room(len(data))
            with open(aside, "wb", opener=_no_link) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            aside.rename(path)
            self._sync_folder()
            self.last_failure = None
        except BaseException as failure:  # noqa: BLE001  encode is the application's
            self.last_failure = failure
            aside.unlink(missing_ok=True)
            return False
        return True

    def _require_room(self, size: int) -> None:
        sizes = [path.stat().st_size for path in self._paths()]
        if len(sizes) >= self._capacity:
            raise OSError(f"{self._folder} holds {self._capacity} messages already")
        if sum(sizes) + size > self._capacity_bytes:
            raise OSError(
                f"{self._folder} holds {sum(sizes)} bytes: {size} more would be above "
                f"{self._capacity_bytes}"
            )

    def _sync_folder(self) -> None:
        """Have the disk know the new name, too: a file without one is lost with the power."""
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self, path: Path) -> QuarantinedMessage:
        head, _, payload = path.read_bytes().partition(b"\n")
        header = json.loads(head)
        error = ErrorInfo(header["type"], header["error"], header["traceback"])
        return QuarantinedMessage(
            header["key"], header["mailbox"], header["message_id"], self._decode(payload),
            header["attempts"], error,
        )  # fmt: skip
