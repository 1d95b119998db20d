"""Blocks of the demo world are valid by the judgement of other libraries and of our own ladder."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rlp
from coincurve import PublicKey
from eth_hash.auto import keccak
from trie import HexaryTrie

from qenus.chain.headers import read_header
from qenus.chain.ladder import seal
from qenus.chain.parent_link import check_parent_link
from qenus.chain.rpc_shapes import parse_header
from qenus.simulation import DemoBlock, World, WorldRules
from qenus.simulation.blocks import next_base_fee


def to_bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def to_int(text: str) -> bytes:
    number = int(text, 16)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


@pytest.fixture(scope="module")
def world() -> World:
    return World(WorldRules(seed=b"valid", history_blocks=12, transactions_per_block=12))


@pytest.fixture(scope="module")
def blocks(world: World) -> list[DemoBlock]:
    return list(chain_of(world))


def chain_of(world: World) -> Iterator[DemoBlock]:
    for number in range(world.head.number + 1):
        block = world.block_by_number(number)
        assert block is not None
        yield block


def trie_root(values: list[bytes]) -> bytes:
    trie = HexaryTrie({})
    for index, value in enumerate(values):
        trie[rlp.encode(index)] = value
    return trie.root_hash


def transaction_fields(tx: dict[str, Any]) -> tuple[bytes, list[Any], list[Any]]:
    """(type prefix, the fields that are signed, the signature) by the rules of EIP-155 and 1559."""
    call = [
        to_int(tx["gas"]),
        to_bytes(tx["to"] or "0x"),
        to_int(tx["value"]),
        to_bytes(tx["input"]),
    ]
    signature = [to_int(tx["r"]), to_int(tx["s"])]
    if tx["type"] == "0x0":
        fields = [to_int(tx["nonce"]), to_int(tx["gasPrice"]), *call]
        return b"", fields, [to_int(tx["v"]), *signature]
    fields = [
        to_int(tx["chainId"]), to_int(tx["nonce"]), to_int(tx["maxPriorityFeePerGas"]),
        to_int(tx["maxFeePerGas"]), *call, [],
    ]  # fmt: skip
    return b"\x02", fields, [to_int(tx["yParity"]), *signature]


def header_fields(head: dict[str, Any]) -> list[bytes]:
    """The fields of a Prague header in the order of the Yellow Paper and the EIPs after it."""
    return [
        to_bytes(head["parentHash"]), to_bytes(head["sha3Uncles"]), to_bytes(head["miner"]),
        to_bytes(head["stateRoot"]), to_bytes(head["transactionsRoot"]),
        to_bytes(head["receiptsRoot"]), to_bytes(head["logsBloom"]), to_int(head["difficulty"]),
        to_int(head["number"]), to_int(head["gasLimit"]), to_int(head["gasUsed"]),
        to_int(head["timestamp"]), to_bytes(head["extraData"]), to_bytes(head["mixHash"]),
        to_bytes(head["nonce"]), to_int(head["baseFeePerGas"]),
        to_bytes(head["withdrawalsRoot"]), to_int(head["blobGasUsed"]),
        to_int(head["excessBlobGas"]), to_bytes(head["parentBeaconBlockRoot"]),
        to_bytes(head["requestsHash"]),
    ]  # fmt: skip


def withdrawal_fields(full: dict[str, Any]) -> list[list[bytes]]:
    return [
        [
            to_int(w["index"]),
            to_int(w["validatorIndex"]),
            to_bytes(w["address"]),
            to_int(w["amount"]),
        ]
        for w in full["withdrawals"]
    ]


def test_header_hash_is_the_keccak_of_its_rlp(blocks: list[DemoBlock]):
    for block in blocks:
        head = json.loads(block.json.header)
        assert keccak(rlp.encode(header_fields(head))) == block.hash == to_bytes(head["hash"])
        assert to_bytes(head["requestsHash"]) == hashlib.sha256(b"").digest()


def test_roots_are_those_of_an_independent_trie(blocks: list[DemoBlock]):
    legacy = typed = 0
    for block in blocks:
        full, receipts = json.loads(block.json.full), json.loads(block.json.receipts)
        raw = []
        for tx in full["transactions"]:
            prefix, fields, signature = transaction_fields(tx)
            raw.append(prefix + rlp.encode([*fields, *signature]))
            assert keccak(raw[-1]) == to_bytes(tx["hash"])
            typed += bool(prefix)
            legacy += not prefix
        assert trie_root(raw) == to_bytes(full["transactionsRoot"])
        encoded = []
        for receipt in receipts:
            logs = [
                [
                    to_bytes(log["address"]),
                    [to_bytes(t) for t in log["topics"]],
                    to_bytes(log["data"]),
                ]
                for log in receipt["logs"]
            ]
            payload = rlp.encode([
                to_int(receipt["status"]), to_int(receipt["cumulativeGasUsed"]),
                to_bytes(receipt["logsBloom"]), logs,
            ])  # fmt: skip
            encoded.append((b"\x02" if receipt["type"] == "0x2" else b"") + payload)
        assert trie_root(encoded) == to_bytes(full["receiptsRoot"])
        withdrawals = [rlp.encode(one) for one in withdrawal_fields(full)]
        assert trie_root(withdrawals) == to_bytes(full["withdrawalsRoot"])
    assert legacy > 5
    assert typed > 20


def test_every_signature_recovers_to_the_sender(blocks: list[DemoBlock]):
    for block in blocks:
        for tx in json.loads(block.json.full)["transactions"]:
            prefix, fields, signature = transaction_fields(tx)
            if prefix:
                digest, parity = keccak(prefix + rlp.encode(fields)), int(tx["yParity"], 16)
            else:
                chain_id = 1337
                digest = keccak(rlp.encode([*fields, chain_id, b"", b""]))
                parity = int(tx["v"], 16) - 35 - 2 * chain_id
            compact = b"".join(part.rjust(32, b"\0") for part in signature[1:]) + bytes([parity])
            public = PublicKey.from_signature_and_message(compact, digest, hasher=None)
            assert keccak(public.format(compressed=False)[1:])[12:] == to_bytes(tx["from"])


def test_every_block_climbs_the_ladder_and_links_to_its_parent(
    world: World, blocks: list[DemoBlock]
):
    sealed = [
        seal(b.json.full, b.json.receipts, world.chain, requested_hash=b.hash) for b in blocks
    ]
    for parent, child in pairwise(sealed):
        check_parent_link(child.block, parent.block)
    assert sum(len(tx.logs) for block in sealed for tx in block.transactions) > 100


def test_blooms_hold_exactly_the_bits_of_the_logs(blocks: list[DemoBlock]):
    def bits(value: bytes) -> int:
        digest = keccak(value)
        return sum({1 << (int.from_bytes(digest[i : i + 2], "big") % 2048) for i in (0, 2, 4)})

    for block in blocks:
        bloom = 0
        for receipt in json.loads(block.json.receipts):
            own = 0
            for log in receipt["logs"]:
                for value in (log["address"], *log["topics"]):
                    own |= bits(to_bytes(value))
            assert own == int(receipt["logsBloom"], 16)
            bloom |= own
        assert bloom == int(json.loads(block.json.header)["logsBloom"], 16)


def test_nonces_count_up_for_each_sender_and_gas_stays_within_limits(blocks: list[DemoBlock]):
    nonces: dict[str, int] = {}
    for block in blocks:
        full, receipts = json.loads(block.json.full), json.loads(block.json.receipts)
        for tx, receipt in zip(full["transactions"], receipts, strict=True):
            assert int(tx["nonce"], 16) == nonces.get(tx["from"], 0)
            nonces[tx["from"]] = int(tx["nonce"], 16) + 1
            assert int(receipt["gasUsed"], 16) <= int(tx["gas"], 16)
            assert int(receipt["effectiveGasPrice"], 16) >= int(full["baseFeePerGas"], 16)
        assert int(full["gasUsed"], 16) <= int(full["gasLimit"], 16)
    assert len(nonces) > 5


def test_size_is_that_of_the_blocks_rlp(blocks: list[DemoBlock]):
    for block in blocks:
        full = json.loads(block.json.full)
        body: list[Any] = []
        for tx in full["transactions"]:
            prefix, fields, signature = transaction_fields(tx)
            whole = [*fields, *signature]
            body.append(prefix + rlp.encode(whole) if prefix else whole)
        encoded = rlp.encode([header_fields(full), body, [], withdrawal_fields(full)])
        assert int(full["size"], 16) == len(encoded)


def test_the_base_fee_of_recorded_mainnet_headers_is_reproduced(data: Path):
    headers = []
    for path in sorted((data / "l1" / "headers").glob("*.json.gz")):
        content = json.loads(gzip.decompress(path.read_bytes()))
        headers.append(
            read_header(parse_header(json.dumps(content.get("block", content)).encode()))
        )
    assert len(headers) == 11
    for parent, child in pairwise(headers):
        assert next_base_fee(parent) == child.base_fee_per_gas


def test_a_low_base_fee_still_rises_by_one_wei(blocks: list[DemoBlock]):
    header = blocks[-1].header
    target = header.gas_limit // 2
    for gas_used, expected in ((target + 1, 8), (target, 7), (target - 1, 7)):
        parent = msgspec.structs.replace(header, base_fee_per_gas=7, gas_used=gas_used)
        assert next_base_fee(parent) == expected


def test_the_base_fee_of_every_demo_block_follows_from_its_parent(blocks: list[DemoBlock]):
    fees = {block.header.base_fee_per_gas for block in blocks}
    assert len(fees) > 5
    for parent, child in pairwise(blocks):
        assert child.header.base_fee_per_gas == next_base_fee(parent.header)
