"""What this folder offers the catalogue."""

from collections.abc import Iterable

from qenus.protocols.pool_family import AnyFamily, PoolProtocol
from qenus.protocols.uniswap_v3.events import EVENTS

__all__ = ["PROTOCOL"]


def _families() -> Iterable[AnyFamily]:
    from qenus.protocols.uniswap_v3.reader import UniswapV3

    return (UniswapV3(),)


PROTOCOL = PoolProtocol("uniswap_v3", families=_families, events=EVENTS)
