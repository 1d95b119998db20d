"""What this folder offers the catalogue."""

from collections.abc import Iterable

from qenus.protocols.pool_family import AnyFamily, PoolProtocol
from qenus.protocols.pool_text import PoolText
from qenus.protocols.uniswap_v4.events import EVENTS
from qenus.wire import UniswapV4PoolState

__all__ = ["PROTOCOL"]


def _families() -> Iterable[AnyFamily]:
    from qenus.protocols.uniswap_v4.reader import UniswapV4

    return (UniswapV4(),)


PROTOCOL = PoolProtocol(
    "uniswap_v4",
    families=_families,
    events=EVENTS,
    texts=(
        PoolText(
            UniswapV4PoolState,
            (
                "sqrt_price_x96",
                "tick",
                "liquidity",
                "fee_pips",
                "protocol_fee0_pips",
                "protocol_fee1_pips",
                "quotable",
            ),
            tokens=("currency0", "currency1"),
        ),
    ),
)
