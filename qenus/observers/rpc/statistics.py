"""What came of calls to one node; it outlives the sessions to it."""

import attrs

from qenus.observers.rpc.node_limits import NodeLimits

__all__ = ["RpcStatistics"]


@attrs.define
class RpcStatistics:
    """What came of calls; `seconds` is the sum over the answered ones.

    `busy` are answers of a node that asks for patience, `irregular` those that break the rules of
    JSON-RPC and can be read all the same. Given to one session after another, it counts on; with
    it goes what the node allows.
    """

    sessions: int = 0
    calls: int = 0
    answered: int = 0
    refused: int = 0
    timed_out: int = 0
    busy: int = 0
    irregular: int = 0
    received_bytes: int = 0
    seconds: float = 0.0
    slowest_seconds: float = 0.0
    limits: NodeLimits = attrs.field(factory=NodeLimits)
