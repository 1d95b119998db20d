"""What this folder offers the catalogue: the pools deployed one by one, and those of factories."""

from collections.abc import Iterable

from qenus.protocols.curve.events import EVENTS
from qenus.protocols.pool_family import AnyFamily, PoolProtocol

__all__ = ["PROTOCOL"]


def _families() -> Iterable[AnyFamily]:
    from qenus.protocols.curve.reader import CurveFactory, CurveListed

    return (
        CurveListed(),
        CurveFactory("curve_factory", by_implementation=True, has_bases=True),
        CurveFactory("curve_crypto_factory", variant="factory_two", share="get_token(address)"),
        CurveFactory("curve_stable_ng", versions={"v7.0.0": "next_generation"}, has_bases=True),
        CurveFactory(
            "curve_twocrypto_ng",
            versions={"v2.0.0": "twocrypto_200", "v2.1.0": "twocrypto_210"},
        ),
        CurveFactory(
            "curve_tricrypto_ng",
            versions={"v2.0.0 with ether": "tricrypto_200", "v2.0.0": "tricrypto_200_owing"},
        ),
    )


PROTOCOL = PoolProtocol(
    "curve",
    families=_families,
    events=EVENTS,
)
