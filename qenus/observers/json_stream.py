"""A byte stream in, its JSON messages out. Sans-IO, for sockets that frame nothing.

Nodes end each message on a Unix socket with a newline, and compact JSON holds none inside: then a
message is a line. A node that writes no newline is told from the first message that is whole
without one; from then on messages are found by decoding.
"""

import json

import msgspec

from qenus.errors import RemoteProtocolError

__all__ = ["JsonStream"]


class JsonStream:
    """Splits what is fed to it. `max_bytes` bounds a message and with it what is held."""

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held = bytearray()
        self._searched = 0
        self._lines: bool | None = None

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take some bytes and give the messages that they complete, in order.

        Raises:
            RemoteProtocolError: a message is too long, or what came is no JSON.
        """
        self._held += chunk
        messages = self._take_lines()
        if messages:
            self._lines = True
        elif not self._lines and self._held.rstrip().endswith((b"}", b"]")):
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
        lines = bytes(self._held[:end]).split(b"\n")
        del self._held[: end + 1]
        self._searched = len(self._held)
        return [line for line in lines if line.strip()]

    def _take_values(self) -> list[bytes]:
        """Values that stand one after another; none until all that is held is whole."""
        whole = bytes(self._held)
        try:
            msgspec.json.decode(whole, type=msgspec.Raw)
        except msgspec.DecodeError:
            values = _values_in(whole)
        except RecursionError:
            raise RemoteProtocolError("JSON nested too deeply") from None
        else:
            values = [whole]
        if values:
            self._held.clear()
            self._searched = 0
        return values


def _values_in(text: bytes) -> list[bytes]:
    """Split concatenated JSON values; none when the last of them is not whole."""
    decoder = json.JSONDecoder()
    try:
        rest = text.decode()
        values: list[bytes] = []
        while rest := rest.lstrip():
            _, end = decoder.raw_decode(rest)
            values.append(rest[:end].encode())
            rest = rest[end:]
    except (ValueError, RecursionError):
        return []
    return values
