"""What a connection to a node carries, and how it ends, whatever it runs over.

A `Transport` sends whole messages and receives whole ones, or what came in their place. Over HTTP
an answer belongs to the request that it came to, so `Received` says which calls it answers; over
WebSocket and Unix sockets only the message itself can say that. Whatever a library raises, here or
in a task of its own, comes out as `ConnectionLost` or `RemoteProtocolError`.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import attrs

from qenus.errors import TransientError

__all__ = [
    "LARGE_BYTES",
    "ConnectionLost",
    "HandshakeRefused",
    "Received",
    "Transport",
]

# Copying more than this, or reading through it, takes too long for one step of the event loop: 48
# MiB take 40 ms. Such a message is a bytearray that its reader owns and cuts to size.
LARGE_BYTES: Final = 1 << 20


class ConnectionLost(TransientError):
    """The node cannot be reached, or the connection to it ended.

    `status` is that of the HTTP answer where there was one, `retry_after_seconds` how long the node
    wants to be left alone where it says so, at most a day.
    """

    status: int | None = None
    retry_after_seconds: float | None = None


class HandshakeRefused(ConnectionLost):
    """The server answered a WebSocket handshake with something other than 101."""

    def __init__(
        self, message: str, status: int | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_seconds = retry_after_seconds


@attrs.frozen
class Received:
    """A message, or why there is none.

    `numbers` are the ids of the calls that it answers, where the transport knows. `status` is
    HTTP's. `lost` says why nothing came to those calls, whose connection was their own; `broken`
    what made the answer to them unreadable.
    """

    message: bytes = b""
    numbers: Sequence[int] = ()
    status: int = 200
    retry_after_seconds: float | None = None
    lost: str = ""
    broken: str = ""


class Transport(Protocol):
    """Whole messages, both ways. `pushes`: the node can speak unasked, so it can be subscribed."""

    pushes: bool

    @property
    def read_seconds(self) -> float:
        """The CPU time of the event loop that reading took so far."""
        ...

    async def send(self, message: bytes, numbers: Sequence[int], max_bytes: int, /) -> None:
        """Send a message; `numbers` are the ids of its calls, `max_bytes` bounds the answer.

        Raises ConnectionLost.
        """
        ...

    def give_up(self, numbers: Sequence[int], /) -> None:
        """The answers to that message are no longer waited for."""
        ...

    async def receive(self) -> Received:
        """Give the next message. Raises ConnectionLost or RemoteProtocolError."""
        ...
