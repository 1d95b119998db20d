"""The events of Solidly's pairs and factories."""

from qenus.protocols.event_decoders import EventDecoder, decoders_of
from qenus.wire import (
    AmmFeature,
    SolidlyBurn,
    SolidlyClaim,
    SolidlyFees,
    SolidlyPoolCreated,
    SolidlySetCustomFee,
    SolidlySetPauseState,
    SolidlySwap,
    SolidlySync,
)

__all__ = ["EVENTS", "SYNC"]

(SYNC,) = decoders_of(SolidlySync)
EVENTS: tuple[EventDecoder[AmmFeature], ...] = (
    SYNC,
    *decoders_of(SolidlySwap),
    *decoders_of(SolidlyBurn),
    *decoders_of(SolidlyFees),
    *decoders_of(SolidlyClaim),
    *decoders_of(SolidlyPoolCreated),
    *decoders_of(SolidlySetCustomFee),
    *decoders_of(SolidlySetPauseState),
)
