"""What this folder offers the catalogue."""

from collections.abc import Iterable, Mapping
from typing import Any

from qenus.protocols.balancer_v2.events import EVENTS
from qenus.protocols.pool_family import AnyFamily, PoolProtocol
from qenus.protocols.pool_text import PoolText, PricesOfOne
from qenus.wire import BalancerStablePoolState, BalancerWeightedPoolState

__all__ = ["PROTOCOL"]


def _families() -> Iterable[AnyFamily]:
    from qenus.protocols.balancer_v2.reader import BalancerV2

    return (BalancerV2(),)


def _prices_of_one(row: Mapping[str, Any]) -> PricesOfOne:
    """The first token's prices; those of the second where the first is the pool's own share."""
    return 1 if row.get("own_token") == 0 else 0, row["prices_of_first_x128"]


PROTOCOL = PoolProtocol(
    "balancer_v2",
    families=_families,
    events=EVENTS,
    texts=(
        PoolText(BalancerWeightedPoolState, ("swap_fee", "paused"), ("tokens",), _prices_of_one),
        PoolText(
            BalancerStablePoolState, ("swap_fee", "amp", "paused"), ("tokens",), _prices_of_one
        ),
    ),
)
