"""No test of supervision waits for ever: what should have ended and does not is a failure."""

import signal
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from supervisors._life import FOLLOWS, State
from supervisors._nodes import Node

_LIMIT_SECONDS = 180  # far above what any of them takes on a busy machine


@pytest.fixture(autouse=True)
def no_test_waits_for_ever() -> Iterator[None]:
    """Interrupt a test that has come to a halt, as a person would: trio knows how to end then."""

    def give_up(_number: int, _frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGINT)

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(_LIMIT_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture(autouse=True)
def states_follow_the_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test does to a tree, its nodes go only from a state to one that may follow."""
    move_to = Node.move_to
    wrong: list[str] = []

    def checked(node: Node, state: State, *arguments: Any, **more: Any) -> None:
        if state not in FOLLOWS[node.state]:
            wrong.append(f"{node.path}: {node.state.value} -> {state.value}")
        move_to(node, state, *arguments, **more)

    monkeypatch.setattr(Node, "move_to", checked)
    yield
    assert wrong == []
