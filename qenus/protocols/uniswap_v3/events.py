"""The events of Uniswap V3's pools and factory, and those in which Pancake V3 differs."""

from qenus.protocols.event_decoders import EventDecoder, decoders_of
from qenus.wire import (
    AmmFeature,
    PancakeV3SetFeeProtocol,
    PancakeV3Swap,
    UniswapV3Burn,
    UniswapV3Collect,
    UniswapV3CollectProtocol,
    UniswapV3Initialize,
    UniswapV3Mint,
    UniswapV3PoolCreated,
    UniswapV3SetFeeProtocol,
    UniswapV3Swap,
)

__all__ = ["BURN", "EVENTS", "INITIALIZE", "MINT", "PANCAKE_SWAP", "SWAP"]

(SWAP,) = decoders_of(UniswapV3Swap)
(PANCAKE_SWAP,) = decoders_of(PancakeV3Swap)
(MINT,) = decoders_of(UniswapV3Mint)
(BURN,) = decoders_of(UniswapV3Burn)
(INITIALIZE,) = decoders_of(UniswapV3Initialize)
EVENTS: tuple[EventDecoder[AmmFeature], ...] = (
    SWAP,
    PANCAKE_SWAP,
    MINT,
    BURN,
    INITIALIZE,
    *decoders_of(UniswapV3Collect),
    *decoders_of(UniswapV3PoolCreated),
    *decoders_of(UniswapV3CollectProtocol),
    *decoders_of(UniswapV3SetFeeProtocol),
    *decoders_of(PancakeV3SetFeeProtocol),
)
