"""The events of Uniswap V2's pairs and factory."""

from qenus.protocols.event_decoders import EventDecoder, decoders_of
from qenus.wire import (
    AmmFeature,
    UniswapV2Burn,
    UniswapV2Mint,
    UniswapV2PairCreated,
    UniswapV2Swap,
    UniswapV2Sync,
)

__all__ = ["EVENTS", "SYNC"]

(SYNC,) = decoders_of(UniswapV2Sync)
EVENTS: tuple[EventDecoder[AmmFeature], ...] = (
    SYNC,
    *decoders_of(UniswapV2Swap),
    *decoders_of(UniswapV2Mint),
    *decoders_of(UniswapV2Burn),
    *decoders_of(UniswapV2PairCreated),
)
