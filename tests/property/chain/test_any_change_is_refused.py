"""Any change of a recorded block is refused, at the step that it breaks.

The blocks together have all transaction types but 4, withdrawals, blobs and failed transactions. A
change keeps the form of its field (a quantity stays one, data keeps its length), so that it is the
content that gets refused, not the form.
"""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qenus.chain import ETHEREUM, Rejected, seal
from qenus.chain.headers import header_rlp, read_header
from qenus.chain.keccak import keccak256
from qenus.chain.rpc_shapes import parse_header

BLOCKS = ("14764013", "19426587", "17034869")
QUANTITIES = {
    *("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed"),
    *("excessBlobGas", "nonce", "gas", "value", "gasPrice", "maxFeePerGas", "chainId", "r", "s"),
    *("maxPriorityFeePerGas", "maxFeePerBlobGas", "v", "yParity", "cumulativeGasUsed", "logIndex"),
    *("transactionIndex", "blockNumber", "index", "validatorIndex", "amount", "status"),
}

modest = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def changed_hex(text: str, bit: int, *, is_quantity: bool) -> str:
    """Flip one bit of a value and keep its form."""
    if is_quantity:
        value = int(text, 16)
        return hex(value ^ (1 << bit % max(value.bit_length(), 1)))
    raw = bytearray.fromhex(text[2:])
    if not raw:
        return "0x00"
    raw[bit // 8 % len(raw)] ^= 1 << bit % 8
    return "0x" + raw.hex()


def change(part: dict[str, Any], field: str, bit: int) -> None:
    # A header's nonce is eight bytes of data, a transaction's is a quantity.
    is_quantity = field in QUANTITIES and not (field == "nonce" and "mixHash" in part)
    part[field] = changed_hex(part[field], bit, is_quantity=is_quantity)


def refusal(block: dict[str, Any], receipts: list[dict[str, Any]]) -> Rejected:
    with pytest.raises(Rejected) as caught:
        seal(json.dumps(block).encode(), json.dumps(receipts).encode(), ETHEREUM)
    return caught.value


@pytest.fixture(params=BLOCKS)
def block_and_receipts(request, recorded):
    block, receipts = recorded(request.param)
    seal(json.dumps(block).encode(), json.dumps(receipts).encode(), ETHEREUM)
    return block, receipts


def copied(value: Any) -> Any:
    return json.loads(json.dumps(value))


HEADER = (
    *("hash", "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot"),
    *("logsBloom", "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData"),
    *("mixHash", "nonce", "baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas"),
    "parentBeaconBlockRoot",
)


@modest
@given(data=st.data(), bit=st.integers(0, 4095))
def test_any_bit_of_a_header_breaks_its_hash(block_and_receipts, data, bit):
    block, receipts = copied(block_and_receipts[0]), block_and_receipts[1]
    field = data.draw(st.sampled_from([name for name in HEADER if name in block]))
    change(block, field, bit)
    assert refusal(block, receipts).step == "header hash"


FORGED = {
    "transactionsRoot": "transactions root",
    "withdrawalsRoot": "withdrawals root",
    "receiptsRoot": "receipts root",
    "logsBloom": "bloom",
    "gasUsed": "gas sum",
    "sha3Uncles": "uncles hash",
}


@modest
@given(data=st.data(), bit=st.integers(0, 4095))
def test_a_forged_header_with_a_hash_of_its_own_fails_where_it_lies(block_and_receipts, data, bit):
    block, receipts = block_and_receipts
    forged = copied(block)
    # Uncles come by hash only: where there are some, any uncles hash could be theirs.
    lies = [
        name for name in FORGED if name in block and (name != "sha3Uncles" or not block["uncles"])
    ]
    field = data.draw(st.sampled_from(lies))
    change(forged, field, bit)
    header = read_header(parse_header(json.dumps(forged).encode()))
    own_hash = "0x" + keccak256(header_rlp(header)).hex()
    forged["hash"] = own_hash
    # The liar is thorough: transactions, receipts and logs name the new hash, too.
    texts = [
        json.dumps(part).replace(block["hash"], own_hash).encode() for part in (forged, receipts)
    ]
    with pytest.raises(Rejected) as caught:
        seal(*texts, ETHEREUM)
    assert caught.value.step == FORGED[field]
    assert caught.value.claimed_hash == bytes.fromhex(own_hash[2:])


TRANSACTION = {
    0: "nonce gasPrice gas to value input v r s",
    1: "chainId nonce gasPrice gas to value input r s",
    2: "chainId nonce maxPriorityFeePerGas maxFeePerGas gas to value input r s",
    3: "chainId nonce maxPriorityFeePerGas maxFeePerGas gas to value input maxFeePerBlobGas r s",
}
PLACES = ("hash", "blockHash", "blockNumber", "transactionIndex")


@modest
@given(data=st.data(), bit=st.integers(0, 4095))
def test_any_bit_of_a_transaction_breaks_the_root_or_its_place(block_and_receipts, data, bit):
    block, receipts = copied(block_and_receipts[0]), block_and_receipts[1]
    tx = data.draw(st.sampled_from(block["transactions"]))
    fields = TRANSACTION[int(tx["type"], 16)].split()
    field = data.draw(st.sampled_from([*PLACES, *(name for name in fields if tx[name])]))
    change(tx, field, bit)
    step = "positions" if field in PLACES else "transactions root"
    assert refusal(block, receipts).step == step


@modest
@given(data=st.data(), bit=st.integers(0, 4095))
def test_parity_access_lists_and_blob_hashes_are_under_the_root(recorded, data, bit):
    block, receipts = recorded(data.draw(st.sampled_from(["17034869", "19426587"])))
    block = copied(block)
    typed = [tx for tx in block["transactions"] if tx["type"] != "0x0"]
    tx = data.draw(st.sampled_from(typed))
    what = data.draw(st.sampled_from(["parity", "entry", "blob"]))
    if what == "blob" and tx.get("blobVersionedHashes"):
        at = bit % len(tx["blobVersionedHashes"])
        tx["blobVersionedHashes"][at] = changed_hex(
            tx["blobVersionedHashes"][at], bit, is_quantity=False
        )
    elif what == "entry":
        if tx["accessList"]:
            entry = tx["accessList"][bit % len(tx["accessList"])]
            change(entry, "address", bit)
        else:
            tx["accessList"] = [{"address": block["miner"], "storageKeys": []}]
    else:
        tx["v"] = "0x1" if tx["v"] == "0x0" else "0x0"
        tx["yParity"] = tx["v"]
    assert refusal(block, receipts).step == "transactions root"


@modest
@given(data=st.data(), bit=st.integers(0, 4095))
def test_any_bit_of_a_withdrawal_breaks_its_root(recorded, data, bit):
    block, receipts = recorded("19426587")
    block = copied(block)
    withdrawal = data.draw(st.sampled_from(block["withdrawals"]))
    field = data.draw(st.sampled_from(["index", "validatorIndex", "address", "amount"]))
    change(withdrawal, field, bit)
    assert refusal(block, receipts).step == "withdrawals root"


RECEIPT = {
    "status": "receipts root",
    "cumulativeGasUsed": "receipts root",
    "logsBloom": "bloom",
    "gasUsed": "gas sum",
    "blockHash": "positions",
    "blockNumber": "positions",
    "transactionHash": "positions",
    "transactionIndex": "positions",
    "type": "positions",
}
LOG = {
    "address": "receipts root",
    "data": "receipts root",
    "topics": "receipts root",
    "logIndex": "log indices",
    "blockHash": "positions",
    "blockNumber": "positions",
    "transactionHash": "positions",
    "transactionIndex": "positions",
    "removed": "shape",
}


@modest
@given(data=st.data(), bit=st.integers(0, 4095))
def test_any_bit_of_a_receipt_is_refused_where_it_belongs(block_and_receipts, data, bit):
    block, receipts = block_and_receipts[0], copied(block_and_receipts[1])
    receipt = data.draw(st.sampled_from(receipts))
    field = data.draw(st.sampled_from(list(RECEIPT)))
    if field == "status":
        receipt["status"] = "0x0" if receipt["status"] == "0x1" else "0x1"
    elif field == "type":
        receipt["type"] = hex(int(receipt["type"], 16) + 1)
    else:
        change(receipt, field, bit)
    assert refusal(block, receipts).step == RECEIPT[field]


@modest
@given(data=st.data(), bit=st.integers(0, 4095))
def test_any_bit_of_a_log_is_refused_where_it_belongs(block_and_receipts, data, bit):
    block, receipts = block_and_receipts[0], copied(block_and_receipts[1])
    receipt = data.draw(st.sampled_from([one for one in receipts if one["logs"]]))
    log = data.draw(st.sampled_from(receipt["logs"]))
    field = data.draw(st.sampled_from(list(LOG)))
    if field == "removed":
        log["removed"] = True
    elif field == "topics":
        if log["topics"]:
            at = bit % len(log["topics"])
            log["topics"][at] = changed_hex(log["topics"][at], bit, is_quantity=False)
        else:
            log["topics"] = ["0x" + "00" * 32]
    else:
        change(log, field, bit)
    assert refusal(block, receipts).step == LOG[field]


def rearranged(items: list[Any], how: str, one: int, other: int) -> list[Any]:
    """Drop, double or swap items of a list."""
    items = list(items)
    one, other = one % len(items), other % len(items)
    if how == "drop":
        del items[one]
    elif how == "double":
        items.insert(other, items[one])
    else:
        items[one], items[other] = items[other], items[one]
    return items


hows = st.sampled_from(["drop", "double", "swap"])
places = st.integers(0, 10_000)


@modest
@given(how=hows, one=places, other=places, along=st.booleans())
def test_a_transaction_dropped_doubled_or_moved_breaks_the_root(
    block_and_receipts, how, one, other, along
):
    block, receipts = copied(block_and_receipts[0]), block_and_receipts[1]
    before = block["transactions"]
    block["transactions"] = rearranged(before, how, one, other)
    if along:
        receipts = rearranged(receipts, how, one, other)
    if block["transactions"] == before:
        return
    assert refusal(block, receipts).step == "transactions root"


@modest
@given(how=hows, one=places, other=places)
def test_a_receipt_dropped_doubled_or_moved_breaks_the_root(block_and_receipts, how, one, other):
    block, receipts = block_and_receipts
    changed = rearranged(receipts, how, one, other)
    if changed == receipts:
        return
    assert refusal(block, changed).step == "receipts root"


@modest
@given(data=st.data(), how=hows, one=places, other=places, renumber=st.booleans())
def test_a_log_dropped_doubled_or_moved_breaks_the_root(
    block_and_receipts, data, how, one, other, renumber
):
    block, receipts = block_and_receipts[0], copied(block_and_receipts[1])
    receipt = data.draw(st.sampled_from([one for one in receipts if one["logs"]]))
    before = [(log["address"], log["topics"], log["data"]) for log in receipt["logs"]]
    receipt["logs"] = copied(rearranged(receipt["logs"], how, one, other))
    if [(log["address"], log["topics"], log["data"]) for log in receipt["logs"]] == before:
        return
    if renumber:
        for index, log in enumerate(log for one in receipts for log in one["logs"]):
            log["logIndex"] = hex(index)
    assert refusal(block, receipts).step == "receipts root"


@modest
@given(data=st.data(), junk=st.binary(min_size=1, max_size=8), cut=st.booleans())
def test_bytes_put_in_or_left_out_anywhere_raise_nothing_but_rejected(
    block_and_receipts, data, junk, cut
):
    texts = [json.dumps(part).encode() for part in block_and_receipts]
    which = data.draw(st.integers(0, 1))
    at = data.draw(st.integers(0, len(texts[which]) - 1))
    text = texts[which]
    texts[which] = text[:at] + (b"" if cut else junk) + text[at + len(junk) :]
    if texts[which] == text:
        return
    whole = seal(*[json.dumps(part).encode() for part in block_and_receipts], ETHEREUM)
    # What is not needed may be damaged; then the block is the same block.
    with suppress(Rejected):
        assert seal(*texts, ETHEREUM) == whole


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@modest
@given(data=st.data(), value=json_values)
def test_any_json_in_the_place_of_any_value_raises_nothing_but_rejected(
    block_and_receipts, data, value
):
    block, receipts = copied(block_and_receipts)
    tx, receipt = data.draw(st.sampled_from(block["transactions"])), receipts[0]
    part = data.draw(st.sampled_from([block, tx, receipt, *receipt["logs"][:1]]))
    field = data.draw(st.sampled_from(list(part)))
    if part[field] == value:
        return
    part[field] = value
    whole = seal(*[json.dumps(one).encode() for one in block_and_receipts], ETHEREUM)
    with suppress(Rejected):
        assert seal(json.dumps(block).encode(), json.dumps(receipts).encode(), ETHEREUM) == whole
