"""Frames between a parent and its process child: a length, then a pickle.

Both ends are the same program of the same user, over a socket pair that no other process holds,
so pickle is as safe here as a function call. A frame is bounded all the same.
"""

from __future__ import annotations

import pickle
import socket
import struct
from collections import deque
from typing import Any

import trio

_HEADER = struct.Struct("<I")
_MAX_FRAME_BYTES = 1 << 30
_READ_BYTES = 256 * 1024


class FrameStream:
    """Whole messages over a connected socket, written by one task and read by another.

    The socket must not block; closing it is its owner's part.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = trio.SocketStream(trio.socket.from_stdlib_socket(connection))
        self._is_writing = False
        self._incoming = bytearray()
        self._outgoing: deque[bytes] = deque()
        self._something_to_write = trio.Event()
        self._all_written = trio.Event()
        self._all_written.set()

    def put(self, message: Any) -> None:
        """Queue a message; every queue here is bounded by the calls that are under way.

        Raises:
            pickle.PicklingError, TypeError, AttributeError: the message cannot be pickled.
            ValueError: it is larger than a frame may be.
        """
        self.put_pickled(pickle.dumps(message, protocol=5))

    def put_pickled(self, data: bytes) -> None:
        """Queue a message that is pickled already."""
        if len(data) > _MAX_FRAME_BYTES:
            raise ValueError(f"a frame of {len(data)} bytes exceeds {_MAX_FRAME_BYTES}")
        self._outgoing.append(_HEADER.pack(len(data)) + data)
        self._all_written = trio.Event()
        self._something_to_write.set()

    def write_now(self) -> None:
        """Write as much of what is queued as the socket takes without waiting."""
        while self._outgoing and not self._is_writing:
            data = self._outgoing.popleft()
            try:
                count = self._connection.send(data)
            except BlockingIOError:
                count = 0
            except OSError:
                return  # the other side is gone, which the write loop will find, too
            if count < len(data):
                self._outgoing.appendleft(data[count:])
                return
        if not self._outgoing and not self._is_writing:
            self._all_written.set()

    async def write_loop(self) -> None:
        """Write what is queued, until cancelled or until the other side is gone.

        If cancelled, the last frame may be half written.
        """
        while True:
            await self._something_to_write.wait()
            self._something_to_write = trio.Event()
            while self._outgoing:
                data = b"".join(self._outgoing)
                self._outgoing.clear()
                self._is_writing = True
                try:
                    await self._stream.send_all(data)
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    self._all_written.set()
                    return
                finally:
                    self._is_writing = False
            self._all_written.set()

    async def flush(self) -> None:
        """Wait until everything queued has been written, or the other side is gone.

        If cancelled, some may be unwritten.
        """
        await self._all_written.wait()

    async def receive(self) -> bytes | None:
        """Return the pickle of the next message; None when the other side is gone.

        If cancelled, nothing is lost: what was read in part stays here.
        """
        while True:
            frame = self._next_frame()
            if frame is not None:
                return frame
            try:
                data = await self._stream.receive_some(_READ_BYTES)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return None
            if not data:
                return None
            self._incoming += data

    def _next_frame(self) -> bytes | None:
        incoming = self._incoming
        if len(incoming) < _HEADER.size:
            return None
        (length,) = _HEADER.unpack_from(incoming)
        if length > _MAX_FRAME_BYTES:
            raise ValueError(f"a frame of {length} bytes exceeds {_MAX_FRAME_BYTES}")
        end = _HEADER.size + length
        if len(incoming) < end:
            return None
        frame = bytes(incoming[_HEADER.size : end])
        del incoming[:end]
        return frame
