"""Recorded L1 blocks read by hand: no code of the project parses what it is tested with."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qenus.wire import Block, BlockRef, Log, Transaction

__all__ = ["block_of", "read_recorded"]


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _logs(receipt: dict[str, Any]) -> Iterator[Log]:
    for log in receipt["logs"]:
        topics = tuple(map(_bytes, log["topics"]))
        yield Log(int(log["logIndex"], 16), _bytes(log["address"]), topics, _bytes(log["data"]))


def block_of(recorded: dict[str, Any]) -> Block:
    """Give the block as sealing gives it, as far as the extractors look at it."""
    head = recorded["block"]
    reference = BlockRef(
        1, int(head["number"], 16), _bytes(head["hash"]), _bytes(head["parentHash"])
    )
    transactions = tuple(
        Transaction(
            hash=_bytes(receipt["transactionHash"]),
            type=int(receipt.get("type") or "0x0", 16),
            to=_bytes(receipt["to"]) if receipt["to"] else None,
            status=int(receipt["status"], 16) if receipt.get("status") else None,
            gas_used=int(receipt["gasUsed"], 16),
            logs=tuple(_logs(receipt)),
        )
        for receipt in recorded["receipts"]
    )
    return Block(
        block=reference,
        timestamp=int(head["timestamp"], 16),
        miner=_bytes(head["miner"]),
        gas_limit=int(head["gasLimit"], 16),
        gas_used=int(head["gasUsed"], 16),
        base_fee_per_gas=None,
        blob_gas_used=None,
        excess_blob_gas=None,
        extra_data=_bytes(head["extraData"]),
        transactions=transactions,
    )


def read_recorded(path: Path) -> dict[str, Any]:
    """Read one recorded file: its block and receipts as JSON-RPC gave them."""
    with gzip.open(path) as file:
        read: dict[str, Any] = json.load(file)
    return read
