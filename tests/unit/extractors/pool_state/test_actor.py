"""The state actor in a tree of its own: when it waits, when it gives up, what crashes do."""

from collections.abc import Sequence

import pytest
import trio
from scripted_state import block_of_logs, hash_of
from test_block_states import (
    PAIR,
    pair_contracts,
    registry,
    sync,
)

from qenus.extractors.chain_progress import ChainProgress
from qenus.extractors.pool_state import Answer, Book, Call, StateUnavailable
from qenus.extractors.pool_state.actor import REACH_BLOCKS, publish_pool_states
from qenus.mailboxes import ChainMailboxes, line_mailbox
from qenus.wire import (
    Alert,
    Block,
    BlockEnd,
    Observed,
    PoolStateBatch,
    Retract,
    decode,
    encode,
)
from supervisors import (
    Backoff,
    Cell,
    Child,
    CrashPoint,
    FailureTypes,
    InjectedCrash,
    ScheduledFaults,
    State,
    Supervisor,
    Tree,
)


class Node:
    """Answers as the script says, but for blocks whose state it does not have (now)."""

    def __init__(self) -> None:
        self.script = pair_contracts()
        self.lacks: set[bytes] = set()
        self.asked = True
        self.refused = 0

    async def read(self, calls: Sequence[Call]) -> list[Answer]:
        await trio.lowlevel.checkpoint()
        if {call.block_hash for call in calls} & self.lacks:
            self.refused += 1
            raise StateUnavailable("missing trie node", asked=self.asked)
        return [self.script.answer(call) for call in calls]


class Run:
    """One actor, its mailboxes and cells."""

    def __init__(self, faults: ScheduledFaults | None = None) -> None:
        self.node, self.ending = Node(), trio.Event()
        self.touched = ChainMailboxes("demo").touched("pool_state")
        self.out = line_mailbox()
        self.book = Cell[Book]("book", factory=Book, reset_after=3)
        self.progress = Cell("progress", ChainProgress())
        child = Child(
            "pool_state", publish_pool_states, self.touched.inbox(), self.out.outlet(), self.book,
            self.progress, chain="demo", registry=registry(), state=self.node, ending=self.ending,
        )  # fmt: skip
        quick = Backoff(initial_seconds=0.001, max_seconds=0.01)
        self.tree = Tree(
            Supervisor("root", [child.with_policy(backoff=quick)]),
            failures=FailureTypes(transient=(InjectedCrash,)),
            faults=faults,
        )

    async def say(self, content: Block | Retract) -> None:
        """Hand on what the block-pure branch would, and note its progress."""
        now = self.progress.value
        block = content.block
        applied = isinstance(content, Block)
        self.progress.set(now.applied(block) if applied else now.retracted(block))
        await self.touched.send(Observed(7, content))

    async def settle(self) -> None:
        """Wait until everything handed on is done."""
        with trio.fail_after(60):
            # A mailbox does not announce that it is empty.
            while not self.touched.is_empty:  # noqa: ASYNC110
                await trio.sleep(0.01)

    async def published(self) -> list[object]:
        """What came out so far."""
        inbox, found = self.out.inbox(), []
        while self.out.depth:
            found.append(decode((await inbox.receive()).content))
            await inbox.ack()
        inbox.close()
        return found


def numbers(published: list[object]) -> list[int]:
    return [one.block.number for one in published if isinstance(one, BlockEnd)]


def alerts(published: list[object]) -> list[tuple[str, bool]]:
    return [(one.name, one.raised) for one in published if isinstance(one, Alert)]


def chain(*numbers: int) -> list[Block]:
    return [block_of_logs(number, sync(PAIR, 10 + number, 20 + number)) for number in numbers]


async def test_a_wait_is_seen_in_the_tree_and_on_alerts_and_ends_when_the_state_comes(
    nursery, autojump_clock
):
    run = Run()
    await nursery.start(run.tree.run)
    run.node.lacks = {hash_of(1)}
    for block in chain(1, 2, 3):
        await run.say(block)
    await trio.sleep(5)
    (child,) = run.tree.snapshot().children
    assert "block 1 waits for its state: missing trie node" in str(child)
    assert child.state is not State.STOPPED
    first = await run.published()
    assert (alerts(first), numbers(first)) == ([("pool_state_waits", True)], [])
    # It asks ever less often: a node in trouble is not helped by being asked.
    assert 5 < run.node.refused < 20
    run.node.lacks = set()
    await run.settle()
    rest = await run.published()
    assert (alerts(rest), numbers(rest)) == ([("pool_state_waits", False)], [1, 2, 3])
    assert "waits for its state" not in str(run.tree.snapshot().children)
    run.tree.stop()


async def test_a_wait_ends_when_its_block_is_orphaned_behind_it(nursery, autojump_clock):
    run = Run()
    await nursery.start(run.tree.run)
    run.node.lacks = {hash_of(2), hash_of(3)}
    one, two, three = chain(1, 2, 3)
    for block in (one, two, three):
        await run.say(block)
    await trio.sleep(3)
    assert numbers(await run.published()) == [1]
    # The retracts lie behind the blocks in the same mailbox, which the actor does not come to.
    await run.say(Retract(three.block))
    await run.say(Retract(two.block))
    other = block_of_logs(2, sync(PAIR, 77, 88), fork=1)
    await run.say(other)
    await run.settle()
    published = await run.published()
    assert numbers(published) == [2]
    (batch,) = (each for each in published if isinstance(each, PoolStateBatch))
    assert batch.identity.block == other.block
    assert [state.reserve0 for state in batch.features] == [77]
    assert alerts(published)[-1] == ("pool_state_waits", False)
    run.tree.stop()


