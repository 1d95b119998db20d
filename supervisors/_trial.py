"""A first start that somebody waits for: when it fails, it fails to them and ends nothing else."""

from __future__ import annotations

import trio

from supervisors._error_info import named
from supervisors._errors import StartFailed
from supervisors._life import Ending, Outcome

_END_WORDS = {Ending.NORMAL: "returned", Ending.STOPPED: "was stopped", Ending.FAILED: "failed"}


def start_failure(path: str, outcome: Outcome) -> StartFailed:
    """Say that a child ended before it was ready; a StartFailed of its own stays as it is."""
    error = outcome.error
    if isinstance(error, StartFailed):
        return error
    why = f"it {_END_WORDS[outcome.ending]} first" if error is None else named(error)
    failure = StartFailed(f"{path} did not start: {why}")
    failure.__cause__ = error
    return failure


class Trial:
    """The verdict on one start: it holds, or it has failed."""

    def __init__(self) -> None:
        self._settled = trio.Event()
        self._failure: StartFailed | None = None

    def holds(self) -> None:
        """Say that the child is ready, or has done its work."""
        self._settled.set()

    def fails(self, failure: StartFailed) -> None:
        """Say that the child did not become ready; the first verdict counts."""
        if not self._settled.is_set():
            self._failure = failure
            self._settled.set()

    async def wait(self) -> None:
        """Wait for the verdict.

        Raises:
            StartFailed: the child did not become ready.

        If cancelled, the child goes on starting.
        """
        await self._settled.wait()
        if self._failure is not None:
            raise self._failure
