"""State read at a block's hash is that block's, and a node that lies about it is found out."""

import pytest
from lying_proxy import LyingProxy

from qenus.chain import Rejected
from qenus.errors import RemoteProtocolError
from qenus.observers.rpc import RpcError, open_session
from qenus.observers.state.reader import StateReader
from tools.devnet.calls import call_data
from tools.devnet.protocols.multicall3 import MULTICALL3, deploy_multicall3

pytestmark = pytest.mark.interop

# Where a Uniswap V2 pair keeps its reserves and its timestamp, packed into one word.
RESERVES = (8).to_bytes(32, "big")


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


async def test_reads_at_a_hash_are_that_blocks_though_the_chain_goes_on(node):
    pair = raw(node.contracts["UniswapV2Pair WETH/USDC"].address)
    question = raw(call_data("getReserves()"))
    await node.trade_blocks(6, 15)
    head = await node.block_number()
    hashes = await node.block_hashes(head - 3, head)
    expected = [
        raw(
            await node.rpc.call(
                "eth_call", {"to": f"0x{pair.hex()}", "data": f"0x{question.hex()}"}, hex(number)
            )
        )
        for number in range(head - 3, head + 1)
    ]
    assert len(set(expected)) > 1
    async with open_session(node.ws_url) as session:
        reader = StateReader(session, audit=1.0)
        assert [await reader.call(block, pair, question) for block in hashes] == expected
        for block, answer in zip(hashes, expected, strict=True):
            (word,) = await reader.storage(block, pair, [RESERVES])
            assert word % 2**112 == int.from_bytes(answer[:32], "big")
            assert (word >> 112) % 2**112 == int.from_bytes(answer[32:64], "big")
        someone = node.accounts[3].address
        (balance,) = await reader.balances(hashes[-1], [raw(someone)])
        assert balance == int(await node.rpc.call("eth_getBalance", someone, "latest"), 16)
        proven = await reader.proven(hashes[-1], raw(someone))
        assert proven.account.balance == balance


async def test_a_batch_of_calls_gives_each_its_own_answer_or_failure(node):
    await node.trade(5)
    head = await node.block_number()
    (block,) = await node.block_hashes(head, head)
    usdc = raw(node.contracts["USDC"].address)
    decimals, nonsense = raw(call_data("decimals()")), raw(call_data("nonsense()"))
    async with open_session(f"unix://{node.ipc_path}") as session:
        answers = await StateReader(session).calls(block, [(usdc, decimals), (usdc, nonsense)] * 75)
    assert answers[::2] == [(6).to_bytes(32, "big")] * 75
    assert all(isinstance(answer, RpcError) for answer in answers[1::2])


@pytest.mark.parametrize("method", ["eth_getStorageAt", "eth_getProof", "eth_getBlockByHash"])
async def test_a_lie_about_state_is_found_out_by_the_audit(node, nursery, method):
    await node.trade(10)
    head = await node.block_number()
    (block,) = await node.block_hashes(head, head)
    pair = raw(node.contracts["UniswapV2Pair WETH/USDC"].address)

    def lie(asked, answer, _proxy):
        if asked != method:
            return answer
        if method == "eth_getProof":
            proof = answer["result"]["storageProof"][0]
            return {
                **answer,
                "result": {**answer["result"], "storageProof": [{**proof, "value": "0x1"}]},
            }
        if method == "eth_getBlockByHash":
            return {**answer, "result": {**answer["result"], "stateRoot": "0x" + "12" * 32}}
        return {**answer, "result": "0x" + "01" * 32}

    liar = await nursery.start(LyingProxy(node.ws_url, lie).serve)
    async with open_session(liar) as session:
        reader = StateReader(session, audit=1.0)
        with pytest.raises(Rejected, match=r"proof|header hash"):
            await reader.storage(block, pair, [RESERVES])


# Returns 200,000 bytes: alone cheap, a hundred in one memory are beyond any node's gas.
MUCH = bytes.fromhex("62030d405ff3")
# Hashes a megabyte: 2.4 million gas, so that a hundred are more than a block's.
HEAVY = bytes.fromhex("620f42405f205f5260205ff3")


