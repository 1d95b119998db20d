"""The events of Algebra's pools and factories, of V1 and of Integral."""

from qenus.protocols.event_decoders import EventDecoder, decoders_of
from qenus.wire import (
    AlgebraCommunityFee,
    AlgebraCustomPoolCreated,
    AlgebraDirectionalFee,
    AlgebraFee,
    AlgebraIntegralBurn,
    AlgebraIntegralCommunityFee,
    AlgebraIntegralSwap,
    AlgebraPoolCreated,
    AlgebraTickSpacing,
    AmmFeature,
)

__all__ = ["EVENTS"]

EVENTS: tuple[EventDecoder[AmmFeature], ...] = (
    *decoders_of(AlgebraIntegralSwap),
    *decoders_of(AlgebraIntegralBurn),
    *decoders_of(AlgebraFee),
    *decoders_of(AlgebraDirectionalFee),
    *decoders_of(AlgebraPoolCreated),
    *decoders_of(AlgebraCustomPoolCreated),
    *decoders_of(AlgebraTickSpacing),
    *decoders_of(AlgebraCommunityFee),
    *decoders_of(AlgebraIntegralCommunityFee),
)
