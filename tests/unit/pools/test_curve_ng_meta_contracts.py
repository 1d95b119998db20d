"""stableswap-ng metapools give what their contracts answered, on base pools old and new."""

from typing import Any

from qenus.pools import (
    Amplification,
    AssetKind,
    CurveNgMetaPool,
    CurveNgPool,
    CurvePlainPool,
    QuoteRefused,
)
from tests.unit.pools.curve_fixtures import recorded

ONE = 10**18


def base_of(state: dict[str, Any]) -> CurvePlainPool | CurveNgPool:
    balances, supply = tuple(state["balances"]), state["supply"]
    amplification = Amplification(*state["amplification"])
    if "off_peg" not in state:
        return CurvePlainPool.at(
            balances=balances, decimals=(18, 6, 6), amplification=amplification,
            fee=state["fee"], admin_fee=state["admin_fee"], supply=supply,
        )  # fmt: skip
    return CurveNgPool.at(
        balances=balances, rates=(ONE, 10**30, 10**30), amplification=amplification,
        fee=state["fee"], off_peg=state["off_peg"], supply=supply,
    )  # fmt: skip


def pool_of(state: dict[str, Any]) -> CurveNgMetaPool:
    pool = CurveNgPool.at(
        balances=tuple(state["balances"]),
        rates=(state["rate"], ONE),
        amplification=Amplification(*state["amplification"]),
        fee=state["fee"],
        off_peg=state["off_peg"],
        supply=state["supply"],
        kinds=(AssetKind(state["kind"]), AssetKind.PLAIN),
        read_at=state["timestamp"],
    )
    return CurveNgMetaPool.at(pool, base_of(state["base"]))


def asked(pool: CurveNgMetaPool, now: int, answer: list[Any]) -> Any:
    function, *arguments, _ = answer
    arguments = [tuple(part) if isinstance(part, list) else part for part in arguments]
    try:
        given = getattr(pool, function)(*arguments, now)
    except QuoteRefused:
        return None
    if not isinstance(given, tuple):
        return given
    after, amount = given
    found = [amount, list(after.balances), after.supply]
    if function == "exchange_underlying":
        found += [list(after.base.balances), after.base.supply]
    return found


def test_an_ng_metapool_answers_as_its_contract_did() -> None:
    count = 0
    for entry in recorded("ngmeta_pool")["pools"]:
        pool, now = pool_of(entry["state"]), entry["state"]["timestamp"]
        for answer in entry["answers"]:
            assert asked(pool, now, answer) == answer[-1], (entry["state"], answer)
            count += 1
    assert count >= 300
