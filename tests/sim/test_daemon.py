"""The whole daemon on the demo world, and a subscriber on its feed, in one process."""

import trio

from qenus.cli.console import refusal_lines
from qenus.client import BlockApplied, BlockRetracted, ChainGap, SessionEnded, subscribe
from qenus.config import FeedConfig, QenusConfig
from qenus.daemon import Daemon, demo_chain
from qenus.simulation import World, WorldRules, world
from qenus.simulation.events import EmittedLog, v2_sync
from qenus.wire import EndReason

EMITTER = bytes.fromhex("e1" * 20)
PATIENCE_SECONDS = 20


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def dirty_logs() -> list[EmittedLog]:
    """Logs with the topics of events that they cannot be."""
    v3_swap = bytes.fromhex("c42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67")
    data = b"".join(map(word, (1, 2, 1 << 160, 4, 5)))
    sync = v2_sync(EMITTER, 7, 5)
    return [
        sync._replace(topics=(v3_swap, word(1), word(2)), data=data),
        sync._replace(data=word(1 << 112) + word(5)),
        sync._replace(data=sync.data[:-1]),
        sync._replace(data=b""),
    ]


async def test_a_dirty_log_is_reported_and_never_stops_the_block(monkeypatch, tmp_path):
    build = world.seal_block

    def with_dirty_logs(parent, executed, draws, *, seconds):
        if executed:
            first = executed[0]
            executed = [first._replace(logs=(*first.logs, *dirty_logs())), *executed[1:]]
        return build(parent, executed, draws, seconds=seconds)

    monkeypatch.setattr(world, "seal_block", with_dirty_logs)
    demo = World(WorldRules(transactions_per_block=5, history_blocks=14, reorg_chance=0))
    address = f"ipc://{tmp_path}/feed.ipc"
    daemon = Daemon(QenusConfig(FeedConfig((address,))), [demo_chain(demo, block_seconds=0.05)])
    applied: list[BlockApplied] = []
    async with trio.open_nursery() as nursery:
        await nursery.start(daemon.run)
        with trio.fail_after(PATIENCE_SECONDS):
            async with subscribe(address) as feed:
                async for event in feed:
                    if isinstance(event, BlockApplied):
                        applied.append(event)
                    if len(applied) == 5:
                        break
        daemon.stop()
    for event in applied:
        (batch,) = event.batches
        assert batch.features
        refused = [log for log in batch.refused if log.address == EMITTER]
        assert [(log.protocol, log.feature) for log in refused] == [
            ("uniswap_v3", "swap"), ("uniswap_v2", "sync"), ("uniswap_v2", "sync"),
            ("uniswap_v2", "sync"),
        ]  # fmt: skip
        assert not {log.log_index for log in refused} & {f.log_index for f in batch.features}
        assert "sqrt_price_x96" in refused[0].reason
        assert "reserve0" in refused[1].reason
        assert "63" in refused[2].reason
        (count,) = event.end.families
        assert (count.features, count.refused) == (len(batch.features), len(batch.refused))
        lines = list(refusal_lines(batch))
        assert f"block {event.end.block.number} log {refused[0].log_index}: refused" in lines[0]


async def test_a_stop_is_announced_to_subscribers_and_the_feed_can_be_served_again(tmp_path):
    address = f"ipc://{tmp_path}/feed.ipc"
    config = QenusConfig(FeedConfig((address,)))
    demo = World(WorldRules(transactions_per_block=3, history_blocks=14, reorg_chance=200))
    chain, sessions, ended = [], set(), []
    with trio.fail_after(PATIENCE_SECONDS):
        async with subscribe(address) as feed:
            for _ in range(2):
                chain_tree = demo_chain(demo, block_seconds=0.02, pool_state=False)
                daemon = Daemon(config, [chain_tree])
                sessions.add(daemon.line.session)
                target = 8
                async with trio.open_nursery() as nursery:
                    await nursery.start(daemon.run)
                    async for event in feed:
                        match event:
                            case BlockApplied(end=end):
                                assert not chain or end.block.parent_hash == chain[-1].hash
                                chain.append(end.block)
                            case BlockRetracted(block=block):
                                assert chain.pop() == block
                            case ChainGap(last=last):
                                # The second life begins at the node's head, not where we ended.
                                assert last == chain[-1]
                                assert len(sessions) == 2
                                chain.clear()
                            case SessionEnded(reason=reason):
                                ended.append(reason)
                                break
                        if len(chain) >= target:
                            daemon.stop()
    assert len(sessions) == 2
    assert ended == [EndReason.SHUTDOWN] * 2
