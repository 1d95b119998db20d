"""A quarantine store that breaks costs no message: it waits in memory, listed and replayable."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import trio

from supervisors import (
    Child,
    ErrorInfo,
    Event,
    EventKind,
    FileQuarantine,
    Inbox,
    Mailbox,
    MemoryQuarantine,
    PoisonMessage,
    QuarantinedMessage,
    Supervisor,
    Tree,
)
from supervisors._quarantine import GuardedQuarantine

ERROR = ErrorInfo("builtins.ValueError", "bad", "Traceback …")


class Database:
    """A store that raises in every method while it is down; it says nothing of its failures."""

    def __init__(self, *, capacity: int = 100) -> None:
        self.is_down = True
        self.kept = MemoryQuarantine(capacity)

    def _ask(self) -> MemoryQuarantine:
        if self.is_down:
            raise ConnectionError("the database is down")
        return self.kept

    def keep(self, **message: Any) -> bool:
        return self._ask().keep(**message)

    def entries(self) -> Sequence[QuarantinedMessage]:
        return self._ask().entries()

    def drop(self, key: str) -> QuarantinedMessage:
        return self._ask().drop(key)


class Picky:
    """Refuses messages until it is mended."""

    def __init__(self) -> None:
        self.is_mended = False
        self.done: list[str] = []

    async def read(self, inbox: Inbox[str]) -> None:
        async for message in inbox:
            if message.startswith("bad") and not self.is_mended:
                raise PoisonMessage(message)
            self.done.append(message)


async def test_what_a_broken_store_does_not_take_is_kept_listed_and_replayed(
    autojump_clock: object,
) -> None:
    box, picky, store = Mailbox[str]("box"), Picky(), Database()
    events: list[Event] = []
    tree = Tree(
        Supervisor("root", [Child("picky", picky.read, box.inbox())], intensity=0),
        quarantine=store,
        subscribers=[events.append],
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await box.send_many(["bad 1", "good", "bad 2"])
        await trio.sleep(1)
        assert tree.ready
        assert picky.done == ["good"]
        assert [(e.key, e.message) for e in tree.quarantine.entries()] == [
            ("box:0", "bad 1"), ("box:2", "bad 2")
        ]  # fmt: skip
        assert box.snapshot().quarantined == 2
        assert box.snapshot().balanced
        picky.is_mended = True
        await tree.replay_quarantined("box:0")
        assert tree.quarantine.drop("box:2").message == "bad 2"
        await trio.sleep(1)
        assert picky.done == ["good", "bad 1"]
        assert tree.quarantine.entries() == ()
        tree.stop()
    failed = [event.detail for event in events if event.kind is EventKind.QUARANTINE_FAILED]
    assert "ConnectionError: the database is down" in failed
    assert len([e for e in events if e.kind is EventKind.QUARANTINED]) == 2


def keep(store: GuardedQuarantine, number: int) -> bool:
    return store.keep(
        mailbox="box", message_id=number, message=f"m{number}", attempts=1, error=ERROR
    )


def test_a_store_that_answers_again_gets_what_waited() -> None:
    database = Database()
    guarded = GuardedQuarantine(database, lambda _failure: None)
    assert keep(guarded, 1)
    assert keep(guarded, 2)
    assert guarded.waiting_in_memory == 2
    database.is_down = False
    assert keep(guarded, 3)
    assert guarded.waiting_in_memory == 0
    assert sorted(entry.message for entry in database.entries()) == ["m1", "m2", "m3"]
    assert [entry.message for entry in guarded.entries()] == ["m3", "m1", "m2"]


def test_what_waits_in_memory_is_bounded_and_the_rest_is_refused() -> None:
    guarded = GuardedQuarantine(
        Database(),
        lambda _failure: None,
        memory_capacity=2,
    )
    assert [keep(guarded, number) for number in range(3)] == [True, True, False]
    assert len(guarded.entries()) == 2


def test_a_key_of_the_store_is_not_taken_by_what_waits_in_memory() -> None:
    """Ids begin again with each run of a program: the store may know this one from before."""

    class KeepsNoMore(MemoryQuarantine):
        def keep(self, **_message: Any) -> bool:
            raise OSError("read only")

    store = KeepsNoMore()
    store.keep_entry(QuarantinedMessage("box:1", "box", 1, "old", 1, ERROR))
    guarded = GuardedQuarantine(store, lambda _failure: None)
    assert keep(guarded, 1)
    assert [(e.key, e.message) for e in guarded.entries()] == [("box:1", "old"), ("box:1:2", "m1")]
    assert guarded.drop("box:1:2").message == "m1"
    assert guarded.drop("box:1").message == "old"
    with pytest.raises(KeyError):
        guarded.drop("box:1")


def test_two_messages_of_one_id_are_both_kept() -> None:
    store = MemoryQuarantine()
    for message in ("first", "second"):
        assert store.keep(mailbox="box", message_id=1, message=message, attempts=1, error=ERROR)
    assert [(entry.key, entry.message) for entry in store.entries()] == [
        ("box:1", "first"), ("box:1:2", "second")
    ]  # fmt: skip


def test_a_store_is_bounded_in_bytes_too(tmp_path: Path) -> None:
    memory = MemoryQuarantine(capacity_bytes=10)
    kept = [
        memory.keep(mailbox="box", message_id=n, message=b"12345", attempts=1, error=ERROR)
        for n in range(3)
    ]
    assert kept == [True, True, False]
    memory.drop("box:0")
    assert memory.keep(mailbox="box", message_id=3, message=b"12345", attempts=1, error=ERROR)

    disk = FileQuarantine(tmp_path, capacity_bytes=2_000, memory_capacity=0)
    assert disk.keep(mailbox="box", message_id=0, message=bytes(1_500), attempts=1, error=ERROR)
    assert not disk.keep(mailbox="box", message_id=1, message=bytes(500), attempts=1, error=ERROR)
    assert "500" not in str(disk.last_failure).split(":")[0]
    assert disk.kept_on_disk == 1


def test_a_link_in_the_place_of_a_file_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    folder = tmp_path / "quarantine"
    store = FileQuarantine(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    for n in range(2):
        aside = store._path(f"box:{n}").with_suffix(".writing")
        aside.symlink_to(victim)
        assert store.keep(mailbox="box", message_id=n, message=b"m", attempts=1, error=ERROR)
    assert victim.read_text() == "untouched"
    assert store.waiting_in_memory <= 1  # the link is gone after the first refusal
