"""What this folder offers the catalogue."""

from collections.abc import Iterable

from qenus.protocols.algebra.events import EVENTS
from qenus.protocols.pool_family import AnyFamily, PoolProtocol
from qenus.protocols.pool_text import PoolText
from qenus.wire import AlgebraPoolState

__all__ = ["PROTOCOL"]


def _families() -> Iterable[AnyFamily]:
    from qenus.protocols.algebra.directional_reader import AlgebraDirectional
    from qenus.protocols.algebra.reader import Algebra

    return (Algebra(), AlgebraDirectional())


PROTOCOL = PoolProtocol(
    "algebra",
    families=_families,
    events=EVENTS,
    texts=(
        PoolText(
            AlgebraPoolState, ("sqrt_price_x96", "tick", "liquidity", "fee0_pips", "fee1_pips")
        ),
    ),
)
