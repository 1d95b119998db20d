"""JSON-RPC over a Unix socket, where nothing frames the messages but their own JSON."""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import thread_time
from typing import Final

import trio

from qenus.errors import RemoteProtocolError
from qenus.observers.address import NodeAddress
from qenus.observers.rpc.connection import ConnectionLost, Received
from qenus.observers.rpc.json_stream import JsonStream
from qenus.observers.rpc.token_bucket import TokenBucket

__all__ = ["open_unix"]

_READ_BYTES: Final = 256 << 10
_CONNECT_SECONDS: Final = 10.0
_SEND_SECONDS: Final = 1.0
# Each read costs as much as some KiB do; a message of an honest node is one, or large reads.
_SMALL_READ_BYTES: Final = 256
_SMALL_READS: Final = 20_000
_SMALL_READS_A_SECOND: Final = 2_000


@asynccontextmanager
async def open_unix(address: NodeAddress, max_message_bytes: int) -> AsyncIterator["UnixTransport"]:
    """Connect to the socket that the address names.

    Raises ConnectionLost. Cancellation closes the connection.
    """
    path = address.url_with_secrets().partition("://")[2]
    try:
        with trio.fail_after(_CONNECT_SECONDS):
            stream = await trio.open_unix_socket(path)
    except (OSError, trio.TooSlowError) as error:
        raise ConnectionLost(f"{address}: cannot be reached: {error}") from error
    async with stream:
        yield UnixTransport(stream, max_message_bytes)


class UnixTransport:
    """Made by `open_unix`."""

    pushes = True

    def __init__(self, stream: trio.SocketStream, max_message_bytes: int) -> None:
        self._stream = stream
        self._messages: deque[bytes] = deque()
        self._splitter = JsonStream(max_bytes=max_message_bytes)
        self._sending = trio.StrictFIFOLock()
        self.read_seconds = 0.0
        self._small_reads = TokenBucket(_SMALL_READS, _SMALL_READS_A_SECOND)

    async def send(self, message: bytes, _numbers: Sequence[int], _max_bytes: int) -> None:
        """Send a message. Raises ConnectionLost."""
        try:
            async with self._sending:
                # A message cut short would spoil all that follow; it is small and sent at once.
                with trio.CancelScope(shield=True), trio.fail_after(_SEND_SECONDS):
                    await self._stream.send_all(message + b"\n")
        except (trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError) as error:
            raise ConnectionLost(f"the socket broke: {error.__cause__ or error}") from error

    async def receive(self) -> Received:
        """Give the next message. Raises ConnectionLost or RemoteProtocolError."""
        if self._messages:
            # Many came at once: others run between them.
            await trio.lowlevel.checkpoint()
        while not self._messages:
            try:
                chunk = await self._stream.receive_some(_READ_BYTES)
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                raise ConnectionLost(f"the socket broke: {error.__cause__ or error}") from error
            if not chunk:
                raise ConnectionLost("the connection was closed")
            if len(chunk) < _SMALL_READ_BYTES and not self._small_reads.take(
                1, trio.current_time()
            ):
                raise RemoteProtocolError(
                    f"expected at most {_SMALL_READS_A_SECOND} small pieces a second, found more"
                )
            began = thread_time()
            self._messages.extend(self._splitter.feed(bytes(chunk)))
            self.read_seconds += thread_time() - began
        return Received(self._messages.popleft())

    def give_up(self, numbers: Sequence[int]) -> None:
        """Nothing is held for an answer that is no longer waited for."""
