"""A publisher is a file and a value among those of the daemon; a slow one stops no chain."""

import pynng
import trio

from qenus.client import BlockClosed, subscribe
from qenus.config import FeedConfig, QenusConfig
from qenus.daemon import PUBLISHERS, Daemon, demo_chain
from qenus.line import Line, LineReader, Publisher
from qenus.simulation import World, WorldRules
from qenus.wire import NODES, split
from supervisors import Child, Inbox

PATIENCE_SECONDS = 30
_GOT: list[bytes] = []


async def write_down(inbox: Inbox[bytes]) -> None:
    """A toy of a publisher: it keeps what it is given."""
    async for message in inbox:
        _GOT.append(message)


async def never_read(inbox: Inbox[bytes]) -> None:
    """One that is stuck at its first frame."""
    async for _ in inbox:
        await trio.sleep_forever()


def diary(line: Line, _config: QenusConfig) -> Publisher:
    reader = LineReader(line, "diary")
    return Publisher(reader, [Child("diary", write_down, reader.inbox())])


def stuck(line: Line, _config: QenusConfig) -> Publisher:
    reader = LineReader(line, "stuck", capacity=2)
    return Publisher(reader, [Child("stuck", never_read, reader.inbox())])


async def test_a_second_publisher_gets_the_same_bytes_and_a_stuck_one_stops_no_other(
    tmp_path,
):
    _GOT.clear()
    address = f"ipc://{tmp_path}/feed.ipc"
    world = World(WorldRules(transactions_per_block=3, history_blocks=14, reorg_chance=0))
    chain = demo_chain(world, block_seconds=0.02, pool_state=False)
    config = QenusConfig(FeedConfig((address,)))
    daemon = Daemon(config, [chain], publishers=(*PUBLISHERS, diary, stuck))
    blocks = 0
    with pynng.Sub0(recv_timeout=0) as sub:
        sub.subscribe(b"")
        async with trio.open_nursery() as nursery:
            await nursery.start(daemon.run)
            sub.dial(address, block=True)
            with trio.fail_after(PATIENCE_SECONDS):
                async with subscribe(address) as feed:
                    async for event in feed:
                        blocks += isinstance(event, BlockClosed)
                        if blocks == 20:
                            break
                lags = daemon.lags()
                daemon.stop()
        sent = []
        while True:
            try:
                sent.append(sub.recv(block=False))
            except pynng.TryAgain:
                break
    frames = [message for message in sent if split(message)[0] != NODES]
    assert len(frames) > 20
    assert frames == _GOT[_GOT.index(frames[0]) :][: len(frames)]
    assert set(lags) == {"nng", "diary", "stuck"}
    assert lags["nng"].dropped == lags["diary"].dropped == 0
    assert lags["stuck"].frames == 2
    assert lags["stuck"].dropped > 10
