"""A node over JSON-RPC: sessions and what they stand on. It imports no other folder of the room.

    session          calls, batches and subscriptions over one connection
    subscriptions    what a node announces unasked, within its budget
    statistics       what came of calls; it outlives a session
    errors           how a call fails, as its caller sees it
    transports       ws://, http:// and unix://; connection is what all of them offer
    exchanges        messages under way, and which of them an answer belongs to
    messages         the text of JSON-RPC, read field by field; dialects are providers' errors
    batching         many calls in as few messages as the node allows; node_limits remembers
    retrying         pauses that grow; token_bucket bounds what comes unasked
    claims           what a node says of its chain and of blocks, read within bounds
    receipt_ways     the ways to a block's receipts

websocket_transport has frame_guard and handshake_guard before the library, http_transport has
http_streams and retry_after, unix_transport has json_stream.
"""

from qenus.observers.rpc.connection import ConnectionLost, HandshakeRefused
from qenus.observers.rpc.errors import CallReverted, RpcError, RpcTimeout, first_failure
from qenus.observers.rpc.session import CALL_SECONDS, RpcSession, open_session
from qenus.observers.rpc.statistics import RpcStatistics

__all__ = [
    "CALL_SECONDS",
    "CallReverted",
    "ConnectionLost",
    "HandshakeRefused",
    "RpcError",
    "RpcSession",
    "RpcStatistics",
    "RpcTimeout",
    "first_failure",
    "open_session",
]
