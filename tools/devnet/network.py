"""The whole devnet: nodes, the protocols deployed on them, and the crowd that uses them.

async with devnet("ethereum") as net:
    node = net["ethereum"]
    await node.trade(20)              # twenty of the crowd's transactions, one block
    await node.reorg(5)
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import attrs
import trio

from tools.devnet.node import DevnetNode
from tools.devnet.process import AnvilProcess, Keeper
from tools.devnet.protocols.all_of_them import PROTOCOLS, deploy_protocols
from tools.devnet.traders import Crowd

__all__ = ["CHAINS", "PROTOCOLS", "ChainFacts", "DevnetChain", "devnet"]


@attrs.frozen
class ChainFacts:
    """A chain that the devnet can play: its mainnet id and block time."""

    name: str
    chain_id: int
    block_seconds: float


CHAINS = {
    facts.name: facts
    for facts in (
        ChainFacts("ethereum", 1, 12.0),
        ChainFacts("arbitrum", 42161, 0.25),
        ChainFacts("optimism", 10, 2.0),
        ChainFacts("base", 8453, 2.0),
    )
}
# anvil keeps one state a block: safe and finalized are this many and twice as many blocks behind.
_SLOTS_IN_AN_EPOCH = 32


class DevnetChain(DevnetNode):
    """A node with its protocols and its crowd."""

    crowd: Crowd

    async def trade(self, transactions: int) -> None:
        """Mine one block of the crowd's transactions."""
        wishes = self.crowd.transactions(transactions)
        # After a reorg the pool may hold transactions that no longer fit; the node refuses one
        # then, which is all right.
        await self.rpc.attempt([("eth_sendTransaction", (wish.as_json(),)) for wish in wishes])
        await self.mine()

    async def trade_blocks(self, blocks: int, transactions_each: int) -> None:
        """Mine several such blocks."""
        for _ in range(blocks):
            await self.trade(transactions_each)

    async def reorg_busily(self, depth: int, transactions: int) -> None:
        """Replace the newest `depth` blocks by others, with new transactions of the crowd."""
        await self.reorg(depth, self.crowd.branch(depth, transactions))

    async def live(self, block_seconds: float, transactions_each: int) -> None:
        """Mine a block of the crowd's transactions every `block_seconds`, for ever."""
        due = trio.current_time()
        while True:
            await self.trade(transactions_each)
            due = max(due + block_seconds, trio.current_time())
            await trio.sleep_until(due)


@asynccontextmanager
async def devnet(
    *chains: str, seed: int = 1, protocols: Collection[str] = PROTOCOLS
) -> AsyncIterator[dict[str, DevnetChain]]:
    """Start real nodes with the protocols' own contracts; give them by name.

    Nothing is mined unless asked for: `mine`, `trade`, `live`. The same seed gives the same
    accounts, and a crowd that does the same things.

    Raises:
        DevnetUnavailable: npm or a package cannot be had.
        DeploymentFailed: a contract does not do what its authors' package promises.

    Cancellation leaves no process and no file behind; neither does SIGKILL.
    """
    keeper = Keeper()
    nodes: dict[str, DevnetChain] = {}
    try:
        for name in chains:
            facts = CHAINS[name]
            process = AnvilProcess(keeper.folder / name, facts.chain_id, seed, _SLOTS_IN_AN_EPOCH)
            nodes[name] = DevnetChain(name, process)
        async with trio.open_nursery() as nursery:
            for node in nodes.values():
                nursery.start_soon(_build, node, seed, protocols)
        yield nodes
    finally:
        with trio.CancelScope(shield=True):
            for node in nodes.values():
                await node.close()
        keeper.close()


async def _build(node: DevnetChain, seed: int, protocols: Collection[str]) -> None:
    await node.start()
    deployed = await deploy_protocols(node, protocols)
    node.crowd = Crowd(node.accounts[2:], deployed, f"{node.name}:{seed}")
    node.first_block = await node.block_number()
