"""A tree may be as deep as MAX_DEPTH: nothing goes down it by recursion."""

from __future__ import annotations

import sys

import pytest
import trio

from supervisors import (
    NO_BACKOFF,
    Change,
    ChangeKind,
    Child,
    IntensityExceeded,
    LocalProtocolError,
    Supervisor,
    Tree,
    diff,
    format_tree,
)
from supervisors._specs import MAX_DEPTH


async def idle() -> None:
    await trio.sleep_forever()


def tower(levels: int, *children: Child, intensity: int = 5) -> Supervisor:
    """Nest supervisors, the children at the bottom."""
    spec = Supervisor("s", children, intensity=intensity)
    for _ in range(levels - 1):
        spec = Supervisor("s", [spec], intensity=intensity)
    return spec


def test_more_levels_than_allowed_are_refused_when_the_tree_is_made() -> None:
    assert sys.getrecursionlimit() <= MAX_DEPTH  # or the tests below show nothing
    deepest = tower(MAX_DEPTH)
    with pytest.raises(LocalProtocolError, match="1000 deep, found 1001 levels"):
        Supervisor("one more", [deepest])


async def test_a_tree_of_the_greatest_depth_runs_is_read_and_drains() -> None:
    tree = Tree(tower(MAX_DEPTH, Child("idle", idle)))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        assert tree.ready
        snapshot = tree.snapshot()
        assert snapshot.ready
        assert not snapshot.degraded
        assert len(repr(snapshot)) < 1_000
        assert len(list(snapshot.walk())) == MAX_DEPTH + 1
        assert len(format_tree(snapshot).splitlines()) == MAX_DEPTH + 1
        report = await tree.drain(10)
    assert report.complete


async def test_children_come_go_and_change_at_the_bottom_of_a_deep_tree() -> None:
    one = Child("one", idle)
    old, new = tower(MAX_DEPTH, one), tower(MAX_DEPTH, one, Child("two", idle))
    bottom = "/".join(["s"] * MAX_DEPTH)
    assert [change.kind for change in diff(old, new)] == [ChangeKind.KEEP, ChangeKind.ADD]
    tree = Tree(old)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await tree.add_child(bottom, Child("guest", idle))
        with pytest.raises(LocalProtocolError, match="found 1001 levels"):
            await tree.add_child(bottom, Supervisor("too deep", []))
        await tree.remove_child(bottom, "guest")
        assert Change(ChangeKind.ADD, f"{bottom}/two") in await tree.reconfigure(new)
        assert len(list(tree.snapshot().walk())) == MAX_DEPTH + 2
        tree.stop()


async def test_a_failure_that_no_level_can_restart_escalates_through_all_levels() -> None:
    async def crash() -> None:
        raise RuntimeError("always")

    child = Child("crash", crash).with_policy(backoff=NO_BACKOFF)
    with pytest.raises(IntensityExceeded), trio.fail_after(60):
        await Tree(tower(MAX_DEPTH, child, intensity=0)).run()


async def test_a_deep_tree_that_does_not_stop_in_time_is_killed() -> None:
    async def stubborn() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(0.05)

    spec = tower(MAX_DEPTH - 1, Child("stubborn", stubborn), Child("idle", idle))
    root = Supervisor("root", [Supervisor("s", [spec.children[0]], shutdown_seconds=0.0)])
    tree = Tree(root)
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            tree.stop()
