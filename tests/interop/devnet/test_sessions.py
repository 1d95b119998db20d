"""One session, three transports, a real node: they say the same, and they say what is wrong."""

import json

import pytest
import trio

from qenus.observers.rpc import ConnectionLost, RpcError, open_session

pytestmark = pytest.mark.interop

TRANSPORTS = ["ws", "unix", "http"]


def url_of(node, transport: str) -> str:
    return {"ws": node.ws_url, "unix": f"unix://{node.ipc_path}", "http": node.http_url}[transport]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_calls_and_batches_give_what_the_node_says(node, transport):
    await node.trade_blocks(3, 10)
    numbers = range(node.first_block, node.first_block + 4)
    expected = [await node.rpc.call("eth_getBlockByNumber", hex(n), True) for n in numbers]
    async with open_session(url_of(node, transport)) as session:
        calls = [("eth_getBlockByNumber", (hex(n), True)) for n in numbers]
        assert [json.loads(answer) for answer in await session.batch(calls)] == expected
        got = {}

        async def ask(number: int) -> None:
            got[number] = json.loads(await session.call("eth_getBlockByNumber", hex(number), True))

        # Many at once: answers come in any order and find their calls.
        async with trio.open_nursery() as nursery:
            for number in [*numbers] * 20:
                nursery.start_soon(ask, number)
        assert [got[number] for number in numbers] == expected
        assert session.statistics.answered == 84


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_one_refusal_in_a_batch_leaves_the_others(node, transport):
    async with open_session(url_of(node, transport)) as session:
        chain, refusal, number = await session.batch(
            [("eth_chainId", ()), ("eth_nonsense", ()), ("eth_blockNumber", ())]
        )
        assert chain == b'"0x1"'
        assert json.loads(number) == hex(await node.block_number())
        assert isinstance(refusal, RpcError)
        # anvil has one code over HTTP and another over the two others.
        assert refusal.method == "eth_nonsense"
        assert refusal.code in (-32601, -32602)


@pytest.mark.parametrize("transport", ["ws", "unix"])
async def test_subscriptions_bring_every_head_in_order(node, transport):
    async with open_session(url_of(node, transport)) as session:
        assert session.can_subscribe
        heads = await session.subscribe("newHeads")
        first = await node.block_number() + 1
        await node.trade_blocks(20, 3)
        with trio.fail_after(5):
            got = [bytes.fromhex(json.loads(await heads.receive())["hash"][2:]) for _ in range(20)]
    assert got == await node.block_hashes(first, first + 19)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_node_that_dies_is_a_lost_connection(node, transport):
    async with open_session(url_of(node, transport)) as session:
        await session.call("eth_chainId")
        node.process.kill()
        with (
            trio.fail_after(5),
            pytest.raises((ConnectionLost, RpcError), match=r"(?i)connect|sock"),
        ):
            await calls_without_end(session)


async def calls_without_end(session) -> None:
    while True:
        await session.call("eth_chainId")


async def test_a_socket_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(ConnectionLost, match="cannot be reached"):
        async with open_session(f"unix://{tmp_path}/none.ipc"):
            pass
