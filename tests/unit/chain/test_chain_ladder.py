"""The ladder on recorded blocks: what is true is sealed, what is not is refused where it is not."""

import json
from typing import Any

import msgspec
import pytest
import rlp
from recorded_l1 import L1_BLOCKS
from trie import HexaryTrie

from qenus.chain import (
    ARBITRUM_ONE,
    BASE,
    ETHEREUM,
    STEPS,
    Chain,
    ChainKind,
    Rejected,
    check_parent_link,
    prove_block,
    rpc_shapes,
    seal,
)
from qenus.chain.headers import header_rlp, read_header
from qenus.chain.keccak import keccak256
from qenus.chain.rpc_shapes import parse_header
from qenus.errors import RemoteProtocolError
from qenus.wire import BlockRef
from tools.bench.reference_ladder import reference_receipts_root


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def rejection(block: Any, receipts: Any, chain: Chain = ETHEREUM, **options: Any) -> Rejected:
    texts = [one if isinstance(one, bytes) else encoded(one) for one in (block, receipts)]
    with pytest.raises(Rejected) as caught:
        seal(texts[0], texts[1], chain, **options)
    assert isinstance(caught.value, RemoteProtocolError)
    assert caught.value.step in STEPS
    return caught.value


@pytest.mark.parametrize("number", L1_BLOCKS)
def test_every_recorded_block_seals_with_what_its_json_says(l1, number):
    block, receipts = l1(number)
    sealed = seal(encoded(block), encoded(receipts), ETHEREUM)
    assert sealed.block == BlockRef(
        1, int(number), unhex(block["hash"]), unhex(block["parentHash"])
    )
    assert sealed.timestamp == int(block["timestamp"], 16)
    assert sealed.miner == unhex(block["miner"])
    assert sealed.gas_limit == int(block["gasLimit"], 16)
    assert sealed.gas_used == int(block["gasUsed"], 16)
    assert sealed.extra_data == unhex(block["extraData"])
    for name, value in (
        ("baseFeePerGas", sealed.base_fee_per_gas),
        ("blobGasUsed", sealed.blob_gas_used),
        ("excessBlobGas", sealed.excess_blob_gas),
    ):
        assert value == (int(block[name], 16) if name in block else None)
    assert len(sealed.transactions) == len(block["transactions"])
    for mine, tx, receipt in zip(sealed.transactions, block["transactions"], receipts, strict=True):
        assert mine.hash == unhex(tx["hash"])
        assert mine.type == int(tx["type"], 16)
        assert mine.to == (unhex(tx["to"]) if tx["to"] else None)
        assert mine.status == int(receipt["status"], 16)
        assert mine.gas_used == int(receipt["gasUsed"], 16)
        stated = [
            (
                int(log["logIndex"], 16),
                unhex(log["address"]),
                tuple(unhex(topic) for topic in log["topics"]),
                unhex(log["data"]),
            )
            for log in receipt["logs"]
        ]
        assert [(log.log_index, log.address, log.topics, log.data) for log in mine.logs] == stated


def test_a_sealed_block_is_valid_by_the_wire_contract(l1):
    block, receipts = l1("22431083")
    sealed = seal(encoded(block), encoded(receipts), ETHEREUM)
    assert msgspec.convert(msgspec.to_builtins(sealed), type(sealed)) == sealed
    assert sum(len(tx.logs) for tx in sealed.transactions) == 949


@pytest.mark.parametrize(
    ("number", "root"),
    [
        ("11930296", "0xfff279364abf33cc1187712dca02c2cc075ede1f0ccc5c7b1cb7250b5120b31f"),
        ("11931272", "0xdd5e6b52dcc015d9ef0417558b477a0ff08b1c87c5bbf81f4f3e980534cd4fa5"),
    ],
)
def test_receipts_with_wrong_gas_and_status_fail_at_the_receipts_root(l1, number, root):
    block, receipts = l1(number, "bad_blocks")
    assert block["receiptsRoot"] == root
    refused = rejection(block, receipts)
    assert refused.step == "receipts root"
    assert refused.expected == root
    assert len(unhex(refused.found)) == 32
    assert refused.found != root
    assert refused.claimed_hash == unhex(block["hash"])


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"7",
        b'"0x"',
        b"\xff\xfe",
        b"\x1f\x8b\x08\x00",
        b"{",
        b'{"hash":"0x12"',
        b'{"hash":"\\ud800"}',
        b'{"hash":' + b"9" * 5000 + b"}",
        b'{"number":1e999}',
        b"[" * 1_000_000,
        b'{"a":' * 1_000_000,
        b'{"hash":' + b"[" * 1_000_000,
        b'{"unknown":' + b"[" * 1_000_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_what_is_no_block_is_refused_by_shape(l1, text):
    block, receipts = l1("15537393")
    assert rejection(text, receipts).step == "shape"
    refused = rejection(block, text)
    # An empty list is a list of receipts, only not of this block's.
    assert refused.step == ("receipts root" if text == b"[]" else "shape")
    assert refused.claimed_hash == unhex(block["hash"])


