"""The sockets below HTTP: what comes before a reply's body is bounded in bytes and pieces.

The library reads headers and interim answers (1xx) until a final one comes, as many as are sent.
Here each request has so many bytes for all that, in reads so small that what they hold is parsed in
moments; once the head is over the stream is read as it comes.
"""

import ssl
from collections.abc import Iterable
from typing import Any, Final

import httpcore
import trio

from qenus.errors import RemoteProtocolError
from qenus.observers.rpc.token_bucket import TokenBucket

__all__ = ["BoundedHeads", "BoundedStream"]

_MAX_HEAD_BYTES: Final = 64 << 10
_HEAD_READ_BYTES: Final = 16 << 10
# Each read costs as much as some KiB do.
_SMALL_READ_BYTES: Final = 256
_SMALL_READS: Final = 20_000
_SMALL_READS_A_SECOND: Final = 2_000


class BoundedHeads(httpcore.AsyncNetworkBackend):
    """Opens connections whose heads are bounded. Proxies and Unix sockets are not used."""

    def __init__(self) -> None:
        self._backend: Any = httpcore.TrioBackend()
        # Of all connections to this node together.
        self._small_reads = TokenBucket(_SMALL_READS, _SMALL_READS_A_SECOND)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 (the library's signature)
    ) -> "BoundedStream":
        """Connect. Raises what the library does."""
        stream = await self._backend.connect_tcp(host, port, timeout, local_address, ())
        return BoundedStream(stream, self._small_reads)

    async def sleep(self, seconds: float) -> None:
        """Wait between the library's tries."""
        await trio.sleep(seconds)


class BoundedStream(httpcore.AsyncNetworkStream):
    """One connection. What is written begins a request, whose answer begins with a head."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, small_reads: TokenBucket) -> None:
        self._stream = stream
        self._small_reads = small_reads
        self._head_bytes_left: int | None = _MAX_HEAD_BYTES

    def head_is_over(self) -> None:
        """The library has read the head: what follows is the body."""
        self._head_bytes_left = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read. Raises what the library does, and RemoteProtocolError for a head without end."""
        left = self._head_bytes_left
        if left is not None:
            max_bytes = min(max_bytes, _HEAD_READ_BYTES)
        chunk = await self._stream.read(max_bytes, timeout)
        if left is not None:
            self._head_bytes_left = left - len(chunk)
            if left < len(chunk):
                raise RemoteProtocolError(
                    f"HTTP: expected headers of at most {_MAX_HEAD_BYTES} bytes, found more"
                )
        if len(chunk) < _SMALL_READ_BYTES and not self._small_reads.take(1, trio.current_time()):
            raise RemoteProtocolError(
                f"HTTP: expected at most {_SMALL_READS_A_SECOND} small pieces a second, found more"
            )
        return chunk

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write. Raises what the library does."""
        self._head_bytes_left = _MAX_HEAD_BYTES
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> "BoundedStream":
        """Encrypt the connection. Raises what the library does."""
        stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        return BoundedStream(stream, self._small_reads)

    def get_extra_info(self, info: str) -> Any:
        """Give what the library knows of the socket."""
        return self._stream.get_extra_info(info)
