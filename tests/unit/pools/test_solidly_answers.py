"""Solidly pairs give what Aerodrome answered, and keep the contract's branch."""

from collections.abc import Callable
from typing import Any

import pytest

from qenus.pools import OutOfBounds, QuoteRefused, SolidlyPair, YRounding

ONE = 10**18

State = Callable[[str], dict[str, Any]]
Answers = Callable[[str], list[tuple[list[str], int | None]]]


@pytest.fixture
def dola_usdbc(pool_state: State) -> SolidlyPair:
    state = pool_state("aerodrome_v2_dola_usdbc_stable_block_46875151")
    return SolidlyPair.at(
        reserves=(state["reserves_token0"], state["reserves_token1"]),
        decimals=(state["token0"]["decimals"], state["token1"]["decimals"]),
        stable=state["stable"],
        fees=(state["fee_raw"], state["fee_raw"]),
    )


def wrong_answers(pair: SolidlyPair, answers: Answers) -> int:
    entries = answers("aerodrome_v2_stable_get_amount_out")
    assert len(entries) == 26
    return sum(
        pair.amount_out(*((0, 1) if direction == "DOLA->USDbC" else (1, 0)), int(amount)) != value
        for (_, _, direction, amount), value in entries
    )


def test_the_stable_pair_equals_every_answer(dola_usdbc: SolidlyPair, answers: Answers) -> None:
    assert wrong_answers(dola_usdbc, answers) == 0


def test_a_trade_leaves_what_came_in_less_the_fee_and_what_the_contract_answered(
    dola_usdbc: SolidlyPair, answers: Answers
) -> None:
    # Source: Aerodrome Pool.swap and _update0: the fee, rounded down, goes to PoolFees before the
    # reserves are noted; this pair takes 30 of 10,000.
    assert dola_usdbc.fee0 == dola_usdbc.fee1 == 30
    held = 0
    for (_, _, direction, sold), out in answers("aerodrome_v2_stable_get_amount_out"):
        token, amount = 0 if direction == "DOLA->USDbC" else 1, int(sold)
        if not out:
            continue
        after, got = dola_usdbc.trade(token, 1 - token, amount)
        reserves = [dola_usdbc.reserve0, dola_usdbc.reserve1]
        reserves[token] += amount - amount * 30 // 10_000
        reserves[1 - token] -= out
        assert ([after.reserve0, after.reserve1], got) == (reserves, out)
        held += 1
    assert held >= 20


# (decimals, reserves, token in, amount, out) as degenbot 0.3.0 computes them, fee 30 of 10,000.
# In the first two the side of the branch that scales balances twice decides the last unit, in the
# next two the side that tries one unit less; in the others the first generation's search would give
# another amount.
SECOND_GENERATION = [
    ((18, 6), (11681974603030761472, 81415), 1, 46349, 1626030198397580818),
    ((18, 6), (3709906635441681408, 54051), 1, 6, 137341845632320),
    ((18, 18), (1477829134573417216, 5224698927747397), 0, 944844496957, 9990765549),
    ((18, 6), (5408111843583118336, 14196), 1, 400, 49739543426243649),
    ((18, 6), (3898436620533874176, 5889), 1, 49, 10752915188837652),
    ((18, 18), (27765451719918202880, 34200639277230456), 1, 10479762180474650,
     2360864988559184358),
    ((8, 18), (330404478, 25807800352195668), 0, 21772954, 4484401339702029),
]  # fmt: skip


@pytest.mark.parametrize(("decimals", "reserves", "token", "amount", "out"), SECOND_GENERATION)
def test_the_second_generations_branch_is_kept(
    decimals: tuple[int, int], reserves: tuple[int, int], token: int, amount: int, out: int
) -> None:
    pair = SolidlyPair.at(reserves=reserves, decimals=decimals, stable=True, fees=(30, 30))
    assert pair.amount_out(token, 1 - token, amount) == out


def test_where_the_second_scaling_overflows_the_contract_reverts_and_the_quote_is_refused() -> None:
    pair = SolidlyPair.at(reserves=(309405376, 853780), decimals=(6, 6), stable=True, fees=(30, 30))
    with pytest.raises(QuoteRefused, match="uint256"):
        pair.amount_out(1, 0, 97)


