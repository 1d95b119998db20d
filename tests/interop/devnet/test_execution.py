"""What a transaction is simulated to do is what a real node then does."""

import pytest

from qenus.chain import ETHEREUM, Rejected, seal
from qenus.observers.execution import (
    BlockEnvironment,
    NodeState,
    TransactionCall,
    open_executor,
    signed_call,
)
from qenus.observers.rpc import RpcError, open_session
from tools.devnet.calls import Transaction, call_data

pytest.importorskip("pyrevm")
from lying_proxy import LyingProxy

pytestmark = pytest.mark.interop

SWAP = "exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))"
# Deploys three bytes of code, having put 7 into its first slot.
CREATION = "0x60075f55" + "625b5f56" + "5f526003601d" + "f3"


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def swap_of(node, who, amount: int = 10**18) -> Transaction:
    weth, usdc = node.contracts["WETH"].address, node.contracts["USDC"].address
    wish = (weth, usdc, 500, who.address, 2**63, amount, 0, 0)
    return Transaction(who.address, node.contracts["SwapRouter"].address, call_data(SWAP, wish))


async def sealed(session, name: str):
    block = await session.read("eth_getBlockByNumber", name, True)
    receipts = await session.read("eth_getBlockReceipts", name)
    return seal(block, receipts, ETHEREUM)


async def signed(node, transaction: Transaction, **fields: str) -> bytes:
    """A transaction as its sender signs it, which the node does for its own accounts."""
    count = await node.rpc.call("eth_getTransactionCount", transaction.sender, "latest")
    wish = {
        **transaction.as_json(),
        "nonce": count,
        "maxFeePerGas": hex(10**11),
        "maxPriorityFeePerGas": hex(10**9),
        "chainId": "0x1",
        **fields,
    }
    return raw(await node.rpc.call("eth_signTransaction", wish))


async def simulated(executor, session, *raws: bytes, prove: bool = False):
    """Simulate on the head, in the environment of the block that comes next."""
    head = await sealed(session, "latest")
    environment = BlockEnvironment.after(head, ETHEREUM, prev_randao=bytes(32))
    state = NodeState(session, head.block.hash, prove=prove)
    calls = [signed_call(one, ETHEREUM) for one in raws]
    return environment, await executor.simulate_all(state, environment, calls)


async def mined(node, environment, *raws: bytes):
    """Mine the transactions in a block of that environment; give their receipts."""
    await node.rpc.call("evm_setNextBlockTimestamp", environment.timestamp)
    for one in raws:
        await node.rpc.call("eth_sendRawTransaction", f"0x{one.hex()}")
    await node.mine()
    block = await node.rpc.call("eth_getBlockByNumber", "latest", False)
    assert int(block["baseFeePerGas"], 16) == environment.base_fee_per_gas
    assert int(block["timestamp"], 16) == environment.timestamp
    return await node.rpc.call("eth_getBlockReceipts", "latest")


async def hold_against_the_node(node, simulation, receipt):
    assert simulation.approximate is None
    assert simulation.status == (receipt["status"] == "0x1")
    assert simulation.gas_used == int(receipt["gasUsed"], 16)
    expected = [
        (raw(log["address"]), tuple(map(raw, log["topics"])), raw(log["data"]))
        for log in receipt["logs"]
    ]
    assert [(log.address, log.topics, log.data) for log in simulation.logs] == expected


async def hold_changes_against_the_node(node, changes):
    """Every account and slot as the node has it now, and before what it had a block ago."""
    head = await node.block_number()
    assert changes
    for change in changes:
        who = f"0x{change.address.hex()}"
        for number, account in ((head - 1, change.before), (head, change.after)):
            name = hex(number)
            assert account.balance == int(await node.rpc.call("eth_getBalance", who, name), 16)
            nonce = await node.rpc.call("eth_getTransactionCount", who, name)
            assert account.nonce == int(nonce, 16)
            assert account.code == raw(await node.rpc.call("eth_getCode", who, name))
        for slot, (old, new) in change.storage.items():
            for number, value in ((head - 1, old), (head, new)):
                found = await node.rpc.call("eth_getStorageAt", who, hex(slot), hex(number))
                assert value == int(found, 16)


