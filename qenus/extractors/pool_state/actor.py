"""The state actor: blocks behind the block-pure branch in, pool states out, in order.

State that cannot be had is waited for, and a wait that lasts is seen: in the tree as degraded, on
topic alerts as `pool_state_waits`. It ends when the state comes, when the block has been orphaned
while it was waited for (`ChainProgress`), or when it lies further back than nodes keep states: then
nothing is published of that block, the alert `pool_state_skipped` reports it, and what comes after
it is read anew.
"""

from collections.abc import Sequence
from itertools import count

import structlog
import trio

from qenus.errors import TransientError
from qenus.extractors.chain_progress import ChainProgress
from qenus.extractors.pool_state.block_states import (
    SAMPLED_ONE_IN,
    BlockStates,
    block_states,
)
from qenus.extractors.pool_state.book import Book
from qenus.extractors.pool_state.contents import pool_state_contents, pool_state_version
from qenus.extractors.pool_state.identification import UnknownEmitters
from qenus.extractors.state_branch import StateReading, StateSource
from qenus.protocols.reads import Answer, Call, StateUnavailable
from qenus.protocols.registry import Registry
from qenus.wire import ALERTS, Alert, Block, BlockRef, Observed, Parcel, Retract, Severity, encode
from supervisors import Cell, Inbox, Outlet, degraded, on_abort

__all__ = ["REACH_BLOCKS", "publish_pool_states", "read_pool_states"]

# A full node keeps the states of some 128 blocks; one twice as old never comes.
REACH_BLOCKS = 256
_FIRST_PAUSE_SECONDS = 0.02
_LAST_PAUSE_SECONDS = 2.0
# A shorter wait is not reported: a node often announces a block before it gives its state.
_PATIENCE_SECONDS = 1.0
# How soon it is noticed that a block in hand was orphaned.
_LOOK_SECONDS = 0.1
_MAX_ALERTS = 64
# A first read of many pools asks tens of thousands of questions: a failure loses these at the most.
_CALLS_AT_ONCE = 2_000
_MAX_TEXT = 4096

_log = structlog.get_logger("pool_state")


async def read_pool_states(
    touched: Inbox[Observed[Block | Retract]],
    features: Outlet[Parcel],
    book: Cell[Book],
    progress: Cell[ChainProgress],
    *,
    reading: StateReading,
) -> None:
    """Publish pool states with what the chain's nodes answer; see `publish_pool_states`.

    Cancellation closes the sessions with the nodes, too.
    """
    async with reading.open_state() as state:
        await publish_pool_states(
            touched,
            features,
            book,
            progress,
            chain=reading.chain,
            registry=reading.registry,
            state=state,
            sampled_one_in=reading.sampled_one_in,
            ending=reading.ending,
        )


async def publish_pool_states(
    touched: Inbox[Observed[Block | Retract]],
    features: Outlet[Parcel],
    book: Cell[Book],
    progress: Cell[ChainProgress],
    *,
    chain: str,
    registry: Registry,
    state: StateSource,
    sampled_one_in: int = SAMPLED_ONE_IN,
    ending: trio.Event | None = None,
) -> None:
    """Send each block's pool states and the BlockEnd that closes them; undo what is retracted.

    All of a block becomes visible together with its acknowledgement, or nothing of it. Retracts
    are not sent on: the branch that publishes the blocks has done that. From `ending` on nothing
    is asked for any more, and what is left is taken without publishing anything.

    Cancellation leaves the message in hand unacknowledged, and the book as it was before.
    """
    async with trio.open_nursery() as nursery:
        said, to_say = trio.open_memory_channel[Parcel](_MAX_ALERTS)
        # Begun before anything is leased, so that what it sends is part of no step.
        nursery.start_soon(_say, to_say, features)
        branch = _Branch(features, book, progress, said, chain, registry, state, sampled_one_in)
        async with trio.open_nursery() as watching:
            if ending is not None:
                watching.start_soon(branch.stop_asking, ending)
            async for observed in touched:
                content = observed.content
                if isinstance(content, Retract):
                    on_abort(book.value.retract(content.block))
                else:
                    await branch.take(content, observed.observed_ns)
            watching.cancel_scope.cancel()
        said.close()


async def _say(alerts: trio.MemoryReceiveChannel[Parcel], features: Outlet[Parcel]) -> None:
    async for parcel in alerts:
        await features.send(parcel)


class _Rounds:
    """What was answered of a block's plan so far: a plan that is begun again goes on from there.

    Answers are pinned to blocks, so what was said once stays said; the same plan asks the same.
    """

    def __init__(self, state: StateSource) -> None:
        self._state = state
        self._rounds: list[tuple[Sequence[Call], list[Answer]]] = []

    async def answers(self, at: int, calls: Sequence[Call]) -> Sequence[Answer]:
        """Give what the calls of one round return, asking only for what is not known yet.

        Raises StateUnavailable: as the source does; what came before it is kept.
        """
        if at < len(self._rounds) and self._rounds[at][0] != calls:
            del self._rounds[at:]
        if at == len(self._rounds):
            self._rounds.append((calls, []))
        known = self._rounds[at][1]
        while len(known) < len(calls):
            known += await self._state.read(calls[len(known) : len(known) + _CALLS_AT_ONCE])
        return known


