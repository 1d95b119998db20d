"""The ladder once more, from the PyPI packages rlp, trie and eth-hash: what `bench verify` beats.

The same rungs on the same JSON text, written in those packages' usual way: json.loads, rlp for
every encoding, a HexaryTrie for every root, eth-hash for every hash. It serves as the check of our
own ladder, too: both have to come to the same roots.
"""

import json
from collections.abc import Sequence
from typing import Any

import rlp
from eth_hash.auto import keccak
from trie.hexary import HexaryTrie

from qenus.wire import Block, BlockRef, Log, Transaction

__all__ = ["reference_receipts_root", "verify_by_reference"]

_HEADER_DATA = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot"),
    "logsBloom",
)
_HEADER_NUMBERS = ("difficulty", "number", "gasLimit", "gasUsed", "timestamp")
_HEADER_OPTIONAL = (
    *("baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas"),
    *("parentBeaconBlockRoot", "requestsHash"),
)
_NUMBERS = {"baseFeePerGas", "blobGasUsed", "excessBlobGas"}


def verify_by_reference(block_json: bytes, receipts_json: bytes) -> Block:
    """Climb the ladder for an Ethereum block and give it sealed.

    Raises:
        AssertionError: a rung fails.
    """
    block = json.loads(block_json)
    receipts = json.loads(receipts_json)
    assert keccak(rlp.encode(_header(block))) == _data(block["hash"]), "header hash"
    transactions = [_transaction(tx) for tx in block["transactions"]]
    assert _root(transactions) == _data(block["transactionsRoot"]), "transactions root"
    if "withdrawalsRoot" in block:
        withdrawals = [rlp.encode(_withdrawal(one)) for one in block["withdrawals"]]
        assert _root(withdrawals) == _data(block["withdrawalsRoot"]), "withdrawals root"
    blooms = [_bloom(receipt["logs"]) for receipt in receipts]
    encoded = [_receipt(receipt, bloom) for receipt, bloom in zip(receipts, blooms, strict=True)]
    assert _root(encoded) == _data(block["receiptsRoot"]), "receipts root"
    whole = 0
    for bloom, receipt in zip(blooms, receipts, strict=True):
        assert bloom == int(receipt["logsBloom"], 16), "bloom"
        whole |= bloom
    assert whole == int(block["logsBloom"], 16), "bloom"
    _check_places(block, receipts, transactions)
    return _sealed(block, receipts)


def reference_receipts_root(receipts_json: bytes) -> bytes:
    """Give the root of receipts in JSON."""
    receipts = json.loads(receipts_json)
    return _root([_receipt(receipt, _bloom(receipt["logs"])) for receipt in receipts])


def _check_places(
    block: dict[str, Any], receipts: Sequence[dict[str, Any]], transactions: Sequence[bytes]
) -> None:
    """Check positions, log indices and gas."""
    log_index = gas = 0
    for at, (tx, receipt) in enumerate(zip(block["transactions"], receipts, strict=True)):
        tx_hash = keccak(transactions[at])
        for claim in (tx, receipt, *receipt["logs"]):
            stated = claim.get("transactionHash") or claim["hash"]
            assert _data(stated) == tx_hash, "positions"
            assert claim["blockHash"] == block["hash"], "positions"
            assert _number(claim["blockNumber"]) == _number(block["number"]), "positions"
            assert _number(claim["transactionIndex"]) == at, "positions"
        for log in receipt["logs"]:
            assert _number(log["logIndex"]) == log_index, "log indices"
            log_index += 1
        gas += _number(receipt["gasUsed"])
        assert _number(receipt["cumulativeGasUsed"]) == gas, "gas sum"
    assert gas == _number(block["gasUsed"]), "gas sum"


