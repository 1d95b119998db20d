"""The fork tree: what a moving head retracts and applies, and what may never happen."""

import pytest

from qenus.chain import (
    ARBITRUM_ONE,
    BASE,
    ETHEREUM,
    OP_SEPOLIA,
    OPTIMISM,
    Answer,
    Change,
    FinalityReverted,
    ForkTree,
    Rejected,
)
from qenus.errors import LocalProtocolError, RemoteProtocolError
from qenus.wire import BlockRef, Heads


def name(text: str) -> bytes:
    return text.encode().rjust(32, b"\0")


def ref(number: int, own: str, parent: str) -> BlockRef:
    return BlockRef(7, number, name(own), name(parent))


def chain_of(*names: str, start: int = 10) -> list[BlockRef]:
    parents = ("root", *names)
    return [
        ref(start + at, own, parent)
        for at, (own, parent) in enumerate(zip(names, parents, strict=False))
    ]


def grown(*names: str, window: int = 256) -> ForkTree:
    tree = ForkTree(7, window)
    for one in chain_of(*names):
        change = tree.insert(one)
        assert (change.answer, change.retract, change.apply) == (Answer.MOVED, (), (one,))
        tree = change.tree
    return tree


def test_an_empty_tree_has_no_heads_and_takes_its_first_block_as_head():
    tree = ForkTree(7)
    assert tree.heads() is None
    assert tree.canonical() == ()
    first = ref(10, "a", "root")
    change = tree.insert(first)
    assert change.apply == (first,)
    assert change.tree.heads() == Heads(7, first, None, None)
    assert tree.heads() is None, "the old value stays what it was"


def test_a_reorg_retracts_newest_first_and_applies_oldest_first():
    tree = grown("a", "b", "c", "d")
    _, b, c, d = tree.canonical()
    c2, d2, e2 = ref(12, "c2", "b"), ref(13, "d2", "c2"), ref(14, "e2", "d2")
    tree = tree.add(c2).tree
    tree = tree.add(d2).tree
    assert tree.head == d
    change = tree.insert(e2)
    assert change.retract == (d, c)
    assert change.apply == (c2, d2, e2)
    assert change.tree.head == e2
    assert change.tree.common_ancestor(d.hash, e2.hash) == b
    back = change.tree.insert(d)
    assert (back.retract, back.apply) == ((e2, d2, c2), (c, d))


def test_the_head_may_go_back_to_its_own_ancestor_only_when_followed():
    tree = grown("a", "b", "c")
    a, b, c = tree.canonical()
    assert tree.insert(b).answer is Answer.DUPLICATE
    change = tree.follow(a.hash)
    assert (change.retract, change.apply) == ((c, b), ())
    again = change.tree.insert(c)
    assert (again.retract, again.apply) == ((), (b, c))


def test_a_block_whose_parent_is_not_known_waits_for_it():
    tree = grown("a")
    b, c = ref(11, "b", "a"), ref(12, "c", "b")
    early = tree.insert(c)
    assert (early.answer, early.tree) == (Answer.UNKNOWN_PARENT, tree)
    tree = tree.insert(b).tree
    assert tree.insert(c).apply == (c,)


def test_a_number_that_does_not_follow_the_parents_is_refused():
    tree = grown("a")
    with pytest.raises(Rejected) as caught:
        tree.insert(ref(12, "b", "a"))
    assert caught.value.step == "parent link"


def test_a_block_of_another_chain_or_a_second_block_of_one_hash_is_our_own_fault():
    tree = grown("a")
    with pytest.raises(LocalProtocolError):
        tree.insert(BlockRef(8, 11, name("b"), name("a")))
    with pytest.raises(LocalProtocolError):
        tree.insert(ref(10, "a", "other"))
    with pytest.raises(LocalProtocolError):
        tree.follow(name("unknown"))
    with pytest.raises(LocalProtocolError):
        ForkTree(7).follow(name("unknown"))


