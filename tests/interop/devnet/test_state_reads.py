"""State read at a block's hash is that block's, and a node that lies about it is found out."""

import pytest
from lying_proxy import LyingProxy

from qenus.chain import Rejected
from qenus.observers.rpc import RpcError, open_session
from qenus.observers.state import StateReader
from tools.devnet.calls import call_data

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
