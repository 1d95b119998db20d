"""Decoders of the events of family amm.

Generated from proto/amm.proto by `python -m tools.protogen`. Do not edit: change the .proto
file and run it again.

A topic word of an address is 12 zero bytes and 20 bytes; a narrower integer is padded to 32 bytes
with zeros, or with its sign. Anything else was not written by such an event, and is refused.
"""
# fmt: off

from collections.abc import Callable, Mapping
from struct import Struct

from qenus.extractors.refusal import Refusal
from qenus.wire import (
    AmmFeature,
    Log,
    PancakeV3Swap,
    UniswapV2Burn,
    UniswapV2Mint,
    UniswapV2Swap,
    UniswapV2Sync,
    UniswapV3Burn,
    UniswapV3Collect,
    UniswapV3Mint,
    UniswapV3Swap,
)

__all__ = ["EVENTS"]

_ONES_28 = b"\xff" * 28
_ZERO_12 = b"\x00" * 12
_ZERO_16 = b"\x00" * 16
_ZERO_18 = b"\x00" * 18
_ZERO_28 = b"\x00" * 28
_UNISWAP_V2_SWAP_DATA = Struct(">32s32s32s32s").unpack
_UNISWAP_V2_SYNC_DATA = Struct(">18s14s18s14s").unpack
_UNISWAP_V2_MINT_DATA = Struct(">32s32s").unpack
_UNISWAP_V2_BURN_DATA = Struct(">32s32s").unpack
_UNISWAP_V3_SWAP_DATA = Struct(">32s32s12s20s16s16s28si").unpack
_UNISWAP_V3_MINT_DATA = Struct(">12s20s16s16s32s32s").unpack
_UNISWAP_V3_MINT_TICK_LOWER = Struct(">28si").unpack
_UNISWAP_V3_MINT_TICK_UPPER = Struct(">28si").unpack
_UNISWAP_V3_BURN_DATA = Struct(">16s16s32s32s").unpack
_UNISWAP_V3_BURN_TICK_LOWER = Struct(">28si").unpack
_UNISWAP_V3_BURN_TICK_UPPER = Struct(">28si").unpack
_UNISWAP_V3_COLLECT_DATA = Struct(">12s20s16s16s16s16s").unpack
_UNISWAP_V3_COLLECT_TICK_LOWER = Struct(">28si").unpack
_UNISWAP_V3_COLLECT_TICK_UPPER = Struct(">28si").unpack
_PANCAKE_V3_SWAP_DATA = Struct(">32s32s12s20s16s16s28si16s16s16s16s").unpack


def _uniswap_v2_swap(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV2Swap:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        amount0_in, amount1_in, amount0_out, amount1_out,
    ) = _UNISWAP_V2_SWAP_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("sender", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("to", "address", topics[2])
    return UniswapV2Swap(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], amount0_in, amount1_in, amount0_out, amount1_out, topics[2][12:],
    )


def _uniswap_v2_sync(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV2Sync:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        reserve0_pad, reserve0, reserve1_pad, reserve1,
    ) = _UNISWAP_V2_SYNC_DATA(data)
    if reserve0_pad != _ZERO_18:
        raise Refusal("reserve0", "uint112", data[0:32])
    if reserve1_pad != _ZERO_18:
        raise Refusal("reserve1", "uint112", data[32:64])
    return UniswapV2Sync(
        transaction_hash, transaction_index, log.log_index, log.address,
        reserve0, reserve1,
    )


def _uniswap_v2_mint(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV2Mint:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        amount0, amount1,
    ) = _UNISWAP_V2_MINT_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("sender", "address", topics[1])
    return UniswapV2Mint(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], amount0, amount1,
    )


def _uniswap_v2_burn(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV2Burn:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        amount0, amount1,
    ) = _UNISWAP_V2_BURN_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("sender", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("to", "address", topics[2])
    return UniswapV2Burn(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], amount0, amount1, topics[2][12:],
    )


