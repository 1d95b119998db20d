"""What this folder offers the catalogue."""

from qenus.protocols.pool_family import PoolProtocol
from qenus.protocols.slipstream.events import EVENTS
from qenus.protocols.slipstream.reader import Slipstream

__all__ = ["PROTOCOL"]

PROTOCOL = PoolProtocol("slipstream", families=(Slipstream(),), events=EVENTS)
