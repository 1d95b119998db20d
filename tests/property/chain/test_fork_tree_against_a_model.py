"""The fork tree against a model that keeps everything and works everything out anew.

The model is a dictionary of all blocks ever offered and a list of what is published. Random trees,
late parents, doubles, deep reorgs, heads that go back and finality run against both.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from qenus.chain import Answer, FinalityReverted, ForkTree
from qenus.wire import BlockRef

WINDOW = 12


def block(identity: int, parent: BlockRef | None) -> BlockRef:
    number = 100 if parent is None else parent.number + 1
    parent_hash = bytes(32) if parent is None else parent.hash
    return BlockRef(7, number, identity.to_bytes(32, "big"), parent_hash)


class Model:
    """What a chain's history says, by brute force."""

    def __init__(self, first: BlockRef) -> None:
        self.all = {first.hash: first}
        self.published = [first]
        self.finalized: BlockRef | None = None

    def line(self, ref: BlockRef) -> list[BlockRef]:
        """The whole chain of a block, oldest first."""
        found = [ref]
        while found[-1].parent_hash in self.all:
            found.append(self.all[found[-1].parent_hash])
        return found[::-1]

    def held(self) -> set[bytes]:
        """What the tree has to hold at least: the head's chain within the window."""
        return {ref.hash for ref in self.line(self.published[-1])[-WINDOW:]}

    def keeps_finality(self, ref: BlockRef) -> bool:
        return self.finalized is None or self.finalized in self.line(ref)


