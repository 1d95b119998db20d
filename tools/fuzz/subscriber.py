"""Fuzzes a subscriber with atheris: `python -m tools.fuzz.subscriber [libFuzzer options]`.

The input is a script of what comes from outside while an honest line goes on: raw messages, frames
in the line's own session with any content, answers to what was asked of the journal. Whatever it
is, the assembler gives events or raises RemoteProtocolError, and when the script has ended the
honest line's next blocks are given out. Needs the package atheris; tests run `answer` without.
"""

import contextlib
import importlib
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from qenus.client import Assembler, BlockClosed, Event
from qenus.errors import RemoteProtocolError
from qenus.line import Line
from qenus.wire import (
    EMPTY_DIGEST,
    BlockEnd,
    BlockRef,
    Envelope,
    JoinReply,
    JoinRequest,
    Parcel,
    Position,
    Purity,
    RepairReply,
    RepairRequest,
    RepairStatus,
    Tier,
    encode,
    frame,
    pack,
)

__all__ = ["answer"]

_SESSION = bytes(range(16))
_TOPICS = ("blocks.demo", "features.amm.demo", "features.mev.demo", "nodes", "alerts", "blocks.x")
_GUARDS = ["-timeout=5", "-rss_limit_mb=512", "-max_len=4096"]
# Far above any number that a script reaches by luck, so that the honest blocks are new ones.
_HONEST_FROM = 1 << 50
_HONEST_BLOCKS = 4
_HEARTBEATS = 10
_MAX_ROUNDS = 50


class _Played:
    """An honest line, a subscriber of it, and what a script makes of the two."""

    def __init__(self) -> None:
        self.line = Line("a", _SESSION, journal_bytes=1 << 20)
        self.assembler = Assembler(max_waiting_bytes=1 << 20)
        self.given: list[int] = []
        self._step = 0

    def outside(self, script: bytes) -> None:
        """Do what a script says, its first byte of each piece naming what."""
        for kind, piece in _pieces(script):
            with contextlib.suppress(RemoteProtocolError):
                self._do(kind, piece)

    def _do(self, kind: int, piece: bytes) -> None:
        what, topic = kind % 5, _TOPICS[kind // 5 % len(_TOPICS)]
        asked = self.assembler.wanted()
        if what == 0:
            self._take(self.assembler.receive(piece))
        elif what == 1:
            envelope = Envelope("a", _SESSION, kind % 3, 0, 0, 0)
            self._take(self.assembler.receive(pack(topic, frame(envelope, piece))))
        elif what == 2:
            other = Envelope("a", piece[:16].ljust(16, b"\0"), 0, 0, 0, 0)
            self._take(self.assembler.receive(pack(topic, frame(other, piece))))
        elif what == 3 and isinstance(asked, RepairRequest):
            status = RepairStatus(kind % 5)
            self._take(self.assembler.repaired(asked, RepairReply(status, (piece,))))
        elif what == 4 and isinstance(asked, JoinRequest):
            position = Position(topic, int.from_bytes(piece[:8], "big"), 0)
            self._take(self.assembler.joined(JoinReply("a", _SESSION, (position,))))

    def honest_block(self, number: int) -> None:
        """Let the honest line send a block and some heartbeats, and its journal answer."""
        ref = BlockRef(1, number, number.to_bytes(32, "big"), (number - 1).to_bytes(32, "big"))
        end = BlockEnd(ref, Tier.INCLUDED, Purity.BLOCK, "v", (), EMPTY_DIGEST)
        parcel = Parcel("blocks.demo", 1, encode(end))
        messages = [self.line.append(self._step, parcel, now_ns=0)]
        self._step += 1
        messages += [self.line.heartbeat(now_ns=0, interval_ms=100)] * _HEARTBEATS
        for message in messages:
            with contextlib.suppress(RemoteProtocolError):
                self._take(self.assembler.receive(message))
            self._settle()

    def _settle(self) -> None:
        asked = None
        for _ in range(_MAX_ROUNDS):
            asked = self.assembler.wanted()
            if asked is None:
                return
            with contextlib.suppress(RemoteProtocolError):
                reply = self.line.answer(asked)
                if isinstance(asked, JoinRequest) and isinstance(reply, JoinReply):
                    self._take(self.assembler.joined(reply))
                elif isinstance(asked, RepairRequest) and isinstance(reply, RepairReply):
                    self._take(self.assembler.repaired(asked, reply))
        raise AssertionError(f"still asked for after {_MAX_ROUNDS} answers: {asked}")

    def _take(self, events: Sequence[Event]) -> None:
        self.given += [one.block.number for one in events if isinstance(one, BlockClosed)]


def _pieces(script: bytes) -> Iterator[tuple[int, bytes]]:
    """Cut a script into pieces: a byte that says what to do, one for the length, and the bytes."""
    at = 0
    while at + 2 <= len(script):
        size = script[at + 1]
        yield script[at], script[at + 2 : at + 2 + size]
        at += 2 + size


def answer(script: bytes) -> None:
    """Play a script; anything that escapes, and honest blocks that do not come, are findings."""
    played = _Played()
    played.honest_block(_HONEST_FROM)
    played.outside(script)
    last = _HONEST_FROM + _HONEST_BLOCKS
    for number in range(_HONEST_FROM + 1, last + 1):
        played.honest_block(number)
    if last not in played.given:
        raise AssertionError(f"the honest block {last} was not given out: {played.given}")


def main(options: list[str]) -> None:
    """Fuzz until a finding or a limit; libFuzzer ends the process itself."""
    atheris: Any = importlib.import_module("atheris")

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *_GUARDS, *options], answer)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
