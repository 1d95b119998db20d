"""What this folder offers the catalogue."""

from collections.abc import Iterable

from qenus.protocols.balancer_v2.events import EVENTS
from qenus.protocols.pool_family import AnyFamily, PoolProtocol

__all__ = ["PROTOCOL"]


def _families() -> Iterable[AnyFamily]:
    from qenus.protocols.balancer_v2.reader import BalancerV2

    return (BalancerV2(),)


PROTOCOL = PoolProtocol("balancer_v2", families=_families, events=EVENTS)
