"""Decoders of the events of family amm, all of them by topic.

Generated from proto/amm*.proto by `python -m tools.protogen`. Do not edit: change the .proto
files and run it again.
"""
# fmt: off

from collections.abc import Callable, Mapping

from qenus.extractors.amm import (
    _amm,
    _amm_algebra,
    _amm_balancer,
    _amm_curve,
    _amm_slipstream,
    _amm_solidly,
    _amm_uniswap_v4,
)
from qenus.wire import AmmFeature, Log

__all__ = ["DECLARATIONS", "EVENTS"]

# By topic 0: the message that the event becomes, its decoder, which raises Refusal, and the
# event's declaration in Solidity.
_ALL: Mapping[bytes, tuple[type[AmmFeature], Callable[[Log, bytes, int], AmmFeature], str]] = {
    **_amm.EVENTS,
    **_amm_algebra.EVENTS,
    **_amm_balancer.EVENTS,
    **_amm_curve.EVENTS,
    **_amm_slipstream.EVENTS,
    **_amm_solidly.EVENTS,
    **_amm_uniswap_v4.EVENTS,
}
# By topic 0: the message that the event becomes, and its decoder, which raises Refusal.
EVENTS: Mapping[bytes, tuple[type[AmmFeature], Callable[[Log, bytes, int], AmmFeature]]] = {
    topic0: (kind, decode) for topic0, (kind, decode, _) in _ALL.items()
}
# By topic 0: the event's declaration in Solidity.
DECLARATIONS: Mapping[bytes, str] = {
    topic0: declaration for topic0, (_, _, declaration) in _ALL.items()
}