def test_a_volatile_pair_takes_its_fee_off_the_input_rounded_down() -> None:
    pair = SolidlyPair.at(reserves=(10**21, 10**21), decimals=(18, 18), stable=False, fees=(30, 5))
    # 1001 less 3 (30.03 per ten thousand, truncated) and less 0: what x·y = k gives of them.
    assert pair.amount_out(0, 1, 1001) == 998 * 10**21 // (10**21 + 998)
    assert pair.amount_out(1, 0, 1001) == 1001 * 10**21 // (10**21 + 1001)


def test_the_least_input_buys_the_output_and_one_less_does_not(dola_usdbc: SolidlyPair) -> None:
    cost = dola_usdbc.amount_in(0, 1, 10**9)
    assert dola_usdbc.amount_out(0, 1, cost) >= 10**9
    assert dola_usdbc.amount_out(0, 1, cost - 1) < 10**9


def test_the_spot_price_is_the_limit_of_small_trades(dola_usdbc: SolidlyPair) -> None:
    free = dola_usdbc.apply_fees(0, 0)
    for tokens, amount in (((0, 1), 10**17), ((1, 0), 10**5)):
        out, scale = free.spot_price(*tokens)
        assert free.amount_out(*tokens, amount) / amount == pytest.approx(out / scale, rel=1e-4)


def test_impossible_pairs_and_trades_are_refused(dola_usdbc: SolidlyPair) -> None:
    with pytest.raises(OutOfBounds, match="reserve1"):
        dola_usdbc.apply_sync(1, 1 << 112)
    with pytest.raises(OutOfBounds, match="fee"):
        dola_usdbc.apply_fees(10_000, 0)
    with pytest.raises(QuoteRefused, match="tokens"):
        dola_usdbc.amount_out(0, 0, 1)
    with pytest.raises(QuoteRefused, match="empty"):
        dola_usdbc.apply_sync(0, 1).amount_out(0, 1, 1)
    with pytest.raises(QuoteRefused, match="holds"):
        dola_usdbc.amount_in(0, 1, dola_usdbc.reserve1)


def test_a_trade_is_refused_by_all_that_the_pair_requires_of_a_swap() -> None:
    # Source: Aerodrome Pool.swap: InsufficientOutputAmount, InsufficientLiquidity,
    # InsufficientInputAmount. Reserves are uint256 there; here they end at uint112, as `at` says.
    most = (1 << 112) - 1
    pair = SolidlyPair.at(
        reserves=(most - 10**6, 10**6), decimals=(18, 18), stable=False, fees=(0, 0)
    )
    with pytest.raises(QuoteRefused, match="nothing"):
        pair.trade(0, 1, 1)
    for amount in (0, -1):
        with pytest.raises(QuoteRefused, match="amount_in"):
            pair.trade(1, 0, amount)
    full = pair.trade(1, 0, most - 10**6)[0]
    assert full.reserve1 == most
    with pytest.raises(QuoteRefused, match="uint112"):
        pair.trade(1, 0, most - 10**6 + 1)
    with pytest.raises(QuoteRefused, match="holds"):
        pair.amount_in(0, 1, 10**6)


def test_a_trade_that_lowers_the_stable_invariant_is_refused() -> None:
    # Source: Aerodrome Pool.swap, revert K; Velodrome V1 Pair.swap alike.
    def value(x: int, y: int) -> int:
        return (x * y // ONE) * (x * x // ONE + y * y // ONE) // ONE

    taken = refused = 0
    reserves = (27765451719918202880, 34200639277230456)
    pair = SolidlyPair.at(
        reserves=reserves, decimals=(18, 18), stable=True, fees=(4, 4), rounding=YRounding.CLOSE
    )
    for sold in range(10**15, 3 * 10**15, 10**13 + 7):
        out = pair.amount_out(1, 0, sold)
        after = reserves[0] - out, reserves[1] + sold - sold * 4 // 10_000
        if value(*after) < value(*reserves):
            with pytest.raises(QuoteRefused, match="invariant"):
                pair.trade(1, 0, sold)
            refused += 1
        else:
            traded, _ = pair.trade(1, 0, sold)
            assert (traded.reserve0, traded.reserve1) == after
            taken += 1
    assert (taken, refused) == (23, 177)
