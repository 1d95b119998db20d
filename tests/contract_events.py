"""The events as the contracts' published ABIs list them, for reading logs with eth-abi.

Each line was taken out of the ABI or the source that the comment above it names (npm packages with
their version, otherwise GitHub repositories of November 2025), not out of proto/. Parameters bear
the names that the contract gives them; those that it leaves without a name, or that two contracts
with one topic name differently, are named as proto/ names them.
"""

import re
from typing import Any

import attrs
from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak

__all__ = [
    "CONTRACT_EVENTS",
    "MAX_VALUES",
    "TOPICS",
    "TWINS",
    "ContractEvent",
    "decode_with_eth_abi",
]

# The most values of an array that are read, by protocol: Curve's NG factories make pools of eight
# coins at most; the vault of Balancer has no bound.
MAX_VALUES = {"curve": 8, "curve_crypto": 8, "balancer_v2": 256}

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@attrs.frozen
class ContractEvent:
    """An event of a contract's ABI. Each parameter is its type, its name in snake case, indexed."""

    protocol: str
    kind: str
    name: str
    parameters: tuple[tuple[str, str, bool], ...]

    @property
    def signature(self) -> str:
        """What is hashed into topic 0."""
        return f"{self.name}({','.join(kind for kind, _, _ in self.parameters)})"

    @property
    def topic(self) -> bytes:
        """Keccak-256 of the signature."""
        return keccak(text=self.signature)

    @property
    def is_dynamic(self) -> bool:
        """Whether an array of any length is among the parameters."""
        return "[]" in self.signature

    @property
    def indexed(self) -> list[tuple[str, str]]:
        """Type and name of the parameters that are topics."""
        return [(kind, name) for kind, name, is_indexed in self.parameters if is_indexed]

    @property
    def in_data(self) -> list[tuple[str, str]]:
        """Type and name of the parameters that are in the data."""
        return [(kind, name) for kind, name, is_indexed in self.parameters if not is_indexed]

    def __str__(self) -> str:
        """Say which it is, for the names of tests."""
        indexed = "".join("i" if each else "-" for _, _, each in self.parameters)
        return f"{self.protocol}-{self.kind}-{self.signature}-{indexed}"


