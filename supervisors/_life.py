"""The life of a child or a supervisor as a table: its states, what follows what, how it ends.

    WAITING ──► STARTING ──► READY ◄──► DEGRADED      STOPPING follows each of these three
                   ▲            │
                   │            ▼
                BACKOFF ◄── FAILED | ENDED | STOPPED

Which of the last three an incarnation ends in is its Ending; whether it is started again is
for `_policy.py` to say.
"""

from __future__ import annotations

import enum

import attrs

from supervisors._errors import Cause
from supervisors._lane import Charge


class State(enum.Enum):
    """Where a child or a supervisor is in its life."""

    WAITING = "waiting"  # not started yet
    STARTING = "starting"
    READY = "ready"
    DEGRADED = "degraded"
    STOPPING = "stopping"
    BACKOFF = "backoff"  # failed, its restart is pending
    STOPPED = "stopped"  # by its supervisor
    ENDED = "ended"  # by itself, normally, and not to be restarted
    FAILED = "failed"  # by itself, and not to be restarted


ALIVE = frozenset({State.STARTING, State.READY, State.DEGRADED, State.STOPPING})
WORKING = frozenset({State.ENDED, State.READY, State.DEGRADED})  # or its work is done
BELOW_ITS_PROMISE = frozenset({State.DEGRADED, State.BACKOFF, State.FAILED})

_OVER = frozenset({State.ENDED, State.FAILED, State.STOPPED})
_AGAIN = frozenset({State.STARTING, State.BACKOFF, State.STOPPED})  # a drain stops what has ended

FOLLOWS: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.STARTING, State.STOPPED}),
    State.STARTING: frozenset({State.READY, State.STOPPING}) | _OVER,
    State.READY: frozenset({State.DEGRADED, State.STOPPING}) | _OVER,
    State.DEGRADED: frozenset({State.DEGRADED, State.READY, State.STOPPING}) | _OVER,
    State.STOPPING: _OVER,
    State.BACKOFF: frozenset({State.STARTING, State.STOPPED}),
    State.STOPPED: _AGAIN,
    State.ENDED: _AGAIN,
    State.FAILED: _AGAIN,
}


class Ending(enum.Enum):
    """How an incarnation ended."""

    NORMAL = "normal"
    FAILED = "failed"
    STOPPED = "stopped"


STATE_AFTER = {
    Ending.NORMAL: State.ENDED,
    Ending.FAILED: State.FAILED,
    Ending.STOPPED: State.STOPPED,
}


@attrs.frozen
class Outcome:
    """How an incarnation ended, and what the policy needs to know about it."""

    ending: Ending
    error: BaseException | None = None
    cause: Cause = Cause.CRASH
    charge: Charge = Charge.NOTHING  # what the messages in hand were charged with
