"""The errors of the library, and the classification that turns any error into a policy.

The policy of a supervisor reads the type of a failure, never its text. An application keeps
its own error classes and names them in `FailureTypes`; the classes here are always included.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

import attrs

from supervisors._error_info import leaves_of, named


class SupervisionError(Exception):
    """Root of everything that this library raises on its own account."""


class LocalProtocolError(SupervisionError):
    """The library was used against its rules: a bug of the caller."""


class StepTooLarge(LocalProtocolError):
    """A step sends more into one mailbox than the mailbox could ever hold."""


class MailboxBusy(LocalProtocolError):
    """A second reader asked for a mailbox whose reader is still alive."""


class NotAccepted(SupervisionError):
    """A mailbox would drop this message now, or newer news for it: it stays where it is."""


class TransientFailure(SupervisionError):
    """Try again with backoff; the message in hand is not to blame."""


class PoisonMessage(SupervisionError):
    """This message can never succeed: quarantine it at once."""


class Fenced(SupervisionError):
    """The right to act is lost: nothing here is restarted, the tree ends with this error."""


class StartFailed(SupervisionError):
    """A child failed, or ran out of time, before it was ready for the first time."""


class StartTimeout(StartFailed):
    """A child did not say that it is ready within its start timeout."""


class IntensityExceeded(SupervisionError):
    """A supervisor saw more restarts within its period than its intensity allows."""


class ChildProcessDied(SupervisionError):
    """A process child ended without a word: killed by a signal, or by its own exit."""


class RemoteFailure(SupervisionError):
    """An error raised inside a process child whose own type could not be carried over."""


class UndoFailed(SupervisionError):
    """Actions given to `on_abort` raised: what they should have undone is in doubt.

    The step is discarded all the same, its messages are given back, and every other action
    has run. `failures` has what was raised, in the order of the actions.
    """

    def __init__(self, message: str, failures: Sequence[BaseException] = ()) -> None:
        super().__init__(message)
        self.failures = tuple(failures)

    @classmethod
    def of(cls, failures: Sequence[BaseException]) -> UndoFailed:
        """Sum up what undo actions raised."""
        first = failures[0]
        text = f"{len(failures)} undo actions raised, the first one {named(first)}"
        undone = cls(text, failures)
        undone.__cause__ = first
        return undone


class LeakedNursery(LocalProtocolError):
    """An actor ended with a nursery still open."""


class Stuck(SupervisionError):
    """The event loop, or a process child, made no progress for longer than allowed."""


class Cause(enum.Enum):
    """Why a lease ended without an acknowledgement."""

    CANCELLED = "cancelled"
    TRANSIENT = "transient"
    POISON = "poison"
    CRASH = "crash"
    FENCED = "fenced"
    NACK = "nack"


@attrs.frozen
class FailureTypes:
    """Which exception classes mean try again, never succeed, and stop acting.

    The library's own TransientFailure, PoisonMessage and Fenced always belong to their
    sets. An exception group is judged by its leaves: fenced if any leaf is, else a crash if
    any leaf is unclassified, else poison if any leaf is, else transient. KeyboardInterrupt
    and SystemExit, which ask the whole program to end, are fenced; every other exception that
    is no Exception is a crash like any other, unless it is named here.
    """

    transient: tuple[type[BaseException], ...] = ()
    poison: tuple[type[BaseException], ...] = ()
    fenced: tuple[type[BaseException], ...] = ()

    def cause_of(self, error: BaseException) -> Cause:
        """Classify an error."""
        seen = {self._cause_of_leaf(leaf) for leaf in leaves_of(error)}
        for cause in (Cause.FENCED, Cause.CRASH, Cause.POISON):
            if cause in seen:
                return cause
        return Cause.TRANSIENT if Cause.TRANSIENT in seen else Cause.CRASH

    def _cause_of_leaf(self, error: BaseException) -> Cause:
        if isinstance(error, (Fenced, KeyboardInterrupt, SystemExit, *self.fenced)):
            return Cause.FENCED
        if isinstance(error, (PoisonMessage, *self.poison)):
            return Cause.POISON
        if isinstance(error, (TransientFailure, *self.transient)):
            return Cause.TRANSIENT
        return Cause.CRASH