def _sealed(block: dict[str, Any], receipts: Sequence[dict[str, Any]]) -> Block:
    def optional(name: str) -> int | None:
        return _number(block[name]) if name in block else None

    transactions = tuple(
        Transaction(
            hash=_data(tx["hash"]),
            type=_number(tx["type"]),
            to=_data(tx["to"]) if tx["to"] else None,
            status=_number(receipt["status"]),
            gas_used=_number(receipt["gasUsed"]),
            logs=tuple(_log(log) for log in receipt["logs"]),
        )
        for tx, receipt in zip(block["transactions"], receipts, strict=True)
    )
    return Block(
        block=BlockRef(
            1, _number(block["number"]), _data(block["hash"]), _data(block["parentHash"])
        ),
        timestamp=_number(block["timestamp"]),
        miner=_data(block["miner"]),
        gas_limit=_number(block["gasLimit"]),
        gas_used=_number(block["gasUsed"]),
        base_fee_per_gas=optional("baseFeePerGas"),
        blob_gas_used=optional("blobGasUsed"),
        excess_blob_gas=optional("excessBlobGas"),
        extra_data=_data(block["extraData"]),
        transactions=transactions,
    )


def _log(log: dict[str, Any]) -> Log:
    topics = tuple(_data(topic) for topic in log["topics"])
    return Log(_number(log["logIndex"]), _data(log["address"]), topics, _data(log["data"]))


def _data(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _number(text: str) -> int:
    return int(text, 16)


def _root(values: Sequence[bytes]) -> bytes:
    trie = HexaryTrie({})
    for index, value in enumerate(values):
        trie[rlp.encode(index)] = value
    return bytes(trie.root_hash)


def _header(block: dict[str, Any]) -> list[Any]:
    fields: list[Any] = [_data(block[name]) for name in _HEADER_DATA]
    fields += [_number(block[name]) for name in _HEADER_NUMBERS]
    fields += [_data(block[name]) for name in ("extraData", "mixHash", "nonce")]
    for name in _HEADER_OPTIONAL:
        if name in block:
            fields.append(_number(block[name]) if name in _NUMBERS else _data(block[name]))
    return fields


def _withdrawal(one: dict[str, str]) -> list[Any]:
    return [
        _number(one["index"]),
        _number(one["validatorIndex"]),
        _data(one["address"]),
        _number(one["amount"]),
    ]


def _transaction(tx: dict[str, Any]) -> bytes:
    kind = _number(tx["type"])
    to = _data(tx["to"]) if tx["to"] else b""
    call = [_number(tx["gas"]), to, _number(tx["value"]), _data(tx["input"])]
    signature = [_number(tx[name]) for name in ("v", "r", "s")]
    if kind == 0:
        fields = [_number(tx["nonce"]), _number(tx["gasPrice"]), *call, *signature]
        return bytes(rlp.encode(fields))
    names = ("gasPrice",) if kind == 1 else ("maxPriorityFeePerGas", "maxFeePerGas")
    access = [
        [_data(entry["address"]), [_data(key) for key in entry["storageKeys"]]]
        for entry in tx["accessList"]
    ]
    fields = [_number(tx["chainId"]), _number(tx["nonce"]), *(_number(tx[name]) for name in names)]
    fields += [*call, access]
    if kind == 3:
        fields += [_number(tx["maxFeePerBlobGas"]), [_data(h) for h in tx["blobVersionedHashes"]]]
    return bytes([kind]) + bytes(rlp.encode([*fields, *signature]))


def _bloom(logs: Sequence[dict[str, Any]]) -> int:
    bits = 0
    for log in logs:
        for value in (log["address"], *log["topics"]):
            digest = keccak(_data(value))
            for at in (0, 2, 4):
                bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits


def _receipt(receipt: dict[str, Any], bloom: int) -> bytes:
    logs = [
        [_data(log["address"]), [_data(topic) for topic in log["topics"]], _data(log["data"])]
        for log in receipt["logs"]
    ]
    gas = _number(receipt["cumulativeGasUsed"])
    fields = [_number(receipt["status"]), gas, bloom.to_bytes(256, "big"), logs]
    kind = _number(receipt["type"])
    return (bytes([kind]) if kind else b"") + bytes(rlp.encode(fields))
