"""What this folder offers the catalogue."""

from collections.abc import Iterable

from qenus.protocols.pool_family import AnyFamily, PoolProtocol
from qenus.protocols.pool_text import PoolText
from qenus.protocols.solidly.events import EVENTS
from qenus.wire import SolidlyPoolState

__all__ = ["PROTOCOL"]


def _families() -> Iterable[AnyFamily]:
    from qenus.protocols.solidly.reader import Solidly

    return (Solidly(),)


PROTOCOL = PoolProtocol(
    "solidly",
    families=_families,
    events=EVENTS,
    texts=(PoolText(SolidlyPoolState, ("reserve0", "reserve1", "fee_pips")),),
)
