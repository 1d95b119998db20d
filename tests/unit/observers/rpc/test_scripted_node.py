"""The node that other tests rest on: it tells the truth, and then what its hooks make of it."""

import pytest
import trio
from scripted_node import HANG_UP, ScriptedNode, error, http_reply, result, until

from qenus.errors import TransientError
from qenus.observers.rpc import ConnectionLost, RpcError, RpcTimeout, open_session

TRANSPORTS = pytest.mark.parametrize("transport", ["ws", "http", "unix"])


@TRANSPORTS
async def test_it_tells_the_truth_and_counts_what_it_is_asked(nursery, tmp_path, transport):
    node = ScriptedNode()
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        head = f'"{node.world.head.number:#x}"'.encode()
        assert await session.call("eth_blockNumber") == head
        assert await session.batch([("eth_blockNumber", ())] * 3) == [head] * 3
    assert (node.asked("eth_blockNumber"), node.batches, node.connections) == (4, [3], 1)


@TRANSPORTS
async def test_its_hooks_change_an_answer_or_withhold_it(nursery, tmp_path, transport):
    said = {"eth_a": 1, "eth_b": 2}

    async def answer(method, params, truth):
        if method in said:
            await trio.sleep(0.01)
            return result(truth, said[method])
        return None if method == "eth_silent" else error(truth, -32000, "no")

    node = ScriptedNode(answer=answer, batch=lambda _, answers: answers[::-1])
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        assert await session.call("eth_a") == b"1"
        assert await session.batch([("eth_a", ()), ("eth_b", ())]) == [b"1", b"2"]
        with pytest.raises(RpcError, match="error -32000: no"):
            await session.call("eth_c")
        with pytest.raises(RpcTimeout):
            await session.call("eth_silent", timeout_seconds=0.05)


@TRANSPORTS
async def test_it_hangs_up_when_asked_to(nursery, tmp_path, transport):
    node = ScriptedNode(answer=lambda *_: HANG_UP)
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        with pytest.raises(ConnectionLost):
            await session.call("eth_chainId")


@pytest.mark.parametrize("transport", ["ws", "unix"])
async def test_its_heads_go_to_those_that_subscribed(nursery, tmp_path, transport):
    kept_back = []
    node = ScriptedNode(head=lambda message: None if kept_back else message)
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        heads = await session.subscribe("newHeads")
        node.advance()
        assert node.world.head.hash.hex().encode() in await heads.receive()
        kept_back.append(True)
        node.advance()
        node.disconnect()
        with pytest.raises(trio.EndOfChannel):
            await heads.receive()
    await until(lambda: node.connected == 0)


async def test_it_refuses_over_http_as_long_as_it_is_to(nursery):
    node = ScriptedNode(refusal=http_reply("503 Busy"))
    async with open_session(await nursery.start(node.serve_http)) as session:
        with pytest.raises(TransientError, match="503"):
            await session.call("eth_chainId")
        node.refusal = None
        assert await session.call("eth_chainId") == f'"{node.world.chain.chain_id:#x}"'.encode()
