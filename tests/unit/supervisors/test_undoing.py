"""An undo action that raises spoils nothing but itself: messages, siblings and books are whole."""

from __future__ import annotations

import pytest
import trio

from supervisors import (
    NO_BACKOFF,
    Cause,
    Child,
    Event,
    EventKind,
    Inbox,
    Mailbox,
    Supervisor,
    Tree,
    UndoFailed,
    on_abort,
    step,
)


class Undo:
    """Undo actions of which some raise."""

    def __init__(self) -> None:
        self.undone: list[str] = []

    def plan(self, *names: str) -> None:
        """Register an action for each name; one that ends in ! raises."""
        for name in names:
            on_abort(lambda name=name: self._undo(name))  # type: ignore[misc]

    def _undo(self, name: str) -> None:
        self.undone.append(name)
        if name.endswith("!"):
            raise OSError(name)


async def test_every_undo_runs_and_the_message_comes_again_whatever_one_of_them_raises(
    autojump_clock: object,
) -> None:
    undo, box, done = Undo(), Mailbox[int]("box"), []
    events: list[Event] = []

    async def work(inbox: Inbox[int]) -> None:
        async for number in inbox:
            if inbox.attempts == 0:
                undo.plan("a", "b!", "c", "d!")
                raise ValueError("a crash")
            done.append(number)

    await box.send_many([1, 2])
    child = Child("work", work, box.inbox()).with_policy(backoff=NO_BACKOFF)
    tree = Tree(Supervisor("root", [child]), subscribers=[events.append])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(1)
        assert tree.ready
        last = tree.snapshot().children[0].last_error
        assert last is not None
        assert last.message == "a crash"
        tree.stop()
    assert done == [1, 2]
    assert undo.undone == ["d!", "c", "b!", "a"] * 2
    assert (box.snapshot().leased, box.snapshot().acked) == (0, 2)
    reported = [event for event in events if event.kind is EventKind.UNDO_FAILED]
    assert [event.path for event in reported] == ["root/work"] * 2
    assert reported[0].error is not None
    assert "2 undo actions raised, the first one OSError: d!" in reported[0].error.message
    assert "in _undo" in reported[0].error.traceback


@pytest.mark.parametrize("how", ["nack", "close"])
async def test_giving_a_message_back_says_that_an_undo_raised_when_it_is_back(how: str) -> None:
    undo, box = Undo(), Mailbox[int]("box")
    await box.send(1)
    inbox = box.inbox()
    await inbox.receive()
    undo.plan("a", "b!", "c!")
    with pytest.raises(UndoFailed, match="2 undo actions raised") as caught:
        getattr(inbox, how)()
    assert [str(failure) for failure in caught.value.failures] == ["c!", "b!"]
    assert undo.undone == ["c!", "b!", "a"]
    assert box.snapshot().leased == 0
    other = box.inbox() if how == "close" else inbox
    assert await other.receive() == 1
    assert other.attempts == (1 if how == "nack" else 0)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
async def test_the_error_that_discards_a_step_goes_on_with_a_note(
    error: type[BaseException],
) -> None:
    undo, box = Undo(), Mailbox[int]("box")
    with pytest.raises(error, match="the first") as caught:  # noqa: PT012  the block raises
        async with step():
            await box.outlet().send(1)
            undo.plan("a", "b!")
            raise error("the first")
    assert any("1 undo actions raised" in note for note in caught.value.__notes__)
    assert (undo.undone, box.depth) == (["b!", "a"], 0)


async def test_a_cancellation_that_discards_a_step_passes_whatever_its_undo_raises(
    autojump_clock: object,
) -> None:
    undo, box = Undo(), Mailbox[int]("box", capacity=1)
    events: list[Event] = []
    given_up = 0

    async def source() -> None:
        nonlocal given_up
        while True:
            with trio.move_on_after(1) as scope:
                async with step():
                    undo.plan("a!")
                    await box.outlet().send(1)
            given_up += scope.cancelled_caught

    tree = Tree(Supervisor("root", [Child("s", source)]), subscribers=[events.append])
    with trio.move_on_after(3.5):
        await tree.run()
    assert given_up == 3
    assert [e.path for e in events if e.kind is EventKind.UNDO_FAILED] == ["root/s"] * 4
    assert box.depth == 1


async def test_an_abort_by_the_library_never_raises() -> None:
    undo, box = Undo(), Mailbox[int]("box")
    await box.send(1)
    inbox = box.inbox()
    await inbox.receive()
    undo.plan("a!")
    _, failed = inbox._abort(Cause.CRASH, None)
    assert isinstance(failed, UndoFailed)
    assert box.snapshot().leased == 0
