"""Evidence of a rejected block: its source, what was wrong, and the bytes as they came.

A wrong answer is kept so that a lying node can be distinguished from a broken one. The bytes are
kept compressed and whole as long as they fit, else their beginning, always with length
and SHA-256 of the whole. A box holds a bounded amount, in bytes with all that a record takes beside
the compressed ones and in records, and counts the records that it evicted.
"""

import hashlib
import zlib
from collections import deque
from typing import Final

from attrs import field, frozen

from qenus.chain.rejection import Rejected
from qenus.wire import Rejection

__all__ = ["Evidence", "EvidenceBox", "KeptBytes", "evidence_of"]

_COMPRESSION: Final = 6
_MAX_TEXT_BYTES: Final = 4096
_MAX_SOURCE_BYTES: Final = 1024
# What a record takes without its texts and compressed bytes: objects, hashes, numbers (measured).
_RECORD_BYTES: Final = 1024
# No character takes more in memory.
_CHARACTER_BYTES: Final = 4


@frozen
class KeptBytes:
    """Bytes as they were given: `compressed` (zlib) are the first `kept_bytes` of `total_bytes`."""

    compressed: bytes = field(repr=False)
    kept_bytes: int
    total_bytes: int
    sha256: bytes

    @property
    def is_whole(self) -> bool:
        """Say whether nothing was cut off."""
        return self.kept_bytes == self.total_bytes

    def content(self) -> bytes:
        """Give the bytes back, as far as they were kept."""
        return zlib.decompress(self.compressed)


@frozen
class Evidence:
    """One rejection: its wire message, the exact place, the time, and the answer's bytes.

    `observed_ns` is Unix time in nanoseconds, as the caller read its clock.
    """

    rejection: Rejection
    where: str
    observed_ns: int
    block_json: KeptBytes
    receipts_json: KeptBytes

    @property
    def size_bytes(self) -> int:
        """Give the record's size in memory, rounded up."""
        rejection = self.rejection
        texts = (
            rejection.source,
            rejection.step,
            rejection.expected,
            rejection.found,
            self.where,
        )
        kept = len(self.block_json.compressed) + len(self.receipts_json.compressed)
        return _RECORD_BYTES + kept + sum(_memory_bytes(text) for text in texts)

    def recorded(self) -> bytes:
        """Give block and receipts as one JSON text, as recorded files have it."""
        parts = (self.block_json.content(), self.receipts_json.content())
        return b'{"block":%b,"receipts":%b}' % parts


def evidence_of(
    rejected: Rejected,
    *,
    chain_id: int,
    source: str,
    observed_ns: int,
    block_json: bytes,
    receipts_json: bytes,
    max_bytes: int = 16 * 1024 * 1024,
) -> Evidence:
    """Record a refusal; of each text at most `max_bytes` are kept."""
    expected = f"{rejected.where}: {rejected.expected}" if rejected.where else rejected.expected
    rejection = Rejection(
        chain_id=chain_id,
        claimed_hash=rejected.claimed_hash,
        source=_cut(source, _MAX_SOURCE_BYTES),
        step=rejected.step,
        expected=_cut(expected, _MAX_TEXT_BYTES),
        found=_cut(rejected.found, _MAX_TEXT_BYTES),
    )
    return Evidence(
        rejection,
        _cut(rejected.where, _MAX_TEXT_BYTES),
        observed_ns,
        _kept(block_json, max_bytes),
        _kept(receipts_json, max_bytes),
    )


class EvidenceBox:
    """The most recent evidence, within bounds; `let_go` counts evicted records."""

    def __init__(self, max_bytes: int = 64 * 1024 * 1024, max_records: int = 65_536) -> None:
        """Make an empty box that keeps at most so many bytes of memory and so many records."""
        self._max_bytes = max_bytes
        self._max_records = max_records
        self._records: deque[Evidence] = deque()
        self._size_bytes = 0
        self.let_go = 0

    @property
    def size_bytes(self) -> int:
        """Give what the records take."""
        return self._size_bytes

    def records(self) -> tuple[Evidence, ...]:
        """Give what is kept, oldest first."""
        return tuple(self._records)

    def add(self, evidence: Evidence) -> None:
        """Keep one more; the oldest leave as far as the bound asks. The newest always stays."""
        self._records.append(evidence)
        self._size_bytes += evidence.size_bytes
        while self._is_over() and len(self._records) > 1:
            self._size_bytes -= self._records.popleft().size_bytes
            self.let_go += 1

    def _is_over(self) -> bool:
        return self._size_bytes > self._max_bytes or len(self._records) > self._max_records


def _memory_bytes(text: str) -> int:
    return len(text) if text.isascii() else _CHARACTER_BYTES * len(text)


def _kept(content: bytes, max_bytes: int) -> KeptBytes:
    kept = content[:max_bytes]
    return KeptBytes(
        compressed=zlib.compress(kept, _COMPRESSION),
        kept_bytes=len(kept),
        total_bytes=len(content),
        sha256=hashlib.sha256(content).digest(),
    )


def _cut(text: str, max_bytes: int) -> str:
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= max_bytes else raw[:max_bytes].decode("utf-8", "ignore")