_ABIS = """
# @uniswap/v2-core 1.0.1 UniswapV2Pair
uniswap_v2 swap
    Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out,
    uint256 amount1Out, address indexed to)
uniswap_v2 sync
    Sync(uint112 reserve0, uint112 reserve1)
uniswap_v2 mint
    Mint(address indexed sender, uint256 amount0, uint256 amount1)
uniswap_v2 burn
    Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to)
# @uniswap/v3-core 1.0.1 UniswapV3Pool
uniswap_v3 swap
    Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1,
    uint160 sqrtPriceX96, uint128 liquidity, int24 tick)
uniswap_v3 mint
    Mint(address sender, address indexed owner, int24 indexed tickLower, int24 indexed
    tickUpper, uint128 amount, uint256 amount0, uint256 amount1)
uniswap_v3 burn
    Burn(address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128
    amount, uint256 amount0, uint256 amount1)
uniswap_v3 collect
    Collect(address indexed owner, address recipient, int24 indexed tickLower, int24 indexed
    tickUpper, uint128 amount0, uint128 amount1)
# pancakeswap/pancake-v3-contracts IPancakeV3PoolEvents
pancake_v3 swap
    Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1,
    uint160 sqrtPriceX96, uint128 liquidity, int24 tick, uint128 protocolFeesToken0, uint128
    protocolFeesToken1)
# @uniswap/v2-core 1.0.1 UniswapV2Factory
uniswap_v2 pair_created
    PairCreated(address indexed token0, address indexed token1, address pair, uint256 count)
# @uniswap/v3-core 1.0.1 UniswapV3Factory
uniswap_v3 pool_created
    PoolCreated(address indexed token0, address indexed token1, uint24 indexed fee, int24
    tickSpacing, address pool)
# @uniswap/v3-core 1.0.1 UniswapV3Pool
uniswap_v3 initialize
    Initialize(uint160 sqrtPriceX96, int24 tick)
uniswap_v3 collect_protocol
    CollectProtocol(address indexed sender, address indexed recipient, uint128 amount0,
    uint128 amount1)
uniswap_v3 set_fee_protocol
    SetFeeProtocol(uint8 feeProtocol0Old, uint8 feeProtocol1Old, uint8 feeProtocol0New, uint8
    feeProtocol1New)
# pancakeswap/pancake-v3-contracts IPancakeV3PoolEvents
pancake_v3 set_fee_protocol
    SetFeeProtocol(uint32 feeProtocol0Old, uint32 feeProtocol1Old, uint32 feeProtocol0New,
    uint32 feeProtocol1New)
# cryptoalgebra/Algebra integral-v1.2 IAlgebraPoolEvents
algebra_integral swap
    Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1,
    uint160 price, uint128 liquidity, int24 tick, uint24 overrideFee, uint24 pluginFee)
algebra_integral burn
    Burn(address indexed owner, int24 indexed bottomTick, int24 indexed topTick, uint128
    liquidityAmount, uint256 amount0, uint256 amount1, uint24 pluginFee)
# @cryptoalgebra/v1-core 1.0.0 AlgebraPool
algebra fee
    Fee(uint16 fee)
# cryptoalgebra/Algebra v1-modified-direction-based-fee IAlgebraPoolEvents
algebra directional_fee
    Fee(uint16 feeZto, uint16 feeOtz)
# @cryptoalgebra/v1-core 1.0.0 AlgebraFactory
algebra pool_created
    Pool(address indexed token0, address indexed token1, address pool)
# cryptoalgebra/Algebra integral-v1.2 IAlgebraFactory
algebra_integral custom_pool_created
    CustomPool(address indexed deployer, address indexed token0, address indexed token1,
    address pool)
# cryptoalgebra/Algebra v1-modified IAlgebraPoolEvents
algebra tick_spacing
    TickSpacing(int24 newTickSpacing)
# @cryptoalgebra/v1-core 1.0.0 AlgebraPool
algebra community_fee
    CommunityFee(uint8 communityFee0New, uint8 communityFee1New)
# cryptoalgebra/Algebra v1.9-ve3,3 IAlgebraPoolEvents
algebra community_fee
    CommunityFee(uint16 communityFee0New, uint16 communityFee1New)
# cryptoalgebra/Algebra integral-v1.0 IAlgebraPoolEvents
algebra_integral community_fee
    CommunityFee(uint16 communityFeeNew)
# @balancer-labs/v2-deployments 3.2.0 Vault
balancer_v2 swap
    Swap(bytes32 indexed poolId, address indexed tokenIn, address indexed tokenOut, uint256
    amountIn, uint256 amountOut)
balancer_v2 pool_balance_changed
    PoolBalanceChanged(bytes32 indexed poolId, address indexed liquidityProvider, address[]
    tokens, int256[] deltas, uint256[] protocolFeeAmounts)
balancer_v2 pool_balance_managed
    PoolBalanceManaged(bytes32 indexed poolId, address indexed assetManager, address indexed
    token, int256 cashDelta, int256 managedDelta)
balancer_v2 pool_registered
    PoolRegistered(bytes32 indexed poolId, address indexed poolAddress, uint8 specialization)
balancer_v2 tokens_registered
    TokensRegistered(bytes32 indexed poolId, address[] tokens, address[] assetManagers)
balancer_v2 tokens_deregistered
    TokensDeregistered(bytes32 indexed poolId, address[] tokens)
# @balancer-labs/v2-deployments 3.2.0 WeightedPool
balancer_v2 swap_fee_percentage_changed
    SwapFeePercentageChanged(uint256 swapFeePercentage)
# @balancer-labs/v2-deployments 3.2.0 Vault
balancer_v2 paused_state_changed
    PausedStateChanged(bool paused)
# @balancer-labs/v2-deployments 3.2.0 StablePool
balancer_v2 recovery_mode_state_changed
    RecoveryModeStateChanged(bool enabled)
balancer_v2 amp_update_started
    AmpUpdateStarted(uint256 startValue, uint256 endValue, uint256 startTime, uint256 endTime)
balancer_v2 amp_update_stopped
    AmpUpdateStopped(uint256 currentValue)
# @balancer-labs/v2-deployments 3.2.0 ComposableStablePool
balancer_v2 token_rate_cache_updated
    TokenRateCacheUpdated(uint256 indexed tokenIndex, uint256 rate)
# @balancer-labs/v2-deployments 3.2.0 StablePhantomPool
balancer_v2 token_rate_cache_updated
    TokenRateCacheUpdated(address indexed token, uint256 rate)
# @balancer-labs/v2-deployments 3.2.0 MetaStablePool
balancer_v2 token_rate_cache_updated
    PriceRateCacheUpdated(address indexed token, uint256 rate)
# @balancer-labs/v2-deployments 3.2.0 ComposableStablePool
balancer_v2 token_rate_provider_set
    TokenRateProviderSet(uint256 indexed tokenIndex, address indexed provider, uint256
    cacheDuration)
# @balancer-labs/v2-deployments 3.2.0 StablePhantomPool
balancer_v2 token_rate_provider_set
    TokenRateProviderSet(address indexed token, address indexed provider, uint256
    cacheDuration)
# @balancer-labs/v2-deployments 3.2.0 MetaStablePool
balancer_v2 token_rate_provider_set
    PriceRateProviderSet(address indexed token, address indexed provider, uint256
    cacheDuration)
# @balancer-labs/v2-deployments 3.2.0 ManagedPool
balancer_v2 protocol_fee_cache_updated
    ProtocolFeePercentageCacheUpdated(bytes32 feeCache)
# @balancer-labs/v2-deployments 3.2.0 ComposableStablePool
balancer_v2 protocol_fee_cache_updated
    ProtocolFeePercentageCacheUpdated(uint256 indexed feeType, uint256 protocolFeePercentage)
# @balancer-labs/v2-deployments 3.2.0 NoProtocolFeeLiquidityBootstrappingPool
balancer_v2 gradual_weight_update_scheduled
    GradualWeightUpdateScheduled(uint256 startTime, uint256 endTime, uint256[] startWeights,
    uint256[] endWeights)
balancer_v2 swap_enabled_set
    SwapEnabledSet(bool swapEnabled)
# @balancer-labs/v2-deployments 3.2.0 WeightedPool2TokensFactory
balancer_v2 pool_created
    PoolCreated(address indexed pool)
# curvefi/curve-contract SwapTemplateA
curve swap
    TokenExchange(address indexed buyer, int128 sold_id, uint256 tokens_sold, int128
    bought_id, uint256 tokens_bought)
curve swap_underlying
    TokenExchangeUnderlying(address indexed buyer, int128 sold_id, uint256 tokens_sold, int128
    bought_id, uint256 tokens_bought)
# curvefi/curve-contract StableSwapAETH
curve add_liquidity
    AddLiquidity(address indexed provider, uint256[2] token_amounts, uint256[2] fees, uint256
    invariant, uint256 token_supply)
# curvefi/curve-contract StableSwap3Pool
curve add_liquidity
    AddLiquidity(address indexed provider, uint256[3] token_amounts, uint256[3] fees, uint256
    invariant, uint256 token_supply)
# curvefi/curve-contract StableSwapBUSD
curve add_liquidity
    AddLiquidity(address indexed provider, uint256[4] token_amounts, uint256[4] fees, uint256
    invariant, uint256 token_supply)
# curvefi/stableswap-ng CurveStableSwapMetaNG
curve add_liquidity
    AddLiquidity(address indexed provider, uint256[] token_amounts, uint256[] fees, uint256
    invariant, uint256 token_supply)
# curvefi/curve-contract StableSwapAETH
curve remove_liquidity
    RemoveLiquidity(address indexed provider, uint256[2] token_amounts, uint256[2] fees,
    uint256 token_supply)
# curvefi/curve-contract StableSwap3Pool
curve remove_liquidity
    RemoveLiquidity(address indexed provider, uint256[3] token_amounts, uint256[3] fees,
    uint256 token_supply)
# curvefi/curve-contract StableSwapBUSD
curve remove_liquidity
    RemoveLiquidity(address indexed provider, uint256[4] token_amounts, uint256[4] fees,
    uint256 token_supply)
# curvefi/stableswap-ng CurveStableSwapMetaNG
curve remove_liquidity
    RemoveLiquidity(address indexed provider, uint256[] token_amounts, uint256[] fees, uint256
    token_supply)
# curvefi/curve-contract StableSwapAETH
curve remove_liquidity_imbalance
    RemoveLiquidityImbalance(address indexed provider, uint256[2] token_amounts, uint256[2]
    fees, uint256 invariant, uint256 token_supply)
# curvefi/curve-contract StableSwap3Pool
curve remove_liquidity_imbalance
    RemoveLiquidityImbalance(address indexed provider, uint256[3] token_amounts, uint256[3]
    fees, uint256 invariant, uint256 token_supply)
# curvefi/curve-contract StableSwapBUSD
curve remove_liquidity_imbalance
    RemoveLiquidityImbalance(address indexed provider, uint256[4] token_amounts, uint256[4]
    fees, uint256 invariant, uint256 token_supply)
# curvefi/stableswap-ng CurveStableSwapMetaNG
curve remove_liquidity_imbalance
    RemoveLiquidityImbalance(address indexed provider, uint256[] token_amounts, uint256[]
    fees, uint256 invariant, uint256 token_supply)
# curvefi/curve-contract SwapTemplateA
curve remove_liquidity_one
    RemoveLiquidityOne(address indexed provider, uint256 token_amount, uint256 coin_amount)
# curvefi/stableswap-ng CurveStableSwapMetaNG
curve remove_liquidity_one
    RemoveLiquidityOne(address indexed provider, int128 token_id, uint256 token_amount,
    uint256 coin_amount, uint256 token_supply)
# curvefi/curve-contract SwapTemplateBase
curve remove_liquidity_one_either
    RemoveLiquidityOne(address indexed provider, uint256 token_amount, uint256
    coin_amount_or_index, uint256 token_supply_or_coin_amount)
# curvefi/curve-contract SwapTemplateA
curve ramp_a
    RampA(uint256 old_A, uint256 new_A, uint256 initial_time, uint256 future_time)
curve stop_ramp_a
    StopRampA(uint256 A, uint256 t)
# curvefi/curve-contract SwapTemplateBase
curve new_fee
    NewFee(uint256 fee, uint256 admin_fee)
# curvefi/curve-contract SwapTemplateA
curve new_fee
    NewFee(uint256 fee, uint256 admin_fee, uint256 offpeg_fee_multiplier)
# curvefi/curve-factory Plain2BasicEMA
curve new_fee
    ApplyNewFee(uint256 fee)
# curvefi/stableswap-ng CurveStableSwapMetaNG
curve new_fee
    ApplyNewFee(uint256 fee, uint256 offpeg_fee_multiplier)
# curvefi/curve-contract StableSwapBUSD
curve new_parameters
    NewParameters(uint256 A, uint256 fee, uint256 admin_fee)
# curvefi/curve-crypto-contract CurveCryptoSwapAvalanche
curve_crypto swap
    TokenExchange(address indexed buyer, uint256 sold_id, uint256 tokens_sold, uint256
    bought_id, uint256 tokens_bought)
# curvefi/tricrypto-ng CurveTricryptoOptimizedWETH
curve_crypto swap
    TokenExchange(address indexed buyer, uint256 sold_id, uint256 tokens_sold, uint256
    bought_id, uint256 tokens_bought, uint256 fee, uint256 packed_price_scale)
# curvefi/curve-crypto-contract CurveCryptoSwap2
curve_crypto add_liquidity
    AddLiquidity(address indexed provider, uint256[2] token_amounts, uint256 fee, uint256
    token_supply)
# curvefi/curve-crypto-contract CurveCryptoSwapAvalanche
curve_crypto add_liquidity
    AddLiquidity(address indexed provider, uint256[3] token_amounts, uint256 fee, uint256
    token_supply)
# curvefi/twocrypto-ng CurveTwocryptoOptimized
curve_crypto add_liquidity
    AddLiquidity(address indexed provider, uint256[2] token_amounts, uint256 fee, uint256
    token_supply, uint256 packed_price_scale)
# curvefi/tricrypto-ng CurveTricryptoOptimizedWETH
curve_crypto add_liquidity
    AddLiquidity(address indexed provider, uint256[3] token_amounts, uint256 fee, uint256
    token_supply, uint256 packed_price_scale)
# curvefi/curve-crypto-contract CurveCryptoSwap2
curve_crypto remove_liquidity
    RemoveLiquidity(address indexed provider, uint256[2] token_amounts, uint256 token_supply)
# curvefi/curve-crypto-contract CurveCryptoSwapAvalanche
curve_crypto remove_liquidity
    RemoveLiquidity(address indexed provider, uint256[3] token_amounts, uint256 token_supply)
# curvefi/tricrypto-ng CurveTricryptoOptimizedWETH
curve_crypto remove_liquidity_one
    RemoveLiquidityOne(address indexed provider, uint256 token_amount, uint256 coin_index,
    uint256 coin_amount, uint256 approx_fee, uint256 packed_price_scale)
# curvefi/curve-crypto-contract CurveCryptoSwapAvalanche
curve_crypto ramp_a_gamma
    RampAgamma(uint256 initial_A, uint256 future_A, uint256 initial_gamma, uint256
    future_gamma, uint256 initial_time, uint256 future_time)
# curvefi/curve-crypto-contract CurveCryptoSwapMatic
curve_crypto ramp_a_gamma
    RampAgamma(uint256 initial_A, uint256 future_A, uint256 initial_time, uint256 future_time)
# curvefi/curve-crypto-contract CurveCryptoSwapAvalanche
curve_crypto stop_ramp_a
    StopRampA(uint256 current_A, uint256 current_gamma, uint256 time)
# curvefi/tricrypto-ng CurveTricryptoOptimizedWETH
curve_crypto new_parameters
    NewParameters(uint256 mid_fee, uint256 out_fee, uint256 fee_gamma, uint256
    allowed_extra_profit, uint256 adjustment_step, uint256 ma_time)
# curvefi/curve-crypto-contract CurveCryptoSwapAvalanche
curve_crypto new_parameters_either
    NewParameters(uint256 parameter1, uint256 parameter2, uint256 parameter3, uint256
    parameter4, uint256 parameter5, uint256 parameter6, uint256 parameter7)
curve_crypto claim_admin_fee
    ClaimAdminFee(address indexed admin, uint256 tokens)
# curvefi/twocrypto-ng CurveTwocryptoOptimized
curve_crypto claim_admin_fees
    ClaimAdminFee(address indexed admin, uint256[2] tokens)
# curvefi/tricrypto-ng CurveTricryptoOptimized
curve_crypto claim_admin_fees
    ClaimAdminFee(address indexed admin, uint256[3] tokens)
# aerodrome-finance/slipstream ICLFactory
slipstream pool_created
    PoolCreated(address indexed token0, address indexed token1, int24 indexed tickSpacing,
    address pool)
# aerodrome-finance/slipstream ICLPoolEvents
slipstream collect_fees
    CollectFees(address indexed recipient, uint128 amount0, uint128 amount1)
# aerodrome-finance/slipstream ICustomFeeModule
slipstream custom_fee_set
    CustomFeeSet(address indexed pool, uint24 indexed fee)
# aerodrome-finance/slipstream IDynamicFeeModule
slipstream fee_cap_set
    FeeCapSet(address indexed pool, uint256 indexed feeCap)
slipstream scaling_factor_set
    ScalingFactorSet(address indexed pool, uint256 indexed scalingFactor)
slipstream dynamic_fee_reset
    DynamicFeeReset(address indexed pool)
# velodrome-finance/contracts IPool
solidly swap
    Swap(address indexed sender, address indexed to, uint256 amount0In, uint256 amount1In,
    uint256 amount0Out, uint256 amount1Out)
solidly sync
    Sync(uint256 reserve0, uint256 reserve1)
solidly burn
    Burn(address indexed sender, address indexed to, uint256 amount0, uint256 amount1)
solidly fees
    Fees(address indexed sender, uint256 amount0, uint256 amount1)
solidly claim
    Claim(address indexed sender, address indexed recipient, uint256 amount0, uint256 amount1)
# velodrome-finance/contracts IPoolFactory
solidly pool_created
    PoolCreated(address indexed token0, address indexed token1, bool indexed stable, address
    pool, uint256 count)
solidly set_pause_state
    SetPauseState(bool indexed state)
# aerodrome-finance/contracts IPoolFactory
solidly set_pause_state
    SetPauseState(bool state)
# velodrome-finance/v1 PairFactory
solidly pool_created
    PairCreated(address indexed token0, address indexed token1, bool stable, address pool,
    uint256 count)
# velodrome-finance/contracts IPoolFactory
solidly set_custom_fee
    SetCustomFee(address indexed pool, uint256 fee)
# CamelotLabs/core CamelotPair
camelot_v2 fee_percent_updated
    FeePercentUpdated(uint16 token0FeePercent, uint16 token1FeePercent)
camelot_v2 set_stable_swap
    SetStableSwap(bool prevStableSwap, bool stableSwap)
camelot_v2 set_pair_type_immutable
    SetPairTypeImmutable()
# @uniswap/v4-core 1.0.2 PoolManager
uniswap_v4 swap
    Swap(bytes32 indexed id, address indexed sender, int128 amount0, int128 amount1, uint160
    sqrtPriceX96, uint128 liquidity, int24 tick, uint24 fee)
uniswap_v4 initialize
    Initialize(bytes32 indexed id, address indexed currency0, address indexed currency1,
    uint24 fee, int24 tickSpacing, address hooks, uint160 sqrtPriceX96, int24 tick)
uniswap_v4 modify_liquidity
    ModifyLiquidity(bytes32 indexed id, address indexed sender, int24 tickLower, int24
    tickUpper, int256 liquidityDelta, bytes32 salt)
uniswap_v4 donate
    Donate(bytes32 indexed id, address indexed sender, uint256 amount0, uint256 amount1)
uniswap_v4 protocol_fee_updated
    ProtocolFeeUpdated(bytes32 indexed id, uint24 protocolFee)
"""


