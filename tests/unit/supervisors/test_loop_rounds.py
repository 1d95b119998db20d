"""Time in which the event loop stood still counts as no actor's work."""

from __future__ import annotations

import time

import trio

from supervisors import Child, Inbox, Mailbox, Supervisor, Tree
from supervisors._loop_rounds import LoopRounds


def test_a_loop_that_comes_round_in_time_has_lost_nothing() -> None:
    rounds = LoopRounds(0.25, 10.0)
    assert all(rounds.came_round(10.0 + n * 0.25) for n in range(1, 9))
    assert rounds.came_round(12.5)  # twice as late as wanted is late, not blocked
    assert rounds.lost_since(0.0) == 0.0


def test_what_was_lost_after_a_moment_counts_and_what_was_lost_before_does_not() -> None:
    rounds = LoopRounds(0.25, 10.0)
    assert not rounds.came_round(12.25)  # 2 s more than wanted
    assert rounds.came_round(12.5)
    assert not rounds.came_round(13.75)  # 1 s more
    assert rounds.lost_since(9.0) == 3.0
    assert rounds.lost_since(12.3) == 1.0
    assert rounds.lost_since(13.5) == 0.25  # no more than has passed since
    assert rounds.lost_since(13.75) == 0.0


def test_a_loop_that_is_always_late_is_judged_every_other_time() -> None:
    rounds = LoopRounds(0.25, 0.0)
    assert [rounds.came_round(float(n)) for n in range(1, 5)] == [False, True, False, True]


async def test_a_blocked_loop_is_not_held_against_an_actor_that_only_waits() -> None:
    """One actor blocks the loop for longer than another may work on a message."""
    box = Mailbox[int]("box")
    done = trio.Event()

    async def wait_a_moment(inbox: Inbox[int]) -> None:
        async for _ in inbox:
            await trio.sleep(0.1)
            await trio.sleep(0.35)  # this much is left when the loop comes round again
            done.set()

    async def block() -> None:
        while not box.snapshot().leased:  # noqa: ASYNC110
            await trio.sleep(0.001)
        time.sleep(1.1)  # noqa: ASYNC251  the very thing
        await trio.sleep_forever()

    child = Child("patient", wait_a_moment, box.inbox()).with_policy(step_timeout_seconds=0.9)
    tree = Tree(Supervisor("root", [child, Child("block", block)]))
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            await box.send(1)
            await done.wait()
            assert tree.snapshot().children[0].restarts == 0
            tree.stop()
    assert box.snapshot().acked + box.depth == 1