async def placed(node, code: bytes, number: int) -> bytes:
    address = number.to_bytes(20, "big")
    await node.rpc.call("anvil_setCode", f"0x{address.hex()}", f"0x{code.hex()}")
    return address


async def newest_hash(node) -> bytes:
    head = await node.block_number()
    (block,) = await node.block_hashes(head, head)
    return block


@pytest.mark.parametrize("transport", ["unix", "ws", "http"])
async def test_gathered_calls_give_what_each_gives_alone_failures_included(node, transport):
    await deploy_multicall3(node)
    much, heavy = await placed(node, MUCH, 0x5001), await placed(node, HEAVY, 0x5002)
    await node.trade(10)
    block = await newest_hash(node)
    pool = raw(node.contracts["UniswapV3Pool WETH/USDC 500"].address)
    usdc, nobody = raw(node.contracts["USDC"].address), raw(node.accounts[5].address)
    calls = [
        *((pool, raw(call_data("tickBitmap(int16)", word))) for word in range(-600, 600)),
        *((usdc, raw(call_data("nonsense()"))) for _ in range(9)),
        *((usdc, raw(call_data("transfer(address,uint256)", "0x" + "11" * 20, 1))),) * 2,
        *((nobody, b"\x01"),) * 3,
        *((much, b""),) * 30,
        *((heavy, b""),) * 40,
    ]
    url = {"unix": f"unix://{node.ipc_path}", "ws": node.ws_url, "http": node.http_url}[transport]
    async with open_session(url) as session:
        alone = await StateReader(session, multicall=False).calls(block, calls)
        gathered = await StateReader(session).calls(block, calls)
    assert list(map(str, gathered)) == list(map(str, alone))
    assert sum(isinstance(answer, RpcError) for answer in alone) == 11
    assert {len(answer) for answer in alone[-70:] if isinstance(answer, bytes)} == {200_000, 32}


async def test_calls_are_gathered_from_the_block_on_that_has_multicall3(node):
    pool = raw(node.contracts["UniswapV3Pool WETH/USDC 500"].address)
    calls = [(pool, raw(call_data("tickBitmap(int16)", word))) for word in range(-50, 50)]
    without = await newest_hash(node)
    # What is put there by hand is put into the newest block's state.
    await node.mine()
    await deploy_multicall3(node)
    has = await newest_hash(node)
    async with open_session(node.ws_url) as session:
        reader = StateReader(session)
        asked = []
        answers = []
        for block in (without, has, has):
            before = session.statistics.calls
            answers.append(await reader.calls(block, calls))
            asked.append(session.statistics.calls - before)
    # Whether it is there is asked once a block; after that a hundred calls are one.
    assert asked == [101, 2, 1]
    assert answers[0] == answers[1] == answers[2]


async def test_another_contract_at_its_address_is_left_alone(node):
    # It would answer every call with 200,000 zeros.
    await placed(node, MUCH, int(MULTICALL3, 16))
    await node.trade(5)
    usdc, decimals = raw(node.contracts["USDC"].address), raw(call_data("decimals()"))
    async with open_session(node.ws_url) as session:
        answers = await StateReader(session).calls(await newest_hash(node), [(usdc, decimals)] * 20)
    assert answers == [(6).to_bytes(32, "big")] * 20


async def test_an_aggregate_that_is_cut_short_is_refused(node, nursery):
    await deploy_multicall3(node)
    await node.trade(5)
    usdc, decimals = raw(node.contracts["USDC"].address), raw(call_data("decimals()"))

    def lie(asked, answer, _proxy):
        if asked != "eth_call":
            return answer
        return {**answer, "result": answer["result"][:-64]}

    liar = await nursery.start(LyingProxy(node.ws_url, lie).serve)
    async with open_session(liar) as session:
        with pytest.raises(RemoteProtocolError, match="aggregate3"):
            await StateReader(session).calls(await newest_hash(node), [(usdc, decimals)] * 20)
