"""What `qenus tail` starts: a subscription, shown until its end or until a signal."""

import signal
from collections.abc import AsyncIterator, Iterator
from collections.abc import Set as AbstractSet

import trio

from qenus.cli.console import Lines
from qenus.cli.lines import say
from qenus.cli.output import OutputFailed
from qenus.client import (
    BlockApplied,
    BlockClosed,
    BlockRetracted,
    Event,
    SessionEnded,
    SessionStarted,
    StatesApplied,
    subscribe,
)
from qenus.wire import BlockRef, EndReason, Family, family_name

__all__ = ["show_to_the_states_of", "watch"]

_PATIENCE_SECONDS = 2.0


def watch(
    address: str,
    *,
    chains: tuple[str, ...] | None,
    families: tuple[str, ...] | None,
    oldest: bool,
    blocks: int | None,
    states_seconds: float,
    json: bool,
    ends: bool,
) -> int:
    """Show what the node at `address` publishes; give the exit status.

    Raises:
        LocalProtocolError: the address is none.
        RemoteProtocolError: the node broke the contract.
        OutputFailed: what was to be shown cannot be written.
    """
    lines = Lines(json=json, ends=ends)
    interrupted = 0
    try:
        interrupted = trio.run(
            _watch, address, chains, families, oldest, blocks, states_seconds, lines
        )
    except* OutputFailed as failures:
        # A watch has no end of its own: the reader that leaves has seen what it wanted.
        if not any(failure.reader_left for failure in _leaves(failures)):
            raise
    digests = "every digest" if families is None else f"every digest of {', '.join(families)}"
    say(f"{lines.blocks} blocks, {lines.features} features, {digests} recomputed")
    if interrupted:
        return 128 + interrupted
    return 1 if lines.trouble else 0


def _leaves(group: BaseExceptionGroup[OutputFailed]) -> Iterator[OutputFailed]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


async def _watch(
    address: str,
    chains: tuple[str, ...] | None,
    families: tuple[str, ...] | None,
    oldest: bool,
    blocks: int | None,
    states_seconds: float,
    lines: Lines,
) -> int:
    """Show events until the end; the number of the signal that interrupted it, or 0."""
    interrupted = 0
    heard = trio.Event()
    # The families that closed of a block after the block itself.
    stated: set[Family] = set()
    async with trio.open_nursery() as nursery:

        async def watch_signals(*, task_status: trio.TaskStatus[None]) -> None:
            nonlocal interrupted
            with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
                task_status.started()
                async for number in signals:
                    interrupted = number
                    nursery.cancel_scope.cancel()

        await nursery.start(watch_signals)
        nursery.start_soon(_say_when_waiting, address, heard)
        async with subscribe(address, chains=chains, families=families, oldest=oldest) as feed:
            async for event in feed:
                if isinstance(event, SessionStarted):
                    heard.set()
                # From a thread: a screen that is held up must not hold up a signal.
                await trio.to_thread.run_sync(lines.show, event, abandon_on_cancel=True)
                if isinstance(event, StatesApplied):
                    stated.update(count.family for count in event.end.families)
                if isinstance(event, BlockApplied) and lines.blocks == blocks:
                    block_pure = {family_name(count.family) for count in event.end.families}
                    if families is None or not block_pure.issuperset(families):
                        await show_to_the_states_of(
                            event.end.block, feed, lines, states_seconds, stated
                        )
                    break
                if isinstance(event, SessionEnded) and event.reason is EndReason.COMPLETE:
                    break
        nursery.cancel_scope.cancel()
    return interrupted


async def show_to_the_states_of(
    last: BlockRef,
    feed: AsyncIterator[Event],
    lines: Lines,
    seconds: float,
    stated: AbstractSet[Family] = frozenset(),
) -> None:
    """Show what is still to come of the blocks shown, up to the states of the last one.

    Those of one family are enough, and all of the families `stated`, which blocks before it had.
    Blocks after it are passed over, with all that is said of them. Ends without its states when
    it is retracted, the session ends, or they do not come in time.
    """
    deadline = trio.current_time() + seconds
    awaited = set(stated)
    later: set[bytes] = set()
    while True:
        event: Event | None = None
        with trio.move_on_at(deadline):
            event = await anext(feed, None)
        if event is None:
            return
        block = _block_of(event)
        if isinstance(event, BlockApplied):
            later.add(event.end.block.hash)
        if block is not None and block.hash in later:
            continue
        await trio.to_thread.run_sync(lines.show, event, abandon_on_cancel=True)
        if isinstance(event, StatesApplied) and block == last:
            awaited -= {count.family for count in event.end.families}
            if awaited:
                continue
        if block == last or isinstance(event, SessionEnded):
            return


def _block_of(event: Event) -> BlockRef | None:
    match event:
        case BlockClosed(end):
            return end.block
        case BlockRetracted(block):
            return block
        case _:
            return None


async def _say_when_waiting(address: str, heard: trio.Event) -> None:
    with trio.move_on_after(_PATIENCE_SECONDS):
        await heard.wait()
        return
    say(f"waiting for a node at {address}")
