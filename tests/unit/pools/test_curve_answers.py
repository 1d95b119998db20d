"""Curve pools give what the contracts answered on the recorded states."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from qenus.pools import (
    Amplification,
    AtTimestamp,
    CurveMetaPool,
    CurvePlainPool,
    OutOfBounds,
    QuoteRefused,
    depth,
    marginal_price_after,
)

State = Callable[[str], dict[str, Any]]
Answers = Callable[[str], list[tuple[list[str], int | None]]]


def plain_pool(state: dict[str, Any]) -> CurvePlainPool:
    return CurvePlainPool.at(
        balances=tuple(state["balances"]),
        decimals=tuple(token["decimals"] for token in state["tokens"]),
        amplification=amplification(state, 1),
        fee=state["fee"],
        admin_fee=state["admin_fee"],
        supply=state["lp_token_total_supply"],
    )


def amplification(state: dict[str, Any], precision: int) -> Amplification:
    return Amplification(
        state["initial_a"], state["future_a"], state["initial_a_time"], state["future_a_time"],
        precision,
    )  # fmt: skip


@pytest.fixture
def threepool(pool_state: State) -> dict[str, Any]:
    return pool_state("curve_tripool_block_24407242")


@pytest.fixture
def rai(pool_state: State) -> tuple[CurveMetaPool, dict[str, Any]]:
    state = pool_state("curve_metapool_rai_3crv_block_25144000")
    pool = CurveMetaPool.at(
        balances=tuple(state["balances"]),
        rate=state["redemption_price"],
        amplification=amplification(state, 100),
        fee=state["fee"],
        admin_fee=state["admin_fee"],
        supply=state["lp_token_total_supply"],
        cached_price=state["base_virtual_price"],
        cached_at=state["base_cache_updated"],
        base=plain_pool(state["base_pool"]),
    )
    return pool, state


def test_3pool_equals_every_get_dy(threepool: dict[str, Any], answers: Answers) -> None:
    pool, now = plain_pool(threepool), threepool["block_timestamp"]
    symbols = [token["symbol"] for token in threepool["tokens"]]
    entries = answers("curve_tripool_get_dy")
    for (_, _, direction, amount), value in entries:
        token_in, token_out = (symbols.index(symbol) for symbol in direction.split("->"))
        assert pool.get_dy(token_in, token_out, int(amount), now) == value, direction
    assert len(entries) == 18


def test_3pool_equals_every_deposit_and_withdrawal(
    threepool: dict[str, Any], answers: Answers
) -> None:
    pool, now = plain_pool(threepool), threepool["block_timestamp"]
    entries = answers("curve_tripool_calc_withdraw_and_token_amount")
    for key, value in entries:
        index = int(key[-2].removeprefix("i="))
        amount = int(key[-1])
        if key[1] == "calc_token_amount":
            amounts = tuple(amount if at == index else 0 for at in range(3))
            assert pool.calc_token_amount(amounts, key[2] == "deposit", now) == value, key
        else:
            assert pool.calc_withdraw_one_coin(amount, index, now) == value, key
    assert len(entries) == 18


def test_3pool_virtual_price_is_the_recorded_one(threepool: dict[str, Any]) -> None:
    pool = plain_pool(threepool)
    assert pool.virtual_price(threepool["block_timestamp"]) == threepool["virtual_price"]


def test_the_trade_gives_at_most_a_unit_other_than_the_view(threepool: dict[str, Any]) -> None:
    pool, now = plain_pool(threepool), threepool["block_timestamp"]
    differences = {
        pool.get_dy(0, 1, amount, now) - pool.amount_out(0, 1, amount, now)
        for amount in range(10**24, 10**24 + 50 * 10**18, 10**18)
    }
    assert differences == {0, 1}


def test_metapool_equals_every_answer(
    rai: tuple[CurveMetaPool, dict[str, Any]], answers: Answers
) -> None:
    pool, state = rai
    now = state["block_timestamp"]
    own = [token["symbol"] for token in state["tokens"]]
    underlying = [token["symbol"] for token in state["tokens_underlying"]]
    entries = answers("curve_metapool_get_dy")
    for (_, function, direction, amount), value in entries:
        names = own if function == "get_dy" else underlying
        quote = pool.amount_out if function == "get_dy" else pool.get_dy_underlying
        token_in, token_out = (names.index(symbol) for symbol in direction.split("->"))
        assert quote(token_in, token_out, int(amount), now) == value, (function, direction)
    assert len(entries) == 42


def test_a_stale_cache_is_refreshed_from_the_base_pool_by_a_trade(
    rai: tuple[CurveMetaPool, dict[str, Any]],
) -> None:
    pool, state = rai
    later = state["base_cache_updated"] + 601
    assert pool.base_price(later - 1) == state["base_virtual_price"]
    assert pool.base_price(later) == state["base_pool"]["virtual_price"]
    after, _ = pool.exchange(0, 1, 10**18, later)
    assert (after.cached_price, after.cached_at) == (pool.base_price(later), later)


def test_a_ramp_moves_a_on_a_straight_line_and_ends_at_its_target() -> None:
    down = Amplification(5000, 4000, 1000, 2000)
    assert [down.at(now) for now in (1000, 1500, 1999, 2000, 9999)] == [
        5000, 4500, 4001, 4000, 4000,
    ]  # fmt: skip
    up = Amplification(4000, 5000, 1000, 2000)
    assert [up.at(now) for now in (1000, 1500, 1999, 2000)] == [4000, 4500, 4999, 5000]


def test_exchange_keeps_the_admins_part_of_the_fee_out_of_the_balances(
    threepool: dict[str, Any],
) -> None:
    pool, now = plain_pool(threepool), threepool["block_timestamp"]
    after, amount_out = pool.exchange(0, 1, 10**24, now)
    assert after.balances[0] == pool.balances[0] + 10**24
    # 3pool's admin fee is the whole fee of 1.5 basis points.
    taken = pool.balances[1] - after.balances[1] - amount_out
    assert taken == pytest.approx(amount_out * 15 // 100_000, rel=1e-3)
    assert after.virtual_price(now) >= pool.virtual_price(now)


def test_the_spot_price_is_the_limit_of_small_trades_without_fee(
    threepool: dict[str, Any], rai: tuple[CurveMetaPool, dict[str, Any]]
) -> None:
    now = threepool["block_timestamp"]
    plain = AtTimestamp(plain_pool(threepool | {"fee": 0}), now)
    meta = AtTimestamp(msgspec.structs.replace(rai[0], fee=0), rai[1]["block_timestamp"])
    for pool, tokens, amount in (
        (plain, (0, 1), 10**21), (plain, (2, 0), 10**9), (plain, (1, 2), 10**9),
        (meta, (0, 1), 10**17), (meta, (1, 0), 10**18),
    ):  # fmt: skip
        out, scale = pool.spot_price(*tokens)
        assert pool.trade(*tokens, amount)[1] / amount == pytest.approx(out / scale, rel=5e-4)


def test_depth_of_a_curve_pool_is_what_moves_its_price(threepool: dict[str, Any]) -> None:
    pool = AtTimestamp(plain_pool(threepool), threepool["block_timestamp"])
    amount = depth(pool, 0, 1, 10)
    out, scale = pool.spot_price(0, 1)
    for sold, moved in ((amount, True), (amount - 10**15, False)):
        now, now_scale = marginal_price_after(pool, 0, 1, sold)
        assert (now * scale * 10_000 <= out * now_scale * 9_990) is moved


def test_what_the_contract_reverts_is_refused(threepool: dict[str, Any]) -> None:
    pool, now = plain_pool(threepool), threepool["block_timestamp"]
    with pytest.raises(QuoteRefused, match="itself"):
        pool.get_dy(1, 1, 1, now)
    with pytest.raises(QuoteRefused, match="the pool holds"):
        pool.amount_in(0, 1, pool.balances[1], now)
    with pytest.raises(QuoteRefused, match="zero"):
        plain_pool(threepool | {"balances": [0, 1, 1]}).get_dy(0, 1, 1, now)
    with pytest.raises(QuoteRefused, match="token_out"):
        pool.get_dy(0, 3, 1, now)
    with pytest.raises(OutOfBounds, match="balance"):
        plain_pool(threepool | {"balances": [1, 1, -1]})