@pytest.mark.parametrize("kind", [Exception, OverflowError, MemoryError, msgspec.MsgspecError])
@pytest.mark.parametrize("decoder", ["_BLOCK", "_RECEIPTS"])
def test_whatever_the_json_library_raises_is_a_rejection(l1, monkeypatch, kind, decoder):
    class Raising:
        def decode(self, text: bytes) -> Any:
            raise kind("unheard of")

    block, receipts = l1("15537393")
    monkeypatch.setattr(rpc_shapes, decoder, Raising())
    monkeypatch.setattr(rpc_shapes, "_CLAIM", Raising())
    refused = rejection(block, receipts)
    assert (refused.step, refused.found, refused.claimed_hash) == ("shape", "unheard of", None)


def test_truncated_and_trailing_bytes_are_refused_by_shape(l1):
    block, receipts = (encoded(part) for part in l1("15537393"))
    for cut in range(0, len(block), 97):
        assert rejection(block[:cut], receipts).step == "shape"
    for cut in range(0, len(receipts), 97):
        assert rejection(block, receipts[:cut]).step == "shape"
    for rest in (b"x", b"{}", b",", b"\0"):
        assert rejection(block + rest, receipts).step == "shape"
        assert rejection(block, receipts + rest).step == "shape"


def test_a_text_beyond_the_bound_is_refused_without_reading_it(l1):
    _, receipts = l1("15537393")
    refused = rejection(b" " * (64 * 1024 * 1024 + 1), receipts)
    assert (refused.step, refused.where) == ("shape", "block")
    assert refused.found == "67108865 bytes"


HEADER_FIELDS = [
    "hash",
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "mixHash",
    "nonce",
]
# These a block of an earlier fork may lack: without them it is another block.
LATER_HEADER_FIELDS = {
    "baseFeePerGas": "shape",
    "withdrawalsRoot": "shape",
    "blobGasUsed": "shape",
    "excessBlobGas": "shape",
    "parentBeaconBlockRoot": "shape",
    "requestsHash": "header hash",
}
TRANSACTION_FIELDS = [
    "hash",
    "blockHash",
    "blockNumber",
    "transactionIndex",
    "nonce",
    "gas",
    "value",
    "input",
    "v",
    "r",
    "s",
    "chainId",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
]
RECEIPT_FIELDS = [
    "blockHash",
    "blockNumber",
    "transactionHash",
    "transactionIndex",
    "cumulativeGasUsed",
    "status",
]
LOG_FIELDS = [
    "address",
    "data",
    "blockHash",
    "blockNumber",
    "transactionHash",
    "transactionIndex",
    "logIndex",
]


def part_with(block: Any, receipts: Any, kind: str) -> tuple[dict[str, Any], str]:
    """A part of a block that has all fields of its kind, and its path."""
    if kind == "header":
        return block, "block"
    if kind == "transaction":
        at = next(i for i, tx in enumerate(block["transactions"]) if tx["type"] == "0x2")
        return block["transactions"][at], f"block.transactions[{at}]"
    at = next(i for i, receipt in enumerate(receipts) if receipt["logs"])
    if kind == "receipt":
        return receipts[at], f"receipts[{at}]"
    return receipts[at]["logs"][0], f"receipts[{at}].logs[0]"


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        *(("header", name) for name in HEADER_FIELDS),
        *(("transaction", name) for name in TRANSACTION_FIELDS),
        *(("receipt", name) for name in RECEIPT_FIELDS),
        *(("log", name) for name in LOG_FIELDS),
    ],
)
def test_a_missing_field_is_refused_by_shape_with_its_path(l1, kind, field):
    block, receipts = l1("22431084")
    block, receipts = json.loads(json.dumps(block)), json.loads(json.dumps(receipts))
    part, path = part_with(block, receipts, kind)
    part.pop("yParity", None)
    del part[field]
    refused = rejection(block, receipts)
    if kind == "transaction" and field == "v":
        field = "yParity"
    assert refused.step == "shape"
    assert refused.where.startswith(path)
    assert field in refused.where + refused.expected


