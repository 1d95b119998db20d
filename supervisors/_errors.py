"""The errors of the library, and the classification that turns any error into a policy.

The policy of a supervisor reads the type of a failure, never its text. An application keeps
its own error classes and names them in `FailureTypes`; the classes here are always included.
"""

from __future__ import annotations

import enum
import traceback
from collections.abc import Iterator, Sequence

import attrs

_MAX_TRACEBACK_CHARACTERS = 16_384


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
        text = f"{len(failures)} undo actions raised, the first one {first!r}"
        undone = cls(text, failures)
        undone.__cause__ = first
        return undone


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
    any leaf is unclassified, else poison if any leaf is, else transient.
    """

    transient: tuple[type[BaseException], ...] = ()
    poison: tuple[type[BaseException], ...] = ()
    fenced: tuple[type[BaseException], ...] = ()

    def cause_of(self, error: BaseException) -> Cause:
        """Classify an error."""
        seen = {self._cause_of_leaf(leaf) for leaf in _leaves(error)}
        for cause in (Cause.FENCED, Cause.CRASH, Cause.POISON):
            if cause in seen:
                return cause
        return Cause.TRANSIENT if Cause.TRANSIENT in seen else Cause.CRASH

    def _cause_of_leaf(self, error: BaseException) -> Cause:
        if isinstance(error, (Fenced, *self.fenced)):
            return Cause.FENCED
        if isinstance(error, (PoisonMessage, *self.poison)):
            return Cause.POISON
        if isinstance(error, (TransientFailure, *self.transient)):
            return Cause.TRANSIENT
        return Cause.CRASH


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _format(error: BaseException) -> str:
    """Format an exception without the markers under each line.

    Finding where the markers go compiles every line again, which takes longer than the
    restart that waits for it.
    """
    described = traceback.TracebackException.from_exception(error, compact=True)
    pending: list[traceback.TracebackException | None] = [described]
    while pending:
        part = pending.pop()
        if part is None:
            continue
        for frame in part.stack:
            frame.colno = frame.end_colno = None
        pending += [part.__cause__, part.__context__, *(part.exceptions or ())]
    return "".join(described.format())


@attrs.frozen
class ErrorInfo:
    """An error as data: safe to keep, to print and to send, holds no frames alive."""

    type: str
    message: str
    traceback: str

    @classmethod
    def of(cls, error: BaseException) -> ErrorInfo:
        """Describe an exception; the traceback keeps its last 16,384 characters."""
        kind = type(error)
        try:
            message = str(error)
        except Exception:  # noqa: BLE001  a broken __str__ must not break supervision
            message = "<unprintable>"
        try:
            text = _format(error)
        except Exception:  # noqa: BLE001  so must a broken cause
            text = "<traceback unavailable>"
        return cls(
            type=f"{kind.__module__}.{kind.__qualname__}",
            message=message,
            traceback=text[-_MAX_TRACEBACK_CHARACTERS:],
        )
