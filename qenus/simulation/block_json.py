"""A demo block as a node's JSON-RPC answers it: every field of a geth reply, hex quantities."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from attrs import frozen

from qenus.chain.headers import Header
from qenus.simulation.events import EmittedLog
from qenus.simulation.transactions import SignedTransaction, created_address

__all__ = ["BlockJson", "Executed", "Withdrawal", "render"]


class Executed(NamedTuple):
    """A transaction with the outcome of its execution: gas used, success and logs."""

    transaction: SignedTransaction
    gas_used: int
    succeeded: bool
    logs: tuple[EmittedLog, ...]


@frozen
class Withdrawal:
    """A withdrawal from the beacon chain (EIP-4895)."""

    index: int
    validator_index: int
    address: bytes
    amount_gwei: int


@frozen(eq=False)
class BlockJson:
    """A node's answers about one block.

    `header` is what newHeads carries, `hashes` the block with transaction hashes, `full` with
    whole transactions, `receipts` what eth_getBlockReceipts answers, `receipt_of` one of them by
    transaction hash.
    """

    header: bytes
    hashes: bytes
    full: bytes
    receipts: bytes
    receipt_of: Mapping[bytes, bytes]


def render(
    header: Header,
    block_hash: bytes,
    executed: Sequence[Executed],
    blooms: Sequence[int],
    withdrawals: Sequence[Withdrawal],
    size: int,
) -> BlockJson:
    """Return the JSON of a block.

    `blooms` are its receipts' blooms as 2048-bit integers, `size` is the length of its RLP.

    Source: ethereum/execution-apis; what geth 1.16 answers.
    """
    head = _header(header, block_hash)
    body = {
        "size": hex(size),
        "uncles": [],
        "withdrawals": [
            {
                "index": hex(one.index),
                "validatorIndex": hex(one.validator_index),
                "address": _hex(one.address),
                "amount": hex(one.amount_gwei),
            }
            for one in withdrawals
        ],
    }
    place = {"blockHash": _hex(block_hash), "blockNumber": hex(header.number)}
    base_fee = header.base_fee_per_gas or 0
    transactions, receipts = [], []
    cumulative = log_index = 0
    for at, (one, bloom) in enumerate(zip(executed, blooms, strict=True)):
        price = hex(one.transaction.fees.effective_price(base_fee))
        transactions.append(
            {**one.transaction.json, "gasPrice": price, **place, "transactionIndex": hex(at)}
        )
        cumulative += one.gas_used
        receipts.append(_receipt(one, place, header, at, cumulative, log_index, bloom, price))
        log_index += len(one.logs)
    encode = msgspec.json.encode
    encoded = [encode(receipt) for receipt in receipts]
    hashes = [_hex(one.transaction.hash) for one in executed]
    return BlockJson(
        header=encode(head),
        hashes=encode({**head, **body, "transactions": hashes}),
        full=encode({**head, **body, "transactions": transactions}),
        receipts=b"[" + b",".join(encoded) + b"]",
        receipt_of={
            one.transaction.hash: text for one, text in zip(executed, encoded, strict=True)
        },
    )


def _header(header: Header, block_hash: bytes) -> dict[str, Any]:
    return {
        "baseFeePerGas": _quantity(header.base_fee_per_gas),
        "blobGasUsed": _quantity(header.blob_gas_used),
        "difficulty": hex(header.difficulty),
        "excessBlobGas": _quantity(header.excess_blob_gas),
        "extraData": _hex(header.extra_data),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "hash": _hex(block_hash),
        "logsBloom": _hex(header.logs_bloom),
        "miner": _hex(header.miner),
        "mixHash": _hex(header.mix_hash),
        "nonce": _hex(header.nonce),
        "number": hex(header.number),
        "parentBeaconBlockRoot": _data(header.parent_beacon_block_root),
        "parentHash": _hex(header.parent_hash),
        "receiptsRoot": _hex(header.receipts_root),
        "requestsHash": _data(header.requests_hash),
        "sha3Uncles": _hex(header.uncles_hash),
        "stateRoot": _hex(header.state_root),
        "timestamp": hex(header.timestamp),
        "transactionsRoot": _hex(header.transactions_root),
        "withdrawalsRoot": _data(header.withdrawals_root),
    }


def _receipt(
    one: Executed,
    place: Mapping[str, str],
    header: Header,
    at: int,
    cumulative_gas: int,
    first_log_index: int,
    bloom: int,
    price: str,
) -> dict[str, Any]:
    transaction = one.transaction
    created = None
    if transaction.to is None:
        created = _hex(created_address(transaction.sender, transaction.nonce))
    where = {**place, "transactionHash": _hex(transaction.hash), "transactionIndex": hex(at)}
    logs = [
        {
            "address": _hex(log.address),
            "topics": [_hex(topic) for topic in log.topics],
            "data": _hex(log.data),
            **where,
            "blockTimestamp": hex(header.timestamp),
            "logIndex": hex(first_log_index + nth),
            "removed": False,
        }
        for nth, log in enumerate(one.logs)
    ]
    return {
        **where,
        "contractAddress": created,
        "cumulativeGasUsed": hex(cumulative_gas),
        "effectiveGasPrice": price,
        "from": _hex(transaction.sender),
        "gasUsed": hex(one.gas_used),
        "logs": logs,
        "logsBloom": f"0x{bloom:0512x}",
        "status": hex(one.succeeded),
        "to": None if transaction.to is None else _hex(transaction.to),
        "type": hex(transaction.type),
    }


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _data(value: bytes | None) -> str | None:
    return None if value is None else _hex(value)


def _quantity(value: int | None) -> str | None:
    return None if value is None else hex(value)
