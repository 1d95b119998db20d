"""V3 maths gives what the contracts' own quoters answered on the recorded states."""

from collections.abc import Callable
from typing import Any

import pytest

from qenus.pools import QuoteRefused, TickLiquidity, UniswapV3Pool

State = Callable[[str], dict[str, Any]]
Answers = Callable[[str], list[tuple[list[str], int | None]]]


@pytest.fixture(scope="module")
def wbtc_weth(pool_state: State) -> UniswapV3Pool:
    state = pool_state("uniswap_v3_wbtc_weth_block_24407242")
    ticks = {int(t): TickLiquidity(net, gross) for t, (gross, net, _) in state["tick_data"].items()}
    return UniswapV3Pool.at(**state["scalars"], ticks=ticks)


@pytest.fixture(scope="module")
def cbeth_weth(pool_state: State) -> UniswapV3Pool:
    state = pool_state("aerodrome_v3_cbeth_weth_block_46875151")
    ticks = {int(t): TickLiquidity(net, gross) for t, (gross, net, _) in state["tick_data"].items()}
    # The file holds the ticks near the price only: their nets do not cancel.
    return UniswapV3Pool.at(**state["scalars"], ticks=ticks, known=(min(ticks), max(ticks)))


def test_uniswap_v3_equals_all_80_quoter_answers(
    wbtc_weth: UniswapV3Pool, answers: Answers
) -> None:
    checked = 0
    for (_, function, direction, amount), value in answers("cached_calculations_v3_wbtc_weth"):
        zero_for_one = direction == "WBTC->WETH"
        if function == "quoteExactInputSingle":
            event = wbtc_weth.swap(zero_for_one, int(amount)).event
            found = -(event.amount1 if zero_for_one else event.amount0)
        else:
            event = wbtc_weth.swap(zero_for_one, -int(amount)).event
            found = event.amount0 if zero_for_one else event.amount1
        assert found == value, (function, direction, amount)
        checked += 1
    assert checked == 80


def test_selling_more_than_the_pool_takes_is_refused(wbtc_weth: UniswapV3Pool) -> None:
    # The quoter answers this with what a part of the amount brings, at the end of the price range.
    amount = 10**40
    paid = wbtc_weth.swap(True, amount).event.amount0
    assert paid < amount
    with pytest.raises(QuoteRefused, match=f"can take no more than {paid} of token 0"):
        wbtc_weth.amount_out(0, 1, amount)


def test_buying_more_than_the_pool_holds_is_refused(wbtc_weth: UniswapV3Pool) -> None:
    with pytest.raises(QuoteRefused, match="no more than 10681829509 of token 0"):
        wbtc_weth.amount_in(1, 0, 10**15)


def test_slipstream_equals_every_quoter_answer(cbeth_weth: UniswapV3Pool, answers: Answers) -> None:
    checked = 0
    for (_, _, direction, amount), value in answers("aerodrome_v3_cbeth_weth_quote"):
        tokens = (0, 1) if direction == "cbETH->WETH" else (1, 0)
        if value is None:
            # The quoter timed out where the swap runs past the ticks of the file.
            with pytest.raises(QuoteRefused, match="beyond the ticks that were read"):
                cbeth_weth.amount_out(*tokens, int(amount))
            continue
        assert cbeth_weth.amount_out(*tokens, int(amount)) == value, (direction, amount)
        checked += 1
    assert checked == 25


def test_slipstream_answers_need_the_fee_that_the_contract_says(
    cbeth_weth: UniswapV3Pool, answers: Answers
) -> None:
    listed = UniswapV3Pool(
        100, *(getattr(cbeth_weth, name) for name in cbeth_weth.__struct_fields__[1:])
    )
    (_, _, direction, amount), value = answers("aerodrome_v3_cbeth_weth_quote")[0]
    tokens = (0, 1) if direction == "cbETH->WETH" else (1, 0)
    assert listed.amount_out(*tokens, int(amount)) != value
