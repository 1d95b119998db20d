"""`qenus tail --blocks N` ends with the Nth block's states, and soon without them."""

from collections.abc import Collection

import pytest
import trio

from qenus.cli.watching import show_to_the_states_of
from qenus.client import BlockApplied, BlockRetracted, SessionEnded, StatesApplied
from qenus.wire import BlockEnd, BlockRef, EndReason, Family, FamilyCount, Purity, Tier


def ref(number: int) -> BlockRef:
    return BlockRef(1, number, bytes([number]) * 32, bytes([number - 1]) * 32)


def end(number: int, purity: Purity, *families: Family) -> BlockEnd:
    counts = tuple(FamilyCount(family, 0, 0, 0, bytes(32)) for family in families)
    return BlockEnd(ref(number), Tier.INCLUDED, purity, "v", counts, bytes(32))


def applied(number: int) -> BlockApplied:
    return BlockApplied(end(number, Purity.BLOCK), (), 1, 2)


def stated(number: int, family: Family = Family.POOL_STATE) -> StatesApplied:
    return StatesApplied(end(number, Purity.STATE, family), (), 1, 2)


class Shown:
    """What a screen was given."""

    def __init__(self) -> None:
        self.events: list[object] = []

    def show(self, event: object) -> None:
        self.events.append(event)


async def shown_of(*events: object, stated: Collection[Family] = ()) -> list[object]:
    """What is shown once block 5 was, of a line that says no more after these events."""
    send, receive = trio.open_memory_channel[object](len(events))
    for event in events:
        send.send_nowait(event)
    shown = Shown()
    await show_to_the_states_of(ref(5), receive, shown, seconds=2.0, stated=set(stated))
    return shown.events


async def test_states_of_blocks_shown_are_shown_up_to_the_last_ones(autojump_clock):
    assert await shown_of(stated(4), stated(5), stated(6)) == [stated(4), stated(5)]


async def test_blocks_after_the_last_are_passed_over_with_all_that_is_said_of_them(autojump_clock):
    later = applied(6), stated(6), BlockRetracted(ref(6))
    assert await shown_of(*later, stated(5)) == [stated(5)]


@pytest.mark.parametrize("last", [BlockRetracted(ref(5)), SessionEnded(EndReason.COMPLETE)])
async def test_what_takes_the_last_block_back_or_ends_the_session_is_the_end(last, autojump_clock):
    assert await shown_of(stated(4), last, stated(5)) == [stated(4), last]


async def test_the_last_block_is_shown_with_all_families_that_blocks_before_it_had(autojump_clock):
    pools, gas = stated(5, Family.POOL_STATE), stated(5, Family.GAS)
    both = {Family.POOL_STATE, Family.GAS}
    assert await shown_of(pools, gas, stated(6), stated=both) == [pools, gas]
    # One that does not come is waited for as long as states are.
    began = trio.current_time()
    assert await shown_of(pools, stated=both) == [pools]
    assert trio.current_time() - began == pytest.approx(2.0)


async def test_a_line_without_states_is_waited_for_two_seconds(autojump_clock):
    began = trio.current_time()
    assert await shown_of(applied(6)) == []
    assert trio.current_time() - began == pytest.approx(2.0)
