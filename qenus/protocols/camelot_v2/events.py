"""The events of Camelot V2's pairs, beside those of Uniswap V2."""

from qenus.protocols.event_decoders import EventDecoder, decoders_of
from qenus.wire import (
    AmmFeature,
    CamelotV2FeePercentUpdated,
    CamelotV2SetPairTypeImmutable,
    CamelotV2SetStableSwap,
)

__all__ = ["EVENTS"]

EVENTS: tuple[EventDecoder[AmmFeature], ...] = (
    *decoders_of(CamelotV2FeePercentUpdated),
    *decoders_of(CamelotV2SetStableSwap),
    *decoders_of(CamelotV2SetPairTypeImmutable),
)
