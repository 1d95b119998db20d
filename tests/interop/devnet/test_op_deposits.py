"""Deposits (0x7e) as a node with the OP Stack's own rules mines them are proven like all else."""

import json
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import pytest
import trio
from mirror import mirrored

from qenus.chain import CHAINS, OPTIMISM, Rejected, seal
from tools.devnet.packages import anvil_binary
from tools.devnet.rpc import Rpc

pytestmark = pytest.mark.interop

# As anvil plays it: with headers of its own making.
PLAYED_OPTIMISM = attrs.evolve(OPTIMISM, header_rules=False)
_LISTENING = re.compile(rb"Listening on (\S+)")


@asynccontextmanager
async def op_node(folder, chain_id: int) -> AsyncIterator[str]:
    """Run an anvil that knows deposits, at a port of its own choosing; give its address."""
    command = [
        *(str(anvil_binary()), "--network", "optimism", "--hardfork", "isthmus"),
        *("--chain-id", str(chain_id), "--port", "0", "--no-mining"),
    ]
    process = await trio.lowlevel.open_process(
        command, env={"HOME": str(folder)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        said = b""
        with trio.fail_after(20):
            while not (listening := _LISTENING.search(said)):
                more = await process.stdout.receive_some()
                assert more, f"anvil ended: {said[-500:]!r}"
                said += more
        yield listening[1].decode()
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
            await process.stdout.aclose()


async def deposit(rpc: Rpc, accounts: list[str], number: int) -> None:
    """Send a deposit, and something that is none, and mine both."""
    await rpc.call(
        "eth_sendTransaction",
        {
            "type": "0x7e",
            "sourceHash": f"0x{number:064x}",
            "isSystemTx": False,
            "from": accounts[0],
            "to": accounts[1],
            "mint": "0x5",
            "value": "0x3",
            "gas": "0x186a0",
            "data": "0x",
        },
    )
    await rpc.call(
        "eth_sendTransaction",
        {"from": accounts[2], "to": accounts[1], "value": "0x7", "gas": "0x186a0"},
    )
    await rpc.call("evm_mine")


@pytest.mark.parametrize("chain_id", [10, 8453])
async def test_an_op_nodes_deposits_are_followed(node_available, nursery, tmp_path, chain_id):
    async with op_node(tmp_path, chain_id) as address:
        rpc = Rpc(f"http://{address}")
        accounts = await rpc.call("eth_accounts")
        await deposit(rpc, accounts, 1)
        mirror = await mirrored(nursery, tmp_path, f"ws://{address}", chain=CHAINS[chain_id].name)
        for number in range(2, 6):
            await deposit(rpc, accounts, number)
        head = await rpc.call("eth_getBlockByNumber", "latest", True)
        assert {tx["type"] for tx in head["transactions"]} == {"0x7e", "0x2"}
        await mirror.reaches(bytes.fromhex(head["hash"][2:]))
        assert mirror.chain[-1].end.block.number == 5
        assert not mirror.rejections
        await rpc.aclose()
        nursery.cancel_scope.cancel()


async def test_a_private_chain_is_followed_by_its_file(node_available, nursery, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('kind = "op_stack"\nchain_id = 424242\nblock_seconds = 1\n')
    async with op_node(tmp_path, 424242) as address:
        rpc = Rpc(f"http://{address}")
        accounts = await rpc.call("eth_accounts")
        await deposit(rpc, accounts, 1)
        mirror = await mirrored(
            nursery, tmp_path, f"ws://{address}", chain="mine", chain_file=str(file)
        )
        await deposit(rpc, accounts, 2)
        head = await rpc.call("eth_getBlockByNumber", "latest", True)
        await mirror.reaches(bytes.fromhex(head["hash"][2:]))
        assert mirror.chain[-1].end.block.chain_id == 424242
        assert not mirror.rejections
        await rpc.aclose()
        nursery.cancel_scope.cancel()


def receipt_of_deposit(receipts):
    """anvil writes the type of a deposit's receipt in upper case."""
    (found,) = [one for one in receipts if int(one["type"], 16) == 0x7E]
    return found


@pytest.mark.parametrize(
    ("field", "lie", "step"),
    [
        ("type", "0x2", "positions"),
        ("type", "0x7f", "positions"),
        ("depositNonce", "0x7", "receipts root"),
        ("depositReceiptVersion", None, "receipts root"),
        ("status", "0x0", "receipts root"),
    ],
)
async def test_a_changed_receipt_of_a_deposit_is_refused(
    node_available, tmp_path, field, lie, step
):
    async with op_node(tmp_path, 10) as address:
        rpc = Rpc(f"http://{address}")
        await deposit(rpc, await rpc.call("eth_accounts"), 1)
        block = await rpc.call("eth_getBlockByNumber", "latest", True)
        receipts = await rpc.call("eth_getBlockReceipts", "latest")
        await rpc.aclose()
    seal(json.dumps(block).encode(), json.dumps(receipts).encode(), PLAYED_OPTIMISM)
    receipt_of_deposit(receipts)[field] = lie
    with pytest.raises(Rejected) as caught:
        seal(json.dumps(block).encode(), json.dumps(receipts).encode(), PLAYED_OPTIMISM)
    assert caught.value.step == step
