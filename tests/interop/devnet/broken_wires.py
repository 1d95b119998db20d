"""What a lying node does to the bytes themselves: how transports carry a message, and how not.

A `Wire` is one client's connection at the liar. Messages go out whole with `send`; a `Fault` puts
something else in the place of one.
"""

import itertools
import struct
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

__all__ = [
    "FAULTS",
    "FRAMES",
    "STATUSES",
    "Fault",
    "Gone",
    "HttpWire",
    "SocketWire",
    "WebSocketWire",
    "Wire",
]

_PIECE = 64 << 10
_DRIP_SECONDS = 0.05


class Gone(Exception):
    """The client has left."""


class Wire(ABC):
    """A connection to one client."""

    pushes = True

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream

    @abstractmethod
    async def receive(self) -> str:
        """The client's next message; raises Gone."""

    @abstractmethod
    def begin(self, length: int) -> bytes:
        """What stands before a message of that length."""

    @abstractmethod
    def begin_endless(self) -> bytes:
        """What stands before a message whose end is not known."""

    @abstractmethod
    def piece(self, part: bytes) -> bytes:
        """A part of such a message, as it travels."""

    async def send(self, text: str) -> None:
        """Send a message as it should be."""
        await self.raw(self.begin(len(text.encode())) + text.encode())

    async def raw(self, data: bytes) -> None:
        """Send bytes as they are; raises Gone."""
        try:
            await self._stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise Gone from error

    async def cut(self) -> None:
        """Hang up."""
        await trio.aclose_forcefully(self._stream)


class WebSocketWire(Wire):
    """Behind a handshake that the library has done."""

    def __init__(self, connection: WebSocketConnection) -> None:
        super().__init__(connection._stream)
        self._connection = connection

    async def receive(self) -> str:
        try:
            return await self._connection.get_message()
        except ConnectionClosed as error:
            raise Gone from error

    async def raw(self, data: bytes) -> None:
        # The library answers pings and goodbyes meanwhile.
        async with self._connection._stream_lock:
            await super().raw(data)

    def begin(self, length: int) -> bytes:
        return frame_header(0x81, length)

    def begin_endless(self) -> bytes:
        return frame_header(0x01, 0)

    def piece(self, part: bytes) -> bytes:
        return frame_header(0x00, len(part)) + part


class SocketWire(Wire):
    """A Unix socket: a message is a line."""

    def __init__(self, stream: trio.SocketStream) -> None:
        super().__init__(stream)
        self._held = b""

    async def receive(self) -> str:
        while b"\n" not in self._held:
            self._held += await _some(self._stream)
        line, _, self._held = self._held.partition(b"\n")
        return line.decode()

    async def send(self, text: str) -> None:
        await self.raw(text.encode() + b"\n")

    def begin(self, length: int) -> bytes:
        return b""

    def begin_endless(self) -> bytes:
        return b""

    def piece(self, part: bytes) -> bytes:
        return part


class HttpWire(Wire):
    """HTTP/1.1, one request after another."""

    pushes = False

    def __init__(self, stream: trio.SocketStream) -> None:
        super().__init__(stream)
        self._held = b""

    async def receive(self) -> str:
        while b"\r\n\r\n" not in self._held:
            self._held += await _some(self._stream)
        head, _, self._held = self._held.partition(b"\r\n\r\n")
        headers = dict(
            line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line
        )
        length = int(headers[b"content-length"])
        while len(self._held) < length:
            self._held += await _some(self._stream)
        body, self._held = self._held[:length], self._held[length:]
        return body.decode()

    def begin(self, length: int) -> bytes:
        return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % length

    def begin_endless(self) -> bytes:
        return b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"

    def piece(self, part: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(part), part)


async def _some(stream: trio.abc.Stream) -> bytes:
    with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        if chunk := await stream.receive_some():
            return bytes(chunk)
    raise Gone


def frame_header(first: int, length: int) -> bytes:
    """The header of an unmasked WebSocket frame (RFC 6455, section 5.2)."""
    if length < 126:
        return bytes([first, length])
    if length < 1 << 16:
        return bytes([first, 126]) + struct.pack(">H", length)
    return bytes([first, 127]) + struct.pack(">Q", length)


# What goes wrong with one message, given as it should have been; it ends when the client has gone.
Fault = Callable[[Wire, bytes], Awaitable[None]]


async def _drip(wire: Wire, text: bytes) -> None:
    """Send it byte by byte, so that no single wait is a long one."""
    await wire.raw(wire.begin(len(text)))
    for byte in text:
        await wire.raw(bytes([byte]))
        await trio.sleep(_DRIP_SECONDS)


