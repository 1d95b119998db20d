"""Crypto pools of the first generation go through what their contracts did, state by state.

Each record begins with a state and holds what the contract answered to one operation after another
and how it stood after it; `null` is a revert, which must be a refusal here.
"""

from typing import Any

import pytest

from qenus.pools import (
    CryptoFees,
    CurveCryptoPool,
    OutOfBounds,
    QuoteRefused,
    RampOfAGamma,
    Rebalancing,
)
from qenus.protocols.curve import crypto as styles
from tests.unit.pools.curve_fixtures import names, recorded

State = list[Any]


def pool_of(style: str, parameters: dict[str, Any], state: State) -> CurveCryptoPool:
    balances, scale, oracle, last, last_at, ramp, d, virtual, profit, profit_a, supply = state[:11]
    surplus, not_adjusted = state[11:]
    return CurveCryptoPool(
        balances=tuple(balances),
        precisions=tuple(parameters["precisions"]),
        price_scale=tuple(scale),
        price_oracle=tuple(oracle),
        last_prices=tuple(last),
        last_prices_at=last_at,
        ramp=RampOfAGamma(*ramp),
        fees=CryptoFees(*parameters["fees"]),
        rebalancing=Rebalancing(*parameters["rebalancing"]),
        d=d,
        virtual_price=virtual,
        xcp_profit=profit,
        xcp_profit_a=profit_a,
        supply=supply,
        surplus=tuple(surplus),
        style=getattr(styles, style),
        not_adjusted=not_adjusted,
        claims=parameters["claims"],
    )


def stepped(pool: CurveCryptoPool, operation: str, now: int, asked: list[Any]) -> Any:
    """(pool after, what it gave) of an operation; raises QuoteRefused where it reverts."""
    asked = [tuple(part) if isinstance(part, list) else part for part in asked]
    if operation in ("get_dy", "calc_withdraw_one_coin"):
        return pool, getattr(pool, operation)(*asked, now)
    if operation == "claim_admin_fees":
        return pool.claim_admin_fees(now), None
    if operation == "remove_liquidity":
        return pool.remove_liquidity(*asked)[0], None
    if operation == "gift":
        index, amount = asked
        surplus = list(pool.surplus)
        surplus[index] += amount
        return pool.apply_surplus(tuple(surplus)), None
    return getattr(pool, operation)(*asked, now)


def expected_of(
    style: str, parameters: dict[str, Any], operation: str, answer: Any
) -> tuple[CurveCryptoPool | None, Any]:
    """(state after, what was given) as recorded; no state where nothing changes."""
    if operation in ("get_dy", "calc_withdraw_one_coin"):
        return None, answer
    if operation in ("claim_admin_fees", "remove_liquidity", "gift", "ramp"):
        return pool_of(style, parameters, answer), None
    return pool_of(style, parameters, answer[1]), answer[0]


@pytest.mark.parametrize("name", names("crypto_"))
def test_a_crypto_pool_goes_through_what_its_contract_went_through(name: str) -> None:
    record, count = recorded(f"crypto_{name}"), 0
    for entry in record["pools"]:
        parameters, style = entry["parameters"], record["style"]
        pool = pool_of(style, parameters, entry["state"])
        for number, (operation, now, *asked, answer) in enumerate(entry["answers"]):
            where = (name, number, operation, asked)
            count += 1
            if operation == "ramp":
                if answer is not None:
                    pool = pool.apply_ramp(pool_of(style, parameters, answer).ramp)
                    assert pool == pool_of(style, parameters, answer), where
                continue
            if answer is None:
                with pytest.raises(QuoteRefused):
                    stepped(pool, operation, now, asked)
                continue
            after, given = expected_of(style, parameters, operation, answer)
            pool_after, found = stepped(pool, operation, now, asked)
            assert found == given, where
            if after is not None:
                assert pool_after == after, where
                pool = pool_after
    assert count >= 300


@pytest.mark.parametrize("name", names("crypto_"))
def test_events_lead_where_the_operations_led_and_others_are_refused(name: str) -> None:
    record, seen = recorded(f"crypto_{name}"), set()
    for entry in record["pools"]:
        parameters, style = entry["parameters"], record["style"]
        pool = pool_of(style, parameters, entry["state"])
        for operation, now, *asked, answer in entry["answers"]:
            if answer is None or operation in ("get_dy", "calc_withdraw_one_coin"):
                continue
            after, given = expected_of(style, parameters, operation, answer)
            assert after is not None
            if operation == "add_liquidity":
                supply, amounts = pool.supply + given, tuple(asked[0])
                assert pool.apply_add_liquidity(amounts, supply, now) == after
                with pytest.raises(OutOfBounds, match="supply"):
                    pool.apply_add_liquidity(amounts, supply + 1, now)
            elif operation == "remove_liquidity_one_coin":
                assert pool.apply_remove_liquidity_one(*asked, given, now) == after
                with pytest.raises(OutOfBounds, match="coin amount"):
                    pool.apply_remove_liquidity_one(*asked, given + 1, now)
            elif operation == "remove_liquidity":
                _, amounts = pool.remove_liquidity(asked[0])
                assert pool.apply_remove_liquidity(amounts, after.supply) == after
                with pytest.raises(OutOfBounds, match="token amounts"):
                    pool.apply_remove_liquidity((amounts[0] + 1, *amounts[1:]), after.supply)
            seen.add(operation)
            pool = after
    assert {"add_liquidity", "remove_liquidity", "remove_liquidity_one_coin"} <= seen


def test_a_pool_without_tokens_alike_in_number_is_out_of_bounds() -> None:
    record = recorded("crypto_two_cvx")
    entry = record["pools"][0]
    pool = pool_of(record["style"], entry["parameters"], entry["state"])
    for change, what in (
        ({"precisions": (1,)}, "precisions"),
        ({"price_scale": (0,)}, "price_scale"),
        ({"balances": (1, -1)}, "balance"),
        ({"supply": 1 << 256}, "supply"),
    ):
        fields = {name: getattr(pool, name) for name in pool.__struct_fields__} | change
        with pytest.raises(OutOfBounds, match=what):
            CurveCryptoPool(**fields)
    with pytest.raises(OutOfBounds, match="out_fee"):
        CryptoFees(2, 1, 1)
