"""What a running actor can say about itself: that it is ready, or degraded, or well again."""

from __future__ import annotations

from collections.abc import Callable

from supervisors._error_info import ErrorInfo
from supervisors._errors import LocalProtocolError, UndoFailed
from supervisors._faults import FaultInjector
from supervisors._steps import NewStep, Step, current_actor


class ActorContext:
    """One incarnation of an actor, as seen from inside."""

    __slots__ = (
        "_on_degraded",
        "_on_ready",
        "_on_undo_failed",
        "faults",
        "incarnation",
        "is_remote",
        "new_step",
        "path",
    )

    def __init__(
        self,
        path: str,
        incarnation: int,
        *,
        faults: FaultInjector | None,
        on_ready: Callable[[], None],
        on_degraded: Callable[[str | None], None],
        on_undo_failed: Callable[[ErrorInfo], None],
    ) -> None:
        self.path = path
        self.incarnation = incarnation
        self.faults = faults
        self._on_ready = on_ready
        self._on_degraded = on_degraded
        self._on_undo_failed = on_undo_failed
        # In a process child both are set otherwise: steps commit at the parent.
        self.is_remote: bool = False
        self.new_step: NewStep = lambda: Step(self)

    def ready(self) -> None:
        """Tell the supervisor that the actor can do its work."""
        self._on_ready()

    def degraded(self, reason: str | None) -> None:
        """Tell the supervisor that the actor works below its promise; None ends that."""
        self._on_degraded(reason)

    def undo_failed(self, failed: UndoFailed) -> None:
        """Tell the supervisor that undo actions of a step raised."""
        self._on_undo_failed(ErrorInfo.of(failed))


def this_actor() -> ActorContext:
    """Return the actor that runs this task.

    Raises:
        LocalProtocolError: called outside of an actor.
    """
    actor = current_actor.get()
    if not isinstance(actor, ActorContext):
        raise LocalProtocolError("this runs in no actor: only a Child's function may ask")
    return actor


def ready() -> None:
    """Say that this actor is ready; children with readiness="explicit" must, others may."""
    this_actor().ready()


def degraded(reason: str | None) -> None:
    """Say that this actor is alive but below its promise, and why; None says well again."""
    this_actor().degraded(reason)
