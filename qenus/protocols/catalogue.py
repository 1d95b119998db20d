"""The one place that names the protocols."""

from collections.abc import Mapping

from qenus.protocols.algebra import events as algebra
from qenus.protocols.algebra.directional_reader import AlgebraDirectional
from qenus.protocols.algebra.reader import Algebra
from qenus.protocols.balancer_v2 import events as balancer_v2
from qenus.protocols.balancer_v2.reader import BalancerV2
from qenus.protocols.camelot_v2 import events as camelot_v2
from qenus.protocols.camelot_v2.reader import CamelotV2
from qenus.protocols.curve import events as curve
from qenus.protocols.curve.reader import CurveFactory, CurveListed
from qenus.protocols.event_decoders import EventDecoder, by_topic
from qenus.protocols.records import FactoryFamily, ManagedFamily, PoolFamily, VaultFamily
from qenus.protocols.registry import Family
from qenus.protocols.slipstream import events as slipstream
from qenus.protocols.slipstream.reader import Slipstream
from qenus.protocols.solidly import events as solidly
from qenus.protocols.solidly.reader import Solidly
from qenus.protocols.uniswap_v2 import events as uniswap_v2
from qenus.protocols.uniswap_v2.reader import UniswapV2
from qenus.protocols.uniswap_v3 import events as uniswap_v3
from qenus.protocols.uniswap_v3.reader import UniswapV3
from qenus.protocols.uniswap_v4 import events as uniswap_v4
from qenus.protocols.uniswap_v4.reader import UniswapV4
from qenus.wire import AmmFeature

__all__ = ["EVENTS", "FACTORIES", "FAMILIES", "MANAGERS", "TOUCHING", "VAULTS"]

# The events of family amm, by their topic 0.
EVENTS: Mapping[bytes, EventDecoder[AmmFeature]] = by_topic(
    (
        *algebra.EVENTS,
        *balancer_v2.EVENTS,
        *camelot_v2.EVENTS,
        *curve.EVENTS,
        *slipstream.EVENTS,
        *solidly.EVENTS,
        *uniswap_v2.EVENTS,
        *uniswap_v3.EVENTS,
        *uniswap_v4.EVENTS,
    )
)

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
