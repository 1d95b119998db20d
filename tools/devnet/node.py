"""One chain of the devnet: a real node, driven block by block.

Nothing is mined unless it is asked for, so what a test does is all that happens. `place` puts a
contract at an address of our choice with its constructor really run there: the creation code is set
as the account's code and called, which leaves the constructor's storage and gives the runtime code.
"""

import gzip
from collections.abc import Mapping, Sequence
from typing import Any

import trio

from tools.devnet.addresses import ADDRESSES
from tools.devnet.calls import Account, Contract, Transaction, call_data, read
from tools.devnet.process import AnvilProcess
from tools.devnet.rpc import Rpc

__all__ = ["DeploymentFailed", "DevnetNode"]

_GAS = 16_000_000
_DUMP_SECONDS = 60.0


class DeploymentFailed(Exception):
    """A transaction that the devnet is built with reverted."""


class DevnetNode:
    """A running node of chain `name`; made by `devnet`.

    `contracts` has what is deployed by name; `first_block` is the block from which on the chain may
    be reorganised: everything deployed lies before it.
    """

    def __init__(self, name: str, process: AnvilProcess) -> None:
        self.name = name
        self.chain_id = process.chain_id
        self.process = process
        self.accounts: tuple[Account, ...] = ()
        self.contracts: dict[str, Contract] = {}
        self.first_block = 0
        self.rpc = Rpc("")

    # -- where it is -----------------------------------------------------------------------------

    @property
    def http_url(self) -> str:
        """Its endpoint for single calls."""
        return f"http://127.0.0.1:{self.process.port}"

    @property
    def ws_url(self) -> str:
        """Its endpoint for calls and subscriptions."""
        return f"ws://127.0.0.1:{self.process.port}"

    @property
    def ipc_path(self) -> str:
        """Its Unix socket."""
        return str(self.process.ipc_path)

    # -- its life --------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the node, or start it again where it was killed, at the same addresses."""
        await self.process.start()
        self.accounts = self.process.accounts()
        await self.rpc.aclose()
        self.rpc = Rpc(self.http_url)

    async def kill(self) -> None:
        """Kill the node (SIGKILL); what it knows of the chain is kept for the next `start`."""
        with trio.fail_after(_DUMP_SECONDS):
            dumped = await self.rpc.call("anvil_dumpState", True)
        # anvil dumps gzip in hex and reads plain JSON.
        self.process.keep_state(gzip.decompress(bytes.fromhex(dumped.removeprefix("0x"))))
        self.process.kill()

    async def close(self) -> None:
        """End the node for good."""
        self.process.kill()
        await self.rpc.aclose()

    # -- blocks ----------------------------------------------------------------------------------

    async def mine(self, blocks: int = 1) -> None:
        """Mine blocks; the first takes everything that was sent."""
        await self.rpc.batch([("evm_mine", ())] * blocks)

    async def block_number(self) -> int:
        """The number of the head."""
        return int(await self.rpc.call("eth_blockNumber"), 16)

    async def block_hashes(self, first: int, last: int) -> list[bytes]:
        """The canonical hashes of blocks `first` to `last`, both included."""
        blocks = await self.rpc.batch(
            [("eth_getBlockByNumber", (hex(number), False)) for number in range(first, last + 1)]
        )
        return [bytes.fromhex(block["hash"][2:]) for block in blocks]

    async def reorg(self, depth: int, transactions: Sequence[tuple[Transaction, int]] = ()) -> None:
        """Replace the newest `depth` blocks by as many others.

        Each transaction goes into the new branch's block of the given offset, 0 for its first. None
        of what the old blocks held comes back, and what waits for a block is forgotten.

        Raises:
            ValueError: the branch would begin before `first_block`.
        """
        head = await self.block_number()
        ancestor = head - depth
        if ancestor < self.first_block:
            raise ValueError(
                f"depth: expected at most {head - self.first_block} at block {head}, found {depth}"
            )
        senders = sorted({transaction.sender for transaction, _ in transactions})
        counts = await self.rpc.batch(
            [("eth_getTransactionCount", (sender, hex(ancestor))) for sender in senders]
        )
        nonces = {sender: int(count, 16) for sender, count in zip(senders, counts, strict=True)}
        placed = []
        for transaction, offset in sorted(transactions, key=lambda pair: pair[1]):
            nonce = nonces[transaction.sender]
            nonces[transaction.sender] += 1
            placed.append([{**transaction.as_json(), "nonce": hex(nonce)}, offset])
        await self.rpc.call("anvil_dropAllTransactions")
        await self.rpc.call("anvil_reorg", depth, placed)

    # -- transactions ----------------------------------------------------------------------------

    async def send(self, transactions: Sequence[Transaction]) -> list[str]:
        """Send transactions and give their hashes; they wait for the next block."""
        hashes: list[str] = await self.rpc.batch(
            [("eth_sendTransaction", (transaction.as_json(),)) for transaction in transactions]
        )
        return hashes

    async def execute(self, *transactions: Transaction) -> list[dict[str, Any]]:
        """Send transactions, mine them and give their receipts.

        Raises:
            DeploymentFailed: one reverted.
        """
        hashes = await self.send(transactions)
        await self.mine()
        receipts: list[dict[str, Any]] = await self.rpc.batch(
            [("eth_getTransactionReceipt", (name,)) for name in hashes]
        )
        for transaction, receipt in zip(transactions, receipts, strict=True):
            if receipt is None or receipt["status"] != "0x1":
                reason = await self._reason(transaction)
                raise DeploymentFailed(
                    f"{self.name}: {transaction.to or 'creation'} {transaction.data[:10]}: {reason}"
                )
        return receipts

    async def _reason(self, transaction: Transaction) -> str:
        try:
            await self.rpc.call("eth_call", transaction.as_json(), "latest")
        except Exception as error:  # noqa: BLE001 - whatever it says is the reason
            return str(error)
        return "it does not revert now: it had not enough gas, or was not mined"

    async def view(self, to: str, signature: str, *values: Any, returns: str) -> tuple[Any, ...]:
        """Call a function at the head and decode what it returns, as in `returns="(uint256)"`."""
        answer = await self.rpc.call(
            "eth_call", {"to": to, "data": call_data(signature, *values)}, "latest"
        )
        return read(returns, answer)

    # -- contracts -------------------------------------------------------------------------------

    async def deploy(
        self, name: str, creation: str, constructor: str = "", *, address: str | None = None
    ) -> Contract:
        """Deploy a contract and note it by `name`; `constructor` are its arguments in bare hex.

        It comes to `address`, else to where mainnet has a contract of that name, else to a fresh
        address. `creation` may have libraries put in already, never links that are still open.

        Raises:
            DeploymentFailed: the constructor reverted.
        """
        if "__" in creation:
            raise DeploymentFailed(f"{name}: libraries are not linked")
        where = address or ADDRESSES.get(self.chain_id, {}).get(name)
        code = creation + constructor
        if where is None:
            transaction = Transaction(self.accounts[0].address, "", code, gas=_GAS)
            (receipt,) = await self.execute(transaction)
            where = receipt["contractAddress"]
        else:
            await self.place(where, code, name)
        contract = self.contracts[name] = Contract(name, where.lower())
        return contract

    async def place(self, address: str, code: str, name: str) -> None:
        """Run creation code at `address` and leave there what it creates."""
        call = Transaction(self.accounts[0].address, address, gas=_GAS)
        await self.rpc.batch(
            [("anvil_setCode", (address, code)), ("anvil_setNonce", (address, "0x1"))]
        )
        runtime = await self.rpc.call("eth_call", call.as_json(), "latest")
        if runtime == "0x":
            raise DeploymentFailed(f"{name}: its creation gives no code")
        await self.execute(call)
        await self.rpc.call("anvil_setCode", address, runtime)

    def note(self, name: str, address: str) -> str:
        """Note by `name` a contract that another one created; give its address in lower case."""
        self.contracts[name] = Contract(name, address.lower())
        return address.lower()

    def addresses(self) -> Mapping[str, str]:
        """What is deployed, by name."""
        return {name: contract.address for name, contract in self.contracts.items()}
