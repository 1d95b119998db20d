"""Pools, exact to the wei: one file a family, each pool an immutable value.

A pool's value changes by what its own events say (`apply_*`) and answers what a trade would give
(`amount_out`, `amount_in`, `swap`) with the contract's own integer rounding. Applying returns a new
value and leaves the old one as it was: keeping it is the exact undo. No clock, no I/O, no floats
that decide.
"""

from qenus.pools.algebra import AlgebraPool
from qenus.pools.algebra_volatility import FeeConfiguration, Timepoint, VolatilityRecord
from qenus.pools.balancer_stable import BalancerStablePool, InvariantVersion
from qenus.pools.balancer_weighted import BalancerWeightedPool
from qenus.pools.bounds import OutOfBounds, QuoteRefused
from qenus.pools.camelot_v2 import CamelotV2Pair
from qenus.pools.cryptoswap_math import RampOfAGamma
from qenus.pools.curve_crypto import CurveCryptoPool
from qenus.pools.curve_crypto_ng import CurveCryptoNgPool
from qenus.pools.curve_crypto_state import CryptoFees, Rebalancing
from qenus.pools.curve_lending import CurveLendingPool
from qenus.pools.curve_meta import CurveMetaPool
from qenus.pools.curve_ng import AssetKind, CurveNgPool
from qenus.pools.curve_ng_meta import CurveNgMetaPool
from qenus.pools.curve_plain import CurvePlainPool
from qenus.pools.curve_styles import Books, CurveStyle, FeeOrder
from qenus.pools.depth import AtTimestamp, depth, marginal_price_after
from qenus.pools.ledger import UNDO_BLOCKS, PoolLedger
from qenus.pools.pair_shares import MINIMUM_LIQUIDITY, PairShares, skimmed
from qenus.pools.quarantine import Quarantined, reserves_refusal, transfers_refusal
from qenus.pools.solidly import SolidlyPair, YRounding
from qenus.pools.stableswap_math import Amplification
from qenus.pools.uniswap_v2 import PairSwap, UniswapV2Pair
from qenus.pools.uniswap_v3 import Swap, Swapped, TickLiquidity, UniswapV3Pool
from qenus.pools.uniswap_v4 import DYNAMIC_FEE, UniswapV4Pool, pool_id

__all__ = [
    "DYNAMIC_FEE",
    "MINIMUM_LIQUIDITY",
    "UNDO_BLOCKS",
    "AlgebraPool",
    "Amplification",
    "AssetKind",
    "AtTimestamp",
    "BalancerStablePool",
    "BalancerWeightedPool",
    "Books",
    "CamelotV2Pair",
    "CryptoFees",
    "CurveCryptoNgPool",
    "CurveCryptoPool",
    "CurveLendingPool",
    "CurveMetaPool",
    "CurveNgMetaPool",
    "CurveNgPool",
    "CurvePlainPool",
    "CurveStyle",
    "FeeConfiguration",
    "FeeOrder",
    "InvariantVersion",
    "OutOfBounds",
    "PairShares",
    "PairSwap",
    "PoolLedger",
    "Quarantined",
    "QuoteRefused",
    "RampOfAGamma",
    "Rebalancing",
    "SolidlyPair",
    "Swap",
    "Swapped",
    "TickLiquidity",
    "Timepoint",
    "UniswapV2Pair",
    "UniswapV3Pool",
    "UniswapV4Pool",
    "VolatilityRecord",
    "YRounding",
    "depth",
    "marginal_price_after",
    "pool_id",
    "reserves_refusal",
    "skimmed",
    "transfers_refusal",
]