@pytest.mark.parametrize("field", LATER_HEADER_FIELDS)
def test_a_header_without_a_later_forks_field_is_refused(l1, field):
    block, receipts = l1("22431084")
    without = {name: value for name, value in block.items() if name != field}
    assert rejection(without, receipts).step == LATER_HEADER_FIELDS[field]


@pytest.mark.parametrize("value", [None, 1, 1.5, True, [], {}, ["0x0"]])
@pytest.mark.parametrize(
    ("kind", "field"),
    [
        *(("header", name) for name in HEADER_FIELDS),
        ("transaction", "hash"),
        ("transaction", "nonce"),
        ("receipt", "cumulativeGasUsed"),
        ("log", "address"),
        ("log", "data"),
    ],
)
def test_a_value_of_a_wrong_type_is_refused_by_shape_with_its_path(l1, kind, field, value):
    block, receipts = l1("14764013")
    block, receipts = json.loads(json.dumps(block)), json.loads(json.dumps(receipts))
    part, path = part_with(block, receipts, kind)
    part[field] = value
    refused = rejection(block, receipts)
    assert refused.step == "shape"
    assert refused.where == f"{path}.{field}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gasUsed", "0x"),
        ("gasUsed", "0x" + "0" * 65),
        ("gasUsed", "1"),
        ("gasUsed", ""),
        ("gasUsed", "0x 1"),
        ("gasUsed", "0x1 "),
        ("gasUsed", "0x-1"),
        ("gasUsed", "0x1_0"),
        ("gasUsed", "0xg"),
        ("gasUsed", "0X1"),
        ("gasUsed", "0x" + "f" * 17),
        ("gasUsed", "0x\uff11"),
        ("extraData", "0x1"),
        ("extraData", "0x1g"),
        ("extraData", "12"),
        ("extraData", "0x1 2 "),
        ("extraData", "0x" + "00" * 65537),
        ("miner", "0x" + "00" * 19),
        ("miner", "0x" + "00" * 21),
        ("stateRoot", "0x" + "0" * 63),
        ("logsBloom", "0x" + "00" * 255),
        ("nonce", "0x" + "00" * 7),
        ("difficulty", "0x1" + "0" * 64),
    ],
)
def test_hex_that_breaks_the_rules_is_refused_by_shape(l1, field, value):
    block, receipts = l1("15537393")
    refused = rejection({**block, field: value}, receipts)
    assert (refused.step, refused.where) == ("shape", f"block.{field}")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gas", "0x"),
        ("gas", "0x" + "0" * 65),
        ("gas", "0x12345678901234567"),
        ("gas", "0X123"),
        ("gas", "0x12g4"),
        ("gas", "12345"),
        ("value", "0x1" + "0" * 64),
        ("r", "0x" + "0" * 65),
        ("r", "0x" + "0" * 63 + "g"),
        ("to", "0x" + "0" * 39),
        ("input", "0x123"),
        ("type", "0x5"),
        ("type", "0x002g"),
        ("yParity", "0x7"),
        ("v", "0x7"),
        ("accessList", [{"address": "0x1", "storageKeys": []}]),
        ("accessList", [{"address": "0x" + "00" * 20, "storageKeys": ["0x1"]}]),
        ("accessList", [None]),
        ("maxFeePerGas", None),
    ],
)
def test_a_transactions_hex_that_breaks_the_rules_is_refused_by_shape(l1, field, value):
    block, receipts = l1("22431084")
    block = json.loads(json.dumps(block))
    tx, path = part_with(block, receipts, "transaction")
    tx[field] = value
    refused = rejection(block, receipts)
    assert refused.step == "shape"
    # Where v and yParity differ, the rejection names v.
    assert refused.where.startswith(f"{path}.{'v' if field == 'yParity' else field}")


@pytest.mark.parametrize("status", ["0x2", 2, -1, "0x", "1"])
def test_a_status_is_zero_or_one(l1, status):
    block, receipts = l1("15537393")
    refused = rejection(block, [{**receipts[0], "status": status}])
    assert (refused.step, refused.where) == ("shape", "receipts[0].status")


