"""When something is tried again: pauses grow to a limit, and what is asked for is honoured."""

import math
import random
from itertools import pairwise

import pytest
import trio

from qenus.errors import FencedError, TransientError
from qenus.observers.rpc.retrying import Pauses, keep_going

PAUSES = Pauses(first_seconds=0.05, longest_seconds=5.0)


def test_pauses_double_from_the_first_to_the_longest_and_half_of_each_is_drawn():
    assert [PAUSES.after(n, 1.0) for n in (1, 2, 3, 7, 8, 9)] == [0.05, 0.1, 0.2, 3.2, 5.0, 5.0]
    assert [PAUSES.after(n, 0.0) for n in (1, 2, 3)] == [0.025, 0.05, 0.1]


@pytest.mark.parametrize("failures", [1_500, 10**9, 10**400])
def test_no_number_of_failures_is_too_large_to_pause_for(failures):
    assert PAUSES.after(failures, 1.0) == 5.0


@pytest.mark.parametrize(
    ("asked_for", "pause"),
    [(None, 0.05), (0.0, 0.05), (-1.0, 0.05), (math.nan, 0.05), (7.0, 7.7), (math.inf, 330.0)],
)
def test_a_pause_that_was_asked_for_is_honoured_within_reason(asked_for, pause):
    assert PAUSES.after(1, 1.0, asked_for=asked_for) == pytest.approx(pause)


async def test_whatever_it_fails_with_it_is_run_again_with_growing_pauses(autojump_clock):
    began, failed = [], []

    async def run() -> None:
        began.append(trio.current_time())
        raise [RuntimeError("not foreseen"), TransientError("away")][len(began) % 2]

    def judge(failure, _lasted):
        failed.append(type(failure))
        return PAUSES, False

    with trio.move_on_after(3600):
        await keep_going(run, judge, rng=random.Random(1))
    gaps = [later - earlier for earlier, later in pairwise(began)]
    assert {*failed} == {RuntimeError, TransientError}
    assert gaps[0] <= 0.05
    assert all(2.5 <= gap <= 5.0 for gap in gaps[8:])
    assert 700 < len(began) < 1500


async def test_who_lost_the_right_to_act_does_not_go_on():
    async def run() -> None:
        raise FencedError("another one acts")

    with pytest.raises(FencedError):
        await keep_going(run, lambda _failure, _lasted: (PAUSES, False))
