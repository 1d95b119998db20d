"""Decoders of the events of amm.proto.

Generated from proto/amm.proto by `python -m tools.protogen`.
Do not edit: change the .proto file and run it again.

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
    PancakeV3SetFeeProtocol,
    PancakeV3Swap,
    UniswapV2Burn,
    UniswapV2Mint,
    UniswapV2PairCreated,
    UniswapV2Swap,
    UniswapV2Sync,
    UniswapV3Burn,
    UniswapV3Collect,
    UniswapV3CollectProtocol,
    UniswapV3Initialize,
    UniswapV3Mint,
    UniswapV3PoolCreated,
    UniswapV3SetFeeProtocol,
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
_UNISWAP_V2_PAIR_CREATED_DATA = Struct(">12s20s32s").unpack
_UNISWAP_V3_POOL_CREATED_DATA = Struct(">28si12s20s").unpack
_UNISWAP_V3_POOL_CREATED_FEE = Struct(">28sI").unpack
_UNISWAP_V3_INITIALIZE_DATA = Struct(">12s20s28si").unpack
_UNISWAP_V3_COLLECT_PROTOCOL_DATA = Struct(">16s16s16s16s").unpack
_UNISWAP_V3_SET_FEE_PROTOCOL_DATA = Struct(">28sI28sI28sI28sI").unpack
_PANCAKE_V3_SET_FEE_PROTOCOL_DATA = Struct(">28sI28sI28sI28sI").unpack


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


def _uniswap_v2_pair_created(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV2PairCreated:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        pair_pad, pair, count,
    ) = _UNISWAP_V2_PAIR_CREATED_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("token0", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("token1", "address", topics[2])
    if pair_pad != _ZERO_12:
        raise Refusal("pair", "address", data[0:32])
    return UniswapV2PairCreated(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2][12:], pair, count,
    )


def _uniswap_v3_pool_created(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV3PoolCreated:
    topics, data = log.topics, log.data
    if len(topics) != 4:
        raise Refusal("topics", "4", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        tick_spacing_pad, tick_spacing, pool_pad, pool,
    ) = _UNISWAP_V3_POOL_CREATED_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("token0", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("token1", "address", topics[2])
    fee_pad, fee = _UNISWAP_V3_POOL_CREATED_FEE(topics[3])
    if (
        fee_pad != _ZERO_28
        or fee >= 16777216
    ):
        raise Refusal("fee", "uint24", topics[3])
    if (
        tick_spacing_pad != (_ONES_28 if tick_spacing < 0 else _ZERO_28)
        or not -8388608 <= tick_spacing < 8388608
    ):
        raise Refusal("tick_spacing", "int24", data[0:32])
    if pool_pad != _ZERO_12:
        raise Refusal("pool", "address", data[32:64])
    return UniswapV3PoolCreated(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2][12:], fee, tick_spacing, pool,
    )


def _uniswap_v3_initialize(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV3Initialize:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        sqrt_price_x96_pad, sqrt_price_x96, tick_pad, tick,
    ) = _UNISWAP_V3_INITIALIZE_DATA(data)
    if sqrt_price_x96_pad != _ZERO_12:
        raise Refusal("sqrt_price_x96", "uint160", data[0:32])
    if (
        tick_pad != (_ONES_28 if tick < 0 else _ZERO_28)
        or not -8388608 <= tick < 8388608
    ):
        raise Refusal("tick", "int24", data[32:64])
    return UniswapV3Initialize(
        transaction_hash, transaction_index, log.log_index, log.address,
        sqrt_price_x96, tick,
    )


def _uniswap_v3_collect_protocol(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV3CollectProtocol:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        amount0_pad, amount0, amount1_pad, amount1,
    ) = _UNISWAP_V3_COLLECT_PROTOCOL_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("sender", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("recipient", "address", topics[2])
    if amount0_pad != _ZERO_16:
        raise Refusal("amount0", "uint128", data[0:32])
    if amount1_pad != _ZERO_16:
        raise Refusal("amount1", "uint128", data[32:64])
    return UniswapV3CollectProtocol(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2][12:], amount0, amount1,
    )


def _uniswap_v3_set_fee_protocol(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV3SetFeeProtocol:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        fee_protocol0_old_pad, fee_protocol0_old, fee_protocol1_old_pad, fee_protocol1_old,
        fee_protocol0_new_pad, fee_protocol0_new, fee_protocol1_new_pad, fee_protocol1_new,
    ) = _UNISWAP_V3_SET_FEE_PROTOCOL_DATA(data)
    if (
        fee_protocol0_old_pad != _ZERO_28
        or fee_protocol0_old >= 256
    ):
        raise Refusal("fee_protocol0_old", "uint8", data[0:32])
    if (
        fee_protocol1_old_pad != _ZERO_28
        or fee_protocol1_old >= 256
    ):
        raise Refusal("fee_protocol1_old", "uint8", data[32:64])
    if (
        fee_protocol0_new_pad != _ZERO_28
        or fee_protocol0_new >= 256
    ):
        raise Refusal("fee_protocol0_new", "uint8", data[64:96])
    if (
        fee_protocol1_new_pad != _ZERO_28
        or fee_protocol1_new >= 256
    ):
        raise Refusal("fee_protocol1_new", "uint8", data[96:128])
    return UniswapV3SetFeeProtocol(
        transaction_hash, transaction_index, log.log_index, log.address,
        fee_protocol0_old, fee_protocol1_old, fee_protocol0_new, fee_protocol1_new,
    )


def _pancake_v3_set_fee_protocol(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> PancakeV3SetFeeProtocol:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        fee_protocol0_old_pad, fee_protocol0_old, fee_protocol1_old_pad, fee_protocol1_old,
        fee_protocol0_new_pad, fee_protocol0_new, fee_protocol1_new_pad, fee_protocol1_new,
    ) = _PANCAKE_V3_SET_FEE_PROTOCOL_DATA(data)
    if fee_protocol0_old_pad != _ZERO_28:
        raise Refusal("fee_protocol0_old", "uint32", data[0:32])
    if fee_protocol1_old_pad != _ZERO_28:
        raise Refusal("fee_protocol1_old", "uint32", data[32:64])
    if fee_protocol0_new_pad != _ZERO_28:
        raise Refusal("fee_protocol0_new", "uint32", data[64:96])
    if fee_protocol1_new_pad != _ZERO_28:
        raise Refusal("fee_protocol1_new", "uint32", data[96:128])
    return PancakeV3SetFeeProtocol(
        transaction_hash, transaction_index, log.log_index, log.address,
        fee_protocol0_old, fee_protocol1_old, fee_protocol0_new, fee_protocol1_new,
    )


# By topic 0: the message, its decoder, and the event's declaration.
EVENTS: Mapping[bytes, tuple[type[AmmFeature], Callable[[Log, bytes, int], AmmFeature], str]] = {
    # Swap(address,uint256,uint256,uint256,uint256,address)
    bytes.fromhex("d78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822"): (
        UniswapV2Swap, _uniswap_v2_swap,
        "Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 "
        "amount0Out, uint256 amount1Out, address indexed to)",
    ),
    # Sync(uint112,uint112)
    bytes.fromhex("1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1"): (
        UniswapV2Sync, _uniswap_v2_sync,
        "Sync(uint112 reserve0, uint112 reserve1)",
    ),
    # Mint(address,uint256,uint256)
    bytes.fromhex("4c209b5fc8ad50758f13e2e1088ba56a560dff690a1c6fef26394f4c03821c4f"): (
        UniswapV2Mint, _uniswap_v2_mint,
        "Mint(address indexed sender, uint256 amount0, uint256 amount1)",
    ),
    # Burn(address,uint256,uint256,address)
    bytes.fromhex("dccd412f0b1252819cb1fd330b93224ca42612892bb3f4f789976e6d81936496"): (
        UniswapV2Burn, _uniswap_v2_burn,
        "Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to)",
    ),
    # Swap(address,address,int256,int256,uint160,uint128,int24)
    bytes.fromhex("c42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67"): (
        UniswapV3Swap, _uniswap_v3_swap,
        "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 "
        "amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick)",
    ),
    # Mint(address,address,int24,int24,uint128,uint256,uint256)
    bytes.fromhex("7a53080ba414158be7ec69b987b5fb7d07dee101fe85488f0853ae16239d0bde"): (
        UniswapV3Mint, _uniswap_v3_mint,
        "Mint(address sender, address indexed owner, int24 indexed tickLower, int24 indexed "
        "tickUpper, uint128 amount, uint256 amount0, uint256 amount1)",
    ),
    # Burn(address,int24,int24,uint128,uint256,uint256)
    bytes.fromhex("0c396cd989a39f4459b5fa1aed6a9a8dcdbc45908acfd67e028cd568da98982c"): (
        UniswapV3Burn, _uniswap_v3_burn,
        "Burn(address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128"
        " amount, uint256 amount0, uint256 amount1)",
    ),
    # Collect(address,address,int24,int24,uint128,uint128)
    bytes.fromhex("70935338e69775456a85ddef226c395fb668b63fa0115f5f20610b388e6ca9c0"): (
        UniswapV3Collect, _uniswap_v3_collect,
        "Collect(address indexed owner, address recipient, int24 indexed tickLower, int24 "
        "indexed tickUpper, uint128 amount0, uint128 amount1)",
    ),
    # Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)
    bytes.fromhex("19b47279256b2a23a1665c810c8d55a1758940ee09377d4f8d26497a3577dc83"): (
        PancakeV3Swap, _pancake_v3_swap,
        "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 "
        "amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick, uint128 "
        "protocolFeesToken0, uint128 protocolFeesToken1)",
    ),
    # PairCreated(address,address,address,uint256)
    bytes.fromhex("0d3648bd0f6ba80134a33ba9275ac585d9d315f0ad8355cddefde31afa28d0e9"): (
        UniswapV2PairCreated, _uniswap_v2_pair_created,
        "PairCreated(address indexed token0, address indexed token1, address pair, uint256 "
        "count)",
    ),
    # PoolCreated(address,address,uint24,int24,address)
    bytes.fromhex("783cca1c0412dd0d695e784568c96da2e9c22ff989357a2e8b1d9b2b4e6b7118"): (
        UniswapV3PoolCreated, _uniswap_v3_pool_created,
        "PoolCreated(address indexed token0, address indexed token1, uint24 indexed fee, int24"
        " tickSpacing, address pool)",
    ),
    # Initialize(uint160,int24)
    bytes.fromhex("98636036cb66a9c19a37435efc1e90142190214e8abeb821bdba3f2990dd4c95"): (
        UniswapV3Initialize, _uniswap_v3_initialize,
        "Initialize(uint160 sqrtPriceX96, int24 tick)",
    ),
    # CollectProtocol(address,address,uint128,uint128)
    bytes.fromhex("596b573906218d3411850b26a6b437d6c4522fdb43d2d2386263f86d50b8b151"): (
        UniswapV3CollectProtocol, _uniswap_v3_collect_protocol,
        "CollectProtocol(address indexed sender, address indexed recipient, uint128 amount0, "
        "uint128 amount1)",
    ),
    # SetFeeProtocol(uint8,uint8,uint8,uint8)
    bytes.fromhex("973d8d92bb299f4af6ce49b52a8adb85ae46b9f214c4c4fc06ac77401237b133"): (
        UniswapV3SetFeeProtocol, _uniswap_v3_set_fee_protocol,
        "SetFeeProtocol(uint8 feeProtocol0Old, uint8 feeProtocol1Old, uint8 feeProtocol0New, "
        "uint8 feeProtocol1New)",
    ),
    # SetFeeProtocol(uint32,uint32,uint32,uint32)
    bytes.fromhex("b3159fed3ddfba67bae294599eafe2d0ec98c08bb38e0e5fb87d33154b6e05aa"): (
        PancakeV3SetFeeProtocol, _pancake_v3_set_fee_protocol,
        "SetFeeProtocol(uint32 feeProtocol0Old, uint32 feeProtocol1Old, uint32 "
        "feeProtocol0New, uint32 feeProtocol1New)",
    ),
}