def _uniswap_v3_swap(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV3Swap:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 160:
        raise Refusal("data", "160 bytes", len(data))
    (
        amount0, amount1, sqrt_price_x96_pad, sqrt_price_x96, liquidity_pad, liquidity, tick_pad,
        tick,
    ) = _UNISWAP_V3_SWAP_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("sender", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("recipient", "address", topics[2])
    if sqrt_price_x96_pad != _ZERO_12:
        raise Refusal("sqrt_price_x96", "uint160", data[64:96])
    if liquidity_pad != _ZERO_16:
        raise Refusal("liquidity", "uint128", data[96:128])
    if (
        tick_pad != (_ONES_28 if tick < 0 else _ZERO_28)
        or not -8388608 <= tick < 8388608
    ):
        raise Refusal("tick", "int24", data[128:160])
    return UniswapV3Swap(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2][12:], amount0, amount1, sqrt_price_x96, liquidity, tick,
    )


def _uniswap_v3_mint(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV3Mint:
    topics, data = log.topics, log.data
    if len(topics) != 4:
        raise Refusal("topics", "4", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        sender_pad, sender, amount_pad, amount, amount0, amount1,
    ) = _UNISWAP_V3_MINT_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("owner", "address", topics[1])
    tick_lower_pad, tick_lower = _UNISWAP_V3_MINT_TICK_LOWER(topics[2])
    if (
        tick_lower_pad != (_ONES_28 if tick_lower < 0 else _ZERO_28)
        or not -8388608 <= tick_lower < 8388608
    ):
        raise Refusal("tick_lower", "int24", topics[2])
    tick_upper_pad, tick_upper = _UNISWAP_V3_MINT_TICK_UPPER(topics[3])
    if (
        tick_upper_pad != (_ONES_28 if tick_upper < 0 else _ZERO_28)
        or not -8388608 <= tick_upper < 8388608
    ):
        raise Refusal("tick_upper", "int24", topics[3])
    if sender_pad != _ZERO_12:
        raise Refusal("sender", "address", data[0:32])
    if amount_pad != _ZERO_16:
        raise Refusal("amount", "uint128", data[32:64])
    return UniswapV3Mint(
        transaction_hash, transaction_index, log.log_index, log.address,
        sender, topics[1][12:], tick_lower, tick_upper, amount, amount0, amount1,
    )


def _uniswap_v3_burn(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV3Burn:
    topics, data = log.topics, log.data
    if len(topics) != 4:
        raise Refusal("topics", "4", len(topics))
    if len(data) != 96:
        raise Refusal("data", "96 bytes", len(data))
    (
        amount_pad, amount, amount0, amount1,
    ) = _UNISWAP_V3_BURN_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("owner", "address", topics[1])
    tick_lower_pad, tick_lower = _UNISWAP_V3_BURN_TICK_LOWER(topics[2])
    if (
        tick_lower_pad != (_ONES_28 if tick_lower < 0 else _ZERO_28)
        or not -8388608 <= tick_lower < 8388608
    ):
        raise Refusal("tick_lower", "int24", topics[2])
    tick_upper_pad, tick_upper = _UNISWAP_V3_BURN_TICK_UPPER(topics[3])
    if (
        tick_upper_pad != (_ONES_28 if tick_upper < 0 else _ZERO_28)
        or not -8388608 <= tick_upper < 8388608
    ):
        raise Refusal("tick_upper", "int24", topics[3])
    if amount_pad != _ZERO_16:
        raise Refusal("amount", "uint128", data[0:32])
    return UniswapV3Burn(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], tick_lower, tick_upper, amount, amount0, amount1,
    )


def _uniswap_v3_collect(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV3Collect:
    topics, data = log.topics, log.data
    if len(topics) != 4:
        raise Refusal("topics", "4", len(topics))
    if len(data) != 96:
        raise Refusal("data", "96 bytes", len(data))
    (
        recipient_pad, recipient, amount0_pad, amount0, amount1_pad, amount1,
    ) = _UNISWAP_V3_COLLECT_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("owner", "address", topics[1])
    tick_lower_pad, tick_lower = _UNISWAP_V3_COLLECT_TICK_LOWER(topics[2])
    if (
        tick_lower_pad != (_ONES_28 if tick_lower < 0 else _ZERO_28)
        or not -8388608 <= tick_lower < 8388608
    ):
        raise Refusal("tick_lower", "int24", topics[2])
    tick_upper_pad, tick_upper = _UNISWAP_V3_COLLECT_TICK_UPPER(topics[3])
    if (
        tick_upper_pad != (_ONES_28 if tick_upper < 0 else _ZERO_28)
        or not -8388608 <= tick_upper < 8388608
    ):
        raise Refusal("tick_upper", "int24", topics[3])
    if recipient_pad != _ZERO_12:
        raise Refusal("recipient", "address", data[0:32])
    if amount0_pad != _ZERO_16:
        raise Refusal("amount0", "uint128", data[32:64])
    if amount1_pad != _ZERO_16:
        raise Refusal("amount1", "uint128", data[64:96])
    return UniswapV3Collect(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], recipient, tick_lower, tick_upper, amount0, amount1,
    )


def _pancake_v3_swap(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> PancakeV3Swap:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 224:
        raise Refusal("data", "224 bytes", len(data))
    (
        amount0, amount1, sqrt_price_x96_pad, sqrt_price_x96, liquidity_pad, liquidity, tick_pad,
        tick, protocol_fees_token0_pad, protocol_fees_token0, protocol_fees_token1_pad,
        protocol_fees_token1,
    ) = _PANCAKE_V3_SWAP_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("sender", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("recipient", "address", topics[2])
    if sqrt_price_x96_pad != _ZERO_12:
        raise Refusal("sqrt_price_x96", "uint160", data[64:96])
    if liquidity_pad != _ZERO_16:
        raise Refusal("liquidity", "uint128", data[96:128])
    if (
        tick_pad != (_ONES_28 if tick < 0 else _ZERO_28)
        or not -8388608 <= tick < 8388608
    ):
        raise Refusal("tick", "int24", data[128:160])
    if protocol_fees_token0_pad != _ZERO_16:
        raise Refusal("protocol_fees_token0", "uint128", data[160:192])
    if protocol_fees_token1_pad != _ZERO_16:
        raise Refusal("protocol_fees_token1", "uint128", data[192:224])
    return PancakeV3Swap(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2][12:], amount0, amount1, sqrt_price_x96, liquidity, tick,
        protocol_fees_token0, protocol_fees_token1,
    )


# By topic 0: the message that the event becomes, and its decoder, which raises Refusal.
EVENTS: Mapping[bytes, tuple[type[AmmFeature], Callable[[Log, bytes, int], AmmFeature]]] = {
    # Swap(address,uint256,uint256,uint256,uint256,address)
    bytes.fromhex("d78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822"): (
        UniswapV2Swap, _uniswap_v2_swap,
    ),
    # Sync(uint112,uint112)
    bytes.fromhex("1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1"): (
        UniswapV2Sync, _uniswap_v2_sync,
    ),
    # Mint(address,uint256,uint256)
    bytes.fromhex("4c209b5fc8ad50758f13e2e1088ba56a560dff690a1c6fef26394f4c03821c4f"): (
        UniswapV2Mint, _uniswap_v2_mint,
    ),
    # Burn(address,uint256,uint256,address)
    bytes.fromhex("dccd412f0b1252819cb1fd330b93224ca42612892bb3f4f789976e6d81936496"): (
        UniswapV2Burn, _uniswap_v2_burn,
    ),
    # Swap(address,address,int256,int256,uint160,uint128,int24)
    bytes.fromhex("c42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67"): (
        UniswapV3Swap, _uniswap_v3_swap,
    ),
    # Mint(address,address,int24,int24,uint128,uint256,uint256)
    bytes.fromhex("7a53080ba414158be7ec69b987b5fb7d07dee101fe85488f0853ae16239d0bde"): (
        UniswapV3Mint, _uniswap_v3_mint,
    ),
    # Burn(address,int24,int24,uint128,uint256,uint256)
    bytes.fromhex("0c396cd989a39f4459b5fa1aed6a9a8dcdbc45908acfd67e028cd568da98982c"): (
        UniswapV3Burn, _uniswap_v3_burn,
    ),
    # Collect(address,address,int24,int24,uint128,uint128)
    bytes.fromhex("70935338e69775456a85ddef226c395fb668b63fa0115f5f20610b388e6ca9c0"): (
        UniswapV3Collect, _uniswap_v3_collect,
    ),
    # Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)
    bytes.fromhex("19b47279256b2a23a1665c810c8d55a1758940ee09377d4f8d26497a3577dc83"): (
        PancakeV3Swap, _pancake_v3_swap,
    ),
}
