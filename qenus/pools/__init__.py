"""Pools, exact to the wei: the public face of `qenus.protocols`, each pool an immutable value.

A pool's value changes by what its own events say (`apply_*`) and answers what a trade would give
(`amount_out`, `amount_in`, `swap`) with the contract's own integer rounding. Applying returns a new
value and leaves the old one as it was: keeping it is the exact undo. No clock, no I/O, no floats
that decide.
"""

from qenus.protocols.algebra.pool import AlgebraPool
from qenus.protocols.algebra.volatility import FeeConfiguration, Timepoint, VolatilityRecord
from qenus.protocols.balancer_v2.stable_pool import BalancerStablePool, InvariantVersion
from qenus.protocols.balancer_v2.weighted_pool import BalancerWeightedPool
from qenus.protocols.bounds import OutOfBounds, QuoteRefused
from qenus.protocols.camelot_v2.pool import CamelotV2Pair
from qenus.protocols.curve.crypto import CurveCryptoPool
from qenus.protocols.curve.crypto_ng import CurveCryptoNgPool
from qenus.protocols.curve.crypto_state import CryptoFees, Rebalancing
from qenus.protocols.curve.cryptoswap_math import RampOfAGamma
from qenus.protocols.curve.lending import CurveLendingPool
from qenus.protocols.curve.meta import CurveMetaPool
from qenus.protocols.curve.ng import AssetKind, CurveNgPool
from qenus.protocols.curve.ng_meta import CurveNgMetaPool
from qenus.protocols.curve.plain import CurvePlainPool
from qenus.protocols.curve.stableswap_math import Amplification
from qenus.protocols.curve.styles import Books, CurveStyle, FeeOrder
from qenus.protocols.depth import AtTimestamp, depth, marginal_price_after
from qenus.protocols.ledger import UNDO_BLOCKS, PoolLedger
from qenus.protocols.quarantine import Quarantined, reserves_refusal, transfers_refusal
from qenus.protocols.solidly.pool import SolidlyPair, YRounding
from qenus.protocols.uniswap_v2.pair_shares import MINIMUM_LIQUIDITY, PairShares, skimmed
from qenus.protocols.uniswap_v2.pool import PairSwap, UniswapV2Pair
from qenus.protocols.uniswap_v3.pool import Swap, Swapped, TickLiquidity, UniswapV3Pool
from qenus.protocols.uniswap_v3.swap_fees import SwapFees, part_of_fee
from qenus.protocols.uniswap_v4.pool import DYNAMIC_FEE, UniswapV4Pool, pool_id

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
    "SwapFees",
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
    "part_of_fee",
    "pool_id",
    "reserves_refusal",
    "skimmed",
    "transfers_refusal",
]
