"""What this folder offers the catalogue."""

from collections.abc import Iterable

from qenus.protocols.camelot_v2.events import EVENTS
from qenus.protocols.pool_family import AnyFamily, PoolProtocol

__all__ = ["PROTOCOL"]


def _families() -> Iterable[AnyFamily]:
    from qenus.protocols.camelot_v2.reader import CamelotV2

    return (CamelotV2(),)


PROTOCOL = PoolProtocol("camelot_v2", families=_families, events=EVENTS)
