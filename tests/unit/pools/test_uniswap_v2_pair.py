"""What a pair's value promises: the product rule, refusals and bounds."""

import pytest

from qenus.pools import OutOfBounds, PairSwap, QuoteRefused, UniswapV2Pair

PAIR = UniswapV2Pair.at(reserve0=5 * 10**18, reserve1=10 * 10**18)


def test_quotes_are_those_of_the_contracts_own_test_table() -> None:
    # Uniswap v2-core's own test cases: (amount in, reserve in, reserve out, expected out).
    e = 10**18
    for amount, reserve0, reserve1, expected in (
        (1 * e, 5 * e, 10 * e, 1662497915624478906),
        (1 * e, 10 * e, 5 * e, 453305446940074565),
        (2 * e, 5 * e, 10 * e, 2851015155847869602),
        (2 * e, 10 * e, 5 * e, 831248957812239453),
        (1 * e, 10 * e, 10 * e, 906610893880149131),
        (1 * e, 100 * e, 100 * e, 987158034397061298),
        (1 * e, 1000 * e, 1000 * e, 996006981039903216),
    ):
        pair = UniswapV2Pair.at(reserve0=reserve0, reserve1=reserve1)
        assert pair.amount_out(0, 1, amount) == expected
        after = pair.swap(PairSwap(amount, 0, 0, expected))
        assert (after.reserve0, after.reserve1) == (reserve0 + amount, reserve1 - expected)
        with pytest.raises(QuoteRefused, match="lower the product"):
            pair.swap(PairSwap(amount, 0, 0, expected + 1))


def test_the_least_input_for_an_output_buys_it_and_one_less_does_not() -> None:
    cost = PAIR.amount_in(0, 1, 10**18)
    PAIR.swap(PairSwap(cost, 0, 0, 10**18))
    with pytest.raises(QuoteRefused, match="lower the product"):
        PAIR.swap(PairSwap(cost - 1, 0, 0, 10**18))


def test_a_flash_swap_that_returns_the_same_token_with_the_fee_is_a_swap() -> None:
    returned = 10**18 * 1000 // 997 + 1
    after = PAIR.swap(PairSwap(returned, 0, 10**18, 0))
    assert after.reserve0 == PAIR.reserve0 + returned - 10**18
    with pytest.raises(QuoteRefused, match="lower the product"):
        PAIR.swap(PairSwap(returned - 1, 0, 10**18, 0))


@pytest.mark.parametrize(
    "event",
    [
        PairSwap(0, 0, 1, 0),
        PairSwap(1, 0, 0, 0),
        PairSwap(10**30, 0, 0, 10 * 10**18),
        PairSwap(-1, 1, 0, 0),
        PairSwap(1 << 112, 0, 0, 1),
    ],
)
def test_what_the_contract_reverts_is_refused(event: PairSwap) -> None:
    with pytest.raises(QuoteRefused):
        PAIR.swap(event)


@pytest.mark.parametrize("amount", [0, -1, 1 << 256])
def test_an_amount_out_of_range_is_refused(amount: int) -> None:
    with pytest.raises(QuoteRefused):
        PAIR.amount_out(0, 1, amount)
    with pytest.raises(QuoteRefused):
        PAIR.amount_in(0, 1, amount)


def test_an_empty_pair_quotes_nothing() -> None:
    with pytest.raises(QuoteRefused, match="empty"):
        UniswapV2Pair.at(reserve0=0, reserve1=1).amount_out(0, 1, 1)


@pytest.mark.parametrize("reserve", [-1, 1 << 112, "1", True])
def test_a_reserve_beyond_uint112_is_out_of_bounds(reserve: object) -> None:
    with pytest.raises(OutOfBounds, match="reserve1"):
        PAIR.apply_sync(1, reserve)  # type: ignore[arg-type]
