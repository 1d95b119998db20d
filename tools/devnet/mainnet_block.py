"""One block of mainnet again, on a real node: its receipts and logs from the state it began with.

A node begins with the accounts, code and storage that the block touches, takes its transactions in
order and mines them at its number, time and base fee. The receipts root proves that the
result is mainnet's block, since it commits to every log.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tools.devnet.process import AnvilProcess, Keeper
from tools.devnet.rpc import Rpc

__all__ = ["mined_again"]

_MAINNET = 1
_SEED = 1
_SLOTS_IN_AN_EPOCH = 32


async def mined_again(
    block: Mapping[str, Any],
    parent: Mapping[str, Any],
    prestate: Mapping[str, Any],
    transactions: Sequence[bytes],
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Mine a block again and give it and its receipts, as the node answers them.

    `block` and `parent` are headers in JSON-RPC shape, `transactions` what was signed, encoded;
    `prestate` has `accounts`, `code` and `storage` by address, null for an account that is not.

    Raises:
        DevnetUnavailable: anvil cannot be had.
        NodeError: the node refuses a transaction.

    Cancellation leaves no process and no file behind.
    """
    keeper = Keeper()
    process = None
    rpc = Rpc("")
    try:
        genesis = keeper.folder / "genesis.json"
        genesis.write_text(json.dumps(_genesis(block, parent, prestate)))
        process = AnvilProcess(
            keeper.folder / "node",
            _MAINNET,
            _SEED,
            _SLOTS_IN_AN_EPOCH,
            options=("--init", str(genesis), "--number", str(int(parent["number"], 16))),
        )
        await process.start()
        await rpc.aclose()
        rpc = Rpc(f"http://127.0.0.1:{process.port}")
        return await _mined(rpc, block, transactions)
    finally:
        if process is not None:
            process.kill()
        await rpc.aclose()
        keeper.close()


async def _mined(
    rpc: Rpc, block: Mapping[str, Any], transactions: Sequence[bytes]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    await rpc.batch(
        [
            ("anvil_setCoinbase", (block["miner"],)),
            ("anvil_setNextBlockBaseFeePerGas", (block["baseFeePerGas"],)),
            ("evm_setNextBlockTimestamp", (int(block["timestamp"], 16),)),
        ]
    )
    # One by one: the pool keeps the order in which they come.
    for transaction in transactions:
        await rpc.call("eth_sendRawTransaction", f"0x{transaction.hex()}")
    await rpc.call("evm_mine")
    mined, receipts = await rpc.batch(
        [
            ("eth_getBlockByNumber", ("latest", False)),
            ("eth_getBlockReceipts", ("latest",)),
        ]
    )
    return mined, receipts


def _genesis(
    block: Mapping[str, Any], parent: Mapping[str, Any], prestate: Mapping[str, Any]
) -> dict[str, Any]:
    """The parent as a genesis block, holding what the block touches."""
    accounts = prestate["accounts"]
    missing = {address for address, account in accounts.items() if account is None}
    held: dict[str, dict[str, Any]] = {
        address: {"balance": account["balance"], "nonce": account["nonce"]}
        for address, account in accounts.items()
        if account is not None
    }
    for address, code in prestate["code"].items():
        if address not in missing and code != "0x":
            held.setdefault(address, {"balance": "0x0"})["code"] = code
    for address, slots in prestate["storage"].items():
        # A slot of zero is none.
        kept = {slot: value for slot, value in slots.items() if int(value, 16)}
        if address not in missing and kept:
            held.setdefault(address, {"balance": "0x0"})["storage"] = kept
    return {
        "config": {"chainId": 1},
        "nonce": "0x0",
        "timestamp": parent["timestamp"],
        "extraData": "0x",
        "gasLimit": parent["gasLimit"],
        "difficulty": "0x0",
        "mixHash": block["mixHash"],
        "coinbase": block["miner"],
        "baseFeePerGas": parent["baseFeePerGas"],
        "number": parent["number"],
        "alloc": held,
    }
