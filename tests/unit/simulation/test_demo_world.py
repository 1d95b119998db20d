"""What a world promises about its seed, its branches and its window."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qenus.errors import LocalProtocolError
from qenus.simulation import Advance, World, WorldRules

ROOT = Path(__file__).resolve().parents[3]

SMALL = {"transactions_per_block": 8, "history_blocks": 14}


def small(**rules: object) -> World:
    return World(WorldRules(**(SMALL | rules)))  # type: ignore[arg-type]


def trace(world: World, steps: int) -> list[str]:
    return [block.hash.hex() for _ in range(steps) for block in world.advance().added]


def test_the_same_seed_gives_the_same_blocks_in_another_process_with_another_hash_seed():
    program = (
        "from qenus.simulation import World, WorldRules\n"
        "w = World(WorldRules(seed=b'twin', transactions_per_block=8, history_blocks=14,"
        " reorg_chance=300))\n"
        "print([b.hash.hex() for _ in range(8) for b in w.advance().added])\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            check=True, capture_output=True, text=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    here = trace(small(seed=b"twin", reorg_chance=300), 8)
    assert outputs == {f"{here}\n"}


def test_another_seed_gives_other_blocks():
    assert set(trace(small(seed=b"a"), 3)).isdisjoint(trace(small(seed=b"b"), 3))


def test_blocks_and_branches_link_up_and_orphaned_blocks_come_newest_first():
    world = small(reorg_chance=400)
    chain = [world.block_by_number(n).hash for n in range(world.head.number + 1)]  # type: ignore[union-attr]
    depths = set()
    for _ in range(60):
        moved = world.advance()
        for block in moved.orphaned:
            assert chain.pop() == block.hash
        for block in moved.added:
            assert block.parent_hash == chain[-1]
            assert block.number == len(chain)
            chain.append(block.hash)
        assert world.head.hash == chain[-1]
        if moved.orphaned:
            depths.add((len(moved.orphaned), len(moved.added) - len(moved.orphaned)))
    assert {depth for depth, _ in depths} == {1, 2, 3}
    assert {longer for _, longer in depths} == {-1, 0, 1}


def test_no_branch_reaches_a_safe_block_and_safe_and_finalized_never_fall():
    world = small(reorg_chance=700)
    safe, final = world.safe.number, world.finalized.number
    for _ in range(80):
        before = world.safe
        world.advance()
        assert world.is_canonical(before)
        assert safe <= world.safe.number <= world.head.number
        assert final <= world.finalized.number <= world.safe.number
        safe, final = world.safe.number, world.finalized.number


def test_a_branch_shares_transactions_with_the_blocks_it_replaces():
    world = small(transactions_per_block=30)
    moved = world.reorganise(1)
    old, new = ({tx for b in side for tx in b.json.receipt_of} for side in moved)
    assert old & new
    assert old - new
    for transaction in old & new:
        assert world.block_of_transaction(transaction) in moved.added
    for transaction in old - new:
        assert world.block_of_transaction(transaction) is None


def test_a_branch_leaves_out_transactions_that_stood_before_shared_ones():
    world = small(transactions_per_block=30)
    for _ in range(3):
        moved = world.reorganise(1)
        old, new = (list(side[0].json.receipt_of) for side in moved)
        shared = [at for at, transaction in enumerate(old) if transaction in new]
        if shared and shared != list(range(len(shared))):
            return
        world.extend()
    raise AssertionError("every branch shared a prefix only")


def test_a_branch_can_be_empty_of_transactions():
    world = small()
    moved = world.reorganise(2, empty=True)
    assert [block.log_count for block in moved.added] == [0, 0, 0]
    assert [block.log_count > 0 for block in moved.orphaned] == [True, True]
    assert world.extend().added[0].log_count > 0


def test_an_orphan_is_known_by_its_hash_for_as_long_as_the_rules_say():
    world = small(orphan_memory=4, reorg_chance=0)
    orphan = world.reorganise(1).orphaned[0]
    assert world.block_by_hash(orphan.hash) is orphan
    assert world.block_by_number(orphan.number) is not orphan
    for _ in range(2):
        world.advance()
    assert world.block_by_hash(orphan.hash) is None
    forgetful = small(orphan_memory=0)
    orphan = forgetful.reorganise(1).orphaned[0]
    assert forgetful.block_by_hash(orphan.hash) is None


def test_only_a_window_of_blocks_is_kept():
    world = small(kept_blocks=32, reorg_chance=200)
    first = world.head
    for _ in range(60):
        world.advance()
    assert world.block_by_hash(first.hash) is None
    assert world.block_by_number(first.number) is None
    assert world.market_at(first.hash) is None
    assert len(world._blocks) == len(world._states) == 32
    assert len(world._canonical) + len(world._orphans) == 32
    assert len(world._transactions) <= 32 * 16


@pytest.mark.parametrize(("depth", "count"), [(0, 1), (7, 8), (1, 0)])
def test_a_branch_that_cannot_be_is_refused(depth: int, count: int):
    with pytest.raises(LocalProtocolError, match="a branch replaces"):
        small().reorganise(depth, count=count)


def test_rules_that_contradict_each_other_are_refused():
    with pytest.raises(LocalProtocolError, match="expected max_reorg_depth < safe_lag"):
        WorldRules(max_reorg_depth=6)


def test_an_extension_orphans_nothing():
    world = small(reorg_chance=0)
    moved = world.advance()
    assert moved == Advance((), (world.head,))