async def _endless(wire: Wire, text: bytes) -> None:
    """Begin it and never end it, as fast as it is taken."""
    await wire.raw(wire.begin_endless() + wire.piece(b'{"jsonrpc":"2.0","id":1,"result":"'))
    for _ in itertools.count():
        await wire.raw(wire.piece(b"0" * _PIECE))


async def _endless_looking_whole(wire: Wire, text: bytes) -> None:
    """The same, but after every piece it looks as if that had been all."""
    await wire.raw(wire.begin_endless() + wire.piece(b'{"jsonrpc":"2.0","id":1,"result":['))
    for _ in itertools.count():
        await wire.raw(wire.piece(b'{"a":[]},' * 1000 + b'{"a":[]}'))
        await wire.raw(wire.piece(b","))


async def _cut(wire: Wire, text: bytes) -> None:
    """Hang up in the middle of it."""
    await wire.raw(wire.begin(len(text)) + text[: len(text) // 2])
    await wire.cut()


async def _half(wire: Wire, text: bytes) -> None:
    """Send half of it as if that were all."""
    await wire.send(text[: len(text) // 2].decode())


def _raw(data: bytes) -> Fault:
    async def send(wire: Wire, _text: bytes) -> None:
        await wire.raw(data)

    return send


def _oversized(wire: Wire, text: bytes) -> Awaitable[None]:
    return wire.send('{"jsonrpc":"2.0","id":1,"result":"' + "0" * (65 << 20) + '"}')


# On every transport. By name: the fault, and what is said of it (a regular expression).
FAULTS: dict[str, tuple[Fault, str]] = {
    "no JSON": (lambda wire, _: wire.send("<html>"), "expected a JSON-RPC message"),
    "half of a message": (_half, "expected a JSON-RPC message"),
    "a number": (lambda wire, _: wire.send("7"), "expected a JSON-RPC message"),
    "deep JSON": (lambda wire, _: wire.send("[" * 200_000), "expected a JSON-RPC message"),
    "an oversized reply": (_oversized, "at most 67108864 bytes"),
    "an endless reply": (_endless, "at most 67108864 bytes"),
    "an endless reply that looks whole": (_endless_looking_whole, "at most 67108864 bytes"),
    "cut in mid-message": (_cut, r"closed|broke|peer|incomplete|without"),
    "slow drip": (_drip, "no answer within"),
}

# WebSocket frames that no server may send, and what is found in them.
FRAMES: dict[str, tuple[Fault, str]] = {
    name: (_raw(frames), found)
    for name, (frames, found) in {
        "an opcode that does not exist": (b"\x83\x01a", "found 0x3"),
        "reserved bits": (b"\xc1\x01a", "found 100"),
        "a masked frame": (b"\x81\x81abcda", "found a masked one"),
        "a fragment of nothing": (b"\x80\x01a", "found a fragment of none"),
        "a message within another": (b"\x01\x01{\x81\x01{", "found another message"),
        "a fragmented ping": (b"\x09\x00", "found a fragmented one"),
        "a ping of 126 bytes": (b"\x89\x7e\x00\x7e" + b"a" * 126, "found 126 bytes or more"),
        "a length of 2^63 bytes": (b"\x81\x7f" + b"\x80" + b"\x00" * 7, "found one of 922337"),
        "fragments without end": (b"\x01\x00" + b"\x00\x00" * 50_000, "fragments of 1024 bytes"),
        "a flood of pings": (b"\x89\x00" * 1000, "at most 256 control frames"),
        "text that is no UTF-8": (b"\x81\x02\xc3\x28", "found bytes that are neither"),
        "a goodbye without sense": (b"\x88\x01a", "found bytes that are neither"),
    }.items()
}

# HTTP answers that are none, and what is said of them.
STATUSES: dict[str, tuple[Fault, str]] = {
    name: (_raw(answer), said)
    for name, (answer, said) in {
        "a gateway's page": (
            b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 6\r\n\r\n<html>",
            "error 502: HTTP 502: <html>",
        ),
        "a page instead of an answer": (
            b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>",
            "expected a JSON-RPC message",
        ),
        "a status line that is none": (b"HELLO\r\n\r\n", "cannot be reached"),
        "a negative length": (
            b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n",
            "cannot be reached",
        ),
        "a header without end": (b"HTTP/1.1 200 OK\r\nx: " + b"a" * 200_000, "headers of at most"),
        "broken chunks": (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            "cannot be reached",
        ),
        "a refusal without an id": (
            b"HTTP/1.1 200 OK\r\ncontent-length: 73\r\n\r\n"
            + b'{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"slow down"}}',
            "error -32005: slow down",
        ),
        "a redirect": (
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n",
            "error 302: .*redirects are not followed",
        ),
    }.items()
}
