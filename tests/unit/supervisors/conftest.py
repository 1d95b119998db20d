"""No test of supervision waits for ever: what should have ended and does not is a failure."""

import signal
from collections.abc import Iterator
from types import FrameType

import pytest

_LIMIT_SECONDS = 180  # far above what any of them takes on a busy machine


@pytest.fixture(autouse=True)
def nobody_waits_for_ever() -> Iterator[None]:
    """Interrupt a test that has come to a halt, as a person would: trio knows how to end then."""

    def give_up(_number: int, _frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGINT)

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(_LIMIT_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)
