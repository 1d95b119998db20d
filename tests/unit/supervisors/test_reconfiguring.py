"""A tree is reconfigured by one at a time, and never to two children of one name."""

from __future__ import annotations

import pytest
import trio

from supervisors import Child, LocalProtocolError, State, Supervisor, Tree


async def idle() -> None:
    await trio.sleep_forever()


async def idle_too() -> None:
    await trio.sleep_forever()


async def test_a_new_child_with_the_name_of_a_dynamic_one_is_refused(
    autojump_clock: object,
) -> None:
    tree = Tree(Supervisor("root", [Child("a", idle)]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await tree.add_child("root", Child("b", idle))
        with pytest.raises(LocalProtocolError, match="root/b was added while running"):
            await tree.reconfigure(Supervisor("root", [Child("a", idle), Child("b", idle_too)]))
        await trio.sleep(1)
        assert [child.name for child in tree.snapshot().children] == ["a", "b"]
        tree.stop()


async def test_two_configurations_at_once_come_one_after_the_other(
    autojump_clock: object,
) -> None:
    running: list[str] = []

    async def run_slowly(name: str) -> None:
        running.append(name)
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(1)
            running.remove(name)

    tree = Tree(Supervisor("root", [Child("a", run_slowly, "old")]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        async with trio.open_nursery() as both:
            for name in ("one", "two"):
                both.start_soon(
                    tree.reconfigure, Supervisor("root", [Child("a", run_slowly, name)])
                )
        assert len(running) == 1
        assert [child.state for child in tree.snapshot().children] == [State.READY]
        tree.stop()
