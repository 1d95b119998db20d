"""Decoders of the events of amm_algebra.proto.

Generated from proto/amm_algebra.proto by `python -m tools.protogen`.
Do not edit: change the .proto file and run it again.

A topic word of an address is 12 zero bytes and 20 bytes; a narrower integer is padded to 32 bytes
with zeros, or with its sign. Anything else was not written by such an event, and is refused.
"""
# fmt: off

from collections.abc import Callable, Mapping
from struct import Struct

from qenus.extractors.refusal import Refusal
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
    Log,
)

__all__ = ["EVENTS"]

_ONES_28 = b"\xff" * 28
_ZERO_12 = b"\x00" * 12
_ZERO_16 = b"\x00" * 16
_ZERO_28 = b"\x00" * 28
_ALGEBRA_INTEGRAL_SWAP_DATA = Struct(">32s32s12s20s16s16s28si28sI28sI").unpack
_ALGEBRA_INTEGRAL_BURN_DATA = Struct(">16s16s32s32s28sI").unpack
_ALGEBRA_INTEGRAL_BURN_BOTTOM_TICK = Struct(">28si").unpack
_ALGEBRA_INTEGRAL_BURN_TOP_TICK = Struct(">28si").unpack
_ALGEBRA_FEE_DATA = Struct(">28sI").unpack
_ALGEBRA_DIRECTIONAL_FEE_DATA = Struct(">28sI28sI").unpack
_ALGEBRA_POOL_CREATED_DATA = Struct(">12s20s").unpack
_ALGEBRA_CUSTOM_POOL_CREATED_DATA = Struct(">12s20s").unpack
_ALGEBRA_TICK_SPACING_DATA = Struct(">28si").unpack
_ALGEBRA_COMMUNITY_FEE_1_DATA = Struct(">28sI28sI").unpack
_ALGEBRA_COMMUNITY_FEE_2_DATA = Struct(">28sI28sI").unpack
_ALGEBRA_INTEGRAL_COMMUNITY_FEE_DATA = Struct(">28sI").unpack


