"""What this folder offers the catalogue."""

from qenus.protocols.camelot_v2.events import EVENTS
from qenus.protocols.camelot_v2.reader import CamelotV2
from qenus.protocols.pool_family import PoolProtocol

__all__ = ["PROTOCOL"]

PROTOCOL = PoolProtocol("camelot_v2", families=(CamelotV2(),), events=EVENTS)
