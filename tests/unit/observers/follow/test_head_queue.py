"""What an endpoint announces waits in order and within bounds, and a flood ends its connection."""

import pytest

from qenus.observers.follow.budget import Allowance, Overspent
from qenus.observers.follow.endpoint import Endpoint
from qenus.observers.follow.head_queue import HeadQueue
from qenus.observers.rpc.claims import Announced


def head(number: int, branch: int = 0, parent_branch: int | None = None) -> Announced:
    def name(at: int, of: int) -> bytes:
        return bytes([of]) + (at + 1).to_bytes(31, "big")

    parent = name(number - 1, branch if parent_branch is None else parent_branch)
    return Announced(number, name(number, branch), parent, 0)


async def test_heads_come_in_order_and_the_newest_are_kept():
    queue, taken = HeadQueue(), []
    for number in range(1000):
        queue.put(head(number))
    while not queue.is_empty:
        taken.append((await queue.take())[0].number)
    assert taken == [*range(936, 1000)]


async def test_a_head_stands_until_one_is_announced_that_does_not_descend_from_it():
    queue = HeadQueue()
    queue.put(head(1))
    _, standing = await queue.take()
    ended = []
    standing.on_end.append(lambda: ended.append(True))
    queue.put(head(2))
    queue.put(head(2))
    assert not standing.ended
    queue.put(head(3, branch=1))
    queue.put(head(9, branch=2))
    assert standing.ended
    assert ended == [True]


async def test_a_head_that_was_left_before_its_turn_came_does_not_stand():
    queue = HeadQueue()
    queue.put(head(1))
    queue.put(head(2))
    queue.put(head(2, branch=1, parent_branch=0))
    stands = [not (await queue.take())[1].ended for _ in range(3)]
    assert stands == [False, False, True]


def test_an_endpoint_that_announces_more_heads_than_any_chain_has_is_overspent():
    flooding, busy = Endpoint("ws://flooding"), Endpoint("ws://busy")
    for number in range(1024):
        flooding.announce(head(number), 0.0)
    with pytest.raises(Overspent, match="ws://flooding"):
        flooding.announce(head(1024), 0.0)
    # A chain with four blocks a second, for an hour, after a pause of ten minutes.
    for number in range(1000):
        busy.announce(head(number), 0.0)
    for number in range(14_400):
        busy.announce(head(number), number / 4)


def test_an_allowance_comes_back_with_time_and_not_beyond_its_burst():
    allowance = Allowance(burst=2, per_second=0.5)
    spent = [allowance.spend(1, now) for now in (0, 0, 0, 1, 2, 3, 100, 100, 100)]
    assert spent == [True, True, False, False, True, False, True, True, False]
