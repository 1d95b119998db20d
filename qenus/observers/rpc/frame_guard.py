"""WebSocket frames, read before the library sees any: messages whole, broken frames refused.

The library keeps every fragment of a message until its last one has come, joins them in one go and
says of a broken frame only that the connection is gone. Here each frame's header is read first:
what no server may send is named, a message is refused by the length that it claims before any of it
is kept, and so is one that is cut into more fragments than any node makes, or a flood of tiny or
control frames. What passes and is data is put together piece by piece as it comes, so that a
message of many megabytes is never copied in one step; control frames are left to the library.
Sans-IO.

Source: RFC 6455, sections 5.2 (base framing), 5.4 (fragmentation), 5.5 (control frames) and 8.1
(text is UTF-8).
"""

import codecs
from collections import deque
from typing import Final

from qenus.errors import RemoteProtocolError

__all__ = ["FrameGuard"]

_CONTINUATION: Final = 0x0
_DATA: Final = frozenset({0x1, 0x2})
_TEXT: Final = 0x1
_CONTROL: Final = frozenset({0x8, 0x9, 0xA})
_utf8 = codecs.getincrementaldecoder("utf-8")
_MAX_CONTROL_BYTES: Final = 125
# The longest header: two bytes, eight of extended length; a server's frame has no mask.
_MAX_HEADER_BYTES: Final = 10
# Nodes write fragments of 4 KiB and more. Taking one costs as much as some KiB do, so that the
# shorter ones of a message are counted.
_MAX_SHORT_FRAGMENTS: Final = 64
_FRAGMENT_BYTES: Final = 1 << 10
# The same for whole frames, over the bytes that came at once.
_MAX_SHORT_FRAMES: Final = 256
_FRAME_BYTES: Final = 16
# Between two messages. Nodes ping every few seconds.
_MAX_CONTROL_FRAMES: Final = 256


class FrameGuard:
    """Takes the bytes that a server sends after the handshake.

    `max_bytes` bounds a message, over all its fragments. `messages` are those that are whole, the
    oldest first; what takes them out shares them with nothing.
    """

    def __init__(self, *, max_bytes: int) -> None:
        self.messages: deque[bytearray] = deque()
        self._max_bytes = max_bytes
        self._header = b""
        self._payload_left = 0
        self._is_control = False
        self._final = True
        self._message = bytearray()
        self._text: codecs.IncrementalDecoder | None = None
        self._message_bytes = 0
        self._fragments = 0
        self._controls = 0

    def take(self, chunk: bytes | bytearray) -> bytes:
        """Take the next bytes, and give the control frames among them as they are.

        Raises:
            RemoteProtocolError: no server may send such a frame, or none that is honest does.
        """
        controls = b""
        at = min(self._payload_left, len(chunk))
        if at:
            controls += self._take_payload(memoryview(chunk)[:at])
        frames_left = _MAX_SHORT_FRAMES + len(chunk) // _FRAME_BYTES
        while at < len(chunk):
            frames_left -= 1
            if not frames_left:
                raise _broken(f"frames of {_FRAME_BYTES} bytes and more", "a flood of less")
            held = len(self._header)
            header = self._header + chunk[at : at + _MAX_HEADER_BYTES - held]
            size = self._begin(header)
            if size is None:
                self._header = header
                return controls
            length, header_bytes = size
            self._header = b""
            at += header_bytes - held
            if self._is_control:
                controls += header[:header_bytes]
            self._payload_left = length
            inside = min(length, len(chunk) - at)
            controls += self._take_payload(memoryview(chunk)[at : at + inside])
            at += inside
        return controls

    def _take_payload(self, piece: memoryview) -> bytes:
        """Take what comes of a frame; give it where that is a control frame's."""
        self._payload_left -= len(piece)
        if self._is_control:
            return bytes(piece)
        self._message += piece
        whole = self._final and not self._payload_left
        if self._text is not None:
            try:
                self._text.decode(piece, whole)
            except UnicodeDecodeError:
                raise _broken("UTF-8 and an orderly close", "bytes that are neither") from None
        if whole:
            self.messages.append(self._message)
            self._message = bytearray()
        return b""

    def _begin(self, header: bytes) -> tuple[int, int] | None:
        """Check a frame by its header: its length and that of its header; None when cut short."""
        if len(header) < 2:
            return None
        first, second = header[0], header[1]
        opcode, final = first & 0x0F, bool(first & 0x80)
        if first & 0x70:
            raise _broken("reserved bits of 0", f"{first >> 4 & 0x7:03b}")
        if second & 0x80:
            raise _broken("an unmasked frame from a server", "a masked one")
        if opcode not in _DATA and opcode != _CONTINUATION and opcode not in _CONTROL:
            raise _broken("an opcode of RFC 6455", f"{opcode:#x}")
        length, header_bytes = second & 0x7F, 2
        if length >= 126:
            header_bytes = 4 if length == 126 else 10
            if opcode not in _CONTROL:
                if len(header) < header_bytes:
                    return None
                length = int.from_bytes(header[2:header_bytes], "big")
        self._is_control = opcode in _CONTROL
        if self._is_control:
            self._check_control(final, length)
        else:
            self._check_data(opcode, final, length)
            self._final = final
            if opcode in _DATA:
                self._text = _utf8() if opcode == _TEXT else None
        return length, header_bytes

    def _check_control(self, final: bool, length: int) -> None:
        if not final or length > _MAX_CONTROL_BYTES:
            what = f"{length} bytes or more" if final else "a fragmented one"
            raise _broken(f"a control frame of at most {_MAX_CONTROL_BYTES} bytes", what)
        self._controls += 1
        if self._controls > _MAX_CONTROL_FRAMES:
            raise _broken(f"at most {_MAX_CONTROL_FRAMES} control frames in a row", "more")

    def _check_data(self, opcode: int, final: bool, length: int) -> None:
        if opcode in _DATA and self._fragments:
            raise _broken("the next fragment of a message", "another message")
        if opcode == _CONTINUATION and not self._fragments:
            raise _broken("a message", "a fragment of none")
        self._message_bytes += length
        self._fragments += 1
        if self._message_bytes > self._max_bytes:
            raise _broken(
                f"messages of at most {self._max_bytes} bytes",
                f"one of {self._message_bytes} or more",
            )
        if self._fragments > _MAX_SHORT_FRAGMENTS + self._message_bytes // _FRAGMENT_BYTES:
            raise _broken(
                f"fragments of {_FRAGMENT_BYTES} bytes and more",
                f"{self._fragments} in {self._message_bytes} bytes",
            )
        if final:
            self._message_bytes = self._fragments = self._controls = 0


def _broken(expected: str, found: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"WebSocket: expected {expected}, found {found}")