async def test_a_pending_swap_does_when_mined_what_it_was_simulated_to_do(node):
    await node.trade_blocks(3, 10)
    raw_swap = await signed(node, swap_of(node, node.accounts[4]))
    url = f"unix://{node.ipc_path}"
    async with open_session(url) as session, open_executor() as executor:
        environment, (simulation,) = await simulated(executor, session, raw_swap)
    (receipt,) = await mined(node, environment, raw_swap)
    await hold_against_the_node(node, simulation, receipt)
    assert len(simulation.logs) == 3
    assert sum(len(change.storage) for change in simulation.changes) > 4
    assert environment.coinbase in {change.address for change in simulation.changes}
    await hold_changes_against_the_node(node, simulation.changes)


async def test_transactions_of_a_bundle_see_what_those_before_them_left(node):
    first = await signed(node, swap_of(node, node.accounts[4]))
    second = await signed(node, swap_of(node, node.accounts[5], 3 * 10**18))
    creation = await signed(node, Transaction(node.accounts[6].address, "", CREATION))
    async with open_session(node.ws_url) as session, open_executor() as executor:
        environment, done = await simulated(executor, session, first, second, creation, prove=True)
    receipts = await mined(node, environment, first, second, creation)
    for simulation, receipt in zip(done, receipts, strict=True):
        await hold_against_the_node(node, simulation, receipt)
    assert done[2].created == raw(receipts[2]["contractAddress"])
    (made,) = (one for one in done[2].changes if one.address == done[2].created)
    assert (made.code, made.storage) == (bytes.fromhex("5b5f56"), {0: (0, 7)})
    # The last that touched an account left what the node has now.
    last = {change.address: change for one in done for change in one.changes}
    for address, change in last.items():
        now = await node.rpc.call("eth_getBalance", f"0x{address.hex()}", "latest")
        assert change.after.balance == int(now, 16)


async def test_a_transaction_that_fails_says_why_and_pays_what_the_node_makes_it_pay(node):
    poor = Transaction(
        node.accounts[4].address,
        node.contracts["USDC"].address,
        call_data("transferFrom(address,address,uint256)", "0x" + "77" * 20, "0x" + "66" * 20, 1),
    )
    swap = await signed(node, swap_of(node, node.accounts[5]), gas=hex(60_000))
    failing = await signed(node, poor)
    async with open_session(node.ws_url) as session, open_executor() as executor:
        environment, (reverted, halted) = await simulated(executor, session, failing, swap)
    receipts = await mined(node, environment, failing, swap)
    await hold_against_the_node(node, reverted, receipts[0])
    await hold_against_the_node(node, halted, receipts[1])
    assert reverted.failure is not None
    assert reverted.failure.startswith("reverted")
    assert "OutOfGas" in (halted.failure or "") or "reverted" in (halted.failure or "")
    assert {change.address for change in reverted.changes} == {
        raw(node.accounts[4].address),
        environment.coinbase,
    }


async def test_a_call_is_what_eth_call_says_and_pays_for_nothing(node):
    await node.trade(5)
    weth, usdc = node.contracts["WETH"].address, node.contracts["USDC"].address
    data = call_data(
        "quoteExactInputSingle((address,address,uint256,uint24,uint160))",
        (weth, usdc, 10**18, 500, 0),
    )
    quoter = node.contracts["QuoterV2"].address
    async with open_session(node.ws_url) as session, open_executor() as executor:
        head = await sealed(session, "latest")
        environment = BlockEnvironment.after(head, ETHEREUM, prev_randao=bytes(32))
        state = NodeState(session, head.block.hash)
        call = TransactionCall(bytes(20), raw(quoter), raw(data))
        simulation = await executor.simulate(state, environment, call)
        # A state is pinned by its hash: what comes later does not change it.
        await node.trade(10)
        assert await executor.simulate(state, environment, call) == simulation
        name = hex(head.block.number)
        answer = await node.rpc.call("eth_call", {"to": quoter, "data": data}, name)
        assert simulation.return_data[:96] == raw(answer)[:96]
        assert {change.address for change in simulation.changes} == {bytes(20)}
        nowhere = NodeState(session, b"\x12" * 32)
        with pytest.raises(RpcError):
            await executor.simulate(nowhere, environment, call)


async def test_a_lie_about_state_is_found_out_where_reads_are_proven(node, nursery):
    await node.trade(5)
    raw_swap = await signed(node, swap_of(node, node.accounts[4]))

    def lie(asked, answer, _proxy):
        if asked != "eth_getStorageAt":
            return answer
        return {**answer, "result": f"0x{int(answer['result'], 16) ^ 1:064x}"}

    liar = await nursery.start(LyingProxy(node.ws_url, lie).serve)
    async with open_session(liar) as session, open_executor() as executor:
        with pytest.raises(Rejected, match="proof"):
            await simulated(executor, session, raw_swap, prove=True)
