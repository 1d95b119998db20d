"""Metapools give what their contracts answered, also through the base pool that they stand on."""

from typing import Any

import pytest

from qenus.pools import Amplification, CurveMetaPool, CurvePlainPool, QuoteRefused
from qenus.protocols.curve import styles
from tests.unit.pools.curve_fixtures import names, recorded


def base_of(state: dict[str, Any]) -> CurvePlainPool:
    return CurvePlainPool.at(
        balances=tuple(state["balances"]), decimals=(18, 6, 6),
        amplification=Amplification(*state["amplification"]), fee=state["fee"],
        admin_fee=state["admin_fee"], supply=state["supply"],
    )  # fmt: skip


def pool_of(record: dict[str, Any], state: dict[str, Any]) -> CurveMetaPool:
    cached = {}
    if record["caches"]:
        cached = dict(zip(("cached_price", "cached_at"), state["cache"], strict=True))
    return CurveMetaPool.at(
        balances=(state["balances"][0], state["balances"][1]),
        rate=state["rate"],
        amplification=Amplification(*state["amplification"]),
        fee=state["fee"],
        admin_fee=state["admin_fee"],
        supply=state["supply"],
        base=base_of(state["base"]),
        style=getattr(styles, record["style"]),
        caches=record["caches"],
        **cached,
    )


def asked(pool: CurveMetaPool, now: int, answer: list[Any]) -> Any:
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


@pytest.mark.parametrize("name", names("meta_"))
def test_a_metapool_answers_as_its_contract_did(name: str) -> None:
    record, count = recorded(f"meta_{name}"), 0
    for entry in record["pools"]:
        pool, now = pool_of(record, entry["state"]), entry["state"]["timestamp"]
        for answer in entry["answers"]:
            assert asked(pool, now, answer) == answer[-1], (name, entry["state"], answer)
            count += 1
    assert count >= 300


def test_a_pool_that_caches_keeps_what_a_trade_found() -> None:
    record = recorded("meta_ust")
    for entry in record["pools"]:
        pool, now = pool_of(record, entry["state"]), entry["state"]["timestamp"]
        after, _ = pool.exchange(0, 1, 10**15, now)
        stale = now > pool.cached_at + 600
        assert (after.cached_at == now) is stale or pool.cached_at == now
        assert after.base_price(now) == pool.base_price(now)
