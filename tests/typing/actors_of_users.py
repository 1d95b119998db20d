"""What users' type checkers see of actors: mailboxes by what travels in them, children checked."""

from typing import assert_type

import trio

from supervisors import (
    Cell,
    Child,
    Codec,
    DrainReport,
    Inbox,
    Mailbox,
    NodeSnapshot,
    Outlet,
    Supervisor,
    Tree,
    fan_out,
)


async def double(numbers: Inbox[int], doubled: Outlet[str], seen: Cell[int], *, by: int) -> None:
    async for number in numbers:
        assert_type(number, int)
        seen.set(seen.value + 1)
        await doubled.send(str(number * by))
    async for batch in numbers.batches(max=64):
        assert_type(batch, list[int])


def tree() -> Tree:
    numbers = Mailbox[int]("numbers")
    texts, others = Mailbox[str]("texts"), Mailbox[str]("others")
    seen = Cell("seen", 0)
    assert_type(numbers.inbox(), Inbox[int])
    assert_type(texts.outlet(), Outlet[str])
    assert_type(fan_out(texts, others), Outlet[str])
    assert_type(seen.value, int)
    both = fan_out(texts, others)
    child = Child("double", double, numbers.inbox(), both, seen, by=2)
    # A mailbox of another type, a missing argument and one too many are errors.
    Child("double", double, texts.inbox(), both, seen, by=2)  # type: ignore[arg-type]
    Child("double", double, numbers.inbox(), both, seen)  # type: ignore[call-arg]
    Child("double", double, numbers.inbox(), both, seen, by="2")  # type: ignore[arg-type]
    return Tree(Supervisor("root", [child]))


def typed_by_what_travels() -> Mailbox[tuple[int, str]]:
    def encode(value: tuple[int, str]) -> bytes:
        return repr(value).encode()

    def decode(frame: bytes) -> tuple[int, str]:
        return len(frame), frame.decode()

    mailbox = Mailbox("found", codec=Codec(encode, decode))
    assert_type(mailbox, Mailbox[tuple[int, str]])
    return mailbox


async def run(tree: Tree) -> None:
    assert_type(tree.snapshot(), NodeSnapshot)
    async with trio.open_nursery() as nursery:
        started: Tree = await nursery.start(tree.run)
        assert_type(await started.drain(deadline_seconds=5), DrainReport)
