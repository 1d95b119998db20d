"""Decoders of the events of amm_balancer.proto.

Generated from proto/amm_balancer.proto by `python -m tools.protogen`.
Do not edit: change the .proto file and run it again.

A topic word of an address is 12 zero bytes and 20 bytes; a narrower integer is padded to 32 bytes
with zeros, or with its sign. Anything else was not written by such an event, and is refused.
"""
# fmt: off

from collections.abc import Callable, Mapping
from struct import Struct

from qenus.extractors.abi_array import addresses, read_words
from qenus.extractors.refusal import Refusal
from qenus.wire import (
    AmmFeature,
    BalancerV2AmpUpdateStarted,
    BalancerV2AmpUpdateStopped,
    BalancerV2GradualWeightUpdateScheduled,
    BalancerV2PausedStateChanged,
    BalancerV2PoolBalanceChanged,
    BalancerV2PoolBalanceManaged,
    BalancerV2PoolCreated,
    BalancerV2PoolRegistered,
    BalancerV2ProtocolFeeCacheUpdated,
    BalancerV2RecoveryModeStateChanged,
    BalancerV2Swap,
    BalancerV2SwapEnabledSet,
    BalancerV2SwapFeePercentageChanged,
    BalancerV2TokenRateCacheUpdated,
    BalancerV2TokenRateProviderSet,
    BalancerV2TokensDeregistered,
    BalancerV2TokensRegistered,
    Log,
)

__all__ = ["EVENTS"]

_ZERO_12 = b"\x00" * 12
_ZERO_28 = b"\x00" * 28
_BALANCER_V2_SWAP_DATA = Struct(">32s32s").unpack
_BALANCER_V2_POOL_BALANCE_MANAGED_DATA = Struct(">32s32s").unpack
_BALANCER_V2_POOL_REGISTERED_DATA = Struct(">28sI").unpack
_BALANCER_V2_SWAP_FEE_PERCENTAGE_CHANGED_DATA = Struct(">32s").unpack
_BALANCER_V2_PAUSED_STATE_CHANGED_DATA = Struct(">28sI").unpack
_BALANCER_V2_RECOVERY_MODE_STATE_CHANGED_DATA = Struct(">28sI").unpack
_BALANCER_V2_AMP_UPDATE_STARTED_DATA = Struct(">32s32s32s32s").unpack
_BALANCER_V2_AMP_UPDATE_STOPPED_DATA = Struct(">32s").unpack
_BALANCER_V2_TOKEN_RATE_CACHE_UPDATED_1_DATA = Struct(">32s").unpack
_BALANCER_V2_TOKEN_RATE_CACHE_UPDATED_2_DATA = Struct(">32s").unpack
_BALANCER_V2_TOKEN_RATE_CACHE_UPDATED_3_DATA = Struct(">32s").unpack
_BALANCER_V2_TOKEN_RATE_PROVIDER_SET_1_DATA = Struct(">32s").unpack
_BALANCER_V2_TOKEN_RATE_PROVIDER_SET_2_DATA = Struct(">32s").unpack
_BALANCER_V2_TOKEN_RATE_PROVIDER_SET_3_DATA = Struct(">32s").unpack
_BALANCER_V2_PROTOCOL_FEE_CACHE_UPDATED_1_DATA = Struct(">32s").unpack
_BALANCER_V2_PROTOCOL_FEE_CACHE_UPDATED_2_DATA = Struct(">32s").unpack
_BALANCER_V2_GRADUAL_WEIGHT_UPDATE_SCHEDULED_DATA = Struct(">32s32s32x32x").unpack
_BALANCER_V2_SWAP_ENABLED_SET_DATA = Struct(">28sI").unpack


