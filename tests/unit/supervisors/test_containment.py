"""What one part does wrong stays with it; what must end everything does."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import trio

from supervisors import (
    Child,
    ErrorInfo,
    Event,
    Fenced,
    FileQuarantine,
    Inbox,
    LocalProtocolError,
    Mailbox,
    Strategy,
    Supervisor,
    Tree,
)


async def set_when_up(tree: Tree, event: trio.Event) -> None:
    while not (tree._root and tree.ready):  # noqa: ASYNC110
        await trio.sleep(0.001)
    event.set()


@pytest.mark.parametrize("how", ["while stopping", "beside another failure"])
async def test_fenced_ends_the_tree_whatever_fails_with_it(how: str) -> None:
    go = trio.Event()
    starts = 0

    async def crash() -> None:
        await go.wait()
        raise RuntimeError("a crash that takes its sibling along")

    async def lose_the_right() -> None:
        nonlocal starts
        starts += 1
        try:
            if how == "while stopping":
                await trio.sleep_forever()
            await go.wait()
        finally:
            raise Fenced("the right is lost")

    children = [Child("crash", crash), Child("fenced", lose_the_right)]
    tree = Tree(Supervisor("root", children, strategy=Strategy.ONE_FOR_ALL))

    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(set_when_up, tree, go)
            with pytest.raises(Fenced):
                await tree.run()
    assert starts == 1


async def test_two_mailboxes_of_one_name_are_refused() -> None:
    async def read(_inbox: Inbox[int]) -> None:
        await trio.sleep_forever()

    boxes = [Mailbox[int]("box"), Mailbox[int]("box")]
    children = [Child(f"reader-{n}", read, box.inbox()) for n, box in enumerate(boxes)]
    with trio.fail_after(30), pytest.raises(LocalProtocolError, match="the name 'box'"):
        await Tree(Supervisor("root", children)).run()


async def test_a_subscriber_that_wants_to_exit_reaches_no_actor() -> None:
    def leave(_event: Event) -> None:
        raise SystemExit("telemetry")

    async def idle() -> None:
        await trio.sleep_forever()

    tree = Tree(Supervisor("root", [Child("idle", idle)]), subscribers=[leave])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(0.01)
        assert tree.ready
        tree.stop()


def test_a_mailbox_can_be_described_after_its_run() -> None:
    box = Mailbox[int]("box")
    trio.run(box.send, 1)
    books = box.snapshot()
    assert (books.waiting, books.oldest_age_seconds) == (1, None)


def test_a_file_that_cannot_be_decoded_hides_no_other(tmp_path: Path) -> None:
    store = FileQuarantine(tmp_path, encode=pickle.dumps, decode=pickle.loads)
    error = ErrorInfo("type", "message", "traceback")
    for n in (1, 2):
        assert store.keep(mailbox="box", message_id=n, message=n, attempts=1, error=error)
    (path,) = (path for path in tmp_path.iterdir() if "1" in path.name)
    path.write_bytes(path.read_bytes().partition(b"\n")[0] + b"\ncno.such.module\nThing\n.")
    assert [entry.message for entry in store.entries()] == [2]
    assert store.damaged() == (path,)


def test_a_mailbox_may_have_a_name_longer_than_a_file_name(tmp_path: Path) -> None:
    store = FileQuarantine(tmp_path)
    error = ErrorInfo("type", "message", "traceback")
    name = "ü" * 300
    assert store.keep(mailbox=name, message_id=1, message=b"m", attempts=1, error=error)
    (entry,) = FileQuarantine(tmp_path).entries()
    assert (entry.mailbox, store.waiting_in_memory) == (name, 0)
    assert store.drop(entry.key).message == b"m"
