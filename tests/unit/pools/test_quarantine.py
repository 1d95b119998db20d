"""Pools whose tokens break what their maths promises are followed, and never quoted."""

import pytest

from qenus.pools import (
    OutOfBounds,
    Quarantined,
    QuoteRefused,
    UniswapV2Pair,
    reserves_refusal,
    transfers_refusal,
)

PAIR = UniswapV2Pair.at(reserve0=10**18, reserve1=10**9)


@pytest.mark.parametrize(
    "ask", ["amount_out", "amount_in", "trade", "swap", "exchange", "spot_price"]
)
def test_a_quarantined_pool_refuses_every_quote_with_its_reason(ask: str) -> None:
    kept = Quarantined(PAIR, "its token takes a tax")
    with pytest.raises(QuoteRefused, match="its token takes a tax"):
        getattr(kept, ask)(0, 1, 10**9)


def test_a_quarantined_pool_is_followed() -> None:
    kept = Quarantined(PAIR, "why").moved_on(PAIR.apply_sync(5, 6))
    assert (kept.pool.reserve0, kept.pool.reserve1, kept.reason) == (5, 6, "why")


@pytest.mark.parametrize(
    ("said", "moved", "token"),
    [((100, -50), (100, -50), None), ((100, -50), (99, -50), 0), ((100, -50), (100, -49), 1),
     ((0, 0, -7), (0, 0, 0), 2)],
)  # fmt: skip
def test_transfers_that_differ_from_the_event_name_the_token(
    said: tuple[int, ...], moved: tuple[int, ...], token: int | None
) -> None:
    reason = transfers_refusal(said, moved)
    assert reason is None if token is None else str(reason).startswith(f"token {token} moved")


@pytest.mark.parametrize("balances", [(10**18 - 1, 10**9), (10**18, 10**9 + 1)])
def test_balances_that_are_not_the_reserves_are_a_reason(balances: tuple[int, int]) -> None:
    reserves = (PAIR.reserve0, PAIR.reserve1)
    assert "where its reserve is" in str(reserves_refusal(reserves, balances))
    assert reserves_refusal(reserves, reserves) is None


def test_numbers_that_no_token_has_are_out_of_bounds() -> None:
    for left, right in (((1,), (1, 2)), ((1 << 256,), (1,)), ((1,), (-1,)), ((True,), (1,))):
        with pytest.raises(OutOfBounds):
            reserves_refusal(left, right)
