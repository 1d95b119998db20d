"""Balancer pools give what the vault's querySwap answered on the recorded states."""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import Any

import pytest

from qenus.pools import (
    BalancerStablePool,
    BalancerWeightedPool,
    InvariantVersion,
    OutOfBounds,
    QuoteRefused,
)
from qenus.protocols.balancer_v2.log_exp_math import power_up
from qenus.protocols.balancer_v2.stable_math import rounded_up_invariant

State = Callable[[str], dict[str, Any]]
Answers = Callable[[str], list[tuple[list[str], int | None]]]

WEIGHTED = (
    "weth_bal",
    "usdc_weth",
    "dai_weth_40_60",
    "sdvecrv_crv_90_10",
    "dai_gp_weth_usdt_4_token",
)


def weighted_pool(state: dict[str, Any]) -> BalancerWeightedPool:
    return BalancerWeightedPool.at(
        balances=tuple(state["balances"]),
        decimals=tuple(token["decimals"] for token in state["tokens"]),
        weights=tuple(state["weights"]),
        fee=int(Fraction(state["fee"]) * 10**18),
        shortcuts=state["pow_version"] != "v1",
    )


def stable_pool(state: dict[str, Any], version: int) -> BalancerStablePool:
    return BalancerStablePool.at(
        balances=tuple(state["balances"]),
        scaling=tuple(state["resolved_scaling_factors"]),
        amp=state["amp"],
        fee=int(Fraction(state["fee"]) * 10**18),
        version=InvariantVersion(version),
        own_token=state["bpt_idx"],
    )


def question(key: list[str], symbols: list[str]) -> tuple[int, int, int]:
    """(token in, token out, amount) of an answer's key, by index or by symbol."""
    if "->" in key[3]:
        token_in, token_out = key[3].split("->")
        return symbols.index(token_in), symbols.index(token_out), int(key[4])
    return int(key[3].removeprefix("i=")), int(key[4].removeprefix("j=")), int(key[5])


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("balancer_v2_weth_bal_query_swap", 18),
        ("balancer_v2_usdc_weth_query_swap", 18),
        ("balancer_v2_expanded_two_token_given_in", 36),
        ("balancer_v2_expanded_two_token_given_out", 36),
        ("balancer_v2_expanded_multi_token_given_in", 105),
        ("balancer_v2_expanded_multi_token_given_out", 105),
    ],
)
def test_weighted_pools_equal_every_answer(
    pool_state: State, answers: Answers, name: str, count: int
) -> None:
    states = [pool_state(f"balancer_weighted_{pool}") for pool in WEIGHTED]
    by_address = {state["address"]: state for state in states}
    checked = 0
    for key, value in answers(name):
        state = by_address[key[0]]
        pool, symbols = weighted_pool(state), [token["symbol"] for token in state["tokens"]]
        token_in, token_out, amount = question(key, symbols)
        quote = pool.amount_out if key[2] == "GIVEN_IN" else pool.amount_in
        assert quote(token_in, token_out, amount) == value, key
        checked += 1
    assert checked == count


@pytest.mark.parametrize("direction", ["in", "out"])
def test_stable_pools_equal_every_answer(
    pool_state: State, answers: Answers, direction: str
) -> None:
    states = [pool_state(f"balancer_stable_{pool}") for pool in ("bb_s_usd", "cbeth_wsteth")]
    pools = {state["address"]: stable_pool(state, state["invariant_version"]) for state in states}
    checked = 0
    for key, value in answers(f"balancer_v2_stable_query_swap_given_{direction}"):
        pool = pools[key[0]]
        quote = pool.amount_out if direction == "in" else pool.amount_in
        assert quote(*question(key, [])) == value, key
        checked += 1
    assert checked == 72


def test_the_invariants_rounding_decides_answers(pool_state: State, answers: Answers) -> None:
    state = pool_state("balancer_stable_cbeth_wsteth")
    wrong = stable_pool(state, InvariantVersion.TRUNCATED)
    differing = sum(
        wrong.amount_out(*question(key, [])) != value
        for key, value in answers("balancer_v2_stable_query_swap_given_in")
        if key[0] == state["address"]
    )
    assert differing > 5


def invariant_by_fractions(amp: int, balances: list[int]) -> int:
    """The older invariant in exact fractions, each rounded as its contract says."""
    count, total, found = len(balances), sum(balances), sum(balances)
    for _ in range(255):
        product = balances[0] * count
        for balance in balances[1:]:
            product = ceil(Fraction(product * balance * count, found))
        over = count * found * found + ceil(Fraction(amp * count * total * product, 1000))
        under = (count + 1) * found + floor(Fraction((amp * count - 1000) * product, 1000))
        before, found = found, ceil(Fraction(over, under))
        if abs(found - before) <= 1:
            return found
    raise AssertionError("does not converge")


