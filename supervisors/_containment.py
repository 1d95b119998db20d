"""What comes out of an actor, and what of it is the actor's: nothing of that reaches a sibling.

An actor may raise whatever it likes, also what is no Exception, and may leave nurseries open.
All of that is a crash of the actor. Only what ends its surroundings passes through it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import trio

from supervisors._error_info import leaves_of
from supervisors._errors import LeakedNursery

_LONGEST_WAIT_SECONDS = 60.0
_POLL_SECONDS = 0.001


def comes_from_outside(raised: BaseException, task: trio.lowlevel.Task) -> bool:
    """Whether what left the actor is no word of the actor: its surroundings are being ended.

    That is a Cancelled while a scope around the incarnation is cancelled; one that an actor has
    kept and raises again later is a crash like any other. And it is the GeneratorExit of a
    coroutine that is closed because its run is over, which happens in no task of that run.
    """
    if any(isinstance(leaf, trio.Cancelled) for leaf in leaves_of(raised)):
        try:
            return trio.current_effective_deadline() == -math.inf
        except RecursionError:  # only a scope that is not cancelled looks at those around it
            return False
    if isinstance(raised, GeneratorExit):
        try:
            return trio.lowlevel.current_task() is not task
        except RuntimeError:
            return True
    return False


def lone_cancelled(raised: BaseException) -> BaseException | None:
    """Return one Cancelled for a group of nothing else; None for anything that says more.

    Every nursery that a cancellation passes wraps it in a group. A supervisor hands it on bare,
    or the groups of a deep tree would be nested deeper than Trio and Python can look into.
    """
    leaves = list(leaves_of(raised))
    if all(isinstance(leaf, trio.Cancelled) for leaf in leaves):
        return leaves[0]
    return None


def leaked_nurseries(task: trio.lowlevel.Task, before: int) -> list[trio.Nursery]:
    """List the nurseries that are open in a task beyond those that were open before."""
    return task.child_nurseries[before:]


async def end_leaked_nurseries(
    task: trio.lowlevel.Task,
    leaked: Sequence[trio.Nursery],
    error: BaseException | None,
    patience_seconds: float,
) -> BaseException:
    """End the nurseries that an actor entered and did not leave, in its task.

    Trio gives the error of a task that ends with an open nursery to the nursery around the
    task, which here is the supervisor's: it would cancel all siblings. So this is called while
    the task still runs. The leaked tasks are cancelled and waited for, because they may still
    use what the next incarnation will, and the nursery is taken off the task's books.

    Returns the error that the actor failed with: its own, or else one that names the leak.

    A cancellation waits until the tasks have ended, or `patience_seconds` are over.
    """
    for nursery in leaked:
        nursery.cancel_scope.cancel()
    with trio.CancelScope(shield=True) as scope:
        scope.deadline = trio.current_time() + min(patience_seconds, _LONGEST_WAIT_SECONDS)
        # No event tells of the end of a task in a nursery that has no one at its end.
        while any(nursery.child_tasks for nursery in leaked):  # noqa: ASYNC110
            await trio.sleep(_POLL_SECONDS)
    # Trio has no public way to close a nursery without the manager that opened it.
    books: list[Any] = getattr(task, "_child_nurseries", [])
    for nursery in leaked:
        nursery._closed = True
        if nursery in books:
            books.remove(nursery)
    leak = LeakedNursery(
        f"{len(leaked)} nurseries were entered and not left: use `async with`, and close the "
        f"async generators that open one (contextlib.aclosing)"
    )
    leak.__context__ = error
    if error is None or type(error) is RuntimeError:  # trio's word for the scopes it found
        return leak
    error.add_note(f"and then: {leak}")
    return error
