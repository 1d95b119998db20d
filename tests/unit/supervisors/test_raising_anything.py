"""An actor may raise, or leave behind, whatever it likes: that is its crash and no one else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import trio
import trio.testing

from supervisors import (
    NO_BACKOFF,
    Cell,
    Child,
    ErrorInfo,
    Event,
    EventKind,
    Inbox,
    LeakedNursery,
    Mailbox,
    QuarantinedMessage,
    Readiness,
    StartFailed,
    State,
    Supervisor,
    Tree,
    UndoFailed,
    ready,
)


class Own(BaseException):
    """An application's exception that is no Exception."""


class Unprintable(Exception):
    """An exception that raises when it is asked what it is."""

    def __str__(self) -> str:
        raise Own

    __repr__ = __str__


class Huge(Exception):
    """An exception with ten megabytes to say."""

    def __str__(self) -> str:
        return "x" * 10_000_000


def nested(depth: int) -> BaseException:
    error: BaseException = Own("the leaf")
    for _ in range(depth):
        error = BaseExceptionGroup("group", [error])
    return error


def caused(links: int) -> Exception:
    error = Exception("the first cause")
    for n in range(links):
        later = Exception(n)
        later.__cause__ = error
        error = later
    return error


async def leak_a_nursery() -> None:
    nursery = await trio.open_nursery().__aenter__()
    nursery.start_soon(trio.sleep_forever)


async def numbers_from_a_nursery() -> AsyncIterator[int]:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep_forever)
        yield 1


async def leave_a_generator_open() -> None:
    generator = numbers_from_a_nursery()
    async for _ in generator:
        break
    left_open.append(generator)


left_open: list[AsyncIterator[int]] = []  # not collected: Trio closes them when its run ends

RAISED: dict[str, Callable[[], BaseException]] = {
    "asyncio.CancelledError": asyncio.CancelledError,
    "GeneratorExit": GeneratorExit,
    "its own BaseException": Own,
    "a group of both kinds": lambda: BaseExceptionGroup("both", [Own(), ValueError()]),
    "a group 5,000 levels deep": lambda: nested(5_000),
    "a chain of 50,000 causes": lambda: caused(50_000),
    "an exception that cannot be printed": Unprintable,
    "an exception of ten megabytes": Huge,
    "RecursionError": RecursionError,
}
LEFT_BEHIND = {"a nursery": leak_a_nursery, "a generator in a nursery": leave_a_generator_open}


async def crash_once_beside_a_sibling(actor: Callable[[], Awaitable[None]]) -> Event:
    """Run an actor that misbehaves in its first incarnation; return the event of its crash."""
    crashes: list[Event] = []
    sibling_starts = 0
    up_again = trio.Event()

    def note(event: Event) -> None:
        if event.kind is EventKind.CRASHED:
            crashes.append(event)

    async def sibling() -> None:
        nonlocal sibling_starts
        sibling_starts += 1
        await trio.sleep_forever()

    incarnations = 0

    async def misbehave() -> None:
        nonlocal incarnations
        incarnations += 1
        ready()
        if incarnations == 1:
            await actor()
            return
        up_again.set()
        await trio.sleep_forever()

    child = Child("bad", misbehave).with_policy(backoff=NO_BACKOFF, readiness=Readiness.EXPLICIT)
    tree = Tree(Supervisor("root", [Child("good", sibling), child]), subscribers=[note])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        with trio.fail_after(30):
            await up_again.wait()
        tree.stop()
    assert sibling_starts == 1
    assert [event.path for event in crashes] == ["root/bad"]
    return crashes[0]


@pytest.mark.parametrize("kind", RAISED)
async def test_whatever_an_actor_raises_is_its_own_crash(kind: str) -> None:
    async def raise_it() -> None:
        raise RAISED[kind]()

    crash = await crash_once_beside_a_sibling(raise_it)
    assert crash.error is not None
    assert len(crash.error.message) <= 16_384
    assert len(crash.error.traceback) <= 16_384


async def test_a_cancelled_that_was_kept_and_raised_later_is_a_crash() -> None:
    async def raise_it_later() -> None:
        kept: list[trio.Cancelled] = []
        with trio.CancelScope() as scope:
            scope.cancel()
            try:
                await trio.sleep_forever()
            except trio.Cancelled as cancelled:
                kept.append(cancelled)
                raise
        raise kept[0]

    crash = await crash_once_beside_a_sibling(raise_it_later)
    assert crash.error is not None
    assert crash.error.type == "trio.Cancelled"


@pytest.mark.parametrize("kind", LEFT_BEHIND)
async def test_a_nursery_that_an_actor_leaves_open_is_its_own_crash(kind: str) -> None:
    crash = await crash_once_beside_a_sibling(LEFT_BEHIND[kind])
    assert crash.error is not None
    assert crash.error.type.endswith(LeakedNursery.__name__)


