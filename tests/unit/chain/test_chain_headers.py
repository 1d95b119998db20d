"""Headers, transactions and base fees on recorded headers of many forks."""

import gzip
import json
from itertools import pairwise

import pytest
import rlp
from recorded_l1 import L1_BLOCKS, L1_HEADERS

from qenus.chain import ETHEREUM, OPTIMISM, Rejected
from qenus.chain.base_fee import check_base_fee, fee_rule, next_base_fee
from qenus.chain.headers import header_rlp, read_header
from qenus.chain.hex_values import Malformed
from qenus.chain.keccak import keccak256
from qenus.chain.ordered_trie import ordered_root
from qenus.chain.rpc_shapes import parse_block
from qenus.chain.senders import recover_sender
from qenus.chain.transactions import ETHEREUM_TRANSACTIONS, encode_transaction
from qenus.wire import Block, BlockRef

EXECUTED = ("24476004", "24476005")


@pytest.fixture(
    scope="module",
    params=[*(f"headers/{name}" for name in L1_HEADERS), *(f"execution/{n}" for n in EXECUTED)],
)
def recorded(request, data):
    file = data / "l1" / f"{request.param}.json.gz"
    if not file.exists():
        pytest.skip(f"recorded data absent: {file}")
    return json.loads(gzip.decompress(file.read_bytes()))["block"]


def block_of(header: dict[str, str]) -> Block:
    """What of a sealed block the base fee depends on."""
    number = {
        name: int(header[name], 16)
        for name in ["number", "timestamp", "gasLimit", "gasUsed", "baseFeePerGas", "blobGasUsed"]
        if name in header
    }
    return Block(
        block=BlockRef(1, number["number"], bytes(32), bytes(32)),
        timestamp=number["timestamp"],
        miner=bytes(20),
        gas_limit=number["gasLimit"],
        gas_used=number["gasUsed"],
        base_fee_per_gas=number.get("baseFeePerGas"),
        blob_gas_used=number.get("blobGasUsed"),
        excess_blob_gas=None,
        extra_data=bytes.fromhex(header["extraData"][2:]),
        transactions=(),
    )


def test_header_hash_and_transactions_root_hold(recorded):
    rpc = parse_block(json.dumps(recorded).encode())
    header = read_header(rpc)
    assert "0x" + keccak256(header_rlp(header)).hex() == recorded["hash"]
    encoded = [encode_transaction(tx, ETHEREUM_TRANSACTIONS) for tx in rpc.transactions]
    assert "0x" + ordered_root(encoded).hex() == recorded["transactionsRoot"]


def test_every_transaction_has_its_hash_and_its_sender(recorded):
    rpc = parse_block(json.dumps(recorded).encode())
    for tx, stated in zip(rpc.transactions, recorded["transactions"], strict=True):
        encoded = encode_transaction(tx, ETHEREUM_TRANSACTIONS)
        assert "0x" + keccak256(encoded).hex() == stated["hash"]
        assert "0x" + recover_sender(encoded, ETHEREUM).hex() == stated["from"].lower()


def test_a_later_forks_field_needs_the_earlier_ones(recorded):
    header = read_header(parse_block(json.dumps({**recorded, "withdrawalsRoot": None}).encode()))
    with pytest.raises(Malformed) as caught:
        header_rlp(header)
    assert caught.value.field == "withdrawalsRoot"


def test_amsterdam_fields_stand_last_in_the_header(recorded):
    # No recorded block has them yet: the order is that of execution-specs' Amsterdam header.
    rpc = json.dumps(
        {
            **recorded,
            "requestsHash": "0x" + "11" * 32,
            "blockAccessListHash": "0x" + "22" * 32,
            "slotNumber": "0x333333",
        }
    ).encode()
    tail = b"\xa0" + b"\x11" * 32 + b"\xa0" + b"\x22" * 32 + b"\x83" + b"\x33" * 3
    assert header_rlp(read_header(parse_block(rpc))).endswith(tail)


def test_base_fee_follows_from_the_parent_on_all_ten_links(read):
    headers = [read(f"l1/headers/{name}.json.gz")["block"] for name in L1_HEADERS]
    for parent, child in pairwise(headers):
        assert child["parentHash"] == parent["hash"]
        check_base_fee(block_of(child), block_of(parent), ETHEREUM)
        wrong = {**child, "baseFeePerGas": hex(int(child["baseFeePerGas"], 16) + 1)}
        with pytest.raises(Rejected) as caught:
            check_base_fee(block_of(wrong), block_of(parent), ETHEREUM)
        assert caught.value.step == "base fee"
        assert int(caught.value.expected) == int(child["baseFeePerGas"], 16)


def test_base_fee_follows_on_the_consecutive_full_blocks(l1):
    for first, second in (
        ("15537393", "15537394"),
        ("17034869", "17034870"),
        ("22431083", "22431084"),
    ):
        (parent, _), (child, _) = l1(first), l1(second)
        check_base_fee(block_of(child), block_of(parent), ETHEREUM)