def forged(block: Any, receipts: Any) -> tuple[bytes, bytes]:
    """Give a header that fits the receipts, and a hash that fits the header, everywhere."""
    root = reference_receipts_root(encoded(receipts))
    changed = {**block, "receiptsRoot": "0x" + root.hex()}
    header = read_header(parse_header(encoded(changed)))
    own_hash = "0x" + keccak256(header_rlp(header)).hex()
    both = encoded([changed, receipts]).replace(block["hash"].encode(), own_hash.encode())
    again = json.loads(both)
    return encoded(again[0]), encoded(again[1])


def test_gas_that_goes_down_from_one_receipt_to_the_next_is_refused(l1):
    block, receipts = l1("14764013")
    receipts = json.loads(json.dumps(receipts))
    # The sum at the end stays right.
    receipts[3]["cumulativeGasUsed"] = hex(int(receipts[2]["cumulativeGasUsed"], 16) - 1)
    del receipts[3]["gasUsed"]
    del receipts[4]["gasUsed"]
    refused = rejection(*forged(block, receipts))
    assert (refused.step, refused.where) == ("gas sum", "receipts[3].cumulativeGasUsed")


def test_amsterdam_receipts_need_not_sum_up_to_the_headers_gas(l1):
    # EIP-7778: the header counts gas before refunds, receipts after. No such block was recorded.
    block, receipts = l1("22431084")
    more = hex(int(block["gasUsed"], 16) + 4800)
    prague = forged({**block, "gasUsed": more}, receipts)
    assert rejection(*prague).step == "gas sum"
    later = {"blockAccessListHash": "0x" + "11" * 32, "slotNumber": "0xb00000"}
    amsterdam = forged({**block, **later, "gasUsed": more}, receipts)
    assert seal(*amsterdam, ETHEREUM).gas_used == int(more, 16)


@pytest.mark.parametrize("text", ["0x1", "0xzz", "12", "", "0x 12", "0x" + "zz" * 5000])
def test_a_logs_data_that_is_no_data_is_refused_by_shape(l1, text):
    block, receipts = l1("14764013")
    receipts = json.loads(json.dumps(receipts))
    log, path = part_with(block, receipts, "log")
    log["data"] = text
    refused = rejection(block, receipts)
    assert (refused.step, refused.where) == ("shape", f"{path}.data")


def test_a_state_root_stands_for_the_status_before_byzantium(l1):
    # No block of that age was recorded: the receipt of a later one is given a root, and what the
    # root of the receipts is then, the rlp and trie packages say.
    block, (receipt,) = l1("15537393")
    logs = [
        [unhex(log["address"]), [unhex(topic) for topic in log["topics"]], unhex(log["data"])]
        for log in receipt["logs"]
    ]
    gas = int(receipt["cumulativeGasUsed"], 16)
    fields = [b"\x77" * 32, gas, unhex(receipt["logsBloom"]), logs]
    trie = HexaryTrie({})
    trie[rlp.encode(0)] = unhex(receipt["type"].replace("0x", "0x0")) + rlp.encode(fields)
    old = {**receipt, "root": "0x" + "77" * 32}
    del old["status"]
    changed = {**block, "receiptsRoot": "0x" + trie.root_hash.hex()}
    own_hash = "0x" + keccak256(header_rlp(read_header(parse_header(encoded(changed))))).hex()
    texts = [
        encoded(part).replace(block["hash"].encode(), own_hash.encode())
        for part in (changed, [old])
    ]
    sealed = seal(*texts, ETHEREUM)
    assert sealed.transactions[0].status is None
    old["root"] = "0x" + "78" * 32
    assert rejection(texts[0], [old]).step == "receipts root"


def test_more_than_four_topics_are_refused_by_shape(l1):
    block, receipts = l1("14764013")
    receipts = json.loads(json.dumps(receipts))
    log, path = part_with(block, receipts, "log")
    log["topics"] = ["0x" + "00" * 32] * 5
    refused = rejection(block, receipts)
    assert (refused.step, refused.where) == ("shape", f"{path}.topics")


def test_fields_that_are_not_needed_change_nothing(l1):
    block, receipts = l1("15537393")
    plain = seal(encoded(block), encoded(receipts), ETHEREUM)
    more = {**block, "totalDifficulty": "0x1", "nested": {"a": [1, {"b": None}]}}
    assert seal(encoded(more), encoded(receipts), ETHEREUM) == plain


