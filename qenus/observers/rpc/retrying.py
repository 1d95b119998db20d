"""When to try again: pauses that grow, and the one loop that keeps something going.

`Pauses` decides and is pure: the number of failures in a row and a drawn number go in, seconds come
out. They double up to a limit, half of each is random, so that those who failed together do not
come back together, and a pause that the other side asked for is honoured. `keep_going` runs
something over and over by such pauses; whatever it fails with costs only that run.
"""

import random
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

import attrs
import trio

from qenus.errors import FencedError
from qenus.observers.rpc.errors import first_failure

__all__ = ["Pauses", "asked_for_seconds", "keep_going"]

# A server that asks to be left alone for longer is asked whether it still means it.
_LONGEST_ASKED_SECONDS: Final = 300.0
# 2 to this power times any pause is beyond every limit, and still a float.
_MOST_DOUBLINGS: Final = 64


@attrs.frozen
class Pauses:
    """Pauses in seconds: `first_seconds` after one failure, doubled up to `longest_seconds`."""

    first_seconds: float
    longest_seconds: float

    def after(self, failures: int, draw: float, *, asked_for: float | None = None) -> float:
        """Give the pause after so many failures in a row, at least one.

        `draw` is a random number from 0 to 1. `asked_for` is how long the other side wants to be
        left alone, in seconds: the pause is not shorter than that, within reason.
        """
        doublings = min(max(failures - 1, 0), _MOST_DOUBLINGS)
        ceiling = min(self.first_seconds * 2.0**doublings, self.longest_seconds)
        pause = ceiling * (0.5 + draw / 2)
        # Written so that no number at all, as a server may send it, asks for nothing.
        if asked_for is not None and asked_for > 0:
            asked_for = min(asked_for, _LONGEST_ASKED_SECONDS)
            pause = max(pause, asked_for * (1 + draw / 10))
        return pause


def asked_for_seconds(error: BaseException) -> float | None:
    """Give how long who refused wants to be left alone, where its refusal says so."""
    asked_for = getattr(error, "retry_after_seconds", None)
    return asked_for if isinstance(asked_for, int | float) else None


async def keep_going(
    run: Callable[[], Awaitable[None]],
    judge: Callable[[Exception | None, float], tuple[Pauses, bool]],
    *,
    rng: random.Random | None = None,
) -> NoReturn:
    """Run something over and over, for ever, with a pause after each time that it ended.

    `judge` is given what it failed with, None when it just ended, and the seconds that it lasted;
    it says which pauses suit that and whether the row of failures begins anew with this one.

    Raises:
        FencedError: whatever runs here has lost the right to act.

    Cancellation cancels what is run and ends the loop.
    """
    rng = rng or random.Random()
    failures = 0
    while True:
        began = trio.current_time()
        failure: Exception | None = None
        try:
            await run()
        except FencedError:
            raise
        except Exception as error:
            found = first_failure(error)
            # A group may hold what is no failure of this run, such as an interrupt.
            if not isinstance(found, Exception) or isinstance(found, FencedError):
                raise
            failure = found
        pauses, anew = judge(failure, trio.current_time() - began)
        failures = 1 if anew else failures + 1
        asked_for = None if failure is None else asked_for_seconds(failure)
        await trio.sleep(pauses.after(failures, rng.random(), asked_for=asked_for))