async def test_a_state_that_is_merely_late_is_no_ones_alarm(nursery, autojump_clock):
    run = Run()
    await nursery.start(run.tree.run)
    run.node.lacks = {hash_of(1)}
    for block in chain(1, 2):
        await run.say(block)
    await trio.sleep(0.5)
    run.node.lacks = set()
    await run.settle()
    published = await run.published()
    assert (numbers(published), alerts(published)) == ([1, 2], [])
    run.tree.stop()


@pytest.mark.parametrize("asked", [True, False])
async def test_what_no_node_has_any_more_is_skipped_with_an_alert_and_what_no_node_was_asked_is_not(
    nursery, autojump_clock, asked
):
    run = Run()
    run.node.asked = asked
    await nursery.start(run.tree.run)
    blocks = chain(*range(1, REACH_BLOCKS + 4))
    run.node.lacks = {hash_of(1)}
    for block in blocks:
        await run.say(block)
    with trio.move_on_after(50):
        await run.settle()
    published = await run.published()
    run.tree.stop()
    if not asked:
        # Who was away may come back and have it.
        assert (numbers(published), alerts(published)) == ([], [("pool_state_waits", True)])
        return
    # Block 2 stands on block 1: both lie further back than nodes keep states.
    assert numbers(published) == [block.block.number for block in blocks[2:]]
    assert [one for one in alerts(published) if one[0] == "pool_state_skipped"] == [
        ("pool_state_skipped", True),
        ("pool_state_skipped", False),
    ]


@pytest.mark.parametrize("hangs", [True, False])
async def test_at_the_end_nothing_is_asked_any_more_and_what_is_left_is_taken(
    nursery, autojump_clock, hangs
):
    run = Run()
    await nursery.start(run.tree.run)
    run.node.lacks = {hash_of(1)}
    if hangs:

        async def hang(calls: Sequence[Call]) -> list[Answer]:
            await trio.sleep_forever()

        run.node.read = hang
    for content in [*chain(1, 2, 3), Retract(chain(3)[0].block)]:
        await run.say(content)
    await trio.sleep(1)
    run.ending.set()
    with trio.fail_after(1):
        report = await run.tree.drain(10)
    # Nobody reads what came out; of what was to be done nothing is left.
    assert ([left.name for left in report.left if left.name != "out"], report.cut_off) == ([], ())
    published = await run.published()
    assert numbers(published) == []
    assert set(alerts(published)) <= {("pool_state_waits", True)}


async def test_what_was_answered_is_not_asked_again_when_another_answer_fails(
    nursery, autojump_clock, monkeypatch
):
    monkeypatch.setattr("qenus.extractors.pool_state.actor._CALLS_AT_ONCE", 2)
    run, asked, fails = Run(), [], [False]
    read = run.node.read

    async def every_other_fails(calls: Sequence[Call]) -> list[Answer]:
        fails[0] = not fails[0]
        if fails[0]:
            raise StateUnavailable("busy", asked=True)
        asked.extend(calls)
        return await read(calls)

    run.node.read = every_other_fails
    await nursery.start(run.tree.run)
    (block,) = chain(1)
    await run.say(block)
    await run.settle()
    assert numbers(await run.published()) == [1]
    assert len(asked) > 8
    assert len(asked) == len(set(asked))
    run.tree.stop()


def undisturbed() -> list[Block | Retract]:
    """A chain with a branch that is taken back."""
    one, two, three = chain(1, 2, 3)
    branch = block_of_logs(2, sync(PAIR, 5, 6), fork=1)
    next_ = block_of_logs(3, sync(PAIR, 7, 8), fork=1, parent_fork=1)
    return [one, two, three, Retract(three.block), Retract(two.block), branch, next_]


async def stream(nursery: trio.Nursery, faults: ScheduledFaults | None) -> list[bytes]:
    run = Run(faults)
    await nursery.start(run.tree.run)
    for content in undisturbed():
        await run.say(content)
    await run.settle()
    published = [encode(one) for one in await run.published()]
    assert run.book.value.get(PAIR).pool.reserve0 == 7
    assert [known.pool.reserve0 for _, known in run.book.value.history(PAIR, 3)] == [7, 5, 11]
    run.tree.stop()
    return published


@pytest.mark.parametrize(
    "point", [point for point in CrashPoint if point is not CrashPoint.STARTED]
)
@pytest.mark.parametrize("visit", range(1, 8))
async def test_a_crash_anywhere_changes_nothing_of_what_comes_out(
    nursery, autojump_clock, point, visit
):
    faults = ScheduledFaults([("root/pool_state", point, visit)])
    assert await stream(nursery, faults) == await stream(nursery, None)
    assert faults.fired
