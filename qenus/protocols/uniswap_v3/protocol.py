"""What this folder offers the catalogue."""

from collections.abc import Iterable

from qenus.protocols.pool_family import AnyFamily, PoolProtocol
from qenus.protocols.pool_text import PoolText
from qenus.protocols.uniswap_v3.events import EVENTS
from qenus.wire import UniswapV3PoolState

__all__ = ["PROTOCOL"]


def _families() -> Iterable[AnyFamily]:
    from qenus.protocols.uniswap_v3.reader import UniswapV3

    return (UniswapV3(),)


PROTOCOL = PoolProtocol(
    "uniswap_v3",
    families=_families,
    events=EVENTS,
    texts=(PoolText(UniswapV3PoolState, ("sqrt_price_x96", "tick", "liquidity", "fee_pips")),),
)