def test_safe_and_finalized_are_on_the_heads_chain_and_finality_never_goes_back():
    tree = grown("a", "b", "c", "d")
    a, b, c, _ = tree.canonical()
    off = ref(12, "c2", "b")
    tree = tree.add(off).tree
    assert tree.mark_finalized(off).answer is Answer.OFF_HEAD
    assert tree.mark_safe(off).answer is Answer.OFF_HEAD
    assert tree.mark_safe(ref(99, "z", "y")).answer is Answer.UNKNOWN, "the head may get there"
    tree = tree.mark_safe(c).tree
    assert (tree.safe, tree.mark_safe(c).answer) == (c, Answer.DUPLICATE)
    tree = tree.mark_finalized(b).tree
    assert (tree.finalized, tree.safe) == (b, c)
    assert off.hash in tree, "it descends from the finalized block"
    assert tree.mark_finalized(b).answer is Answer.DUPLICATE
    assert tree.mark_finalized(a).answer is Answer.STALE
    assert tree.mark_safe(a).answer is Answer.STALE
    with pytest.raises(FinalityReverted) as caught:
        tree.mark_finalized(ref(11, "b2", "a"))
    assert (caught.value.finalized, caught.value.conflicting.hash) == (b, name("b2"))
    assert isinstance(caught.value, RemoteProtocolError)
    tree = tree.mark_finalized(c).tree
    assert off.hash not in tree, "it left out the finalized block"
    assert tree.safe == c


@pytest.mark.parametrize(
    "conflicting", [ref(11, "b2", "a"), ref(12, "c2", "b"), ref(10, "a2", "r")]
)
def test_a_block_that_leaves_out_the_finalized_one_is_refused(conflicting):
    tree = grown("a", "b", "c")
    tree = tree.mark_finalized(tree.canonical()[2]).tree
    for operation in (tree.insert, tree.add):
        with pytest.raises(FinalityReverted):
            operation(conflicting)


def test_a_head_below_the_finalized_block_is_refused():
    tree = grown("a", "b", "c")
    a, b, _ = tree.canonical()
    tree = tree.mark_finalized(b).tree
    with pytest.raises(FinalityReverted):
        tree.follow(a.hash)
    assert tree.follow(b.hash).tree.head == b


def test_safe_falls_back_to_the_fork_when_its_branch_is_left():
    tree = grown("a", "b", "c", "d")
    _, b, c, _ = tree.canonical()
    tree = tree.mark_safe(c).tree
    tree = tree.insert(ref(12, "c2", "b")).tree
    assert tree.safe == b


def test_the_window_bounds_what_is_held_and_what_is_older_is_stale():
    names = [f"n{at}" for at in range(40)]
    tree = grown(*names, window=8)
    assert len(tree) == 8
    assert [one.number for one in tree.canonical()] == list(range(42, 50))
    assert tree.insert(ref(41, "late", "n30")).answer is Answer.STALE
    assert tree.insert(ref(42, "late", "n31")).answer is Answer.STALE
    assert tree.insert(ref(43, "late", "late parent")).answer is Answer.UNKNOWN_PARENT
    # A branch goes with the block that it left from.
    tree = tree.insert(ref(43, "x", "n32")).tree.follow(name("n39")).tree
    assert name("x") in tree
    tree = tree.insert(ref(50, "n40", "n39")).tree
    assert name("n32") not in tree
    assert name("x") not in tree


@pytest.mark.parametrize("mark", [ForkTree.mark_safe, ForkTree.mark_finalized])
def test_what_is_not_held_is_not_marked(mark):
    tree = grown(*[f"n{at}" for at in range(40)], window=8)
    assert tree.oldest == ref(42, "n32", "n31")
    # True or invented: the tree cannot distinguish them.
    for unknown in (ref(12, "n2", "n1"), ref(12, "fake", "n1"), ref(51, "n41", "n40")):
        assert mark(tree, unknown) == Change(tree, Answer.UNKNOWN)
    for other in (ref(45, "fake", "n34"), ref(41, "fake", "n30")):
        assert mark(tree, other) == Change(tree, Answer.OFF_HEAD)
    with pytest.raises(LocalProtocolError, match="chain 7"):
        mark(tree, BlockRef(8, 45, name("n35"), name("n34")))
    with pytest.raises(LocalProtocolError, match="two blocks of one hash"):
        mark(tree, ref(45, "n35", "fake"))
    assert mark(ForkTree(7), ref(1, "a", "b")).answer is Answer.UNKNOWN


