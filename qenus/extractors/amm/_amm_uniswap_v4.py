"""Decoders of the events of amm_uniswap_v4.proto.

Generated from proto/amm_uniswap_v4.proto by `python -m tools.protogen`.
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
    UniswapV4Donate,
    UniswapV4Initialize,
    UniswapV4ModifyLiquidity,
    UniswapV4ProtocolFeeUpdated,
    UniswapV4Swap,
)

__all__ = ["EVENTS"]

_ONES_16 = b"\xff" * 16
_ONES_28 = b"\xff" * 28
_ZERO_12 = b"\x00" * 12
_ZERO_16 = b"\x00" * 16
_ZERO_28 = b"\x00" * 28
_UNISWAP_V4_SWAP_DATA = Struct(">16s16s16s16s12s20s16s16s28si28sI").unpack
_UNISWAP_V4_INITIALIZE_DATA = Struct(">28sI28si12s20s12s20s28si").unpack
_UNISWAP_V4_MODIFY_LIQUIDITY_DATA = Struct(">28si28si32s32s").unpack
_UNISWAP_V4_DONATE_DATA = Struct(">32s32s").unpack
_UNISWAP_V4_PROTOCOL_FEE_UPDATED_DATA = Struct(">28sI").unpack


def _uniswap_v4_swap(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV4Swap:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 192:
        raise Refusal("data", "192 bytes", len(data))
    (
        amount0_pad, amount0, amount1_pad, amount1, sqrt_price_x96_pad, sqrt_price_x96,
        liquidity_pad, liquidity, tick_pad, tick, fee_pad, fee,
    ) = _UNISWAP_V4_SWAP_DATA(data)
    if topics[2][:12] != _ZERO_12:
        raise Refusal("sender", "address", topics[2])
    if amount0_pad != (_ONES_16 if amount0[0] & 0x80 else _ZERO_16):
        raise Refusal("amount0", "int128", data[0:32])
    if amount1_pad != (_ONES_16 if amount1[0] & 0x80 else _ZERO_16):
        raise Refusal("amount1", "int128", data[32:64])
    if sqrt_price_x96_pad != _ZERO_12:
        raise Refusal("sqrt_price_x96", "uint160", data[64:96])
    if liquidity_pad != _ZERO_16:
        raise Refusal("liquidity", "uint128", data[96:128])
    if (
        tick_pad != (_ONES_28 if tick < 0 else _ZERO_28)
        or not -8388608 <= tick < 8388608
    ):
        raise Refusal("tick", "int24", data[128:160])
    if (
        fee_pad != _ZERO_28
        or fee >= 16777216
    ):
        raise Refusal("fee", "uint24", data[160:192])
    return UniswapV4Swap(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1], topics[2][12:], amount0, amount1, sqrt_price_x96, liquidity, tick, fee,
    )


def _uniswap_v4_initialize(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV4Initialize:
    topics, data = log.topics, log.data
    if len(topics) != 4:
        raise Refusal("topics", "4", len(topics))
    if len(data) != 160:
        raise Refusal("data", "160 bytes", len(data))
    (
        fee_pad, fee, tick_spacing_pad, tick_spacing, hooks_pad, hooks, sqrt_price_x96_pad,
        sqrt_price_x96, tick_pad, tick,
    ) = _UNISWAP_V4_INITIALIZE_DATA(data)
    if topics[2][:12] != _ZERO_12:
        raise Refusal("currency0", "address", topics[2])
    if topics[3][:12] != _ZERO_12:
        raise Refusal("currency1", "address", topics[3])
    if (
        fee_pad != _ZERO_28
        or fee >= 16777216
    ):
        raise Refusal("fee", "uint24", data[0:32])
    if (
        tick_spacing_pad != (_ONES_28 if tick_spacing < 0 else _ZERO_28)
        or not -8388608 <= tick_spacing < 8388608
    ):
        raise Refusal("tick_spacing", "int24", data[32:64])
    if hooks_pad != _ZERO_12:
        raise Refusal("hooks", "address", data[64:96])
    if sqrt_price_x96_pad != _ZERO_12:
        raise Refusal("sqrt_price_x96", "uint160", data[96:128])
    if (
        tick_pad != (_ONES_28 if tick < 0 else _ZERO_28)
        or not -8388608 <= tick < 8388608
    ):
        raise Refusal("tick", "int24", data[128:160])
    return UniswapV4Initialize(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1], topics[2][12:], topics[3][12:], fee, tick_spacing, hooks, sqrt_price_x96, tick,
    )


def _uniswap_v4_modify_liquidity(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV4ModifyLiquidity:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        tick_lower_pad, tick_lower, tick_upper_pad, tick_upper, liquidity_delta, salt,
    ) = _UNISWAP_V4_MODIFY_LIQUIDITY_DATA(data)
    if topics[2][:12] != _ZERO_12:
        raise Refusal("sender", "address", topics[2])
    if (
        tick_lower_pad != (_ONES_28 if tick_lower < 0 else _ZERO_28)
        or not -8388608 <= tick_lower < 8388608
    ):
        raise Refusal("tick_lower", "int24", data[0:32])
    if (
        tick_upper_pad != (_ONES_28 if tick_upper < 0 else _ZERO_28)
        or not -8388608 <= tick_upper < 8388608
    ):
        raise Refusal("tick_upper", "int24", data[32:64])
    return UniswapV4ModifyLiquidity(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1], topics[2][12:], tick_lower, tick_upper, liquidity_delta, salt,
    )


def _uniswap_v4_donate(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV4Donate:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        amount0, amount1,
    ) = _UNISWAP_V4_DONATE_DATA(data)
    if topics[2][:12] != _ZERO_12:
        raise Refusal("sender", "address", topics[2])
    return UniswapV4Donate(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1], topics[2][12:], amount0, amount1,
    )


def _uniswap_v4_protocol_fee_updated(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> UniswapV4ProtocolFeeUpdated:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        protocol_fee_pad, protocol_fee,
    ) = _UNISWAP_V4_PROTOCOL_FEE_UPDATED_DATA(data)
    if (
        protocol_fee_pad != _ZERO_28
        or protocol_fee >= 16777216
    ):
        raise Refusal("protocol_fee", "uint24", data[0:32])
    return UniswapV4ProtocolFeeUpdated(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1], protocol_fee,
    )


# By topic 0: the message, its decoder, and the event's declaration.
EVENTS: Mapping[bytes, tuple[type[AmmFeature], Callable[[Log, bytes, int], AmmFeature], str]] = {
    # Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)
    bytes.fromhex("40e9cecb9f5f1f1c5b9c97dec2917b7ee92e57ba5563708daca94dd84ad7112f"): (
        UniswapV4Swap, _uniswap_v4_swap,
        "Swap(bytes32 indexed id, address indexed sender, int128 amount0, int128 amount1, "
        "uint160 sqrtPriceX96, uint128 liquidity, int24 tick, uint24 fee)",
    ),
    # Initialize(bytes32,address,address,uint24,int24,address,uint160,int24)
    bytes.fromhex("dd466e674ea557f56295e2d0218a125ea4b4f0f6f3307b95f85e6110838d6438"): (
        UniswapV4Initialize, _uniswap_v4_initialize,
        "Initialize(bytes32 indexed id, address indexed currency0, address indexed currency1, "
        "uint24 fee, int24 tickSpacing, address hooks, uint160 sqrtPriceX96, int24 tick)",
    ),
    # ModifyLiquidity(bytes32,address,int24,int24,int256,bytes32)
    bytes.fromhex("f208f4912782fd25c7f114ca3723a2d5dd6f3bcc3ac8db5af63baa85f711d5ec"): (
        UniswapV4ModifyLiquidity, _uniswap_v4_modify_liquidity,
        "ModifyLiquidity(bytes32 indexed id, address indexed sender, int24 tickLower, int24 "
        "tickUpper, int256 liquidityDelta, bytes32 salt)",
    ),
    # Donate(bytes32,address,uint256,uint256)
    bytes.fromhex("29ef05caaff9404b7cb6d1c0e9bbae9eaa7ab2541feba1a9c4248594c08156cb"): (
        UniswapV4Donate, _uniswap_v4_donate,
        "Donate(bytes32 indexed id, address indexed sender, uint256 amount0, uint256 amount1)",
    ),
    # ProtocolFeeUpdated(bytes32,uint24)
    bytes.fromhex("e9c42593e71f84403b84352cd168d693e2c9fcd1fdbcc3feb21d92b43e6696f9"): (
        UniswapV4ProtocolFeeUpdated, _uniswap_v4_protocol_fee_updated,
        "ProtocolFeeUpdated(bytes32 indexed id, uint24 protocolFee)",
    ),
}