def _balancer_v2_swap(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2Swap:
    topics, data = log.topics, log.data
    if len(topics) != 4:
        raise Refusal("topics", "4", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        amount_in, amount_out,
    ) = _BALANCER_V2_SWAP_DATA(data)
    if topics[2][:12] != _ZERO_12:
        raise Refusal("token_in", "address", topics[2])
    if topics[3][:12] != _ZERO_12:
        raise Refusal("token_out", "address", topics[3])
    return BalancerV2Swap(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1], topics[2][12:], topics[3][12:], amount_in, amount_out,
    )


def _balancer_v2_pool_balance_changed(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2PoolBalanceChanged:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) < 96:
        raise Refusal("data", "at least 96 bytes", len(data))
    if topics[2][:12] != _ZERO_12:
        raise Refusal("liquidity_provider", "address", topics[2])
    tokens, end = read_words(data, "tokens", 0, 96, 256)
    tokens = addresses("tokens", tokens)
    deltas, end = read_words(data, "deltas", 32, end, 256)
    protocol_fee_amounts, end = read_words(data, "protocol_fee_amounts", 64, end, 256)
    if len(data) != end:
        raise Refusal("data", f"{end} bytes", len(data))
    return BalancerV2PoolBalanceChanged(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1], topics[2][12:], tokens, deltas, protocol_fee_amounts,
    )


def _balancer_v2_pool_balance_managed(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2PoolBalanceManaged:
    topics, data = log.topics, log.data
    if len(topics) != 4:
        raise Refusal("topics", "4", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        cash_delta, managed_delta,
    ) = _BALANCER_V2_POOL_BALANCE_MANAGED_DATA(data)
    if topics[2][:12] != _ZERO_12:
        raise Refusal("asset_manager", "address", topics[2])
    if topics[3][:12] != _ZERO_12:
        raise Refusal("token", "address", topics[3])
    return BalancerV2PoolBalanceManaged(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1], topics[2][12:], topics[3][12:], cash_delta, managed_delta,
    )


def _balancer_v2_pool_registered(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2PoolRegistered:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        specialization_pad, specialization,
    ) = _BALANCER_V2_POOL_REGISTERED_DATA(data)
    if topics[2][:12] != _ZERO_12:
        raise Refusal("pool_address", "address", topics[2])
    if (
        specialization_pad != _ZERO_28
        or specialization >= 256
    ):
        raise Refusal("specialization", "uint8", data[0:32])
    return BalancerV2PoolRegistered(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1], topics[2][12:], specialization,
    )


def _balancer_v2_tokens_registered(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2TokensRegistered:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) < 64:
        raise Refusal("data", "at least 64 bytes", len(data))
    tokens, end = read_words(data, "tokens", 0, 64, 256)
    tokens = addresses("tokens", tokens)
    asset_managers, end = read_words(data, "asset_managers", 32, end, 256)
    asset_managers = addresses("asset_managers", asset_managers)
    if len(data) != end:
        raise Refusal("data", f"{end} bytes", len(data))
    return BalancerV2TokensRegistered(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1], tokens, asset_managers,
    )


def _balancer_v2_tokens_deregistered(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2TokensDeregistered:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) < 32:
        raise Refusal("data", "at least 32 bytes", len(data))
    tokens, end = read_words(data, "tokens", 0, 32, 256)
    tokens = addresses("tokens", tokens)
    if len(data) != end:
        raise Refusal("data", f"{end} bytes", len(data))
    return BalancerV2TokensDeregistered(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1], tokens,
    )


def _balancer_v2_swap_fee_percentage_changed(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2SwapFeePercentageChanged:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        swap_fee_percentage,
    ) = _BALANCER_V2_SWAP_FEE_PERCENTAGE_CHANGED_DATA(data)
    return BalancerV2SwapFeePercentageChanged(
        transaction_hash, transaction_index, log.log_index, log.address,
        swap_fee_percentage,
    )


