"""What this folder offers the catalogue."""

from collections.abc import Iterable

from qenus.protocols.pool_family import AnyFamily, PoolProtocol
from qenus.protocols.solidly.events import EVENTS

__all__ = ["PROTOCOL"]


def _families() -> Iterable[AnyFamily]:
    from qenus.protocols.solidly.reader import Solidly

    return (Solidly(),)


PROTOCOL = PoolProtocol("solidly", families=_families, events=EVENTS)
