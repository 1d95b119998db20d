"""What a supervisor decides, without running one; the expectations are OTP's documentation."""

from __future__ import annotations

import pytest

from supervisors import AutoShutdown, Cause, Restart, Strategy
from supervisors._lane import Charge
from supervisors._life import ALIVE, FOLLOWS, WORKING, Ending, Outcome, State
from supervisors._policy import (
    Ended,
    RestartWindow,
    Verdict,
    ends_the_supervisor,
    judge,
    taken_along,
)

FAILED = Outcome(Ending.FAILED)
NORMAL = Outcome(Ending.NORMAL)
STOPPED = Outcome(Ending.STOPPED)


@pytest.mark.parametrize(
    ("restart", "outcome", "verdict"),
    [
        # "A permanent child process is always restarted."
        (Restart.PERMANENT, FAILED, Verdict.COUNTED_RESTART),
        (Restart.PERMANENT, NORMAL, Verdict.COUNTED_RESTART),
        # "A transient child process is restarted only if it terminates abnormally."
        (Restart.TRANSIENT, FAILED, Verdict.COUNTED_RESTART),
        (Restart.TRANSIENT, NORMAL, Verdict.REST),
        # "A temporary child process is never restarted."
        (Restart.TEMPORARY, FAILED, Verdict.REST),
        (Restart.TEMPORARY, NORMAL, Verdict.REST),
        # What its supervisor stopped is not started again by its own end.
        (Restart.PERMANENT, STOPPED, Verdict.REST),
        (Restart.TRANSIENT, STOPPED, Verdict.REST),
        (Restart.TEMPORARY, STOPPED, Verdict.REST),
    ],
)
def test_restart_types_mean_what_otp_says(
    restart: Restart, outcome: Outcome, verdict: Verdict
) -> None:
    assert judge(Ended(outcome, restart), draining=False) is verdict


def test_a_normal_end_while_draining_is_for_good_and_a_crash_is_not() -> None:
    assert judge(Ended(NORMAL, Restart.PERMANENT), draining=True) is Verdict.REST
    assert judge(Ended(FAILED, Restart.PERMANENT), draining=True) is Verdict.COUNTED_RESTART


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(Ending.FAILED, cause=Cause.TRANSIENT),
        Outcome(Ending.FAILED, charge=Charge.ATTEMPT),
        Outcome(Ending.FAILED, charge=Charge.REMOVED),
    ],
)
def test_what_is_charged_to_a_message_or_to_the_world_does_not_count(outcome: Outcome) -> None:
    assert judge(Ended(outcome, Restart.PERMANENT), draining=False) is Verdict.RESTART


@pytest.mark.parametrize("restart", Restart)
@pytest.mark.parametrize("on_trial", [False, True])
def test_a_fenced_child_ends_its_supervisor_whatever_else_holds(
    restart: Restart, on_trial: bool
) -> None:
    fenced = Outcome(Ending.FAILED, cause=Cause.FENCED)
    ended = Ended(fenced, restart, is_first_start=True, is_on_trial=on_trial)
    assert judge(ended, draining=False) is Verdict.ESCALATE


@pytest.mark.parametrize("restart", Restart)
def test_a_first_start_that_fails_fails_the_supervisor(restart: Restart) -> None:
    assert judge(Ended(FAILED, restart, is_first_start=True), draining=False) is Verdict.FAIL_START


@pytest.mark.parametrize(
    ("restart", "outcome", "verdict"),
    [
        (Restart.PERMANENT, FAILED, Verdict.FAIL_TRIAL),
        (Restart.PERMANENT, NORMAL, Verdict.FAIL_TRIAL),  # it did not become what it should be
        (Restart.TEMPORARY, FAILED, Verdict.FAIL_TRIAL),
        (Restart.TEMPORARY, STOPPED, Verdict.FAIL_TRIAL),
        (Restart.TEMPORARY, NORMAL, Verdict.REST),  # it has done its work
        (Restart.TRANSIENT, NORMAL, Verdict.REST),
    ],
)
def test_a_start_on_trial_is_not_tried_again(
    restart: Restart, outcome: Outcome, verdict: Verdict
) -> None:
    assert judge(Ended(outcome, restart, is_on_trial=True), draining=False) is verdict


@pytest.mark.parametrize(
    ("strategy", "along"),
    [
        (Strategy.ONE_FOR_ONE, ["b"]),
        (Strategy.ONE_FOR_ALL, ["a", "b", "c"]),
        (Strategy.REST_FOR_ONE, ["b", "c"]),
    ],
)
def test_a_strategy_decides_which_siblings_restart_too(
    strategy: Strategy, along: list[str]
) -> None:
    assert taken_along(strategy, ["a", "b", "c"], "b") == along


@pytest.mark.parametrize(
    ("mode", "significant", "others", "ends"),
    [
        (AutoShutdown.NEVER, True, [], False),
        (AutoShutdown.ANY_SIGNIFICANT, True, [True], True),
        (AutoShutdown.ANY_SIGNIFICANT, False, [], False),
        (AutoShutdown.ALL_SIGNIFICANT, True, [False, True], False),
        (AutoShutdown.ALL_SIGNIFICANT, True, [False, False], True),
    ],
)
def test_significant_children_end_their_supervisor(
    mode: AutoShutdown, significant: bool, others: list[bool], ends: bool
) -> None:
    found = ends_the_supervisor(mode, is_significant=significant, others_in_play=others)
    assert found is ends


def test_restart_number_intensity_plus_one_within_the_period_is_one_too_many() -> None:
    window = RestartWindow()
    times = [0.0, 1.0, 2.0, 6.5, 7.1, 7.5]
    found = [window.exceeded_by(at, intensity=2, period_seconds=5.0) for at in times]
    assert found == [False, False, True, False, False, True]


def test_an_intensity_of_zero_allows_no_restart() -> None:
    assert RestartWindow().exceeded_by(0.0, intensity=0, period_seconds=5.0)


def test_the_table_of_states_is_closed_and_every_life_can_end() -> None:
    assert set(FOLLOWS) == set(State)
    assert all(after <= set(State) for after in FOLLOWS.values())
    over = {State.ENDED, State.FAILED, State.STOPPED}
    for state in ALIVE:
        assert over & FOLLOWS[state]
    assert WORKING.isdisjoint({State.STARTING, State.BACKOFF, State.FAILED, State.STOPPED})
