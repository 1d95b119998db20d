"""What this folder offers the catalogue."""

from qenus.protocols.pool_family import PoolProtocol
from qenus.protocols.solidly.events import EVENTS
from qenus.protocols.solidly.reader import Solidly

__all__ = ["PROTOCOL"]

PROTOCOL = PoolProtocol("solidly", families=(Solidly(),), events=EVENTS)