def _balancer_v2_paused_state_changed(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2PausedStateChanged:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        paused_pad, paused,
    ) = _BALANCER_V2_PAUSED_STATE_CHANGED_DATA(data)
    if (
        paused_pad != _ZERO_28
        or paused >= 2
    ):
        raise Refusal("paused", "bool", data[0:32])
    return BalancerV2PausedStateChanged(
        transaction_hash, transaction_index, log.log_index, log.address,
        paused == 1,
    )


def _balancer_v2_recovery_mode_state_changed(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2RecoveryModeStateChanged:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        enabled_pad, enabled,
    ) = _BALANCER_V2_RECOVERY_MODE_STATE_CHANGED_DATA(data)
    if (
        enabled_pad != _ZERO_28
        or enabled >= 2
    ):
        raise Refusal("enabled", "bool", data[0:32])
    return BalancerV2RecoveryModeStateChanged(
        transaction_hash, transaction_index, log.log_index, log.address,
        enabled == 1,
    )


def _balancer_v2_amp_update_started(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2AmpUpdateStarted:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        start_value, end_value, start_time, end_time,
    ) = _BALANCER_V2_AMP_UPDATE_STARTED_DATA(data)
    return BalancerV2AmpUpdateStarted(
        transaction_hash, transaction_index, log.log_index, log.address,
        start_value, end_value, start_time, end_time,
    )


def _balancer_v2_amp_update_stopped(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2AmpUpdateStopped:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        current_value,
    ) = _BALANCER_V2_AMP_UPDATE_STOPPED_DATA(data)
    return BalancerV2AmpUpdateStopped(
        transaction_hash, transaction_index, log.log_index, log.address,
        current_value,
    )


def _balancer_v2_token_rate_cache_updated_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2TokenRateCacheUpdated:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        rate,
    ) = _BALANCER_V2_TOKEN_RATE_CACHE_UPDATED_1_DATA(data)
    return BalancerV2TokenRateCacheUpdated(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1], None, rate,
    )


def _balancer_v2_token_rate_cache_updated_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2TokenRateCacheUpdated:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        rate,
    ) = _BALANCER_V2_TOKEN_RATE_CACHE_UPDATED_2_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("token", "address", topics[1])
    return BalancerV2TokenRateCacheUpdated(
        transaction_hash, transaction_index, log.log_index, log.address,
        None, topics[1][12:], rate,
    )


def _balancer_v2_token_rate_cache_updated_3(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2TokenRateCacheUpdated:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        rate,
    ) = _BALANCER_V2_TOKEN_RATE_CACHE_UPDATED_3_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("token", "address", topics[1])
    return BalancerV2TokenRateCacheUpdated(
        transaction_hash, transaction_index, log.log_index, log.address,
        None, topics[1][12:], rate,
    )


def _balancer_v2_token_rate_provider_set_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2TokenRateProviderSet:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        cache_duration,
    ) = _BALANCER_V2_TOKEN_RATE_PROVIDER_SET_1_DATA(data)
    if topics[2][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[2])
    return BalancerV2TokenRateProviderSet(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1], None, topics[2][12:], cache_duration,
    )


def _balancer_v2_token_rate_provider_set_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2TokenRateProviderSet:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        cache_duration,
    ) = _BALANCER_V2_TOKEN_RATE_PROVIDER_SET_2_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("token", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[2])
    return BalancerV2TokenRateProviderSet(
        transaction_hash, transaction_index, log.log_index, log.address,
        None, topics[1][12:], topics[2][12:], cache_duration,
    )


def _balancer_v2_token_rate_provider_set_3(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2TokenRateProviderSet:
    topics, data = log.topics, log.data
    if len(topics) != 3:
        raise Refusal("topics", "3", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        cache_duration,
    ) = _BALANCER_V2_TOKEN_RATE_PROVIDER_SET_3_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("token", "address", topics[1])
    if topics[2][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[2])
    return BalancerV2TokenRateProviderSet(
        transaction_hash, transaction_index, log.log_index, log.address,
        None, topics[1][12:], topics[2][12:], cache_duration,
    )


def _balancer_v2_protocol_fee_cache_updated_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2ProtocolFeeCacheUpdated:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        fee_cache,
    ) = _BALANCER_V2_PROTOCOL_FEE_CACHE_UPDATED_1_DATA(data)
    return BalancerV2ProtocolFeeCacheUpdated(
        transaction_hash, transaction_index, log.log_index, log.address,
        fee_cache, None, None,
    )


