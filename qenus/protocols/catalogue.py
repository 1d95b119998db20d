"""The one place that names the protocols, and what follows from them together."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from qenus.errors import LocalProtocolError
from qenus.protocols.algebra import protocol as algebra
from qenus.protocols.balancer_v2 import protocol as balancer_v2
from qenus.protocols.camelot_v2 import protocol as camelot_v2
from qenus.protocols.curve import protocol as curve
from qenus.protocols.event_decoders import EventDecoder, by_topic
from qenus.protocols.pool_family import AnyFamily, PoolProtocol
from qenus.protocols.pool_text import PoolText
from qenus.protocols.slipstream import protocol as slipstream
from qenus.protocols.solidly import protocol as solidly
from qenus.protocols.uniswap_v2 import protocol as uniswap_v2
from qenus.protocols.uniswap_v3 import protocol as uniswap_v3
from qenus.protocols.uniswap_v4 import protocol as uniswap_v4
from qenus.wire import AmmFeature, WireMessage

__all__ = ["EVENTS", "FAMILIES", "POOL_TEXTS", "PROTOCOLS", "families_of"]

PROTOCOLS: tuple[PoolProtocol, ...] = (
    uniswap_v2.PROTOCOL,
    uniswap_v3.PROTOCOL,
    slipstream.PROTOCOL,
    uniswap_v4.PROTOCOL,
    solidly.PROTOCOL,
    camelot_v2.PROTOCOL,
    algebra.PROTOCOL,
    balancer_v2.PROTOCOL,
    curve.PROTOCOL,
)


def families_of(protocols: Iterable[PoolProtocol]) -> Mapping[str, AnyFamily]:
    """Give the families of pools by the names that the registry calls them.

    Raises:
        LocalProtocolError: two have the same name.
    """
    found: dict[str, AnyFamily] = {}
    for protocol in protocols:
        for family in protocol.families():
            if found.setdefault(family.NAME, family) is not family:
                raise LocalProtocolError(f"{protocol.name}: family {family.NAME} is there twice")
    return found


if TYPE_CHECKING:
    # The families of pools by name, made when they are asked for first.
    FAMILIES: Mapping[str, AnyFamily]


@cache
def _families() -> Mapping[str, AnyFamily]:
    return families_of(PROTOCOLS)


def __getattr__(name: str) -> Mapping[str, AnyFamily]:
    if name == "FAMILIES":
        return _families()
    raise AttributeError(f"module {__name__} has no attribute {name}")


# The events of family amm by their topic 0.
EVENTS: Mapping[bytes, EventDecoder[AmmFeature]] = by_topic(
    event for protocol in PROTOCOLS for event in protocol.events
)
# What people see of the pools' states, by the message.
POOL_TEXTS: Mapping[type[WireMessage], PoolText] = {
    text.message: text for protocol in PROTOCOLS for text in protocol.texts
}
