"""Crypto pools of the second generation go through what their contracts went through."""

from fractions import Fraction
from typing import Any

import pytest

from qenus.pools import (
    CryptoFees,
    CurveCryptoNgPool,
    OutOfBounds,
    QuoteRefused,
    RampOfAGamma,
    Rebalancing,
)
from qenus.protocols.curve import crypto_ng as versions
from tests.unit.pools.curve_fixtures import names, recorded

State = list[Any]
VIEWS = ("get_dy", "get_dx", "calc_withdraw_one_coin", "price_oracle_at")


def pool_of(version: str, parameters: dict[str, Any], state: State) -> CurveCryptoNgPool:
    balances, scale, oracle, last, last_at, ramp, d, virtual, profit, profit_a, supply = state[:11]
    surplus, (owed, claimed_at) = state[11:]
    return CurveCryptoNgPool(
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
        version=getattr(versions, version),
        owed=owed,
        claimed_at=claimed_at,
        claims=parameters["claims"],
    )


def stepped(pool: CurveCryptoNgPool, operation: str, now: int, asked: list[Any]) -> Any:
    """(pool after, what it gave) of an operation; raises QuoteRefused where it reverts."""
    asked = [tuple(part) if isinstance(part, list) else part for part in asked]
    if operation == "price_oracle_at":
        return pool, list(pool.price_oracle_at(now))
    if operation in VIEWS:
        return pool, getattr(pool, operation)(*asked, now)
    if operation == "claim_admin_fees":
        return pool.claim_admin_fees(now), None
    if operation == "remove_liquidity":
        return pool.remove_liquidity(*asked, now)[0], None
    if operation == "gift":
        index, amount = asked
        surplus = list(pool.surplus)
        surplus[index] += amount
        return pool.apply_surplus(tuple(surplus)), None
    return getattr(pool, operation)(*asked, now)


def expected_of(
    version: str, parameters: dict[str, Any], operation: str, answer: Any
) -> tuple[CurveCryptoNgPool | None, Any]:
    """(state after, what was given) as recorded; no state where nothing changes."""
    if operation in VIEWS:
        return None, answer
    if operation in ("claim_admin_fees", "remove_liquidity", "gift", "ramp"):
        return pool_of(version, parameters, answer), None
    return pool_of(version, parameters, answer[1]), answer[0]


@pytest.mark.parametrize("name", names("cryptong_"))
def test_a_crypto_pool_goes_through_what_its_contract_went_through(name: str) -> None:
    record, count = recorded(f"cryptong_{name}"), 0
    for entry in record["pools"]:
        parameters, version = entry["parameters"], record["style"]
        pool = pool_of(version, parameters, entry["state"])
        for number, (operation, now, *asked, answer) in enumerate(entry["answers"]):
            where = (name, number, operation, asked)
            count += 1
            if operation == "ramp":
                if answer is not None:
                    pool = pool.apply_ramp(pool_of(version, parameters, answer).ramp)
                    assert pool == pool_of(version, parameters, answer), where
                continue
            if answer is None:
                with pytest.raises(QuoteRefused):
                    stepped(pool, operation, now, asked)
                continue
            after, given = expected_of(version, parameters, operation, answer)
            pool_after, found = stepped(pool, operation, now, asked)
            assert found == given, where
            if after is not None:
                assert pool_after == after, where
                pool = pool_after
    assert count >= 300


@pytest.mark.parametrize("name", names("cryptong_"))
def test_the_spot_price_is_the_one_that_the_contract_keeps(name: str) -> None:
    record, count = recorded(f"cryptong_{name}"), 0
    for entry in record["pools"]:
        scale = entry["state"][1]
        for operation, now, *_, answer in entry["answers"]:
            if operation != "exchange" or answer is None:
                continue
            pool = pool_of(record["style"], entry["parameters"], answer[1])
            if list(pool.price_scale) == scale:
                # The contract's prices are of before a move of the scale.
                for index, last in enumerate(pool.last_prices, 1):
                    out, units = pool.spot_price_at(index, 0, now)
                    price = Fraction(out * pool.precisions[0], units * pool.precisions[index])
                    assert float(price * 10**18 / last) == pytest.approx(1, rel=1e-9)
                    count += 1
            scale = list(pool.price_scale)
    assert count >= 50


@pytest.mark.parametrize("name", names("cryptong_"))
def test_events_lead_where_the_operations_led_and_others_are_refused(name: str) -> None:
    record, seen = recorded(f"cryptong_{name}"), set()
    for entry in record["pools"]:
        parameters, version = entry["parameters"], record["style"]
        pool = pool_of(version, parameters, entry["state"])
        for operation, now, *asked, answer in entry["answers"]:
            if answer is None or operation in VIEWS:
                continue
            after, given = expected_of(version, parameters, operation, answer)
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
                _, amounts = pool.remove_liquidity(asked[0], now)
                assert pool.apply_remove_liquidity(amounts, after.supply, now) == after
                with pytest.raises(OutOfBounds, match="token amounts"):
                    pool.apply_remove_liquidity((amounts[0] + 1, *amounts[1:]), after.supply, now)
            seen.add(operation)
            pool = after
    assert {"add_liquidity", "remove_liquidity", "remove_liquidity_one_coin"} <= seen