def _balancer_v2_protocol_fee_cache_updated_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2ProtocolFeeCacheUpdated:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        protocol_fee_percentage,
    ) = _BALANCER_V2_PROTOCOL_FEE_CACHE_UPDATED_2_DATA(data)
    return BalancerV2ProtocolFeeCacheUpdated(
        transaction_hash, transaction_index, log.log_index, log.address,
        None, topics[1], protocol_fee_percentage,
    )


def _balancer_v2_gradual_weight_update_scheduled(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2GradualWeightUpdateScheduled:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) < 128:
        raise Refusal("data", "at least 128 bytes", len(data))
    (
        start_time, end_time,
    ) = _BALANCER_V2_GRADUAL_WEIGHT_UPDATE_SCHEDULED_DATA(data[:128])
    start_weights, end = read_words(data, "start_weights", 64, 128, 256)
    end_weights, end = read_words(data, "end_weights", 96, end, 256)
    if len(data) != end:
        raise Refusal("data", f"{end} bytes", len(data))
    return BalancerV2GradualWeightUpdateScheduled(
        transaction_hash, transaction_index, log.log_index, log.address,
        start_time, end_time, start_weights, end_weights,
    )


def _balancer_v2_swap_enabled_set(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2SwapEnabledSet:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        swap_enabled_pad, swap_enabled,
    ) = _BALANCER_V2_SWAP_ENABLED_SET_DATA(data)
    if (
        swap_enabled_pad != _ZERO_28
        or swap_enabled >= 2
    ):
        raise Refusal("swap_enabled", "bool", data[0:32])
    return BalancerV2SwapEnabledSet(
        transaction_hash, transaction_index, log.log_index, log.address,
        swap_enabled == 1,
    )


def _balancer_v2_pool_created(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> BalancerV2PoolCreated:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 0:
        raise Refusal("data", "0 bytes", len(data))
    if topics[1][:12] != _ZERO_12:
        raise Refusal("pool", "address", topics[1])
    return BalancerV2PoolCreated(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:],
    )