class ForkTreeMachine(RuleBasedStateMachine):
    """Offer blocks in any order to the tree and keep the model in step."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 1
        first = block(1, None)
        self.model = Model(first)
        # Blocks made but not offered yet: their children are known before them.
        self.late: list[BlockRef] = []
        change = ForkTree(7, WINDOW).insert(first)
        assert change.apply == (first,)
        self.tree = change.tree

    def publish(self, change) -> None:
        """Apply a change to what is published, as a publisher would."""
        published = self.model.published
        for ref in change.retract:
            assert published.pop() == ref, "retracts come newest first, without a gap"
        for ref in change.apply:
            if published:
                assert ref.parent_hash == published[-1].hash, "applies come oldest first"
            published.append(ref)
        if not change.retract and not change.apply:
            assert change.answer is not Answer.MOVED
        self.tree = change.tree

    def make(self, parent: BlockRef) -> BlockRef:
        self.count += 1
        return block(self.count, parent)

    def offer(self, ref: BlockRef) -> Answer:
        """Insert a block as head and check the answer against the model."""
        model, tree = self.model, self.tree
        was_held, parent_held = ref.hash in tree, ref.parent_hash in tree
        model.all[ref.hash] = ref
        try:
            change = tree.insert(ref)
        except FinalityReverted:
            assert not model.keeps_finality(ref)
            return Answer.STALE
        self.publish(change)
        if was_held and ref in model.line(tree.head):
            assert change.answer is Answer.DUPLICATE
        elif was_held or parent_held:
            assert change.answer is Answer.MOVED
            assert model.published[-1] == ref
        else:
            assert change.answer in (Answer.UNKNOWN_PARENT, Answer.STALE)
        return change.answer

    @rule(data=st.data(), length=st.integers(1, 5))
    def grow_the_head(self, data, length):
        for _ in range(length):
            assert self.offer(self.make(self.model.published[-1])) is Answer.MOVED

    @rule(data=st.data(), depth=st.integers(1, 20), length=st.integers(1, 6))
    def fork(self, data, depth, length):
        line = self.model.line(self.model.published[-1])
        parent = line[max(len(line) - 1 - depth, 0)]
        for _ in range(length):
            ref = self.make(parent)
            self.offer(ref)
            parent = ref

    @rule(depth=st.integers(0, 8), length=st.integers(2, 5))
    def learn_of_a_branch_from_its_end(self, depth, length):
        """The end comes first; each answer but the last asks for the parent."""
        line = self.model.line(self.model.published[-1])
        refs = [line[max(len(line) - 1 - depth, 0)]]
        if refs[0].hash not in self.tree or not self.model.keeps_finality(refs[0]):
            return
        for _ in range(length):
            refs.append(self.make(refs[-1]))
        wanted = refs[:0:-1]
        for at, ref in enumerate(wanted):
            if at < len(wanted) - 1:
                assert self.tree.insert(ref).answer in (Answer.UNKNOWN_PARENT, Answer.STALE)
        for ref in refs[1:]:
            assert self.offer(ref) is Answer.MOVED

    @rule(data=st.data())
    def repeat_any_block(self, data):
        known = sorted(self.model.all.values(), key=lambda ref: ref.hash)
        self.offer(data.draw(st.sampled_from(known)))

    @rule(data=st.data())
    def follow_any_held_block(self, data):
        held = [ref for ref in self.model.all.values() if ref.hash in self.tree]
        target = data.draw(st.sampled_from(sorted(held, key=lambda ref: ref.hash)))
        try:
            change = self.tree.follow(target.hash)
        except FinalityReverted:
            assert not self.model.keeps_finality(target)
            return
        assert self.model.keeps_finality(target)
        self.publish(change)
        assert self.model.published[-1] == target

    @rule(data=st.data())
    def add_a_side_block(self, data):
        held = [ref for ref in self.model.all.values() if ref.hash in self.tree]
        parent = data.draw(st.sampled_from(sorted(held, key=lambda ref: ref.hash)))
        ref = self.make(parent)
        before = self.tree.head
        try:
            change = self.tree.add(ref)
        except FinalityReverted:
            assert not self.model.keeps_finality(parent)
            return
        self.model.all[ref.hash] = ref
        assert change.answer in (Answer.TAKEN, Answer.FAR_AHEAD)
        self.publish(change)
        assert self.tree.head == before

    def anything(self, data) -> BlockRef:
        """A block of any branch, offered or not, below or above what is held, or invented."""
        known = sorted(self.model.all.values(), key=lambda ref: ref.hash)
        ref = data.draw(st.sampled_from(known))
        what = data.draw(st.sampled_from(["known", "known", "child", "invented"]))
        if what == "child":
            return self.make(ref)
        if what == "invented":
            self.count += 1
            number = max(ref.number + data.draw(st.integers(-20, 3)), 0)
            return BlockRef(7, number, self.count.to_bytes(32, "big"), b"\xff" * 32)
        return ref

    def may_be_marked(self, ref: BlockRef) -> bool:
        """What is on the head's chain as far as it is held, or one below."""
        line = self.model.line(self.tree.head)
        return ref in line and ref.number >= self.tree.oldest.number - 1

    @rule(data=st.data())
    def finalize_anything(self, data):
        target = self.anything(data)
        before = self.model.finalized
        try:
            change = self.tree.mark_finalized(target)
        except FinalityReverted:
            assert before is not None
            assert before not in self.model.line(target)
            assert target not in self.model.line(before)
            return
        if before is not None and target.number <= before.number:
            assert change.answer in (Answer.DUPLICATE, Answer.STALE)
        elif self.may_be_marked(target):
            assert change.answer is Answer.TAKEN
            self.model.finalized = target
        else:
            assert change.answer in (Answer.OFF_HEAD, Answer.UNKNOWN)
            assert change.tree == self.tree
        self.publish(change)

    @rule(behind=st.integers(0, 15))
    def finalize_a_block_of_the_heads_chain(self, behind):
        held = self.tree.canonical()
        target = held[max(len(held) - 1 - behind, 0)]
        before = self.model.finalized
        if before is None or target.number > before.number:
            assert self.tree.mark_finalized(target).answer is Answer.TAKEN
            self.model.finalized = target
        self.publish(self.tree.mark_finalized(target))

    @rule(data=st.data())
    def become_safe(self, data):
        target = self.anything(data)
        finalized = self.model.finalized
        change = self.tree.mark_safe(target)
        if finalized is not None and target.number < finalized.number:
            assert change.answer is Answer.STALE
        elif self.may_be_marked(target):
            assert change.tree.safe == target
        else:
            assert change.answer in (Answer.OFF_HEAD, Answer.UNKNOWN)
            assert change.tree == self.tree
        self.publish(change)

    @invariant()
    def what_is_published_is_the_heads_chain(self):
        assert self.tree.head == self.model.published[-1]
        whole = self.model.line(self.tree.head)
        assert whole[-len(self.model.published) :] == self.model.published
        assert list(self.tree.canonical()) == whole[-len(self.tree.canonical()) :]

    @invariant()
    def the_tree_holds_the_window_and_is_bounded(self):
        shortest = self.model.line(self.tree.head)[-WINDOW:]
        # After the head went back, what the window let go before stays gone.
        assert len(self.tree.canonical()) <= len(shortest)
        assert len(self.tree) <= 16 * 2 * WINDOW

    @invariant()
    def heads_are_on_one_chain_and_finality_holds(self):
        line = self.model.line(self.tree.head)
        assert self.tree.finalized == self.model.finalized
        if self.tree.finalized is not None:
            assert self.tree.finalized in line
            assert self.tree.safe is not None
        if self.tree.safe is not None:
            assert self.tree.safe in line
            assert (
                self.model.finalized is None or self.tree.safe.number >= self.model.finalized.number
            )

    @invariant()
    def common_ancestors_are_the_models(self):
        held = sorted(
            (ref for ref in self.model.all.values() if ref.hash in self.tree),
            key=lambda ref: ref.hash,
        )
        head_line = self.model.line(self.tree.head)
        for ref in held[-3:]:
            shared = [one for one in self.model.line(ref) if one in head_line]
            assert self.tree.common_ancestor(ref.hash, self.tree.head.hash) == shared[-1]


ForkTreeMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestForkTree = ForkTreeMachine.TestCase