def _algebra_integral_swap(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> AlgebraIntegralSwap:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 224:
        raise Refusal("data", "224 bytes", len(data))
    (
        amount0, amount1, price_pad, price, liquidity_pad, liquidity, tick_pad, tick,
        override_fee_pad, override_fee, plugin_fee_pad, plugin_fee,
    ) = _ALGEBRA_INTEGRAL_SWAP_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("sender", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("recipient", "address", topics[2])
    if price_pad != _ZERO_12:
        raise Refusal("price", "uint160", data[64:96])
    if liquidity_pad != _ZERO_16:
        raise Refusal("liquidity", "uint128", data[96:128])
    if (
        tick_pad != (_ONES_28 if tick < 0 else _ZERO_28)
        or not -8388608 <= tick < 8388608
    ):
        raise Refusal("tick", "int24", data[128:160])
    if (
        override_fee_pad != _ZERO_28
        or override_fee >= 16777216
    ):
        raise Refusal("override_fee", "uint24", data[160:192])
    if (
        plugin_fee_pad != _ZERO_28
        or plugin_fee >= 16777216
    ):
        raise Refusal("plugin_fee", "uint24", data[192:224])
    return AlgebraIntegralSwap(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2][12:], amount0, amount1, price, liquidity, tick, override_fee,
        plugin_fee,
    )


def _algebra_integral_burn(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> AlgebraIntegralBurn:
    topics, data = log.topics, log.data
    if len(topics) != 4:
        raise Refusal("topics", "4", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        liquidity_amount_pad, liquidity_amount, amount0, amount1, plugin_fee_pad, plugin_fee,
    ) = _ALGEBRA_INTEGRAL_BURN_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("owner", "address", topics[1])
    bottom_tick_pad, bottom_tick = _ALGEBRA_INTEGRAL_BURN_BOTTOM_TICK(topics[2])
    if (
        bottom_tick_pad != (_ONES_28 if bottom_tick < 0 else _ZERO_28)
        or not -8388608 <= bottom_tick < 8388608
    ):
        raise Refusal("bottom_tick", "int24", topics[2])
    top_tick_pad, top_tick = _ALGEBRA_INTEGRAL_BURN_TOP_TICK(topics[3])
    if (
        top_tick_pad != (_ONES_28 if top_tick < 0 else _ZERO_28)
        or not -8388608 <= top_tick < 8388608
    ):
        raise Refusal("top_tick", "int24", topics[3])
    if liquidity_amount_pad != _ZERO_16:
        raise Refusal("liquidity_amount", "uint128", data[0:32])
    if (
        plugin_fee_pad != _ZERO_28
        or plugin_fee >= 16777216
    ):
        raise Refusal("plugin_fee", "uint24", data[96:128])
    return AlgebraIntegralBurn(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], bottom_tick, top_tick, liquidity_amount, amount0, amount1, plugin_fee,
    )


def _algebra_fee(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> AlgebraFee:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        fee_pad, fee,
    ) = _ALGEBRA_FEE_DATA(data)
    if (
        fee_pad != _ZERO_28
        or fee >= 65536
    ):
        raise Refusal("fee", "uint16", data[0:32])
    return AlgebraFee(
        transaction_hash, transaction_index, log.log_index, log.address,
        fee,
    )


def _algebra_directional_fee(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> AlgebraDirectionalFee:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        fee_zto_pad, fee_zto, fee_otz_pad, fee_otz,
    ) = _ALGEBRA_DIRECTIONAL_FEE_DATA(data)
    if (
        fee_zto_pad != _ZERO_28
        or fee_zto >= 65536
    ):
        raise Refusal("fee_zto", "uint16", data[0:32])
    if (
        fee_otz_pad != _ZERO_28
        or fee_otz >= 65536
    ):
        raise Refusal("fee_otz", "uint16", data[32:64])
    return AlgebraDirectionalFee(
        transaction_hash, transaction_index, log.log_index, log.address,
        fee_zto, fee_otz,
    )


def _algebra_pool_created(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> AlgebraPoolCreated:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        pool_pad, pool,
    ) = _ALGEBRA_POOL_CREATED_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("token0", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("token1", "address", topics[2])
    if pool_pad != _ZERO_12:
        raise Refusal("pool", "address", data[0:32])
    return AlgebraPoolCreated(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2][12:], pool,
    )


def _algebra_custom_pool_created(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> AlgebraCustomPoolCreated:
    topics, data = log.topics, log.data
    if len(topics) != 4:
        raise Refusal("topics", "4", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        pool_pad, pool,
    ) = _ALGEBRA_CUSTOM_POOL_CREATED_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("deployer", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("token0", "address", topics[2])
    if topics[3][:12] != _ZERO_12:
        raise Refusal("token1", "address", topics[3])
    if pool_pad != _ZERO_12:
        raise Refusal("pool", "address", data[0:32])
    return AlgebraCustomPoolCreated(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2][12:], topics[3][12:], pool,
    )


def _algebra_tick_spacing(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> AlgebraTickSpacing:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        new_tick_spacing_pad, new_tick_spacing,
    ) = _ALGEBRA_TICK_SPACING_DATA(data)
    if (
        new_tick_spacing_pad != (_ONES_28 if new_tick_spacing < 0 else _ZERO_28)
        or not -8388608 <= new_tick_spacing < 8388608
    ):
        raise Refusal("new_tick_spacing", "int24", data[0:32])
    return AlgebraTickSpacing(
        transaction_hash, transaction_index, log.log_index, log.address,
        new_tick_spacing,
    )


def _algebra_community_fee_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> AlgebraCommunityFee:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        community_fee0_new_pad, community_fee0_new, community_fee1_new_pad, community_fee1_new,
    ) = _ALGEBRA_COMMUNITY_FEE_1_DATA(data)
    if (
        community_fee0_new_pad != _ZERO_28
        or community_fee0_new >= 256
    ):
        raise Refusal("community_fee0_new", "uint8", data[0:32])
    if (
        community_fee1_new_pad != _ZERO_28
        or community_fee1_new >= 256
    ):
        raise Refusal("community_fee1_new", "uint8", data[32:64])
    return AlgebraCommunityFee(
        transaction_hash, transaction_index, log.log_index, log.address,
        community_fee0_new, community_fee1_new,
    )


def _algebra_community_fee_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> AlgebraCommunityFee:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        community_fee0_new_pad, community_fee0_new, community_fee1_new_pad, community_fee1_new,
    ) = _ALGEBRA_COMMUNITY_FEE_2_DATA(data)
    if (
        community_fee0_new_pad != _ZERO_28
        or community_fee0_new >= 65536
    ):
        raise Refusal("community_fee0_new", "uint16", data[0:32])
    if (
        community_fee1_new_pad != _ZERO_28
        or community_fee1_new >= 65536
    ):
        raise Refusal("community_fee1_new", "uint16", data[32:64])
    return AlgebraCommunityFee(
        transaction_hash, transaction_index, log.log_index, log.address,
        community_fee0_new, community_fee1_new,
    )


