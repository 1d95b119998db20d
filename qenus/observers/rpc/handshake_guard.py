"""A WebSocket's opening handshake, checked before the library sees any of the answer.

The library takes the answer apart in a task of its own and raises there, in many ways, what it does
not like; only an answer that has nothing to dislike is handed on to it. A refusal is known with its
head, whether or not its body ever ends. Sans-IO.

Source: RFC 6455, section 4.1 (what a client requires of the answer) and 9.1 (extensions: none are
offered, so that none may be accepted).
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Final

from qenus.errors import RemoteProtocolError
from qenus.observers.address import shown_address
from qenus.observers.rpc.connection import HandshakeRefused
from qenus.observers.rpc.retry_after import retry_after_seconds

__all__ = ["HandshakeGuard"]

_MAX_HEAD_BYTES: Final = 16 << 10
_MAX_HEADERS: Final = 100
_MAX_SHOWN: Final = 100
_END: Final = b"\r\n\r\n"
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: ([^\r\n]*))?")
_REQUEST_KEY: Final = re.compile(rb"\r\nsec-websocket-key:[ \t]*([^\r\n]+?)[ \t]*\r\n", re.I)
_ACCEPT_SALT: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
# RFC 9110, section 5.6.2: a field's name.
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class HandshakeGuard:
    """Reads along with one handshake: first what is sent, then what is answered."""

    def __init__(self) -> None:
        self._request = b""
        self._answer = bytearray()

    def sent(self, data: bytes | bytearray | memoryview) -> None:
        """Take what the client sends, until the answer has come."""
        if len(self._request) < _MAX_HEAD_BYTES:
            self._request += bytes(data)

    def take(self, chunk: bytes | bytearray) -> bytes | None:
        """Take some bytes of the answer; give all of it once it accepts, None until then.

        Raises:
            HandshakeRefused: the server answered, and not with 101; or it hung up (no bytes).
            RemoteProtocolError: the answer breaks the rules of the handshake.
        """
        if not chunk:
            raise HandshakeRefused("the connection was closed during the handshake")
        # The end may lie across the seam.
        searched = max(0, len(self._answer) - len(_END))
        self._answer += chunk
        end = self._answer.find(_END, searched)
        self._check_beginning()
        if end > _MAX_HEAD_BYTES or (end < 0 and len(self._answer) > _MAX_HEAD_BYTES):
            raise _broken(f"an answer of at most {_MAX_HEAD_BYTES} bytes", "a longer one")
        if end < 0:
            return None
        answer = bytes(self._answer)
        self._check(answer[:end], answer[end + len(_END) :])
        return answer

    def _check_beginning(self) -> None:
        """Refuse at once what does not begin as HTTP does."""
        begun = bytes(self._answer[:5])
        if begun != b"HTTP/"[: len(begun)]:
            found = "TLS (is it wss:// there?)" if begun[:1] in b"\x15\x16" else repr(begun)
            raise _broken("an HTTP answer", found)

    def _check(self, head: bytes, rest: bytes) -> None:
        line, *lines = head.split(b"\r\n")
        status = _STATUS_LINE.fullmatch(line)
        if status is None:
            raise _broken("an HTTP answer", repr(line[:_MAX_SHOWN]))
        if len(lines) > _MAX_HEADERS:
            raise _broken(f"at most {_MAX_HEADERS} headers", str(len(lines)))
        headers = _headers(lines)
        if status[1] != b"101":
            raise _refused(int(status[1]), status[2] or b"", headers, rest)
        self._check_accepted(headers)

    def _check_accepted(self, headers: Mapping[bytes, bytes]) -> None:
        key = _REQUEST_KEY.search(self._request)
        expected = base64.b64encode(hashlib.sha1((key[1] if key else b"") + _ACCEPT_SALT).digest())
        tokens = [token.strip().lower() for token in headers.get(b"connection", b"").split(b",")]
        if headers.get(b"upgrade", b"").lower() != b"websocket" or b"upgrade" not in tokens:
            raise _broken("an upgrade to WebSocket", "status 101 without it")
        if headers.get(b"sec-websocket-accept") != expected:
            raise _broken("Sec-WebSocket-Accept of this request's key", "another or none")
        for name in (b"sec-websocket-extensions", b"sec-websocket-protocol"):
            if headers.get(name):
                found = headers[name][:_MAX_SHOWN].decode("ascii", "replace")
                raise _broken(f"no {name.decode()}, as none was offered", repr(found))


def _headers(lines: list[bytes]) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name):
            raise _broken("a header", repr(line[:_MAX_SHOWN]))
        name, value = name.lower(), value.strip(b" \t")
        # Of a field that stands twice the values are one list (RFC 9110, section 5.3).
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


def _refused(
    status: int, reason: bytes, headers: Mapping[bytes, bytes], body: bytes
) -> HandshakeRefused:
    words = reason.decode("ascii", "replace").strip()
    said = f"the handshake was refused: HTTP {status}" + (f" {words[:_MAX_SHOWN]}" if words else "")
    text = body[:_MAX_SHOWN].decode("utf-8", "replace").strip()
    if status in _REDIRECTS:
        # Never followed: another host would be given the keys.
        to = shown_address(headers.get(b"location", b"")[:2048].decode("ascii", "replace"))
        said += f": it points to {to or 'no address'}, and redirects are not followed"
    elif text:
        said += f": {text}"
    after = headers.get(b"retry-after", b"").decode("ascii", "replace")
    return HandshakeRefused(said, status, retry_after_seconds(after))


def _broken(expected: str, found: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"WebSocket handshake: expected {expected}, found {found}")
