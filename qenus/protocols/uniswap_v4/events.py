"""The events of Uniswap V4's manager."""

from qenus.protocols.event_decoders import EventDecoder, decoders_of
from qenus.wire import (
    AmmFeature,
    UniswapV4Donate,
    UniswapV4Initialize,
    UniswapV4ModifyLiquidity,
    UniswapV4ProtocolFeeUpdated,
    UniswapV4Swap,
)

__all__ = ["EVENTS"]

EVENTS: tuple[EventDecoder[AmmFeature], ...] = (
    *decoders_of(UniswapV4Swap),
    *decoders_of(UniswapV4Initialize),
    *decoders_of(UniswapV4ModifyLiquidity),
    *decoders_of(UniswapV4Donate),
    *decoders_of(UniswapV4ProtocolFeeUpdated),
)
