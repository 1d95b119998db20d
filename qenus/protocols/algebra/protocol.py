"""What this folder offers the catalogue."""

from qenus.protocols.algebra.directional_reader import AlgebraDirectional
from qenus.protocols.algebra.events import EVENTS
from qenus.protocols.algebra.reader import Algebra
from qenus.protocols.pool_family import PoolProtocol

__all__ = ["PROTOCOL"]

PROTOCOL = PoolProtocol("algebra", families=(Algebra(), AlgebraDirectional()), events=EVENTS)
