"""Decoders of the events of amm_solidly.proto.

Generated from proto/amm_solidly.proto by `python -m tools.protogen`.
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
    CamelotV2FeePercentUpdated,
    CamelotV2SetPairTypeImmutable,
    CamelotV2SetStableSwap,
    Log,
    SolidlyBurn,
    SolidlyClaim,
    SolidlyFees,
    SolidlyPoolCreated,
    SolidlySetCustomFee,
    SolidlySetPauseState,
    SolidlySwap,
    SolidlySync,
)

__all__ = ["EVENTS"]

_ZERO_12 = b"\x00" * 12
_ZERO_28 = b"\x00" * 28
_SOLIDLY_SWAP_DATA = Struct(">32s32s32s32s").unpack
_SOLIDLY_SYNC_DATA = Struct(">32s32s").unpack
_SOLIDLY_BURN_DATA = Struct(">32s32s").unpack
_SOLIDLY_FEES_DATA = Struct(">32s32s").unpack
_SOLIDLY_CLAIM_DATA = Struct(">32s32s").unpack
_SOLIDLY_POOL_CREATED_1_DATA = Struct(">12s20s32s").unpack
_SOLIDLY_POOL_CREATED_1_STABLE = Struct(">28sI").unpack
_SOLIDLY_POOL_CREATED_2_DATA = Struct(">28sI12s20s32s").unpack
_SOLIDLY_SET_CUSTOM_FEE_DATA = Struct(">32s").unpack
_SOLIDLY_SET_PAUSE_STATE_1_STATE = Struct(">28sI").unpack
_SOLIDLY_SET_PAUSE_STATE_2_DATA = Struct(">28sI").unpack
_CAMELOT_V2_FEE_PERCENT_UPDATED_DATA = Struct(">28sI28sI").unpack
_CAMELOT_V2_SET_STABLE_SWAP_DATA = Struct(">28sI28sI").unpack


def _solidly_swap(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SolidlySwap:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        amount0_in, amount1_in, amount0_out, amount1_out,
    ) = _SOLIDLY_SWAP_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("sender", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("to", "address", topics[2])
    return SolidlySwap(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2][12:], amount0_in, amount1_in, amount0_out, amount1_out,
    )


def _solidly_sync(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SolidlySync:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        reserve0, reserve1,
    ) = _SOLIDLY_SYNC_DATA(data)
    return SolidlySync(
        transaction_hash, transaction_index, log.log_index, log.address,
        reserve0, reserve1,
    )


def _solidly_burn(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SolidlyBurn:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        amount0, amount1,
    ) = _SOLIDLY_BURN_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("sender", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("to", "address", topics[2])
    return SolidlyBurn(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2][12:], amount0, amount1,
    )


def _solidly_fees(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SolidlyFees:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        amount0, amount1,
    ) = _SOLIDLY_FEES_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("sender", "address", topics[1])
    return SolidlyFees(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], amount0, amount1,
    )


def _solidly_claim(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SolidlyClaim:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        amount0, amount1,
    ) = _SOLIDLY_CLAIM_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("sender", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("recipient", "address", topics[2])
    return SolidlyClaim(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2][12:], amount0, amount1,
    )


def _solidly_pool_created_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SolidlyPoolCreated:
    topics, data = log.topics, log.data
    if len(topics) != 4:
        raise Refusal("topics", "4", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        pool_pad, pool, count,
    ) = _SOLIDLY_POOL_CREATED_1_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("token0", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("token1", "address", topics[2])
    stable_pad, stable = _SOLIDLY_POOL_CREATED_1_STABLE(topics[3])
    if (
        stable_pad != _ZERO_28
        or stable >= 2
    ):
        raise Refusal("stable", "bool", topics[3])
    if pool_pad != _ZERO_12:
        raise Refusal("pool", "address", data[0:32])
    return SolidlyPoolCreated(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2][12:], stable == 1, pool, count,
    )


def _solidly_pool_created_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SolidlyPoolCreated:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 96:
        raise Refusal("data", "96 bytes", len(data))
    (
        stable_pad, stable, pool_pad, pool, count,
    ) = _SOLIDLY_POOL_CREATED_2_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("token0", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("token1", "address", topics[2])
    if (
        stable_pad != _ZERO_28
        or stable >= 2
    ):
        raise Refusal("stable", "bool", data[0:32])
    if pool_pad != _ZERO_12:
        raise Refusal("pool", "address", data[32:64])
    return SolidlyPoolCreated(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], topics[2][12:], stable == 1, pool, count,
    )


def _solidly_set_custom_fee(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SolidlySetCustomFee:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        fee,
    ) = _SOLIDLY_SET_CUSTOM_FEE_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("pool", "address", topics[1])
    return SolidlySetCustomFee(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], fee,
    )


def _solidly_set_pause_state_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SolidlySetPauseState:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 0:
        raise Refusal("data", "0 bytes", len(data))
    state_pad, state = _SOLIDLY_SET_PAUSE_STATE_1_STATE(topics[1])
    if (
        state_pad != _ZERO_28
        or state >= 2
    ):
        raise Refusal("state", "bool", topics[1])
    return SolidlySetPauseState(
        transaction_hash, transaction_index, log.log_index, log.address,
        state == 1,
    )


def _solidly_set_pause_state_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SolidlySetPauseState:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        state_pad, state,
    ) = _SOLIDLY_SET_PAUSE_STATE_2_DATA(data)
    if (
        state_pad != _ZERO_28
        or state >= 2
    ):
        raise Refusal("state", "bool", data[0:32])
    return SolidlySetPauseState(
        transaction_hash, transaction_index, log.log_index, log.address,
        state == 1,
    )


def _camelot_v2_fee_percent_updated(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CamelotV2FeePercentUpdated:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        token0_fee_percent_pad, token0_fee_percent, token1_fee_percent_pad, token1_fee_percent,
    ) = _CAMELOT_V2_FEE_PERCENT_UPDATED_DATA(data)
    if (
        token0_fee_percent_pad != _ZERO_28
        or token0_fee_percent >= 65536
    ):
        raise Refusal("token0_fee_percent", "uint16", data[0:32])
    if (
        token1_fee_percent_pad != _ZERO_28
        or token1_fee_percent >= 65536
    ):
        raise Refusal("token1_fee_percent", "uint16", data[32:64])
    return CamelotV2FeePercentUpdated(
        transaction_hash, transaction_index, log.log_index, log.address,
        token0_fee_percent, token1_fee_percent,
    )


def _camelot_v2_set_stable_swap(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CamelotV2SetStableSwap:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        prev_stable_swap_pad, prev_stable_swap, stable_swap_pad, stable_swap,
    ) = _CAMELOT_V2_SET_STABLE_SWAP_DATA(data)
    if (
        prev_stable_swap_pad != _ZERO_28
        or prev_stable_swap >= 2
    ):
        raise Refusal("prev_stable_swap", "bool", data[0:32])
    if (
        stable_swap_pad != _ZERO_28
        or stable_swap >= 2
    ):
        raise Refusal("stable_swap", "bool", data[32:64])
    return CamelotV2SetStableSwap(
        transaction_hash, transaction_index, log.log_index, log.address,
        prev_stable_swap == 1, stable_swap == 1,
    )


def _camelot_v2_set_pair_type_immutable(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CamelotV2SetPairTypeImmutable:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 0:
        raise Refusal("data", "0 bytes", len(data))
    return CamelotV2SetPairTypeImmutable(
        transaction_hash, transaction_index, log.log_index, log.address,
    )


def _solidly_set_pause_state(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> SolidlySetPauseState:
    if len(log.topics) == 2:
        return _solidly_set_pause_state_1(log, transaction_hash, transaction_index)
    return _solidly_set_pause_state_2(log, transaction_hash, transaction_index)


# By topic 0: the message, its decoder, and the event's declaration.
EVENTS: Mapping[bytes, tuple[type[AmmFeature], Callable[[Log, bytes, int], AmmFeature], str]] = {
    # Swap(address,address,uint256,uint256,uint256,uint256)
    bytes.fromhex("b3e2773606abfd36b5bd91394b3a54d1398336c65005baf7bf7a05efeffaf75b"): (
        SolidlySwap, _solidly_swap,
        "Swap(address indexed sender, address indexed to, uint256 amount0In, uint256 "
        "amount1In, uint256 amount0Out, uint256 amount1Out)",
    ),
    # Sync(uint256,uint256)
    bytes.fromhex("cf2aa50876cdfbb541206f89af0ee78d44a2abf8d328e37fa4917f982149848a"): (
        SolidlySync, _solidly_sync,
        "Sync(uint256 reserve0, uint256 reserve1)",
    ),
    # Burn(address,address,uint256,uint256)
    bytes.fromhex("5d624aa9c148153ab3446c1b154f660ee7701e549fe9b62dab7171b1c80e6fa2"): (
        SolidlyBurn, _solidly_burn,
        "Burn(address indexed sender, address indexed to, uint256 amount0, uint256 amount1)",
    ),
    # Fees(address,uint256,uint256)
    bytes.fromhex("112c256902bf554b6ed882d2936687aaeb4225e8cd5b51303c90ca6cf43a8602"): (
        SolidlyFees, _solidly_fees,
        "Fees(address indexed sender, uint256 amount0, uint256 amount1)",
    ),
    # Claim(address,address,uint256,uint256)
    bytes.fromhex("865ca08d59f5cb456e85cd2f7ef63664ea4f73327414e9d8152c4158b0e94645"): (
        SolidlyClaim, _solidly_claim,
        "Claim(address indexed sender, address indexed recipient, uint256 amount0, uint256 "
        "amount1)",
    ),
    # PoolCreated(address,address,bool,address,uint256)
    bytes.fromhex("2128d88d14c80cb081c1252a5acff7a264671bf199ce226b53788fb26065005e"): (
        SolidlyPoolCreated, _solidly_pool_created_1,
        "PoolCreated(address indexed token0, address indexed token1, bool indexed stable, "
        "address pool, uint256 count)",
    ),
    # PairCreated(address,address,bool,address,uint256)
    bytes.fromhex("c4805696c66d7cf352fc1d6bb633ad5ee82f6cb577c453024b6e0eb8306c6fc9"): (
        SolidlyPoolCreated, _solidly_pool_created_2,
        "PairCreated(address indexed token0, address indexed token1, bool stable, address "
        "pool, uint256 count)",
    ),
    # SetCustomFee(address,uint256)
    bytes.fromhex("ae468ce586f9a87660fdffc1448cee942042c16ae2f02046b134b5224f31936b"): (
        SolidlySetCustomFee, _solidly_set_custom_fee,
        "SetCustomFee(address indexed pool, uint256 fee)",
    ),
    # SetPauseState(bool)
    bytes.fromhex("0d76538efc408318a051137c2720a9e82902acdbd46b802d488b74ca3a09a116"): (
        SolidlySetPauseState, _solidly_set_pause_state,
        "SetPauseState(bool indexed state)",
    ),
    # FeePercentUpdated(uint16,uint16)
    bytes.fromhex("a4877b8ecb5a00ba277e4bceeeb187a669e7113649774dfbea05c259ce27f17b"): (
        CamelotV2FeePercentUpdated, _camelot_v2_fee_percent_updated,
        "FeePercentUpdated(uint16 token0FeePercent, uint16 token1FeePercent)",
    ),
    # SetStableSwap(bool,bool)
    bytes.fromhex("b6a86710bde53aa7fb1b3856279e2af5b476d53e2dd0902cf17a0911b5a43a8b"): (
        CamelotV2SetStableSwap, _camelot_v2_set_stable_swap,
        "SetStableSwap(bool prevStableSwap, bool stableSwap)",
    ),
    # SetPairTypeImmutable()
    bytes.fromhex("09122c41ae733a4d7740324d50e35fbd6ee85be3c1312a45596d8045150ab2f2"): (
        CamelotV2SetPairTypeImmutable, _camelot_v2_set_pair_type_immutable,
        "SetPairTypeImmutable()",
    ),
}
