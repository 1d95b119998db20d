"""What this folder offers the catalogue."""

from collections.abc import Iterable

from qenus.protocols.pool_family import AnyFamily, PoolProtocol
from qenus.protocols.pool_text import PoolText
from qenus.protocols.uniswap_v2.events import EVENTS
from qenus.wire import UniswapV2PoolState

__all__ = ["PROTOCOL"]


def _families() -> Iterable[AnyFamily]:
    from qenus.protocols.uniswap_v2.reader import UniswapV2

    return (UniswapV2(),)


PROTOCOL = PoolProtocol(
    "uniswap_v2",
    families=_families,
    events=EVENTS,
    texts=(PoolText(UniswapV2PoolState, ("reserve0", "reserve1", "fee_pips")),),
)
