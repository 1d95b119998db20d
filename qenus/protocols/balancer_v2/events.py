"""The events of Balancer V2's vault, pools and factories."""

from qenus.protocols.event_decoders import EventDecoder, decoders_of
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
)

__all__ = ["EVENTS"]

EVENTS: tuple[EventDecoder[AmmFeature], ...] = (
    *decoders_of(BalancerV2Swap),
    *decoders_of(BalancerV2PoolBalanceChanged),
    *decoders_of(BalancerV2PoolBalanceManaged),
    *decoders_of(BalancerV2PoolRegistered),
    *decoders_of(BalancerV2TokensRegistered),
    *decoders_of(BalancerV2TokensDeregistered),
    *decoders_of(BalancerV2SwapFeePercentageChanged),
    *decoders_of(BalancerV2PausedStateChanged),
    *decoders_of(BalancerV2RecoveryModeStateChanged),
    *decoders_of(BalancerV2AmpUpdateStarted),
    *decoders_of(BalancerV2AmpUpdateStopped),
    *decoders_of(BalancerV2TokenRateCacheUpdated),
    *decoders_of(BalancerV2TokenRateProviderSet),
    *decoders_of(BalancerV2ProtocolFeeCacheUpdated),
    *decoders_of(BalancerV2GradualWeightUpdateScheduled),
    *decoders_of(BalancerV2SwapEnabledSet),
    *decoders_of(BalancerV2PoolCreated),
)