def _algebra_integral_community_fee(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> AlgebraIntegralCommunityFee:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        community_fee_new_pad, community_fee_new,
    ) = _ALGEBRA_INTEGRAL_COMMUNITY_FEE_DATA(data)
    if (
        community_fee_new_pad != _ZERO_28
        or community_fee_new >= 65536
    ):
        raise Refusal("community_fee_new", "uint16", data[0:32])
    return AlgebraIntegralCommunityFee(
        transaction_hash, transaction_index, log.log_index, log.address,
        community_fee_new,
    )


# By topic 0: the message, its decoder, and the event's declaration.
EVENTS: Mapping[bytes, tuple[type[AmmFeature], Callable[[Log, bytes, int], AmmFeature], str]] = {
    # Swap(address,address,int256,int256,uint160,uint128,int24,uint24,uint24)
    bytes.fromhex("121cb44ee54098b1a04743c487e7460d8dd429b27f88b1f4d4767396e1a59f79"): (
        AlgebraIntegralSwap, _algebra_integral_swap,
        "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 "
        "amount1, uint160 price, uint128 liquidity, int24 tick, uint24 overrideFee, uint24 "
        "pluginFee)",
    ),
    # Burn(address,int24,int24,uint128,uint256,uint256,uint24)
    bytes.fromhex("932214d4a69c27c086643126ed97c32681da179064c678836c173f99bd13ca01"): (
        AlgebraIntegralBurn, _algebra_integral_burn,
        "Burn(address indexed owner, int24 indexed bottomTick, int24 indexed topTick, uint128 "
        "liquidityAmount, uint256 amount0, uint256 amount1, uint24 pluginFee)",
    ),
    # Fee(uint16)
    bytes.fromhex("598b9f043c813aa6be3426ca60d1c65d17256312890be5118dab55b0775ebe2a"): (
        AlgebraFee, _algebra_fee,
        "Fee(uint16 fee)",
    ),
    # Fee(uint16,uint16)
    bytes.fromhex("8a89de70856bccec096661388f305b9a75f5f65cb0d8a0e1e803c39dabedb57f"): (
        AlgebraDirectionalFee, _algebra_directional_fee,
        "Fee(uint16 feeZto, uint16 feeOtz)",
    ),
    # Pool(address,address,address)
    bytes.fromhex("91ccaa7a278130b65168c3a0c8d3bcae84cf5e43704342bd3ec0b59e59c036db"): (
        AlgebraPoolCreated, _algebra_pool_created,
        "Pool(address indexed token0, address indexed token1, address pool)",
    ),
    # CustomPool(address,address,address,address)
    bytes.fromhex("8a5f030f5fc13b04a1e4ef7c47177e3d76b0e80e1d9be9843db37caa5b7b9b8f"): (
        AlgebraCustomPoolCreated, _algebra_custom_pool_created,
        "CustomPool(address indexed deployer, address indexed token0, address indexed token1, "
        "address pool)",
    ),
    # TickSpacing(int24)
    bytes.fromhex("01413b1d5d4c359e9a0daa7909ecda165f6e8c51fe2ff529d74b22a5a7c02645"): (
        AlgebraTickSpacing, _algebra_tick_spacing,
        "TickSpacing(int24 newTickSpacing)",
    ),
    # CommunityFee(uint8,uint8)
    bytes.fromhex("9e22b964b08e25c3aaa72102bb0071c089258fb82d51271a8ddf5c24921356ee"): (
        AlgebraCommunityFee, _algebra_community_fee_1,
        "CommunityFee(uint8 communityFee0New, uint8 communityFee1New)",
    ),
    # CommunityFee(uint16,uint16)
    bytes.fromhex("370966829959865419a97fc8708e1d348a92142c2cfec7299e264677970174bc"): (
        AlgebraCommunityFee, _algebra_community_fee_2,
        "CommunityFee(uint16 communityFee0New, uint16 communityFee1New)",
    ),
    # CommunityFee(uint16)
    bytes.fromhex("3647dccc990d4941b0b05b32527ef493a98d6187b20639ca2f9743f3b55ca5e1"): (
        AlgebraIntegralCommunityFee, _algebra_integral_community_fee,
        "CommunityFee(uint16 communityFeeNew)",
    ),
}
