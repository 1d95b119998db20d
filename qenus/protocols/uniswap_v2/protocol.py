"""What this folder offers the catalogue."""

from qenus.protocols.pool_family import PoolProtocol
from qenus.protocols.uniswap_v2.events import EVENTS
from qenus.protocols.uniswap_v2.reader import UniswapV2

__all__ = ["PROTOCOL"]

PROTOCOL = PoolProtocol("uniswap_v2", families=(UniswapV2(),), events=EVENTS)