def _read(text: str) -> list[ContractEvent]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    events: list[tuple[str, str]] = []
    for line in lines:
        if line.startswith(" "):
            what, declaration = events[-1]
            events[-1] = (what, f"{declaration} {line.strip()}".strip())
        else:
            events.append((line, ""))
    return [_event(*what.split(), declaration) for what, declaration in events]


def _event(protocol: str, kind: str, declaration: str) -> ContractEvent:
    name, _, rest = declaration.removesuffix(")").partition("(")
    words = [each.split(" ") for each in rest.split(", ") if each]
    parameters = tuple(
        (each[0], _WORD_START.sub("_", each[-1]).lower(), "indexed" in each) for each in words
    )
    return ContractEvent(protocol, kind, name, parameters)


CONTRACT_EVENTS: list[ContractEvent] = _read(_ABIS)
TOPICS: dict[bytes, ContractEvent] = {event.topic: event for event in CONTRACT_EVENTS}
# The same topic may be written in two ways, which differ in what is indexed.
TWINS = {
    event: other
    for event in CONTRACT_EVENTS
    for other in CONTRACT_EVENTS
    if event.topic == other.topic and event != other
}


def decode_with_eth_abi(event: ContractEvent, topics: list[bytes], data: bytes) -> dict[str, Any]:
    """Decode a log strictly, as eth-abi reads the ABI; addresses as 0x-hex, integers as int.

    Raises DecodingError, or ValueError where the data is not what eth-abi writes for the values.
    """
    values = {
        name: decode([kind], topic)[0]
        for (kind, name), topic in zip(event.indexed, topics[1:], strict=True)
    }
    kinds = [kind for kind, _ in event.in_data]
    decoded = decode(kinds, data)
    if encode(kinds, decoded) != data:
        raise ValueError("not the canonical encoding")
    values.update(zip((name for _, name in event.in_data), decoded, strict=True))
    return values
