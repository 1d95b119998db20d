"""What this folder offers the catalogue."""

from collections.abc import Iterable

from qenus.protocols.pool_family import AnyFamily, PoolProtocol
from qenus.protocols.slipstream.events import EVENTS

__all__ = ["PROTOCOL"]


def _families() -> Iterable[AnyFamily]:
    from qenus.protocols.slipstream.reader import Slipstream

    return (Slipstream(),)


PROTOCOL = PoolProtocol("slipstream", families=_families, events=EVENTS)
