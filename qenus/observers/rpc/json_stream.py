"""A byte stream in, its JSON messages out. Sans-IO, for sockets that frame nothing.

Nodes end each message on a Unix socket with a newline, and compact JSON holds none inside: then a
message is a line. A node that writes no newline is detected by the first message that is whole
without one; from then on a message is what decodes, or, where several came at once or one in
pieces that look whole, what its brackets enclose. Every byte is looked at a bounded number of
times, whatever is sent.
"""

import re
from itertools import pairwise
from typing import Final, cast

import msgspec

from qenus.errors import RemoteProtocolError
from qenus.observers.rpc.connection import LARGE_BYTES

__all__ = ["JsonStream"]

_SPACE: Final = b" \t\r\n"
_OPENING: Final = b"{["
# Up to the next bracket: what is neither bracket nor quote, and strings that hide nothing.
_PLAIN: Final = re.compile(rb'(?:[^"{}\[\]]++|"[^"\\]*+")*+')
# What ends a string, or hides what comes next.
_INSIDE: Final = re.compile(rb'["\\]')
# Where the end of a value is looked for, behind some white space.
_TAIL_BYTES: Final = 64
# Each bracket, and each piece of a string with escapes, costs as much as many plain bytes. Those of
# a node come to one in some fifty bytes; what has more than this is an array of nothing.
_MAX_STEPS: Final = 10_000
_BYTES_A_STEP: Final = 8
# Messages of nodes have some ten levels; the decoders give up at about a thousand.
_MAX_DEPTH: Final = 512


class JsonStream:
    """Splits what is fed to it. `max_bytes` bounds a message and with it what is held."""

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held = bytearray()
        self._searched = 0
        self._lines: bool | None = None
        self._brackets: _Brackets | None = None

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take some bytes and give the messages that they complete, in order.

        Raises:
            RemoteProtocolError: a message is too long, or what came is no JSON.
        """
        self._held += chunk
        messages = self._take_lines()
        if messages:
            self._lines = True
            self._brackets = None
        elif not self._lines and self._held[-_TAIL_BYTES:].rstrip(_SPACE).endswith((b"}", b"]")):
            messages = self._take_values()
            if messages:
                self._lines = False
        if len(self._held) > self._max_bytes:
            raise RemoteProtocolError(
                f"expected messages of at most {self._max_bytes} bytes, found a longer one"
            )
        return messages

    def _take_lines(self) -> list[bytes]:
        end = self._held.rfind(b"\n", self._searched)
        self._searched = len(self._held)
        if end < 0:
            return []
        if end > LARGE_BYTES and end == len(self._held) - 1:
            line = self._take_large(end)
            if line is not None:
                return [line]
        lines = bytes(self._held[:end]).split(b"\n")
        del self._held[: end + 1]
        self._searched = len(self._held)
        return [line for line in lines if line.strip()]

    def _take_large(self, end: int) -> bytes | None:
        """Take all that is held as one line, without copying it; None where it is several."""
        if self._held.find(b"\n") < end:
            return None
        line, self._held = self._held, bytearray()
        self._searched = 0
        del line[end:]
        # Its reader owns it, and takes it for bytes.
        return cast("bytes", line)

    def _take_values(self) -> list[bytes]:
        """The values that are whole; those that stand before one that is not come out with them."""
        if self._brackets is None:
            whole = bytes(self._held)
            try:
                msgspec.json.decode(whole, type=msgspec.Raw)
            except msgspec.DecodeError:
                # Several, or a part of one: from here on no byte is decoded again.
                self._brackets = _Brackets()
            except RecursionError:
                raise RemoteProtocolError("JSON nested too deeply") from None
            else:
                self._held.clear()
                self._searched = 0
                return [whole]
        ends = self._brackets.ends_in(self._held)
        values = [bytes(self._held[start:end]).strip() for start, end in pairwise((0, *ends))]
        if ends:
            del self._held[: ends[-1]]
            self._searched = len(self._held)
            self._brackets.move_back(ends[-1])
        if not self._held.strip(_SPACE):
            self._brackets = None
        return values


class _Brackets:
    """Where objects and arrays end in a text that grows; it goes on where it stopped."""

    def __init__(self) -> None:
        self._at = 0
        self._depth = 0
        self._in_string = False
        self._steps_left = _MAX_STEPS
        self._paid = 0

    def move_back(self, count: int) -> None:
        """The first `count` bytes were taken away."""
        self._at -= count
        self._paid -= count

    def _next(self, text: bytearray) -> int:
        """The next position that matters, else the end."""
        if self._in_string:
            found = _INSIDE.search(text, self._at)
            return len(text) if found is None else found.start()
        plain = _PLAIN.match(text, self._at)
        return self._at if plain is None else plain.end()

    def ends_in(self, text: bytearray) -> list[int]:
        """Give the positions after each value that ends in what was not looked at before."""
        ends: list[int] = []
        self._steps_left += max(0, len(text) - self._paid) // _BYTES_A_STEP
        self._paid = max(len(text), self._paid)
        while True:
            at = self._next(text)
            if at == len(text):
                self._at = at
                return ends
            self._steps_left -= 1
            if self._steps_left < 0:
                raise RemoteProtocolError(
                    f"expected JSON of at most a bracket in {_BYTES_A_STEP} bytes, found more"
                )
            what = text[at : at + 1]
            if what == b"\\":
                if at + 2 > len(text):
                    # What it hides is still to come.
                    self._at = at
                    return ends
                self._at = at + 2
                continue
            self._at = at + 1
            if what == b'"':
                self._in_string = not self._in_string
            elif what in _OPENING:
                self._depth += 1
                if self._depth > _MAX_DEPTH:
                    raise RemoteProtocolError("JSON nested too deeply")
            else:
                self._depth -= 1
                if self._depth < 0:
                    raise RemoteProtocolError("expected JSON, found a bracket that closes nothing")
                if self._depth == 0:
                    ends.append(self._at)
