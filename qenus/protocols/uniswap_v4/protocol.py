"""What this folder offers the catalogue."""

from qenus.protocols.pool_family import PoolProtocol
from qenus.protocols.uniswap_v4.events import EVENTS
from qenus.protocols.uniswap_v4.reader import UniswapV4

__all__ = ["PROTOCOL"]

PROTOCOL = PoolProtocol("uniswap_v4", families=(UniswapV4(),), events=EVENTS)
