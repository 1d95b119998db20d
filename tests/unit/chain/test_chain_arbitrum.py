"""Arbitrum: one whole recorded block proven, and the encodings of what no recorded block has."""

import json
from typing import Any

import pytest
import rlp

from qenus.chain import ARBITRUM_ONE, ChainKind, Rejected, prove_block, seal
from qenus.chain.arbitrum import ARBITRUM_TRANSACTIONS, ArbitrumHeaderInfo, arbitrum_header_info
from qenus.chain.base_fee import check_base_fee, fee_rule
from qenus.chain.chain_rules import TRANSACTIONS, encode_receipt_of, transaction_hash
from qenus.chain.hex_values import Malformed
from qenus.chain.keccak import keccak256
from qenus.chain.rpc_shapes import RpcReceipt, RpcTransaction
from qenus.chain.senders import recover_sender
from qenus.chain.transactions import encode_transaction


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.fixture
def arbitrum(read):
    folder = "l2/rpc/arbitrum_150000000"
    return read(f"{folder}/block.json"), read(f"{folder}/receipts.json")


def test_arbitrum_one_150000000_seals(arbitrum):
    block, receipts = arbitrum
    proven = prove_block(encoded(block), encoded(receipts), ARBITRUM_ONE)
    assert proven.block.block.hash == unhex(block["hash"])
    assert [tx.type for tx in proven.block.transactions] == [0x6A, 0, 2, 2, 0]
    for tx, stated in zip(proven.transactions, block["transactions"], strict=True):
        assert recover_sender(tx, ARBITRUM_ONE) == unhex(stated["from"])


def test_an_arbitrum_header_packs_what_its_block_repeats(arbitrum):
    block, receipts = arbitrum
    proven = prove_block(encoded(block), encoded(receipts), ARBITRUM_ONE)
    assert arbitrum_header_info(proven.header) == ArbitrumHeaderInfo(
        send_root=unhex(block["sendRoot"]),
        send_count=int(block["sendCount"], 16),
        l1_block_number=int(block["l1BlockNumber"], 16),
        arbos_version=10,
    )


@pytest.mark.parametrize("field", ["sendRoot", "sendCount", "l1BlockNumber"])
def test_what_an_arbitrum_block_repeats_falsely_is_refused(arbitrum, field):
    block, receipts = arbitrum
    right = int(block[field], 16)
    wrong = f"0x{right ^ 1:064x}" if field == "sendRoot" else hex(right ^ 1)
    with pytest.raises(Rejected) as caught:
        seal(encoded({**block, field: wrong}), encoded(receipts), ARBITRUM_ONE)
    assert (caught.value.step, caught.value.where) == ("header hash", f"block.{field}")


def test_an_l1_block_number_that_is_a_json_number_is_held_against_the_header_too(arbitrum):
    block, receipts = arbitrum
    right = int(block["l1BlockNumber"], 16)
    sealed = seal(encoded({**block, "l1BlockNumber": right}), encoded(receipts), ARBITRUM_ONE)
    assert sealed == seal(encoded(block), encoded(receipts), ARBITRUM_ONE)
    for wrong in (right + 1, -right, 0):
        with pytest.raises(Rejected) as caught:
            seal(encoded({**block, "l1BlockNumber": wrong}), encoded(receipts), ARBITRUM_ONE)
        assert (caught.value.step, caught.value.where) == ("header hash", "block.l1BlockNumber")


def test_the_callee_of_arbos_own_transaction_is_checked_though_under_no_root(arbitrum):
    block, receipts = arbitrum
    block = json.loads(json.dumps(block))
    block["transactions"][0]["to"] = "0x" + "11" * 20
    with pytest.raises(Rejected) as caught:
        seal(encoded(block), encoded(receipts), ARBITRUM_ONE)
    assert (caught.value.step, caught.value.where) == ("shape", "block.transactions[0].to")


def test_arbitrum_has_no_base_fee_rule(arbitrum):
    block, receipts = arbitrum
    sealed = seal(encoded(block), encoded(receipts), ARBITRUM_ONE)
    assert fee_rule(sealed, sealed.timestamp + 1, ARBITRUM_ONE) is None
    check_base_fee(sealed, sealed, ARBITRUM_ONE)


