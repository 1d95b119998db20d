"""A subscriber that believes nothing: it follows the feed and checks every step of it."""

from functools import partial
from pathlib import Path

import attrs
import trio

from qenus.client import (
    AlertReported,
    BlockApplied,
    BlockRetracted,
    Event,
    HeadsMoved,
    LineSilent,
    SessionEnded,
    SessionStarted,
    SourceRejected,
    StatesApplied,
    subscribe,
)
from qenus.config import ChainConfig, FeedConfig, QenusConfig
from qenus.daemon import Daemon, node_chain
from qenus.extractors.pool_state import Registry
from qenus.wire import Alert, Heads
from supervisors import Event as TreeEvent
from supervisors import EventKind

__all__ = ["Mirror", "followed", "mirrored", "mirrored_with_states"]


@attrs.define
class Mirror:
    """The chain as the feed gives it: `chain` has the applied blocks, `states` their pools."""

    chain: list[BlockApplied] = attrs.field(factory=list)
    states: dict[bytes, StatesApplied] = attrs.field(factory=dict)
    alerts: list[Alert] = attrs.field(factory=list)
    retracted: list[bytes] = attrs.field(factory=list)
    rejections: list[SourceRejected] = attrs.field(factory=list)
    heads: Heads | None = None
    restarts: int = 0
    _moved: trio.Event = attrs.field(factory=trio.Event)

    def take(self, event: Event) -> None:
        """Follow one event. A broken link, a skipped, doubled or lost block fails an assert."""
        match event:
            case BlockApplied(end=end):
                if self.chain:
                    top = self.chain[-1].end.block
                    assert end.block.parent_hash == top.hash, (
                        f"block {end.block.number} does not stand on block {top.number}"
                    )
                    assert end.block.number == top.number + 1
                self.chain.append(event)
            case BlockRetracted(block=block):
                top = self.chain.pop().end.block
                self.states.pop(top.hash, None)
                assert block == top, f"retracted {block.number}, on top is {top.number}"
                self.retracted.append(block.hash)
            case StatesApplied(end=end):
                assert end.block.hash in self.hashes(), "states of a block that does not stand"
                assert end.block.hash not in self.states, "states of a block came twice"
                self.states[end.block.hash] = event
            case AlertReported(alert=alert):
                self.alerts.append(alert)
            case HeadsMoved(heads=heads):
                self.heads = heads
            case SourceRejected():
                self.rejections.append(event)
            case SessionStarted() | SessionEnded() | LineSilent():
                # Silent: node and subscriber share a process here, and its devnet may hold it up.
                pass
            case _:
                raise AssertionError(f"the stream has a gap: {event}")
        self._moved.set()
        self._moved = trio.Event()

    def hashes(self) -> list[bytes]:
        """Hashes of the applied blocks, oldest first."""
        return [applied.end.block.hash for applied in self.chain]

    async def reaches(self, block_hash: bytes, *, seconds: float = 20.0) -> None:
        """Wait until that block is on top."""
        with trio.move_on_after(seconds) as waiting:
            while not self.chain or self.chain[-1].end.block.hash != block_hash:
                await self._moved.wait()
        assert not waiting.cancelled_caught, (
            f"after {seconds} s the subscriber stands at "
            f"{self.chain[-1].end.block if self.chain else None}, not at 0x{block_hash.hex()}"
        )

    async def states_reach(self, block_hash: bytes, *, seconds: float = 30.0) -> None:
        """Wait until the pool states of that block have come."""
        with trio.move_on_after(seconds) as waiting:
            while block_hash not in self.states:
                await self._moved.wait()
        assert not waiting.cancelled_caught, (
            f"after {seconds} s there are no states of 0x{block_hash.hex()}; alerts {self.alerts}"
        )

    async def wait_for_alert(
        self, name: str, *, raised: bool = True, seconds: float = 20.0
    ) -> Alert:
        """Wait for an alert of that name."""
        with trio.move_on_after(seconds):
            while True:
                for alert in self.alerts:
                    if (alert.name, alert.raised) == (name, raised):
                        return alert
                await self._moved.wait()
        raise AssertionError(f"after {seconds} s no alert {name} came; alerts were {self.alerts}")

    def watch(self, event: TreeEvent) -> None:
        """Count what restarts in the node's tree."""
        if event.kind is EventKind.CRASHED:
            self.restarts += 1


async def followed(mirror: Mirror, address: str) -> None:
    """Follow the feed at `address` for ever."""
    async with subscribe(address, oldest=True) as feed:
        async for event in feed:
            mirror.take(event)


async def mirrored(
    nursery: trio.Nursery,
    folder: Path,
    *urls: str,
    chain: str = "ethereum",
    faults=None,
    chain_file: str = "",
    pool_state: bool = False,
    registry: Registry | None = None,
    **rules,
) -> Mirror:
    """Run the daemon on the nodes at `urls` and give the mirror of what it publishes."""
    mirror = Mirror()
    address = f"ipc://{folder}/feed.ipc"
    config = QenusConfig(FeedConfig((address,)))
    node = ChainConfig(
        name=chain,
        node=urls[0],
        other_nodes=urls[1:],
        pool_state=pool_state,
        header_rules=False,
        chain_file=chain_file,
    )
    follows = node_chain(node, registry=registry, **rules)
    daemon = Daemon(config, [follows], faults=faults, on_event=mirror.watch)
    nursery.start_soon(followed, mirror, address)
    await nursery.start(daemon.run)
    with trio.fail_after(10):
        while mirror.heads is None:
            await mirror._moved.wait()
    return mirror


# The mirror of a node that publishes pool states too.
mirrored_with_states = partial(mirrored, pool_state=True)
