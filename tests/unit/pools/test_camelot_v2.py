"""Camelot V2 pairs against an independent library's figures and against their own two curves."""

import pytest

from qenus.pools import CamelotV2Pair, OutOfBounds, QuoteRefused, UniswapV2Pair

ONE = 10**18
# (decimals, reserves, token in, amount, out) as degenbot 0.3.0 computes them, fee 40 of 100,000.
# The first three need the order in which the first generation multiplies.
STABLE = [
    ((18, 6), (3898436620533874176, 5889), 1, 49, 10752915188837698),
    ((18, 18), (27765451719918202880, 34200639277230456), 1, 10479762180474650,
     2366030712890201151),
    ((18, 18), (2580038848061440000, 3239502645911693), 1, 2216298041466, 587874939819237),
    ((18, 6), (50505815806501471698332, 35728582212), 0, 51694796117197002761, 51151283),
    ((18, 6), (50505815806501471698332, 35728582212), 0, 25252907903250735849166, 20458754445),
    ((18, 6), (50505815806501471698332, 35728582212), 1, 35728, 36075238468271688),
    ((18, 6), (50505815806501471698332, 35728582212), 1, 2748352477, 2762971948820103313232),
    ((6, 6), (2345678901234, 1987654321098), 0, 180436838556, 179598872733),
    ((6, 6), (2345678901234, 1987654321098), 1, 993827160549, 973059613178),
    ((18, 18), (700000000000000000003, 9000000000000000000077), 0, 53846153846153846154,
     223376005399351442017),
    ((18, 18), (700000000000000000003, 9000000000000000000077), 1, 4500000000000000000038,
     491304305863419301381),
]  # fmt: skip


@pytest.mark.parametrize(("decimals", "reserves", "token", "amount", "out"), STABLE)
def test_stable_pairs_equal_the_independent_figures(
    decimals: tuple[int, int], reserves: tuple[int, int], token: int, amount: int, out: int
) -> None:
    pair = CamelotV2Pair.at(reserves=reserves, decimals=decimals, fees=(40, 40), stable=True)
    assert pair.amount_out(token, 1 - token, amount) == out


def test_a_volatile_pair_is_a_uniswap_pair_with_the_fee_of_the_token_sold() -> None:
    pair = CamelotV2Pair.at(
        reserves=(10**21, 3 * 10**12), decimals=(18, 6), fees=(300, 1_000), stable=False
    )
    for token, share in ((0, 99_700), (1, 99_000)):
        uniswap = UniswapV2Pair.at(
            reserve0=10**21, reserve1=3 * 10**12, share_numerator=share, share_denominator=100_000
        )
        for amount in (1_000_003, 10**9 + 7):
            quote = pair.amount_out(token, 1 - token, amount)
            assert quote == uniswap.amount_out(token, 1 - token, amount)
            cost = pair.amount_in(token, 1 - token, amount)
            assert cost == uniswap.amount_in(token, 1 - token, amount)


def test_events_change_reserves_fees_and_curve() -> None:
    pair = CamelotV2Pair.at(reserves=(1, 2), decimals=(18, 6), fees=(300, 300), stable=False)
    changed = pair.apply_sync(10**18, 10**6).apply_fees(40, 50).apply_stable(True)
    assert changed == CamelotV2Pair.at(
        reserves=(10**18, 10**6), decimals=(18, 6), fees=(40, 50), stable=True
    )


def test_what_cannot_be_is_refused() -> None:
    pair = CamelotV2Pair.at(reserves=(0, 2), decimals=(18, 6), fees=(300, 300), stable=True)
    with pytest.raises(QuoteRefused, match="empty"):
        pair.amount_out(0, 1, 1)
    with pytest.raises(OutOfBounds, match="fee"):
        pair.apply_fees(2_001, 0)
    with pytest.raises(OutOfBounds, match="reserve"):
        pair.apply_sync(0, 1 << 112)
    with pytest.raises(QuoteRefused, match="tokens"):
        pair.amount_out(2, 0, 1)


def stable_value(reserves: tuple[int, int]) -> int:
    """x³y + xy³ of two tokens of 18 decimals, truncated as CamelotPair._k does."""
    x, y = reserves
    return (x * y // ONE) * (x * x // ONE + y * y // ONE) // ONE


def test_a_quote_that_lowers_the_stable_invariant_is_refused_by_the_swap() -> None:
    # Source: CamelotPair._swap: the balances less the fee, which is rounded down, must keep _k.
    taken = refused = 0
    for sold in range(10**15, 3 * 10**15, 10**13 + 7):
        reserves = (27765451719918202880, 34200639277230456)
        pair = CamelotV2Pair.at(reserves=reserves, decimals=(18, 18), fees=(40, 40), stable=True)
        out = pair.amount_out(1, 0, sold)
        after = (reserves[0] - out, reserves[1] + sold - sold * 40 // 100_000)
        if stable_value(after) < stable_value(reserves):
            with pytest.raises(QuoteRefused, match="invariant"):
                pair.check_swap(1, 0, sold, out)
            refused += 1
        else:
            pair.check_swap(1, 0, sold, out)
            taken += 1
    assert (taken, refused) == (23, 177)


def test_a_swap_is_checked_by_all_that_the_pair_requires() -> None:
    # Source: CamelotPair._swap (INSUFFICIENT_OUTPUT_AMOUNT, INSUFFICIENT_LIQUIDITY,
    # INSUFFICIENT_INPUT_AMOUNT, K) and _update (OVERFLOW, uint112).
    pair = CamelotV2Pair.at(reserves=(10**6, 10**6), decimals=(18, 6), fees=(300, 0), stable=False)
    # 10^6 less the fee of 3,000 comes in: 10^12 / 1,997,000 rounded up must be left.
    pair.check_swap(0, 1, 10**6, 10**6 - 500_752)
    for sold, out in ((10**6, 10**6 - 500_751), (10**6, 0), (0, 1), (1 << 110, 10**6)):
        with pytest.raises(QuoteRefused):
            pair.check_swap(0, 1, sold, out)
    room = (1 << 112) - 1 - 10**6
    pair.check_swap(1, 0, room, 10**6 - 1)
    with pytest.raises(QuoteRefused, match="uint112"):
        pair.check_swap(1, 0, room + 1, 10**6 - 1)
    for quote in (pair.amount_out(1, 0, room), pair.amount_out(0, 1, room)):
        assert 0 < quote < 10**6
    for token in (0, 1):
        with pytest.raises(QuoteRefused, match="uint112"):
            pair.amount_out(token, 1 - token, room + 1)
