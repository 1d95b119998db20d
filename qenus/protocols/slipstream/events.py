"""The events of Slipstream's factories and fee modules, beside those of Uniswap V3."""

from qenus.protocols.event_decoders import EventDecoder, decoders_of
from qenus.wire import (
    AmmFeature,
    SlipstreamCollectFees,
    SlipstreamCustomFeeSet,
    SlipstreamDynamicFeeReset,
    SlipstreamFeeCapSet,
    SlipstreamPoolCreated,
    SlipstreamScalingFactorSet,
)

__all__ = ["EVENTS"]

EVENTS: tuple[EventDecoder[AmmFeature], ...] = (
    *decoders_of(SlipstreamPoolCreated),
    *decoders_of(SlipstreamCollectFees),
    *decoders_of(SlipstreamCustomFeeSet),
    *decoders_of(SlipstreamFeeCapSet),
    *decoders_of(SlipstreamScalingFactorSet),
    *decoders_of(SlipstreamDynamicFeeReset),
)