# No block with the other types of Arbitrum was recorded, so their roots cannot be checked; their
# fields stand in the order of arb_types.go, written down by hand and encoded by the rlp package.
A, B, H, OTHER = "0x" + "aa" * 20, "0x" + "bb" * 20, "0x" + "11" * 32, "0x" + "22" * 32
PLACE = {"hash": OTHER, "block_hash": H, "block_number": "0x1", "transaction_index": "0x0"}
CALL = {"nonce": "0x7", "gas": "0x5208", "value": "0x9", "input": "0xc0ffee"}
CHAIN = 42161


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (
            0x64,
            {"request_id": H, "sender": A, "to": B},
            [CHAIN, unhex(H), unhex(A), unhex(B), 9],
        ),
        (
            0x65,
            {"sender": A, "to": None, "gas_price": "0x64"},
            [CHAIN, unhex(A), 7, 100, 21000, b"", 9, b"\xc0\xff\xee"],
        ),
        (
            0x66,
            {"request_id": H, "sender": A, "to": B, "max_fee_per_gas": "0x64"},
            [CHAIN, unhex(H), unhex(A), 100, 21000, unhex(B), 9, b"\xc0\xff\xee"],
        ),
        (
            0x68,
            {
                "sender": A, "to": B, "max_fee_per_gas": "0x64", "ticket_id": H, "refund_to": A,
                "max_refund": "0x3", "submission_fee_refund": "0x4",
            },
            [
                CHAIN, 7, unhex(A), 100, 21000, unhex(B), 9, b"\xc0\xff\xee", unhex(H), unhex(A),
                3, 4,
            ],
        ),
        (
            0x69,
            {
                "request_id": H, "sender": A, "to": "0x" + "00" * 19 + "6e", "l1_base_fee": "0x5",
                "deposit_value": "0x6", "max_fee_per_gas": "0x64", "retry_to": B,
                "retry_value": "0x8", "beneficiary": A, "max_submission_fee": "0xa",
                "refund_to": B, "retry_data": "0xbeef",
            },
            [
                CHAIN, unhex(H), unhex(A), 5, 6, 100, 21000, unhex(B), 8, unhex(A), 10, unhex(B),
                b"\xbe\xef",
            ],
        ),
    ],
    ids=["deposit", "unsigned", "contract", "retry", "submit retryable"],
)  # fmt: skip
def test_arbitrums_own_transactions_are_encoded_in_the_order_of_their_fields(
    kind, fields, expected
):
    tx = RpcTransaction(**PLACE, **CALL, type=hex(kind), chain_id=hex(CHAIN), **fields)
    raw = bytes([kind]) + rlp.encode(expected)
    assert encode_transaction(tx, ARBITRUM_TRANSACTIONS) == raw
    assert recover_sender(raw, ARBITRUM_ONE) == unhex(A)
    assert transaction_hash(tx, kind, raw, ChainKind.ARBITRUM) == keccak256(raw)


def test_a_transaction_from_before_nitro_is_legacy_under_the_roots_and_keeps_its_stated_hash():
    tx = RpcTransaction(
        **PLACE, **CALL, type="0x78", to=B, gas_price="0x64", v="0x1b", r="0x2", s="0x3"
    )
    raw = encode_transaction(tx, TRANSACTIONS[ChainKind.ARBITRUM])
    assert raw == rlp.encode([7, 100, 21000, unhex(B), 9, b"\xc0\xff\xee", 27, 2, 3])
    assert transaction_hash(tx, 0x78, raw, ChainKind.ARBITRUM) == unhex(OTHER)
    receipt = RpcReceipt(H, "0x1", OTHER, "0x0", "0x5208", [], status="0x1")
    assert encode_receipt_of(receipt, 0x78, 0, ChainKind.ARBITRUM).encoded[0] >= 0xC0


def test_the_gas_of_a_transaction_from_before_nitro_is_not_held_against_its_cumulative_gas(
    arbitrum,
):
    # No block from before Nitro was recorded. Under the roots its transactions look like legacy
    # ones, so the recorded block with one of them renamed shows what is checked and what is not.
    block, receipts = json.loads(json.dumps(arbitrum))
    for kind in ("0x0", "0x78"):
        block["transactions"][1]["type"] = receipts[1]["type"] = kind
        receipts[1]["gasUsed"] = "0x5208"
        if kind == "0x0":
            with pytest.raises(Rejected) as caught:
                seal(encoded(block), encoded(receipts), ARBITRUM_ONE)
            assert (caught.value.step, caught.value.where) == ("gas sum", "receipts[1].gasUsed")
    before, after = (int(receipts[at]["cumulativeGasUsed"], 16) for at in (0, 1))
    sealed = seal(encoded(block), encoded(receipts), ARBITRUM_ONE)
    assert sealed.transactions[1].gas_used == after - before, "what stands under the root"
    receipts[2]["gasUsed"] = "0x5208"
    with pytest.raises(Rejected) as caught:
        seal(encoded(block), encoded(receipts), ARBITRUM_ONE)
    assert caught.value.where == "receipts[2].gasUsed"


def test_rollups_take_no_blobs():
    for kind in (ChainKind.ARBITRUM, ChainKind.OP_STACK):
        tx = RpcTransaction(**PLACE, **CALL, type="0x3", to=B)
        with pytest.raises(Malformed, match="type"):
            encode_transaction(tx, TRANSACTIONS[kind])
