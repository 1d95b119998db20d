"""Which families of pools there are, by what the registry calls them."""

from collections.abc import Mapping

from qenus.extractors.pool_state.records import PoolFamily
from qenus.extractors.pool_state.registry import Family
from qenus.extractors.pool_state.uniswap_v2 import UniswapV2
from qenus.extractors.pool_state.uniswap_v3 import Slipstream, UniswapV3

__all__ = ["FAMILIES", "TOUCHING"]

FAMILIES: Mapping[Family, PoolFamily] = {
    Family.UNISWAP_V2: UniswapV2(),
    Family.UNISWAP_V3: UniswapV3(),
    Family.SLIPSTREAM: Slipstream(),
}
# Topic 0 of every event that may say that somebody is a pool.
TOUCHING = frozenset(topic for family in FAMILIES.values() for topic in family.TOUCHING)