def test_status_may_be_a_number_and_the_root_still_decides(l1):
    block, receipts = l1("15537393")
    plain = seal(encoded(block), encoded(receipts), ETHEREUM)
    numbers = [{**receipt, "status": int(receipt["status"], 16)} for receipt in receipts]
    assert seal(encoded(block), encoded(numbers), ETHEREUM) == plain
    wrong = [{**receipt, "status": 1 - receipt["status"]} for receipt in numbers]
    assert rejection(block, wrong).step == "receipts root"


def test_another_block_than_the_one_asked_for_is_refused(l1):
    block, receipts = l1("15537393")
    texts = encoded(block), encoded(receipts)
    own = unhex(block["hash"])
    assert seal(*texts, ETHEREUM, requested_hash=own).block.hash == own
    refused = rejection(block, receipts, requested_hash=bytes(32))
    assert refused.step == "header hash"
    assert refused.expected == "0x" + "00" * 32
    assert refused.found == block["hash"]


def test_a_block_of_another_chain_is_refused(l1):
    block, receipts = l1("15537393")
    refused = rejection(block, receipts, Chain("other", 5, ChainKind.ETHEREUM))
    assert (refused.step, refused.expected, refused.found) == ("chain id", "5", "1")
    assert rejection(block, receipts, BASE).step == "chain id"
    assert rejection(block, receipts, ARBITRUM_ONE).step == "chain id"


def test_uncles_are_there_when_the_header_says_so_and_two_at_most(l1):
    block, receipts = l1("14764013")
    assert len(block["uncles"]) == 1
    uncle = block["uncles"][0]
    assert rejection({**block, "uncles": []}, receipts).step == "uncles hash"
    assert rejection({**block, "uncles": [uncle] * 3}, receipts).step == "uncles hash"
    assert rejection({**block, "uncles": ["0x1"]}, receipts).step == "shape"
    block, receipts = l1("15537393")
    assert rejection({**block, "uncles": [uncle]}, receipts).step == "uncles hash"


def test_legacy_signatures_name_their_chain_too(l1):
    # Its receipts are wrong, which is a later step.
    block, receipts = l1("11930296", "bad_blocks")
    assert {tx["type"] for tx in block["transactions"]} == {"0x0"}
    refused = rejection(block, receipts, Chain("other", 5, ChainKind.ETHEREUM))
    assert (refused.step, refused.expected, refused.found) == ("chain id", "5", "1")


def test_consecutive_blocks_are_linked_and_others_are_not(l1):
    for first, second in (
        ("15537393", "15537394"),
        ("17034869", "17034870"),
        ("22431083", "22431084"),
    ):
        parent, child = (
            seal(*(encoded(part) for part in l1(number)), ETHEREUM).block
            for number in (first, second)
        )
        check_parent_link(child, parent)
        for wrong, where in (
            (BlockRef(2, parent.number, parent.hash, parent.parent_hash), "chain id"),
            (BlockRef(1, parent.number + 1, parent.hash, parent.parent_hash), "number"),
            (BlockRef(1, parent.number, bytes(32), parent.parent_hash), "parent hash"),
        ):
            with pytest.raises(Rejected) as caught:
                check_parent_link(child, wrong)
            assert (caught.value.step, caught.value.where) == ("parent link", where)
            assert caught.value.claimed_hash == child.hash


def test_what_a_rejection_shows_is_bounded(l1):
    block, receipts = l1("15537393")
    refused = rejection({**block, "extraData": "0x" + "zz" * 1_000_000}, receipts)
    assert len(refused.found) < 1000
    assert len(str(refused)) < 2000
    assert "2000002" in refused.found or "2000004" in refused.found


def test_a_proven_block_keeps_the_encodings_under_its_roots(l1):
    block, receipts = l1("22431084")
    proven = prove_block(encoded(block), encoded(receipts), ETHEREUM)
    assert len(proven.transactions) == len(proven.receipts) == len(block["transactions"])
    # By type, as EIP-2718 has it: a list for legacy, the type's byte before it otherwise.
    for one, receipt, tx in zip(
        proven.transactions, proven.receipts, block["transactions"], strict=True
    ):
        kind = int(tx["type"], 16)
        assert (one[0] == kind) if kind else (one[0] >= 0xC0)
        assert (receipt.encoded[0] == kind) if kind else (receipt.encoded[0] >= 0xC0)
