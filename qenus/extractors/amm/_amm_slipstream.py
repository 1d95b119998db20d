"""Decoders of the events of amm_slipstream.proto.

Generated from proto/amm_slipstream.proto by `python -m tools.protogen`.
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
    SlipstreamCollectFees,
    SlipstreamCustomFeeSet,
    SlipstreamDynamicFeeReset,
    SlipstreamFeeCapSet,
    SlipstreamPoolCreated,
    SlipstreamScalingFactorSet,
)

__all__ = ["EVENTS"]

_ONES_28 = b"\xff" * 28
_ZERO_12 = b"\x00" * 12
_ZERO_16 = b"\x00" * 16
_ZERO_28 = b"\x00" * 28
_SLIPSTREAM_POOL_CREATED_DATA = Struct(">12s20s").unpack
_SLIPSTREAM_POOL_CREATED_TICK_SPACING = Struct(">28si").unpack
_SLIPSTREAM_COLLECT_FEES_DATA = Struct(">16s16s16s16s").unpack
_SLIPSTREAM_CUSTOM_FEE_SET_FEE = Struct(">28sI").unpack


def _slipstream_pool_created(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SlipstreamPoolCreated:
    topics, data = log.topics, log.data
    if len(topics) != 4:
        raise Refusal("topics", "4", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        pool_pad, pool,
    ) = _SLIPSTREAM_POOL_CREATED_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("token0", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("token1", "address", topics[2])
    tick_spacing_pad, tick_spacing = _SLIPSTREAM_POOL_CREATED_TICK_SPACING(topics[3])
    if (
        tick_spacing_pad != (_ONES_28 if tick_spacing < 0 else _ZERO_28)
        or not -8388608 <= tick_spacing < 8388608
    ):
        raise Refusal("tick_spacing", "int24", topics[3])
    if pool_pad != _ZERO_12:
        raise Refusal("pool", "address", data[0:32])
    return SlipstreamPoolCreated(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2][12:], tick_spacing, pool,
    )


def _slipstream_collect_fees(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SlipstreamCollectFees:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        amount0_pad, amount0, amount1_pad, amount1,
    ) = _SLIPSTREAM_COLLECT_FEES_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("recipient", "address", topics[1])
    if amount0_pad != _ZERO_16:
        raise Refusal("amount0", "uint128", data[0:32])
    if amount1_pad != _ZERO_16:
        raise Refusal("amount1", "uint128", data[32:64])
    return SlipstreamCollectFees(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], amount0, amount1,
    )


def _slipstream_custom_fee_set(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SlipstreamCustomFeeSet:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 0:
        raise Refusal("data", "0 bytes", len(data))
    if topics[1][:12] != _ZERO_12:
        raise Refusal("pool", "address", topics[1])
    fee_pad, fee = _SLIPSTREAM_CUSTOM_FEE_SET_FEE(topics[2])
    if (
        fee_pad != _ZERO_28
        or fee >= 16777216
    ):
        raise Refusal("fee", "uint24", topics[2])
    return SlipstreamCustomFeeSet(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], fee,
    )


def _slipstream_fee_cap_set(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SlipstreamFeeCapSet:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 0:
        raise Refusal("data", "0 bytes", len(data))
    if topics[1][:12] != _ZERO_12:
        raise Refusal("pool", "address", topics[1])
    return SlipstreamFeeCapSet(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2],
    )


def _slipstream_scaling_factor_set(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SlipstreamScalingFactorSet:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 0:
        raise Refusal("data", "0 bytes", len(data))
    if topics[1][:12] != _ZERO_12:
        raise Refusal("pool", "address", topics[1])
    return SlipstreamScalingFactorSet(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2],
    )


def _slipstream_dynamic_fee_reset(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SlipstreamDynamicFeeReset:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 0:
        raise Refusal("data", "0 bytes", len(data))
    if topics[1][:12] != _ZERO_12:
        raise Refusal("pool", "address", topics[1])
    return SlipstreamDynamicFeeReset(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:],
    )


# By topic 0: the message, its decoder, and the event's declaration.
EVENTS: Mapping[bytes, tuple[type[AmmFeature], Callable[[Log, bytes, int], AmmFeature], str]] = {
    # PoolCreated(address,address,int24,address)
    bytes.fromhex("ab0d57f0df537bb25e80245ef7748fa62353808c54d6e528a9dd20887aed9ac2"): (
        SlipstreamPoolCreated, _slipstream_pool_created,
        "PoolCreated(address indexed token0, address indexed token1, int24 indexed "
        "tickSpacing, address pool)",
    ),
    # CollectFees(address,uint128,uint128)
    bytes.fromhex("205860e66845f2bbc0966bfab80db9bf93fca93862ea2b9fcf6945748352b4a3"): (
        SlipstreamCollectFees, _slipstream_collect_fees,
        "CollectFees(address indexed recipient, uint128 amount0, uint128 amount1)",
    ),
    # CustomFeeSet(address,uint24)
    bytes.fromhex("e2150e4054ad34f299189d809c507f52c0c572bfef0504af03f43be0870cd354"): (
        SlipstreamCustomFeeSet, _slipstream_custom_fee_set,
        "CustomFeeSet(address indexed pool, uint24 indexed fee)",
    ),
    # FeeCapSet(address,uint256)
    bytes.fromhex("580e5cae1c3e7e91049a0dce5893866a73af11163fd52389d95c2117d8df053b"): (
        SlipstreamFeeCapSet, _slipstream_fee_cap_set,
        "FeeCapSet(address indexed pool, uint256 indexed feeCap)",
    ),
    # ScalingFactorSet(address,uint256)
    bytes.fromhex("30c247ef0dda66710b7fde1079bd6f5194755e8f285b64fb79d8124f7e421830"): (
        SlipstreamScalingFactorSet, _slipstream_scaling_factor_set,
        "ScalingFactorSet(address indexed pool, uint256 indexed scalingFactor)",
    ),
    # DynamicFeeReset(address)
    bytes.fromhex("c468f70535e94886b35ff615ecae1df3a7149178689eb6db7d69861cd9247d05"): (
        SlipstreamDynamicFeeReset, _slipstream_dynamic_fee_reset,
        "DynamicFeeReset(address indexed pool)",
    ),
}
