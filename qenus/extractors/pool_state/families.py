"""Which families of pools there are, by what the registry calls them."""

from collections.abc import Mapping

from qenus.extractors.pool_state.algebra import Algebra
from qenus.extractors.pool_state.algebra_directional import AlgebraDirectional
from qenus.extractors.pool_state.balancer_v2 import BalancerV2
from qenus.extractors.pool_state.camelot_v2 import CamelotV2
from qenus.extractors.pool_state.curve import CurveFactory, CurveListed
from qenus.extractors.pool_state.records import (
    FactoryFamily,
    ManagedFamily,
    PoolFamily,
    VaultFamily,
)
from qenus.extractors.pool_state.registry import Family
from qenus.extractors.pool_state.solidly import Solidly
from qenus.extractors.pool_state.uniswap_v2 import UniswapV2
from qenus.extractors.pool_state.uniswap_v3 import Slipstream, UniswapV3
from qenus.extractors.pool_state.uniswap_v4 import UniswapV4

__all__ = ["FACTORIES", "FAMILIES", "MANAGERS", "TOUCHING", "VAULTS"]

# Whose pools are contracts of their own.
FACTORIES: Mapping[Family, FactoryFamily] = {
    Family.UNISWAP_V2: UniswapV2(),
    Family.UNISWAP_V3: UniswapV3(),
    Family.SLIPSTREAM: Slipstream(),
    Family.SOLIDLY: Solidly(),
    Family.CAMELOT_V2: CamelotV2(),
    Family.ALGEBRA: Algebra(),
    Family.ALGEBRA_DIRECTIONAL: AlgebraDirectional(),
}
# Whose pools live within a manager.
MANAGERS: Mapping[Family, ManagedFamily] = {Family.UNISWAP_V4: UniswapV4()}
# Whose pools are contracts of their own, and a vault holds their tokens or a factory is asked
# for them.
VAULTS: Mapping[Family, VaultFamily] = {
    Family.BALANCER_V2: BalancerV2(),
    Family.CURVE: CurveListed(),
    Family.CURVE_FACTORY: CurveFactory(by_implementation=True, has_bases=True),
    Family.CURVE_CRYPTO_FACTORY: CurveFactory(variant="factory_two", share="get_token(address)"),
    Family.CURVE_STABLE_NG: CurveFactory(versions={"v7.0.0": "next_generation"}, has_bases=True),
    Family.CURVE_TWOCRYPTO_NG: CurveFactory(
        versions={"v2.0.0": "twocrypto_200", "v2.1.0": "twocrypto_210"}
    ),
    Family.CURVE_TRICRYPTO_NG: CurveFactory(
        versions={"v2.0.0 with ether": "tricrypto_200", "v2.0.0": "tricrypto_200_owing"}
    ),
}
FAMILIES: Mapping[Family, PoolFamily] = {**FACTORIES, **MANAGERS, **VAULTS}
# Topic 0 of every event by which a contract may say that it is a pool.
TOUCHING = frozenset(
    topic
    for families in (FACTORIES, VAULTS)
    for family in families.values()
    for topic in family.TOUCHING
)
