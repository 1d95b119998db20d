"""What this folder offers the catalogue."""

from collections.abc import Iterable

from qenus.protocols.camelot_v2.events import EVENTS
from qenus.protocols.pool_family import AnyFamily, PoolProtocol
from qenus.protocols.pool_text import PoolText
from qenus.wire import CamelotV2PoolState

__all__ = ["PROTOCOL"]


def _families() -> Iterable[AnyFamily]:
    from qenus.protocols.camelot_v2.reader import CamelotV2

    return (CamelotV2(),)


PROTOCOL = PoolProtocol(
    "camelot_v2",
    families=_families,
    events=EVENTS,
    texts=(PoolText(CamelotV2PoolState, ("reserve0", "reserve1", "fee0_pips", "fee1_pips")),),
)