async def test_what_ran_in_a_leaked_nursery_has_ended_when_the_actor_runs_again() -> None:
    running = 0

    async def use_it() -> None:
        nonlocal running
        running += 1
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(0.01)
            running -= 1

    async def leak() -> None:
        nursery = await trio.open_nursery().__aenter__()
        nursery.start_soon(use_it)
        await trio.testing.wait_all_tasks_blocked()
        assert running == 1

    async def leak_and_look() -> None:
        await leak()

    await crash_once_beside_a_sibling(leak_and_look)
    assert running == 0


async def test_a_message_in_hand_is_redelivered_after_any_of_these() -> None:
    box = Mailbox[int]("box", capacity=4)
    seen: list[int] = []

    async def work(inbox: Inbox[int]) -> None:
        async for message in inbox:
            seen.append(message)
            if len(seen) == 1:
                raise asyncio.CancelledError
            if len(seen) == 2:
                await leak_a_nursery()
                return

    tree = Tree(Supervisor("root", [Child("work", work, box.inbox())]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await box.send(7)
        with trio.fail_after(30):
            await tree.wait_sources_done()
        tree.stop()
    assert seen == [7, 7, 7]


async def test_a_start_that_fails_with_an_unprintable_error_is_reported_all_the_same() -> None:
    async def fail() -> None:
        raise Unprintable

    child = Child("bad", fail).with_policy(readiness=Readiness.EXPLICIT)
    with pytest.raises(StartFailed, match="Unprintable: <unprintable>"):
        await Tree(Supervisor("root", [child])).run()


async def test_a_child_added_that_fails_with_an_unprintable_error_is_taken_out_again() -> None:
    async def fail() -> None:
        raise Unprintable

    async def idle() -> None:
        await trio.sleep_forever()

    tree = Tree(Supervisor("root", [Child("idle", idle)]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        child = Child("bad", fail).with_policy(readiness=Readiness.EXPLICIT)
        with pytest.raises(StartFailed, match="<unprintable>"):
            await tree.add_child("root", child)
        assert [node.name for node in tree.snapshot().children] == ["idle"]
        tree.stop()


def test_undo_actions_that_raise_what_cannot_be_printed_are_summed_up() -> None:
    assert "Unprintable: <unprintable>" in str(UndoFailed.of([Unprintable()]))


async def test_a_store_and_a_factory_that_raise_no_exception_reach_no_actor() -> None:
    class Broken:
        def keep(self, **_message: object) -> bool:
            raise Own

        def entries(self) -> list[QuarantinedMessage]:
            raise Own

        def drop(self, key: str) -> QuarantinedMessage:
            raise KeyError(key)

    box = Mailbox[int]("box", max_attempts=1)
    builds = 0

    def build() -> int:
        nonlocal builds
        builds += 1
        if builds > 1:
            raise Own
        return builds

    cell = Cell[int]("cell", factory=build, reset_after=1)
    reported: list[EventKind] = []

    async def work(inbox: Inbox[int], _cell: Cell[int]) -> None:
        async for message in inbox:
            if message < 2:
                raise ValueError(message)

    child = Child("work", work, box.inbox(), cell).with_policy(backoff=NO_BACKOFF)
    tree = Tree(
        Supervisor("root", [child]),
        quarantine=Broken(),
        subscribers=[lambda event: reported.append(event.kind)],
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await box.send_many([1, 2])
        with trio.fail_after(30):
            await tree.wait_sources_done()
        assert tree.snapshot().children[0].state is State.READY
        assert [entry.message for entry in tree.quarantine.entries()] == [1]
        tree.stop()
    assert EventKind.QUARANTINE_FAILED in reported


@pytest.mark.parametrize("raised", [Own, SystemExit, GeneratorExit, asyncio.CancelledError])
async def test_whatever_a_subscriber_raises_reaches_no_actor(
    raised: type[BaseException],
) -> None:
    def subscriber(_event: Event) -> None:
        raise raised

    async def idle() -> None:
        await trio.sleep_forever()

    tree = Tree(Supervisor("root", [Child("idle", idle)]), subscribers=[subscriber])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.testing.wait_all_tasks_blocked()
        assert tree.ready
        tree.stop()


def test_the_description_of_an_error_names_its_causes_and_its_leaves() -> None:
    try:
        try:
            raise KeyError("first")
        except KeyError as first:
            raise ExceptionGroup("both", [ValueError("one"), OSError("two")]) from first
    except ExceptionGroup as error:
        error.add_note("a note")
        text = ErrorInfo.of(error).traceback
    for part in ("KeyError: 'first'", "direct cause", "ValueError: one", "OSError: two", "a note"):
        assert part in text
    assert text.index("KeyError") < text.index("direct cause") < text.index("ValueError: one")
    assert f'File "{__file__}"' in text
