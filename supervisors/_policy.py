"""What a supervisor decides: pure tables over the rules of OTP, with no clock and no tasks.

A child has ended. `judge` says what that means for it and for its supervisor, `taken_along`
which siblings a restart takes along, `RestartWindow` whether there were too many,
`ends_the_supervisor` whether a significant child's end is its supervisor's. `_supervisor.py`
does what is decided here.

Source: erlang/otp, lib/stdlib/src/supervisor.erl.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Iterable
from typing import TypeVar

import attrs

from supervisors._errors import Cause
from supervisors._lane import Charge
from supervisors._life import Ending, Outcome

K = TypeVar("K")


class Restart(enum.Enum):
    """When a child that ended is started again; the meanings are OTP's."""

    PERMANENT = "permanent"  # always, a normal end counts too
    TRANSIENT = "transient"  # only after a failure
    TEMPORARY = "temporary"  # never; removed when a sibling's restart takes it down


class Strategy(enum.Enum):
    """Which siblings a restart takes along; the meanings are OTP's."""

    ONE_FOR_ONE = "one_for_one"
    ONE_FOR_ALL = "one_for_all"
    REST_FOR_ONE = "rest_for_one"


class AutoShutdown(enum.Enum):
    """Whether a supervisor ends when significant children end by themselves, as in OTP."""

    NEVER = "never"
    ANY_SIGNIFICANT = "any_significant"
    ALL_SIGNIFICANT = "all_significant"


class Verdict(enum.Enum):
    """What the end of a child means."""

    ESCALATE = "escalate"  # the supervisor ends with the child's error
    FAIL_START = "fail_start"  # the same, as a start that failed
    FAIL_TRIAL = "fail_trial"  # the start fails for its caller and leaves no other trace
    REST = "rest"  # it stays as it ended
    RESTART = "restart"  # started again, without a charge
    COUNTED_RESTART = "counted_restart"  # started again, and counted towards the intensity


@attrs.frozen
class Ended:
    """A child that ended, as far as that decides anything.

    `is_first_start`: it is the one that the supervisor waits for in its own first start.
    `is_on_trial`: somebody waits for this start, and it is not tried again.
    """

    outcome: Outcome
    restart: Restart
    is_first_start: bool = False
    is_on_trial: bool = False


# What a supervisor stopped stays stopped, whatever its restart type.
_RESTARTED = {
    (Restart.PERMANENT, Ending.NORMAL): True,
    (Restart.PERMANENT, Ending.FAILED): True,
    (Restart.PERMANENT, Ending.STOPPED): False,
    (Restart.TRANSIENT, Ending.NORMAL): False,
    (Restart.TRANSIENT, Ending.FAILED): True,
    (Restart.TRANSIENT, Ending.STOPPED): False,
    (Restart.TEMPORARY, Ending.NORMAL): False,
    (Restart.TEMPORARY, Ending.FAILED): False,
    (Restart.TEMPORARY, Ending.STOPPED): False,
}


def judge(ended: Ended, *, draining: bool) -> Verdict:
    """Decide what the end of a child means; while the tree drains, a normal end is for good."""
    outcome = ended.outcome
    failed = outcome.ending is Ending.FAILED
    if failed and outcome.cause is Cause.FENCED:
        return Verdict.ESCALATE
    if failed and ended.is_first_start:
        return Verdict.FAIL_START
    restarted = _RESTARTED[ended.restart, outcome.ending] and (failed or not draining)
    if ended.is_on_trial and (restarted or outcome.ending is not Ending.NORMAL):
        return Verdict.FAIL_TRIAL
    if not restarted:
        return Verdict.REST
    return Verdict.COUNTED_RESTART if counts(outcome) else Verdict.RESTART


def counts(outcome: Outcome) -> bool:
    """Whether a restart counts towards the intensity.

    A crash is charged once: to the message in hand, which goes to quarantine after so many,
    or else to the actor, and so to the intensity. Waiting for the world to come back is
    not charged.
    """
    return outcome.cause is not Cause.TRANSIENT and outcome.charge is Charge.NOTHING


def taken_along(strategy: Strategy, children: Iterable[K], ended: K) -> list[K]:
    """List the children that a restart concerns, in their order; the ended one is of them."""
    if strategy is Strategy.ONE_FOR_ONE:
        return [ended]
    everybody = list(children)
    if strategy is Strategy.ONE_FOR_ALL:
        return everybody
    return everybody[everybody.index(ended) :]


def ends_the_supervisor(
    auto_shutdown: AutoShutdown, *, is_significant: bool, others_in_play: Iterable[bool]
) -> bool:
    """Whether a child that rests ends its supervisor.

    `others_in_play` says of each other significant child whether it runs or may run again.
    """
    if not is_significant or auto_shutdown is AutoShutdown.NEVER:
        return False
    return auto_shutdown is AutoShutdown.ANY_SIGNIFICANT or not any(others_in_play)


class RestartWindow:
    """The counted restarts of one supervisor; times are seconds of one clock."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def exceeded_by(self, now: float, *, intensity: int, period_seconds: float) -> bool:
        """Count a restart; whether it is one too many: number intensity + 1 in the period."""
        times = self._times
        times.append(now)
        while times[0] < now - period_seconds:
            times.popleft()
        return len(times) > intensity
