"""What this folder offers the catalogue: the pools deployed one by one, and those of factories."""

from collections.abc import Iterable, Mapping
from typing import Any

from qenus.protocols.curve.events import EVENTS
from qenus.protocols.pool_family import AnyFamily, PoolProtocol
from qenus.protocols.pool_text import PoolText, PricesOfOne
from qenus.wire import CurveCryptoPoolState, CurvePoolState

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


def _prices_of_one(row: Mapping[str, Any]) -> PricesOfOne:
    """The first coin's prices in the others; itself it has none."""
    return 0, ["0", *row["prices_x128"]]


PROTOCOL = PoolProtocol(
    "curve",
    families=_families,
    events=EVENTS,
    texts=(
        PoolText(CurvePoolState, ("variant", "fee"), ("coins",), _prices_of_one),
        PoolText(
            CurveCryptoPoolState, ("variant", "mid_fee", "out_fee"), ("coins",), _prices_of_one
        ),
    ),
)
