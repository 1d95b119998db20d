"""The least input is found also where rounding lets a quote dip."""

import pytest

from qenus.protocols.bounds import QuoteRefused
from qenus.protocols.least_input import least_input


def test_a_steady_quote_is_inverted_exactly() -> None:
    for wanted in (1, 2, 999, 10**18):
        assert least_input(lambda amount: amount * 3 // 7, wanted, 10**20) == -(-wanted * 7 // 3)


def test_a_dip_where_bisection_looks_does_not_hide_a_lesser_input() -> None:
    def quote(amount: int) -> int:
        return 5 if amount >= 9 and amount != 12 else 4

    assert least_input(quote, 5, 100) == 9


def test_an_input_that_is_refused_alone_is_judged_by_its_neighbours() -> None:
    def quote(amount: int) -> int:
        if amount % 64 == 0:
            raise QuoteRefused("the contract reverts here")
        return amount

    for wanted in (3, 63, 64, 65, 1000, 4097):
        assert least_input(quote, wanted, 10**6) == wanted + (wanted % 64 == 0)


def test_what_no_input_gives_is_refused_and_refusals_count_as_nothing() -> None:
    with pytest.raises(QuoteRefused, match="no input gives 7"):
        least_input(lambda _: 6, 7, 1000)

    def quote(amount: int) -> int:
        if amount < 40:
            raise QuoteRefused("too little")
        return amount

    assert least_input(quote, 3, 1000) == 40