def test_the_parent_that_the_oldest_block_names_may_be_finalized():
    tree = grown(*[f"n{at}" for at in range(40)], window=8)
    below = ref(41, "n31", "n30")
    tree = tree.mark_finalized(below).tree
    assert (tree.finalized, len(tree)) == (below, 8)
    assert tree.mark_finalized(ref(42, "n32", "n31")).answer is Answer.TAKEN


def test_finality_may_fall_below_the_window_and_still_holds():
    tree = grown(*[f"n{at}" for at in range(9)], window=8)
    old = ref(12, "n2", "n1")
    tree = tree.mark_finalized(old).tree
    for at in range(9, 40):
        tree = tree.insert(ref(10 + at, f"n{at}", f"n{at - 1}")).tree
    assert (tree.finalized, len(tree)) == (old, 8)
    assert tree.mark_finalized(ref(15, "fake", "x")).answer is Answer.UNKNOWN
    with pytest.raises(FinalityReverted):
        tree.mark_finalized(ref(12, "fake", "n1"))


@pytest.mark.parametrize(
    ("chain", "block_seconds"),
    [(ETHEREUM, 12), (ARBITRUM_ONE, 0.25), (OPTIMISM, 2), (BASE, 2), (OP_SEPOLIA, 2)],
)
def test_a_chains_window_holds_its_finalized_block(chain, block_seconds):
    # Layer 1's finality trails by two to three epochs of 384 s, and a batch has to get there first.
    trailing = int(1800 / block_seconds)
    tree = ForkTree(chain.chain_id, chain.fork_window)
    parent = bytes(32)
    blocks = []
    for number in range(trailing + 1):
        blocks.append(BlockRef(chain.chain_id, number, number.to_bytes(32, "big"), parent))
        parent = blocks[-1].hash
        if number + chain.fork_window > trailing:
            tree = tree.insert(blocks[-1]).tree
    assert tree.mark_finalized(blocks[0]).answer is Answer.TAKEN


def test_the_walk_down_a_branch_that_leaves_below_the_window_ends():
    tree = grown(*[f"n{at}" for at in range(40)], window=8)
    answers = []
    number = 55
    while not answers or answers[-1] is Answer.UNKNOWN_PARENT:
        answers.append(tree.insert(ref(number, f"r{number}", f"r{number - 1}")).answer)
        number -= 1
    assert answers[-1] is Answer.STALE
    assert number + 1 == tree.oldest.number


@pytest.mark.parametrize("window", [0, -5])
def test_a_window_holds_a_block_at_least(window):
    with pytest.raises(LocalProtocolError, match="at least 1 block"):
        ForkTree(7, window)


def test_a_source_that_invents_siblings_without_end_fills_no_memory():
    tree = grown("a", "b", "c")
    head = tree.head
    for at in range(200):
        tree = tree.add(ref(12, f"fake{at}", "b")).tree
        tree = tree.add(ref(13, f"child{at}", f"fake{at}")).tree
    assert tree.head == head
    assert len(tree) <= 3 + 16 + 16
    assert name("fake199") in tree
    assert name("fake0") not in tree


def test_a_source_that_invents_a_chain_without_end_fills_no_memory():
    tree = grown("a", window=8)
    parent = "a"
    answers = set()
    for at in range(11, 100):
        change = tree.add(ref(at, f"n{at}", parent))
        answers.add(change.answer)
        tree, parent = change.tree, f"n{at}"
    assert len(tree) == 9
    assert answers >= {Answer.TAKEN, Answer.FAR_AHEAD}