# While amp moves it is no multiple of its precision: each of these needs every rounding right.
@pytest.mark.parametrize(
    ("amp", "balances", "expected"),
    [(1035, [100, 111], 212), (4549, [3, 98], 74), (9206, [185, 183], 369), (9182, [78, 73], 152)],
)
def test_the_rounded_up_invariant_is_rounded_as_its_contract_says(
    amp: int, balances: list[int], expected: int
) -> None:
    assert invariant_by_fractions(amp, balances) == expected
    assert rounded_up_invariant(amp, balances) == expected


def test_more_than_thirty_percent_of_a_balance_is_refused(pool_state: State) -> None:
    pool = weighted_pool(pool_state("balancer_weighted_weth_bal"))
    with pytest.raises(QuoteRefused, match="30 %"):
        pool.amount_out(0, 1, pool.balances[0] * 31 // 100)
    with pytest.raises(QuoteRefused, match="30 %"):
        pool.amount_in(0, 1, pool.balances[1] * 31 // 100)


def test_exponents_are_rounded_down_for_a_given_input_and_up_for_a_given_output(
    pool_state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Within powUp's allowance no answer shows it; the contract's WeightedMath says it.
    pool = weighted_pool(pool_state("balancer_weighted_dai_gp_weth_usdt_4_token"))
    exponents: list[int] = []

    def recorded(base: int, exponent: int, *, shortcuts: bool) -> int:
        exponents.append(exponent)
        return power_up(base, exponent, shortcuts=shortcuts)

    monkeypatch.setattr("qenus.protocols.balancer_v2.weighted_pool.power_up", recorded)
    pool.amount_out(1, 0, 10**18)
    pool.amount_in(0, 1, 10**18)
    ratio = Fraction(pool.weights[1] * 10**18, pool.weights[0])
    assert exponents == [floor(ratio), ceil(ratio)]
    assert floor(ratio) != ceil(ratio)


def test_what_depends_on_more_than_the_state_is_refused(pool_state: State) -> None:
    state = pool_state("balancer_stable_bb_s_usd")
    pool = stable_pool(state, 1)
    with pytest.raises(QuoteRefused, match="own token"):
        pool.amount_out(0, 1, 10**15)
    with pytest.raises(QuoteRefused, match="own token"):
        pool.amount_in(1, 0, 10**15)
    paused = BalancerStablePool(
        pool.balances, pool.scaling, pool.amp, pool.fee, pool.version, 0, True
    )
    with pytest.raises(QuoteRefused, match="paused"):
        paused.amount_out(1, 2, 10**15)


def test_a_swap_event_moves_both_balances_and_its_undo_is_the_value_before(
    pool_state: State,
) -> None:
    pool = weighted_pool(pool_state("balancer_weighted_weth_bal"))
    amount_out = pool.amount_out(1, 0, 10**18)
    after = pool.apply_swap(1, 0, 10**18, amount_out)
    assert after.balances == (pool.balances[0] - amount_out, pool.balances[1] + 10**18)
    assert after.apply_swap(1, 0, -(10**18), -amount_out) == pool
    with pytest.raises(OutOfBounds):
        pool.apply_swap(1, 0, 10**18, pool.balances[0] + 1)


def test_impossible_states_are_out_of_bounds(pool_state: State) -> None:
    state = pool_state("balancer_weighted_weth_bal")
    for change in (
        {"weights": [8 * 10**17, 10**17]},
        {"balances": [1, 1 << 112]},
        {"balances": [1]},
        {"fee": "1"},
    ):
        with pytest.raises(OutOfBounds):
            weighted_pool(state | change)
    stable = pool_state("balancer_stable_bb_s_usd")
    for change in ({"amp": 0}, {"balances": [1, -1, 1, 1]}, {"resolved_scaling_factors": [1]}):
        with pytest.raises(OutOfBounds):
            stable_pool(stable | change, 1)


def test_the_spot_price_is_the_limit_of_small_trades_without_fee(pool_state: State) -> None:
    weighted = weighted_pool(pool_state("balancer_weighted_usdc_weth") | {"fee": "0"})
    stable = stable_pool(pool_state("balancer_stable_cbeth_wsteth") | {"fee": "0"}, 2)
    for pool, tokens, amount in (
        (weighted, (0, 1), 10**15), (weighted, (1, 0), 10**6),
        (stable, (0, 1), 10**13), (stable, (1, 0), 10**13),
    ):  # fmt: skip
        out, scale = pool.spot_price(*tokens)
        assert pool.amount_out(*tokens, amount) / amount == pytest.approx(out / scale, rel=1e-3)
