"""A pool that is not what its contract says is stopped, and the reason is published."""

import pytest
from scripted_state import Script, block_of_logs, event, hash_of
from test_block_states import PAIR, pair_contracts, registry, states_of, sync

from qenus.extractors.pool_state import Book, UnknownEmitters, block_states
from qenus.extractors.pool_state.reconciliation import is_sampled
from qenus.wire import StopReason

STRANGE = "Rebased(uint256)"


class World:
    """A chain of blocks that sync the pair, and what the contract says of each."""

    def __init__(self) -> None:
        self.script, self.book = pair_contracts(), Book()

    def contract(self, number: int, *reserves: int, fork: int = 0) -> None:
        """After this block the contract holds these reserves."""
        self.script.says(PAIR, "getReserves()", ["uint112", "uint112", "uint32"], [*reserves, 0],
                         block=hash_of(number, fork))  # fmt: skip

    def block(self, number: int, *logs, sampled: bool = True, **branch):
        """Take in a block; sampled or not."""
        block = block_of_logs(number, *logs, **branch)
        every = 1 if sampled else 1 << 60
        return states_of(self.script, self.book, block, registry(), sampled_one_in=every)


@pytest.fixture
def world() -> World:
    """Two blocks, both right, none of them sampled."""
    world = World()
    for number in (0, 1, 2):
        world.contract(number, 10 + number, 20 + number)
    for number in (1, 2):
        world.block(number, sync(PAIR, 10 + number, 20 + number), sampled=False)
    return world


def reason_of(states) -> StopReason:
    """Why the one pool was stopped."""
    (finding,) = states.discrepancies
    (stopped,) = states.features
    assert finding.stops
    assert (stopped.NAME, stopped.stop_reason) == ("stopped_pool", finding.reason)
    assert stopped.address == PAIR
    assert not states.tokens
    return finding.reason


def test_a_right_pool_is_told_of_when_sampled_and_nothing_is_found(world):
    world.contract(3, 13, 23)
    states = world.block(3, sync(PAIR, 13, 23))
    assert (states.discrepancies, len(states.features)) == ((), 1)


def test_a_change_without_a_log_is_storage_mutated(world):
    world.contract(3, 13, 99)
    assert reason_of(world.block(3, sync(PAIR, 13, 23))) is StopReason.STORAGE_MUTATED


def test_a_change_that_began_blocks_ago_without_a_log_is_storage_mutated(world):
    world.contract(2, 12, 99)
    world.contract(3, 13, 99)
    assert reason_of(world.block(3, sync(PAIR, 13, 23))) is StopReason.STORAGE_MUTATED


def test_a_log_that_its_family_does_not_know_is_the_missed_log(world):
    world.contract(3, 13, 99)
    strange = event(PAIR, STRANGE, [], [1])
    assert reason_of(world.block(3, sync(PAIR, 13, 23), strange)) is StopReason.MISSED_LOG


def test_a_strange_log_since_which_the_contract_differs_is_the_missed_one(world):
    world.contract(3, 12, 99)
    world.block(3, event(PAIR, STRANGE, [], [1]), sampled=False)
    world.contract(4, 14, 99)
    assert reason_of(world.block(4, sync(PAIR, 14, 24))) is StopReason.MISSED_LOG


def test_a_strange_log_before_the_contract_last_agreed_is_not_it(world):
    world.contract(3, 12, 22)
    world.block(3, event(PAIR, STRANGE, [], [1]), sampled=False)
    world.contract(4, 14, 24)
    world.block(4, sync(PAIR, 14, 24), sampled=False)
    world.contract(5, 15, 99)
    assert reason_of(world.block(5, sync(PAIR, 15, 25))) is StopReason.STORAGE_MUTATED


def test_a_node_whose_state_lacks_the_block_lags(world):
    world.contract(3, 12, 22)
    assert reason_of(world.block(3, sync(PAIR, 13, 23))) is StopReason.DELIVERY_LAG


def test_what_is_right_when_asked_again_was_late_and_stops_nothing(world):
    world.contract(3, 12, 22)
    block = block_of_logs(3, sync(PAIR, 13, 23))
    plan = block_states(block, world.book, registry(), UnknownEmitters(), sampled_one_in=1)
    rounds = []

    def catch_up() -> None:
        rounds.append(None)
        if len(rounds) == 2:
            world.contract(3, 13, 23)

    states = world.script.run(plan, catch_up)
    (finding,) = states.discrepancies
    assert (finding.stops, finding.reason) == (False, StopReason.DELIVERY_LAG)
    assert [state.NAME for state in states.features] == ["uniswap_v2_pool_state"]


def test_a_state_that_still_holds_an_orphan_is_an_unhandled_reorg(world, monkeypatch):
    world.contract(3, 13, 23)
    world.block(3, sync(PAIR, 13, 23), sampled=False)
    orphaned = world.book.get(PAIR)
    world.book.retract(block_of_logs(3).block)
    # As if the undo had been forgotten: the pool is as the orphan left it.
    world.book._ledger._pools[PAIR] = orphaned
    world.contract(3, 12, 22, fork=1)
    strange = event(PAIR, "Transfer(address,address,uint256)", [], ["0x" + "11" * 20] * 2 + [1])
    world.block(3, strange, sampled=False, fork=1)
    world.contract(4, 99, 24)
    states = world.block(4, sync(PAIR, 14, 24), fork=1, parent_fork=1)
    assert reason_of(states) is StopReason.UNHANDLED_REORG


def test_one_in_so_many_is_sampled_by_the_blocks_own_hash():
    keys = [n.to_bytes(20, "big") for n in range(4000)]
    sampled = [key for key in keys if is_sampled(hash_of(1), key, 64)]
    assert 30 < len(sampled) < 100
    assert sampled == [key for key in keys if is_sampled(hash_of(1), key, 64)]
    assert sampled != [key for key in keys if is_sampled(hash_of(2), key, 64)]
    assert Script().asked == []
