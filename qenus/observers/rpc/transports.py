"""How JSON-RPC messages travel: over a WebSocket, a Unix socket, or HTTP.

`open_transport(address)` connects to ws://, wss://, http://, https:// or unix:///path and gives
something that sends and receives whole messages. Over HTTP every message sent is a request of its
own, and its reply, or the failure that it came to, is received like any other; only what the node
says unasked cannot be had there. An address means the same on each: user name and password are
sent as Basic credentials, and no redirect is followed.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from qenus.errors import LocalProtocolError
from qenus.observers.address import NodeAddress
from qenus.observers.rpc.connection import ConnectionLost, Transport
from qenus.observers.rpc.http_transport import open_http
from qenus.observers.rpc.unix_transport import open_unix
from qenus.observers.rpc.websocket_transport import open_websocket

__all__ = ["ConnectionLost", "Transport", "open_transport"]

_KINDS: Mapping[str, Callable[[NodeAddress, int], AbstractAsyncContextManager[Transport]]] = {
    "ws": open_websocket,
    "wss": open_websocket,
    "http": open_http,
    "https": open_http,
    "unix": open_unix,
}


@asynccontextmanager
async def open_transport(address: NodeAddress, max_message_bytes: int) -> AsyncIterator[Transport]:
    """Connect to a node, whose messages may be of so many bytes.

    Raises:
        ConnectionLost: it cannot be reached. Over HTTP that is only known with the first call.
        RemoteProtocolError: it answers the connection with what no server may send.
        LocalProtocolError: the address is of no kind that is known.

    Cancellation closes the connection.
    """
    try:
        address.check()
    except ValueError as error:
        raise LocalProtocolError(f"{address}: {error}") from None
    async with _KINDS[address.scheme](address, max_message_bytes) as transport:
        yield transport
