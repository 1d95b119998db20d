"""What this folder offers the catalogue."""

from collections.abc import Iterable

from qenus.protocols.pool_family import AnyFamily, PoolProtocol
from qenus.protocols.uniswap_v4.events import EVENTS

__all__ = ["PROTOCOL"]


def _families() -> Iterable[AnyFamily]:
    from qenus.protocols.uniswap_v4.reader import UniswapV4

    return (UniswapV4(),)


PROTOCOL = PoolProtocol("uniswap_v4", families=_families, events=EVENTS)
