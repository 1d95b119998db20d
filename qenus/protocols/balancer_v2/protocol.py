"""What this folder offers the catalogue."""

from qenus.protocols.balancer_v2.events import EVENTS
from qenus.protocols.balancer_v2.reader import BalancerV2
from qenus.protocols.pool_family import PoolProtocol

__all__ = ["PROTOCOL"]

PROTOCOL = PoolProtocol("balancer_v2", families=(BalancerV2(),), events=EVENTS)