def test_the_first_base_fee_is_one_gwei(l1):
    # EIP-1559: INITIAL_BASE_FEE; the parent of London's first block has none.
    parent = block_of(l1("12914944")[0])
    assert parent.base_fee_per_gas is None
    rule = fee_rule(parent, parent.timestamp, ETHEREUM)
    assert rule is not None
    assert next_base_fee(parent, rule) == 1_000_000_000


def test_a_base_fee_that_rises_rises_by_one_wei_at_least(l1):
    block, _ = l1("15537394")
    rule = fee_rule(block_of(block), 0, ETHEREUM)
    assert rule is not None
    full = {**block, "gasUsed": block["gasLimit"], "baseFeePerGas": "0x1"}
    assert next_base_fee(block_of(full), rule) == 2


@pytest.mark.parametrize("number", L1_BLOCKS)
def test_every_sender_of_the_recorded_blocks_is_recovered(l1, number):
    block, _ = l1(number)
    for tx in parse_block(json.dumps(block).encode()).transactions:
        encoded = encode_transaction(tx, ETHEREUM_TRANSACTIONS)
        assert tx.sender is not None
        assert "0x" + recover_sender(encoded, ETHEREUM).hex() == tx.sender.lower()


def test_a_damaged_signature_never_gives_the_sender(l1):
    block, _ = l1("14764013")
    tx = parse_block(json.dumps(block).encode()).transactions[0]
    encoded = encode_transaction(tx, ETHEREUM_TRANSACTIONS)
    for at in range(1, 65, 5):
        damaged = bytearray(encoded)
        damaged[-at] ^= 1
        try:
            recovered = recover_sender(bytes(damaged), ETHEREUM)
        except Rejected:
            continue
        assert "0x" + recovered.hex() != tx.sender


ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.mark.parametrize("kind", ["0x0", "0x2"])
def test_the_other_signature_of_the_same_point_is_refused(l1, kind):
    # EIP-2: of s and order - s only the lower one is valid.
    block, _ = l1("22431084")
    parsed = parse_block(json.dumps(block).encode()).transactions
    tx = next(one for one in parsed if one.type == kind)
    encoded = encode_transaction(tx, ETHEREUM_TRANSACTIONS)
    fields = rlp.decode(encoded if kind == "0x0" else encoded[1:])
    v = int.from_bytes(fields[-3], "big")
    other_v = (v ^ 1) if kind == "0x2" else (v + 1 if v % 2 else v - 1)
    other_s = ORDER - int.from_bytes(fields[-1], "big")
    other = rlp.encode([*fields[:-3], other_v, fields[-2], other_s])
    with pytest.raises(Rejected) as caught:
        recover_sender(other if kind == "0x0" else b"\x02" + other, ETHEREUM)
    assert caught.value.step == "sender"


@pytest.mark.parametrize("kind", ["0x0", "0x2"])
def test_a_signature_of_another_chain_or_with_leading_zeros_gives_no_sender(l1, kind):
    block, _ = l1("22431084")
    for tx in parse_block(json.dumps(block).encode()).transactions:
        if tx.type == kind and tx.chain_id is not None:
            break
    encoded = encode_transaction(tx, ETHEREUM_TRANSACTIONS)
    with pytest.raises(Rejected, match=r"chain id.*expected 10, found 1"):
        recover_sender(encoded, OPTIMISM)
    prefix = b"" if kind == "0x0" else b"\x02"
    fields = rlp.decode(encoded.removeprefix(prefix))
    for at in (-3, -2, -1) if kind == "0x0" else (0, -3, -2, -1):
        padded = list(fields)
        padded[at] = b"\0" + padded[at]
        with pytest.raises(Rejected, match="without leading zeros"):
            recover_sender(prefix + rlp.encode(padded), ETHEREUM)


@pytest.mark.parametrize("parity", [2, 3, 27])
def test_a_parity_beyond_one_is_refused(l1, parity):
    block, _ = l1("22431084")
    parsed = parse_block(json.dumps(block).encode()).transactions
    tx = next(one for one in parsed if one.type == "0x2")
    fields = rlp.decode(encode_transaction(tx, ETHEREUM_TRANSACTIONS)[1:])
    # A point that recovers with an x beyond the order hardly exists: a small r makes one likely.
    changed = b"\x02" + rlp.encode([*fields[:-3], parity, b"\x01", fields[-1]])
    with pytest.raises(Rejected) as caught:
        recover_sender(changed, ETHEREUM)
    assert "signature in range" in str(caught.value)


@pytest.mark.parametrize(
    "encoded",
    [b"", b"\x05\xc0", b"\xc0", b"\x02", b"\x02\xc0", b"\x80", b"\xc9" + b"\x01" * 9, b"\xf8\x01"],
    ids=bytes.hex,
)
def test_what_is_no_signed_transaction_has_no_sender(encoded):
    with pytest.raises(Rejected) as caught:
        recover_sender(encoded, ETHEREUM)
    assert caught.value.step == "sender"
