"""A liar beside an honest endpoint: no lie is believed, and the stream has no gap and no delay."""

from statistics import quantiles

import pytest
import trio
from lying_proxy import LIES, LyingProxy
from mirror import mirrored

pytestmark = pytest.mark.interop


async def agrees(mirror, node) -> None:
    head = await node.block_number()
    (top,) = await node.block_hashes(head, head)
    await mirror.reaches(top, seconds=30)
    first = mirror.chain[0].end.block.number
    assert mirror.hashes() == await node.block_hashes(first, head)


@pytest.mark.parametrize("name", LIES)
async def test_a_lie_is_refused_and_the_honest_endpoint_carries_the_stream(
    node, nursery, tmp_path, name
):
    lie, step = LIES[name]
    proxy = LyingProxy(node.ws_url, lie)
    liar = await nursery.start(proxy.serve)
    # The liar comes first: whatever is asked in order is asked of it.
    mirror = await mirrored(nursery, tmp_path, liar, node.ws_url)
    for _ in range(3):
        await node.trade_blocks(4, 8)
        await node.reorg_busily(2, 6)
        await agrees(mirror, node)
    assert proxy.told
    if step is not None:
        with trio.fail_after(5):
            while not mirror.rejections:  # noqa: ASYNC110
                await trio.sleep(0.01)
    found_out = {
        (rejection.rejection.source, rejection.rejection.step) for rejection in mirror.rejections
    }
    assert {source for source, _ in found_out} <= {liar}
    if step is not None:
        assert (liar, step) in found_out


async def test_a_lie_that_comes_too_late_to_matter_is_found_out_too(node, nursery, tmp_path):
    proxy = LyingProxy(node.ws_url, LIES["a changed amount"][0])
    proxy.delay_seconds = 0.1
    liar = await nursery.start(proxy.serve)
    mirror = await mirrored(nursery, tmp_path, node.ws_url, liar)
    # As slow as it is, it is connected late: it is asked from then on.
    with trio.fail_after(20):
        while not mirror.rejections:
            await node.trade(8)
            await agrees(mirror, node)
    rejection = mirror.rejections[0].rejection
    assert (rejection.source, rejection.step) == (liar, "receipts root")
    assert rejection.claimed_hash in mirror.hashes()


async def test_a_node_of_another_chain_is_found_out_and_left_alone(node, nursery, tmp_path):
    def other_chain(method, answer, _proxy):
        return {**answer, "result": "0x2"} if method == "eth_chainId" else answer

    proxy = LyingProxy(node.ws_url, other_chain)
    liar = await nursery.start(proxy.serve)
    mirror = await mirrored(nursery, tmp_path, liar, node.ws_url)
    await node.trade_blocks(3, 5)
    await agrees(mirror, node)
    assert {rejection.rejection.source for rejection in mirror.rejections} == {liar}
    assert "expected chain id 1" in mirror.rejections[0].rejection.found


async def test_a_liar_alone_is_never_believed(node, nursery, tmp_path):
    proxy = LyingProxy(node.ws_url, LIES["a changed amount"][0])
    told, proxy.lie = proxy.lie, None
    url = await nursery.start(proxy.serve)
    mirror = await mirrored(nursery, tmp_path, url)
    await node.trade_blocks(2, 8)
    await agrees(mirror, node)
    before = mirror.hashes()
    proxy.lie = told
    await node.trade_blocks(3, 8)
    with trio.fail_after(10):
        while len(mirror.rejections) < 1:  # noqa: ASYNC110
            await trio.sleep(0.01)
    assert mirror.hashes() == before
    proxy.lie = None
    await node.trade(8)
    await agrees(mirror, node)


async def test_one_dead_and_one_lying_of_three_add_no_delay_that_matters(node, nursery, tmp_path):
    liar = await nursery.start(LyingProxy(node.ws_url, LIES["an omitted log"][0]).serve)
    dead = await nursery.start(LyingProxy(node.ws_url, LIES["silence"][0]).serve)
    (tmp_path / "alone").mkdir()
    alone = await mirrored(nursery, tmp_path / "alone", node.ws_url)
    among = await mirrored(nursery, tmp_path, liar, dead, node.ws_url)
    for _ in range(60):
        await node.trade(10)
        # Both at rest, so that they do not wait for each other's processor.
        await agrees(among, node)
        await agrees(alone, node)
    delays = {
        name: quantiles([a.published_ns - a.observed_ns for a in mirror.chain[2:]], n=100)[98] / 1e6
        for name, mirror in {"alone": alone, "among": among}.items()
    }
    print(f"p99 from head to published, ms: {delays}")
    assert delays["among"] - delays["alone"] < 50
