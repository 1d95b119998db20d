"""What this folder offers the catalogue."""

from qenus.protocols.pool_family import PoolProtocol
from qenus.protocols.uniswap_v3.events import EVENTS
from qenus.protocols.uniswap_v3.reader import UniswapV3

__all__ = ["PROTOCOL"]

PROTOCOL = PoolProtocol("uniswap_v3", families=(UniswapV3(),), events=EVENTS)