# By topic 0: the message, its decoder, and the event's declaration.
EVENTS: Mapping[bytes, tuple[type[AmmFeature], Callable[[Log, bytes, int], AmmFeature], str]] = {
    # Swap(bytes32,address,address,uint256,uint256)
    bytes.fromhex("2170c741c41531aec20e7c107c24eecfdd15e69c9bb0a8dd37b1840b9e0b207b"): (
        BalancerV2Swap, _balancer_v2_swap,
        "Swap(bytes32 indexed poolId, address indexed tokenIn, address indexed tokenOut, "
        "uint256 amountIn, uint256 amountOut)",
    ),
    # PoolBalanceChanged(bytes32,address,address[],int256[],uint256[])
    bytes.fromhex("e5ce249087ce04f05a957192435400fd97868dba0e6a4b4c049abf8af80dae78"): (
        BalancerV2PoolBalanceChanged, _balancer_v2_pool_balance_changed,
        "PoolBalanceChanged(bytes32 indexed poolId, address indexed liquidityProvider, "
        "address[] tokens, int256[] deltas, uint256[] protocolFeeAmounts)",
    ),
    # PoolBalanceManaged(bytes32,address,address,int256,int256)
    bytes.fromhex("6edcaf6241105b4c94c2efdbf3a6b12458eb3d07be3a0e81d24b13c44045fe7a"): (
        BalancerV2PoolBalanceManaged, _balancer_v2_pool_balance_managed,
        "PoolBalanceManaged(bytes32 indexed poolId, address indexed assetManager, address "
        "indexed token, int256 cashDelta, int256 managedDelta)",
    ),
    # PoolRegistered(bytes32,address,uint8)
    bytes.fromhex("3c13bc30b8e878c53fd2a36b679409c073afd75950be43d8858768e956fbc20e"): (
        BalancerV2PoolRegistered, _balancer_v2_pool_registered,
        "PoolRegistered(bytes32 indexed poolId, address indexed poolAddress, uint8 "
        "specialization)",
    ),
    # TokensRegistered(bytes32,address[],address[])
    bytes.fromhex("f5847d3f2197b16cdcd2098ec95d0905cd1abdaf415f07bb7cef2bba8ac5dec4"): (
        BalancerV2TokensRegistered, _balancer_v2_tokens_registered,
        "TokensRegistered(bytes32 indexed poolId, address[] tokens, address[] assetManagers)",
    ),
    # TokensDeregistered(bytes32,address[])
    bytes.fromhex("7dcdc6d02ef40c7c1a7046a011b058bd7f988fa14e20a66344f9d4e60657d610"): (
        BalancerV2TokensDeregistered, _balancer_v2_tokens_deregistered,
        "TokensDeregistered(bytes32 indexed poolId, address[] tokens)",
    ),
    # SwapFeePercentageChanged(uint256)
    bytes.fromhex("a9ba3ffe0b6c366b81232caab38605a0699ad5398d6cce76f91ee809e322dafc"): (
        BalancerV2SwapFeePercentageChanged, _balancer_v2_swap_fee_percentage_changed,
        "SwapFeePercentageChanged(uint256 swapFeePercentage)",
    ),
    # PausedStateChanged(bool)
    bytes.fromhex("9e3a5e37224532dea67b89face185703738a228a6e8a23dee546960180d3be64"): (
        BalancerV2PausedStateChanged, _balancer_v2_paused_state_changed,
        "PausedStateChanged(bool paused)",
    ),
    # RecoveryModeStateChanged(bool)
    bytes.fromhex("eff3d4d215b42bf0960be9c6d5e05c22cba4df6627a3a523e2acee733b5854c8"): (
        BalancerV2RecoveryModeStateChanged, _balancer_v2_recovery_mode_state_changed,
        "RecoveryModeStateChanged(bool enabled)",
    ),
    # AmpUpdateStarted(uint256,uint256,uint256,uint256)
    bytes.fromhex("1835882ee7a34ac194f717a35e09bb1d24c82a3b9d854ab6c9749525b714cdf2"): (
        BalancerV2AmpUpdateStarted, _balancer_v2_amp_update_started,
        "AmpUpdateStarted(uint256 startValue, uint256 endValue, uint256 startTime, uint256 "
        "endTime)",
    ),
    # AmpUpdateStopped(uint256)
    bytes.fromhex("a0d01593e47e69d07e0ccd87bece09411e07dd1ed40ca8f2e7af2976542a0233"): (
        BalancerV2AmpUpdateStopped, _balancer_v2_amp_update_stopped,
        "AmpUpdateStopped(uint256 currentValue)",
    ),
    # TokenRateCacheUpdated(uint256,uint256)
    bytes.fromhex("b77a83204ca282e08dc3a65b0a1ca32ea4e6875c38ef0bf5bf75e52a67354fac"): (
        BalancerV2TokenRateCacheUpdated, _balancer_v2_token_rate_cache_updated_1,
        "TokenRateCacheUpdated(uint256 indexed tokenIndex, uint256 rate)",
    ),
    # TokenRateCacheUpdated(address,uint256)
    bytes.fromhex("cfed57d90913b5ee1895919dcccaff83a9f7a842d912ef137272e5fc6123aa86"): (
        BalancerV2TokenRateCacheUpdated, _balancer_v2_token_rate_cache_updated_2,
        "TokenRateCacheUpdated(address indexed token, uint256 rate)",
    ),
    # PriceRateCacheUpdated(address,uint256)
    bytes.fromhex("c1a224b14823b63c7711127f125fbf592434682f38881ebb61408747a303affc"): (
        BalancerV2TokenRateCacheUpdated, _balancer_v2_token_rate_cache_updated_3,
        "PriceRateCacheUpdated(address indexed token, uint256 rate)",
    ),
    # TokenRateProviderSet(uint256,address,uint256)
    bytes.fromhex("dd6d1c9badb346de6925b358a472c937b41698d2632696759e43fd6527feeec4"): (
        BalancerV2TokenRateProviderSet, _balancer_v2_token_rate_provider_set_1,
        "TokenRateProviderSet(uint256 indexed tokenIndex, address indexed provider, uint256 "
        "cacheDuration)",
    ),
    # TokenRateProviderSet(address,address,uint256)
    bytes.fromhex("f00a2bf8c71db611a21183e0a96869752bcd9da29372fa76f865eed4fdd540d1"): (
        BalancerV2TokenRateProviderSet, _balancer_v2_token_rate_provider_set_2,
        "TokenRateProviderSet(address indexed token, address indexed provider, uint256 "
        "cacheDuration)",
    ),
    # PriceRateProviderSet(address,address,uint256)
    bytes.fromhex("ca6c2c5b6b44b5f3f0c08f0e28e5b6deda1cb38c3fe1113e8031d926c1e8c6d0"): (
        BalancerV2TokenRateProviderSet, _balancer_v2_token_rate_provider_set_3,
        "PriceRateProviderSet(address indexed token, address indexed provider, uint256 "
        "cacheDuration)",
    ),
    # ProtocolFeePercentageCacheUpdated(bytes32)
    bytes.fromhex("c3f0acc358200d8e08ac6ce20bc2f9f27893a344f813bf682b7859b3e521502e"): (
        BalancerV2ProtocolFeeCacheUpdated, _balancer_v2_protocol_fee_cache_updated_1,
        "ProtocolFeePercentageCacheUpdated(bytes32 feeCache)",
    ),
    # ProtocolFeePercentageCacheUpdated(uint256,uint256)
    bytes.fromhex("6bfb689528fa96ec1ad670ad6d6064be1ae96bfd5d2ee35c837fd0fe0c11959a"): (
        BalancerV2ProtocolFeeCacheUpdated, _balancer_v2_protocol_fee_cache_updated_2,
        "ProtocolFeePercentageCacheUpdated(uint256 indexed feeType, uint256 "
        "protocolFeePercentage)",
    ),
    # GradualWeightUpdateScheduled(uint256,uint256,uint256[],uint256[])
    bytes.fromhex("0f3631f9dab08169d1db21c6dc5f32536fb2b0a6b9bb5330d71c52132f968be0"): (
        BalancerV2GradualWeightUpdateScheduled, _balancer_v2_gradual_weight_update_scheduled,
        "GradualWeightUpdateScheduled(uint256 startTime, uint256 endTime, uint256[] "
        "startWeights, uint256[] endWeights)",
    ),
    # SwapEnabledSet(bool)
    bytes.fromhex("5a9e84f78f7957cb4ed7478eb0fcad35ee4ecbe2e0f298420b28a3955392573f"): (
        BalancerV2SwapEnabledSet, _balancer_v2_swap_enabled_set,
        "SwapEnabledSet(bool swapEnabled)",
    ),
    # PoolCreated(address)
    bytes.fromhex("83a48fbcfc991335314e74d0496aab6a1987e992ddc85dddbcc4d6dd6ef2e9fc"): (
        BalancerV2PoolCreated, _balancer_v2_pool_created,
        "PoolCreated(address indexed pool)",
    ),
}
