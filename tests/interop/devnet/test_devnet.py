"""The devnet is what it says: mainnet's addresses, protocols that work, and nothing left behind."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from conftest import one_chain

from tools.devnet import CHAINS

pytestmark = pytest.mark.interop

ROOT = Path(__file__).resolve().parents[3]
# Pools that factories create at addresses which follow from their code (CREATE2): mainnet's own.
MAINNET_POOLS = {
    "UniswapV2Pair WETH/USDC": "0xb4e16d0168e52d35cacd2c6185b44281ec28c9dc",
    "UniswapV2Pair WETH/DAI": "0xa478c2975ab1ea89e8196811f51a7b7ade33eb11",
    "UniswapV3Pool WETH/USDC 500": "0x88e6a0c2ddd26feeb64f039a2c41296fcb3f5640",
    "UniswapV3Pool WETH/USDC 3000": "0x8ad599c3a0ff1de082011efddc58f1908eb6e6d8",
    "Pool": "0x87870bca3f3fd6335c3f4ce8392d69350b4fa4e2",
    "PoolConfigurator": "0x64b761d848206f447fe2dd461b0c635ec39ebb27",
}


async def test_what_the_deployed_code_creates_has_mainnets_addresses():
    async with one_chain("ethereum") as node:
        addresses = node.addresses()
        assert {name: addresses[name] for name in MAINNET_POOLS} == MAINNET_POOLS


@pytest.mark.parametrize("name", CHAINS)
async def test_every_venue_of_every_chain_does_what_people_ask_of_it(name: str):
    async with one_chain(name) as node:
        assert await node.rpc.call("eth_chainId") == hex(CHAINS[name].chain_id)
        for protocol in node.crowd.protocols:
            rng = random.Random(protocol.name)
            wishes = [protocol.act(rng, rng.choice(node.accounts[2:])) for _ in range(20)]
            hashes = await node.send([wish for wish in wishes if wish])
            await node.mine(2)
            receipts = [
                await node.rpc.call("eth_getTransactionReceipt", transaction)
                for transaction in hashes
            ]
            states = Counter(receipt["status"] for receipt in receipts)
            assert states["0x1"] >= 15, (protocol.name, states)
            assert sum(len(receipt["logs"]) for receipt in receipts) >= 15, protocol.name


async def test_a_reorg_never_reaches_what_is_deployed(node):
    await node.trade(3)
    with pytest.raises(ValueError, match="depth: expected at most 1 at block"):
        await node.reorg(2)


async def test_a_killed_node_comes_back_with_its_chain(node):
    await node.trade_blocks(3, 5)
    before = await node.block_hashes(0, await node.block_number())
    await node.kill()
    await node.start()
    assert await node.block_hashes(0, await node.block_number()) == before
    await node.trade(5)
    assert len(await node.rpc.call("eth_getBlockReceipts", "latest")) == 5


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_it_leaves_no_process_and_no_file(node_available, tmp_path, end):
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.devnet", "ethereum", "base", "--protocol", "uniswap_v2"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    with process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert set(said) == {"ethereum", "base"}
        (folder,) = tmp_path.iterdir()
        assert len(running_in(folder)) == 2
        process.send_signal(end)
    deadline = time.monotonic() + 10
    while (left := (*tmp_path.iterdir(), *running_in(folder))) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left
    assert process.returncode == (0 if end is signal.SIGTERM else -signal.SIGKILL)


def running_in(folder: Path) -> list[str]:
    """The processes whose command line has the folder for their sockets."""
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = command.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"--ipc" in words and str(folder).encode() in b" ".join(words):
            found.append(command.parent.name)
    return found
