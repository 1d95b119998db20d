"""Stable pools of every generation give what the contracts themselves answered.

The answers were given by the contracts in an EVM, each fixture's head says which; `null` is a
revert, which must be a refusal here.
"""

from typing import Any

import msgspec
import pytest

from qenus.pools import Amplification, CurveLendingPool, CurvePlainPool, OutOfBounds, QuoteRefused
from qenus.protocols.curve import styles
from qenus.protocols.curve.lending import accrued_rate
from tests.unit.pools.curve_fixtures import names, recorded

Pool = CurvePlainPool | CurveLendingPool
LENDING = {
    "compound", "usdt", "y", "busd", "susd", "pax", "ib", "sbtc", "ren", "aave", "saave", "aeth",
    "reth", "steth", "tmpla", "tmply",
}  # fmt: skip


def pool_of(name: str, style: str, state: dict[str, Any]) -> Pool:
    pool = CurvePlainPool.at(
        balances=tuple(state["balances"]),
        rates=tuple(state["trade_rates"]),
        amplification=Amplification(*state["amplification"]),
        fee=state["fee"],
        admin_fee=state["admin_fee"],
        supply=state["supply"],
        style=getattr(styles, style),
        off_peg=state["off_peg"],
    )
    if name not in LENDING:
        return pool
    return CurveLendingPool.at(
        pool, read_at=state["timestamp"], view_rates=tuple(state["view_rates"]),
        precisions=tuple(state.get("precisions", [1] * len(pool.balances))),
    )  # fmt: skip


def asked(pool: Pool, now: int, answer: list[Any]) -> Any:
    """What the pool answers to one recorded question, in the shape of the record."""
    function, *arguments, _ = answer
    arguments = [tuple(part) if isinstance(part, list) else part for part in arguments]
    try:
        given = getattr(pool, function)(*arguments, now)
    except QuoteRefused:
        return None
    if isinstance(given, tuple):
        after, amount = given
        supply = after.supply if isinstance(after, CurvePlainPool) else after.pool.supply
        return [amount, list(after.balances), supply]
    return given


@pytest.mark.parametrize("name", names("stable_"))
def test_a_stable_pool_answers_as_its_contract_did(name: str) -> None:
    record = recorded(f"stable_{name}")
    count = 0
    for entry in record["pools"]:
        pool = pool_of(name, record["style"], entry["state"])
        now = entry["state"]["timestamp"]
        for answer in entry["answers"]:
            assert asked(pool, now, answer) == answer[-1], (name, entry["state"], answer)
            count += 1
    assert count >= 300


@pytest.mark.parametrize("name", ["compound", "usdt", "ib"])
def test_the_rate_of_a_ctoken_grows_from_the_stored_one_as_the_view_reckons(name: str) -> None:
    for entry in recorded(f"stable_{name}")["pools"]:
        state = entry["state"]
        for index, ctoken in enumerate(state["compound"]):
            if ctoken is not None:
                stored, per_block, stored_in = ctoken
                rate = accrued_rate(stored, per_block, state["block"] - stored_in)
                assert rate * state["precisions"][index] == state["view_rates"][index]


def test_rates_are_of_one_block_and_refused_in_any_other() -> None:
    entry = recorded("stable_compound")["pools"][0]
    pool = pool_of("compound", "FIRST_LENDING", entry["state"])
    now = entry["state"]["timestamp"]
    assert isinstance(pool, CurveLendingPool)
    for other in (now - 1, now + 1):
        with pytest.raises(QuoteRefused, match="read them again"):
            pool.exchange(0, 1, 10**6, other)
        with pytest.raises(QuoteRefused, match="read them again"):
            pool.get_dy(0, 1, 10**6, other)
    later = pool.apply_read(read_at=now + 1, rates=pool.pool.rates)
    assert later.exchange(0, 1, 10**6, now + 1)[1] == pool.exchange(0, 1, 10**6, now)[1]
    assert later.apply_read(read_at=now, view_rates=pool.view_rates) == pool


def test_a_killed_pool_trades_no_more() -> None:
    entry = recorded("stable_3pool")["pools"][0]
    pool = pool_of("3pool", "THREE_POOL", entry["state"])
    killed = msgspec.structs.replace(pool, killed=True)
    for refused in (
        lambda: killed.exchange(0, 1, 10**6, entry["state"]["timestamp"]),
        lambda: killed.withdraw_one(10, 0, entry["state"]["timestamp"]),
        lambda: killed.deposit((1, 1, 1), entry["state"]["timestamp"]),
    ):
        with pytest.raises(QuoteRefused, match="killed"):
            refused()


def test_events_lead_where_the_operations_led_and_others_are_refused() -> None:
    record, count = recorded("stable_usdt"), 0
    for entry in record["pools"]:
        pool, now = pool_of("usdt", record["style"], entry["state"]), entry["state"]["timestamp"]
        assert isinstance(pool, CurveLendingPool)
        for function, *asked_, answer in entry["answers"]:
            if function not in ("exchange", "exchange_underlying") or answer is None:
                continue
            token_in, token_out, amount = asked_
            apply = getattr(pool, f"apply_{function}")
            after = apply(token_in, amount, token_out, answer[0], now)
            assert list(after.balances) == answer[1]
            with pytest.raises(OutOfBounds, match="tokens bought"):
                apply(token_in, amount, token_out, answer[0] + 1, now)
            count += 1
    assert count >= 50


def test_a_ramp_and_new_fees_change_what_comes_after_them() -> None:
    states = [entry["state"] for entry in recorded("stable_seth")["pools"]]
    state = next(state for state in states if 10**23 < min(state["balances"]) < 10**28)
    pool, now = pool_of("seth", "TEMPLATE", state), state["timestamp"]
    assert isinstance(pool, CurvePlainPool)
    amount = pool.balances[1] * 3
    ramped = pool.apply_ramp(Amplification(10_000, 20_000, now, now + 100, 100))
    quotes = [ramped.get_dy(1, 0, amount, now + passed) for passed in (0, 50, 100, 200)]
    assert quotes[0] < quotes[1] < quotes[2] == quotes[3]
    dearer = pool.apply_fees(5 * 10**9, 10**10)
    assert dearer.get_dy(1, 0, amount, now) < pool.apply_fees(0, 0).get_dy(1, 0, amount, now)
    with pytest.raises(OutOfBounds, match="fee"):
        pool.apply_fees(5 * 10**9 + 1, 0)
    with pytest.raises(QuoteRefused, match="begins after"):
        ramped.get_dy(1, 0, amount, now - 1)
