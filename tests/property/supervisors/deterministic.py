"""A repeatable Trio for property tests: one seed, one schedule, one outcome.

Trio shuffles the tasks that are ready, from a random source of its own that it does not
publish. This is the one place that reaches for it; `test_deterministic.py` is the canary
that sings when Trio moves it.
"""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

import trio
import trio._core._run as trio_run
import trio.testing

T = TypeVar("T")


class CheckpointCrash(Exception):
    """A crash thrown into an actor as it comes back from a checkpoint."""


class Always(trio.abc.Instrument):
    """Checks something after every step of every task."""

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self.failure: AssertionError | None = None

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """Keep the first failure: Trio swallows what an instrument raises."""
        if self.failure is None:
            try:
                self._check()
            except AssertionError as failure:
                self.failure = failure


def run(
    seed: int,
    function: Callable[..., Awaitable[T]],
    *args: Any,
    always: Callable[[], None] = lambda: None,
) -> T:
    """Run an async function under a schedule drawn from the seed, with time that jumps.

    `always` is called after every step of every task; its first failure is raised at the end.
    """
    watch = Always(always)
    before = trio_run._ALLOW_DETERMINISTIC_SCHEDULING
    state = trio_run._r.getstate()
    trio_run._ALLOW_DETERMINISTIC_SCHEDULING = True
    trio_run._r.seed(seed)
    try:
        clock = trio.testing.MockClock(autojump_threshold=0)
        result = trio.run(function, *args, clock=clock, instruments=[watch])
    finally:
        trio_run._ALLOW_DETERMINISTIC_SCHEDULING = before
        trio_run._r.setstate(state)
    if watch.failure is not None:
        raise watch.failure
    return result


class CheckpointCrashes:
    """Wraps an actor so that it crashes as it comes back from chosen checkpoints.

    The count of checkpoints runs on over incarnations: each number is one crash.
    """

    def __init__(self, at: set[int]) -> None:
        self._at = at
        self._count = 0
        self.fired = 0

    def wrap(self, actor: Callable[..., Any]) -> Callable[..., Awaitable[None]]:
        """Return the actor with crashes."""

        async def crashing(*args: Any, **kwargs: Any) -> None:
            await self._drive(actor(*args, **kwargs))

        return crashing

    @types.coroutine
    def _drive(self, coroutine: Any) -> Generator[Any, Any, None]:
        step = coroutine.send
        argument: Any = None
        while True:
            try:
                trap = step(argument)
            except StopIteration:
                return
            try:
                argument = yield trap
                step = coroutine.send
            except BaseException as error:  # noqa: BLE001  passed on into the actor
                argument, step = error, coroutine.throw
                continue
            self._count += 1
            if self._count in self._at:
                self.fired += 1
                argument, step = CheckpointCrash(self._count), coroutine.throw
