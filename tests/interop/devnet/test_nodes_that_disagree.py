"""Two nodes on two branches: who lags takes nothing back, and who is further on is followed."""

import gzip

import pytest
import trio
from conftest import one_chain
from mirror import mirrored

from tools.devnet import DevnetChain

pytestmark = pytest.mark.interop


async def made_alike(other: DevnetChain, node: DevnetChain) -> None:
    """Let another node know what the first one knows."""
    dumped = await node.rpc.call("anvil_dumpState", True)
    other.process.kill()
    other.process.keep_state(gzip.decompress(bytes.fromhex(dumped[2:])))
    await other.start()


async def top(node: DevnetChain) -> bytes:
    head = await node.block_number()
    (found,) = await node.block_hashes(head, head)
    return found


async def test_a_shorter_branch_takes_nothing_back_and_a_longer_one_is_followed(
    node, nursery, tmp_path
):
    async with one_chain("ethereum", "uniswap_v2") as other:
        await node.trade_blocks(5, 5)
        await made_alike(other, node)
        assert await top(other) == await top(node)
        mirror = await mirrored(nursery, tmp_path, node.ws_url, other.ws_url)
        await node.trade_blocks(6, 5)
        await mirror.reaches(await top(node))
        ours = mirror.hashes()
        # The other one is on a branch of its own from here, and behind.
        await other.mine(5)
        # Time enough to be misled in.
        await trio.sleep(0.5)
        assert mirror.retracted == []
        await node.trade(5)
        await mirror.reaches(await top(node))
        assert mirror.retracted == []
        await other.mine(6)
        await mirror.reaches(await top(other))
        assert mirror.retracted[:1] == [await top(node)]
        assert set(ours[1:]) <= set(mirror.retracted)
        assert not mirror.rejections


async def test_when_the_followed_one_dies_the_other_one_is_followed(node, nursery, tmp_path):
    async with one_chain("ethereum", "uniswap_v2") as other:
        await node.trade_blocks(5, 5)
        await made_alike(other, node)
        mirror = await mirrored(nursery, tmp_path, node.ws_url, other.ws_url)
        await node.trade_blocks(3, 5)
        await mirror.reaches(await top(node))
        node.process.kill()
        await other.mine()
        await other.mine()
        await mirror.reaches(await top(other))
        assert len(mirror.retracted) == 3