class _Branch:
    """One incarnation of the actor: what it remembers beside the book is only to save questions."""

    def __init__(
        self,
        features: Outlet[Parcel],
        book: Cell[Book],
        progress: Cell[ChainProgress],
        said: trio.MemorySendChannel[Parcel],
        chain: str,
        registry: Registry,
        state: StateSource,
        sampled_one_in: int,
    ) -> None:
        self._features = features
        self._book = book
        self._progress = progress
        self._said = said
        self._chain = chain
        self._registry = registry
        self._state = state
        self._sampled_one_in = sampled_one_in
        self._version = pool_state_version(registry)
        self._emitters = UnknownEmitters()
        self._waits = False
        self._skips = False
        self._ending = False
        self._asking = trio.CancelScope()

    async def stop_asking(self, ending: trio.Event) -> None:
        """Give up what is asked, and ask nothing more, once the event is set."""
        await ending.wait()
        self._ending = True
        self._asking.cancel()

    async def take(self, block: Block, observed_ns: int) -> None:
        """Send what a block did to the pools that it touched."""
        book, ref = self._book.value, block.block
        if book.head != ref.parent_hash:
            on_abort(book.begin_anew(ref.parent_hash))
        states = await self._states(block, observed_ns)
        if states is None:
            return
        for found in states.discrepancies:
            _log.warning("pool", chain=self._chain, reason=found.reason.name, text=found.text)
            alert = Alert(
                Severity.CRITICAL if found.stops else Severity.INFO,
                f"pool_{found.reason.name.lower()}",
                f"{self._chain} 0x{found.record.key.hex()}",
                True,
                found.text[:_MAX_TEXT],
                ref,
            )
            await self._features.send(Parcel(ALERTS, observed_ns, encode(alert)))
        for topic, content in pool_state_contents(ref, states, self._chain, self._version):
            await self._features.send(Parcel(topic, observed_ns, content))
        self._emitters.learn(states.unknown, states.made)
        book.learn(states.loaded)
        on_abort(book.apply(ref, states.changes))

    async def _states(self, block: Block, observed_ns: int) -> BlockStates | None:
        """Wait for what the block's plan asks for; None when it will never come."""
        pause = _FIRST_PAUSE_SECONDS
        rounds = _Rounds(self._state)
        began = trio.current_time()
        while not self._ending:
            states: BlockStates | None = None
            try:
                with trio.CancelScope() as self._asking:
                    states = await self._ask(block, rounds)
                if states is None:
                    break
            except TransientError as error:
                if self._is_orphaned(block.block):
                    self._report_waiting(False, "the block was orphaned", block.block, observed_ns)
                    return None
                if self._is_out_of_reach(block.block, error):
                    self._report_waiting(False, "the block lies too far back", block.block, 0)
                    self._report_skipping(True, str(error), block.block, observed_ns)
                    return None
                if trio.current_time() - began >= _PATIENCE_SECONDS:
                    self._report_waiting(True, str(error), block.block, observed_ns)
                await self._pause(pause, block.block)
                pause = min(2 * pause, _LAST_PAUSE_SECONDS)
            else:
                self._report_waiting(False, "the state came", block.block, observed_ns)
                self._report_skipping(False, "states are had again", block.block, observed_ns)
                return states
        return None

    async def _ask(self, block: Block, rounds: "_Rounds") -> BlockStates:
        plan = block_states(
            block,
            self._book.value,
            self._registry,
            self._emitters,
            sampled_one_in=self._sampled_one_in,
        )
        try:
            calls = next(plan)
            for at in count():
                calls = plan.send(await rounds.answers(at, calls))
        except StopIteration as end:
            states: BlockStates = end.value
            return states
        raise AssertionError("a plan ends by returning")

    async def _pause(self, seconds: float, block: BlockRef) -> None:
        """Wait, but no longer than the block is worth it."""
        end = trio.current_time() + seconds
        # A cell is polled: it does not announce that it changed.
        while (  # noqa: ASYNC110
            trio.current_time() < end and not self._is_orphaned(block) and not self._ending
        ):
            await trio.sleep(min(_LOOK_SECONDS, max(end - trio.current_time(), 0)))

    def _is_out_of_reach(self, block: BlockRef, error: TransientError) -> bool:
        """Whether a node was asked and cannot answer any more."""
        away = isinstance(error, StateUnavailable) and not error.asked
        return not away and self._progress.value.head - block.number > REACH_BLOCKS

    def _is_orphaned(self, block: BlockRef) -> bool:
        return block.hash in self._progress.value.orphans

    # -- what is reported --------------------------------------------------------------------------

    def _report_waiting(self, waits: bool, why: str, block: BlockRef, observed_ns: int) -> None:
        if waits == self._waits:
            return
        self._waits = waits
        degraded(f"block {block.number} waits for its state: {why}" if waits else None)
        self._alert(Severity.WARNING, "pool_state_waits", waits, why, block, observed_ns)

    def _report_skipping(self, skips: bool, why: str, block: BlockRef, observed_ns: int) -> None:
        if skips == self._skips:
            return
        self._skips = skips
        self._alert(Severity.CRITICAL, "pool_state_skipped", skips, why, block, observed_ns)

    def _alert(
        self,
        severity: Severity,
        name: str,
        raised: bool,
        why: str,
        block: BlockRef,
        observed_ns: int,
    ) -> None:
        _log.warning(name, chain=self._chain, raised=raised, block=block.number, reason=why)
        alert = Alert(severity, name, self._chain, raised, why[:_MAX_TEXT], block)
        try:
            self._said.send_nowait(Parcel(ALERTS, observed_ns, encode(alert)))
        except trio.WouldBlock:
            _log.error("alert not sent", alert=name, chain=self._chain)
