"""What nodes write in another way is the same block; what the roots cover is refused as before.

The list stands in `qenus.chain.rpc_shapes`. Each tolerance is tried on recorded blocks, changed as
a node would write them: the sealed block has to be equal to that of the text as it was recorded.
With each, the value itself is then changed, and the block has to be refused.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from qenus.chain import ETHEREUM, Chain, Rejected, seal
from qenus.chain.hex_values import Malformed
from qenus.chain.ordered_trie import ordered_root
from qenus.chain.rpc_shapes import parse_block
from qenus.chain.transactions import ETHEREUM_TRANSACTIONS, encode_transaction

Parts = tuple[dict[str, Any], list[dict[str, Any]]]


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def sealed(block: Any, receipts: Any) -> Any:
    return seal(encoded(block), encoded(receipts), ETHEREUM)


def refusal(block: Any, receipts: Any) -> Rejected:
    with pytest.raises(Rejected) as caught:
        sealed(block, receipts)
    return caught.value


@pytest.fixture
def parts(l1) -> Callable[[str], Parts]:
    """Give block and receipts to change at will."""
    return lambda number: json.loads(json.dumps(l1(number)))


def changed_everywhere(value: Any, change: Callable[[str, Any], Any]) -> Any:
    """Give a JSON value with each field's value as `change` gives it."""
    if isinstance(value, list):
        return [changed_everywhere(one, change) for one in value]
    if isinstance(value, dict):
        return {name: changed_everywhere(change(name, one), change) for name, one in value.items()}
    return value


LISTS = {
    "accessList", "storageKeys", "logs", "topics", "uncles", "withdrawals", "transactions",
    "blobVersionedHashes", "authorizationList",
}  # fmt: skip
# With withdrawals and without, before and after their fork, with blobs and uncles, with access
# lists that are empty, that have no keys, and receipts without logs.
BLOCKS = ("14764013", "15537393", "17034869", "17034870", "19426587", "22162263", "22431084")


def without(value: Any, names: set[str]) -> Any:
    """Give a JSON value without the fields of these names that hold an empty list, or false."""
    if isinstance(value, list):
        return [without(one, names) for one in value]
    if isinstance(value, dict):
        return {
            name: without(one, names)
            for name, one in value.items()
            if not (name in names and (one == [] or one is False))
        }
    return value


@pytest.mark.parametrize("number", BLOCKS)
def test_null_in_the_place_of_an_empty_list_is_an_empty_list(parts, number):
    block, receipts = parts(number)
    whole = sealed(block, receipts)
    names = LISTS | {"removed"}

    def nulled(name: str, value: Any) -> Any:
        return None if name in names and (value == [] or value is False) else value

    asked = [changed_everywhere(one, nulled) for one in (block, receipts)]
    assert asked != [block, receipts]
    assert sealed(*asked) == whole


@pytest.mark.parametrize("number", BLOCKS)
def test_no_field_in_the_place_of_an_empty_list_is_an_empty_list(parts, number):
    block, receipts = parts(number)
    whole = sealed(block, receipts)
    asked = [without(one, LISTS | {"removed"}) for one in (block, receipts)]
    assert asked != [block, receipts]
    assert sealed(*asked) == whole


def test_withdrawals_before_their_fork_may_be_null_absent_or_empty(parts):
    block, receipts = parts("15537393")
    whole = sealed(block, receipts)
    for listed in (None, []):
        assert sealed({**block, "withdrawals": listed}, receipts) == whole


@pytest.mark.parametrize(
    ("number", "name", "step"),
    [
        ("19426587", "withdrawals", "withdrawals root"),
        ("19426587", "transactions", "transactions root"),
        ("14764013", "uncles", "uncles hash"),
    ],
)
@pytest.mark.parametrize("how", ["null", "absent", "empty"])
def test_a_list_of_the_block_that_is_not_empty_is_missed(parts, number, name, step, how):
    block, receipts = parts(number)
    assert block[name]
    block[name] = [] if how == "empty" else None
    if how == "absent":
        del block[name]
    assert refusal(block, receipts).step == step


@pytest.mark.parametrize("how", ["null", "absent", "empty"])
@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("accessList", "transactions root"),
        ("storageKeys", "transactions root"),
        ("blobVersionedHashes", "transactions root"),
        ("logs", "receipts root"),
        ("topics", "receipts root"),
    ],
)
def test_a_list_in_a_part_that_is_not_empty_is_missed(parts, name, step, how):
    block, receipts = parts("22162263")
    parts_with = [
        *block["transactions"],
        *(entry for tx in block["transactions"] for entry in tx.get("accessList") or ()),
        *receipts,
        *(log for receipt in receipts for log in receipt["logs"]),
    ]
    part = next(one for one in parts_with if one.get(name))
    part[name] = [] if how == "empty" else None
    if how == "absent":
        del part[name]
    assert refusal(block, receipts).step == step


@pytest.fixture
def set_code(read) -> dict[str, Any]:
    """Give the JSON of a header with its transactions, one of them of type 4; no receipts."""
    block = read("l1/headers/22431086.json.gz")["block"]
    assert [tx["type"] for tx in block["transactions"]].count("0x4") == 1
    return json.loads(json.dumps(block))


def transactions_root(block: dict[str, Any]) -> str:
    listed = parse_block(encoded(block)).transactions or ()
    return (
        "0x" + ordered_root([encode_transaction(tx, ETHEREUM_TRANSACTIONS) for tx in listed]).hex()
    )


def authorizations_of(block: dict[str, Any]) -> list[dict[str, Any]]:
    (tx,) = [tx for tx in block["transactions"] if tx["type"] == "0x4"]
    listed: list[dict[str, Any]] = tx["authorizationList"]
    assert listed
    return listed


@pytest.mark.parametrize("beside", [True, False], ids=["beside yParity", "alone"])
def test_v_of_an_authorization_may_say_its_parity_too(set_code, beside):
    for one in authorizations_of(set_code):
        one["v"] = hex(27 + int(one["yParity"], 16))
        one["yParity"] = one["yParity"] if beside else None
    assert transactions_root(set_code) == set_code["transactionsRoot"]
    one = authorizations_of(set_code)[0]
    one["v"] = hex(27 + 28 - int(one["v"], 16))
    if beside:
        with pytest.raises(Malformed, match=r"authorizationList\.v"):
            transactions_root(set_code)
    else:
        assert transactions_root(set_code) != set_code["transactionsRoot"]


def test_an_authorization_list_that_is_not_there_is_empty_and_the_root_says_it_is_not(set_code):
    (tx,) = [tx for tx in set_code["transactions"] if tx["type"] == "0x4"]
    del tx["authorizationList"]
    assert transactions_root(set_code) != set_code["transactionsRoot"]


QUANTITIES = {
    "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed",
    "excessBlobGas", "gas", "value", "gasPrice", "maxFeePerGas", "chainId", "r", "s", "index",
    "maxPriorityFeePerGas", "maxFeePerBlobGas", "v", "yParity", "cumulativeGasUsed", "logIndex",
    "transactionIndex", "blockNumber", "validatorIndex", "amount", "status", "type",
}  # fmt: skip


@pytest.mark.parametrize("number", BLOCKS)
@pytest.mark.parametrize(
    "written",
    [
        lambda digits: "0" + digits,
        lambda digits: digits.zfill(len(digits) + len(digits) % 2),
        lambda digits: digits.zfill(64),
        str.upper,
    ],
    ids=["one zero", "whole bytes", "32 bytes", "upper case"],
)
def test_a_quantity_may_have_zeros_before_it_or_upper_case_digits(parts, number, written):
    block, receipts = parts(number)
    whole = sealed(block, receipts)

    def padded(name: str, value: Any) -> Any:
        if name in QUANTITIES and isinstance(value, str) and len(value) < 66:
            return "0x" + written(value[2:])
        return value

    asked = [changed_everywhere(one, padded) for one in (block, receipts)]
    assert asked != [block, receipts]
    assert sealed(*asked) == whole


def test_r_and_s_may_be_minimal_whole_bytes(parts):
    block, receipts = parts("17034869")
    whole = sealed(block, receipts)
    assert block["transactions"][85]["r"].startswith("0x36e")
    for tx in block["transactions"]:
        for name in ("r", "s"):
            digits = tx[name][2:]
            tx[name] = "0x" + digits.zfill(len(digits) + len(digits) % 2)
    assert block["transactions"][85]["r"].startswith("0x036e")
    assert sealed(block, receipts) == whole
    block["transactions"][85]["r"] = "0x036f" + block["transactions"][85]["r"][6:]
    assert refusal(block, receipts).step == "transactions root"


def test_a_padded_type_hides_no_signature_of_another_chain(l1):
    # What a legacy signature says of its chain stands in v, however the type is written. The
    # block's receipts are wrong, which is a later step.
    block, receipts = json.loads(json.dumps(l1("11930296", "bad_blocks")))
    for tx in block["transactions"]:
        tx["type"], tx["chainId"] = "0x00", "0x5"
    with pytest.raises(Rejected) as caught:
        seal(encoded(block), encoded(receipts), Chain("other", 5, ETHEREUM.kind))
    assert (caught.value.step, caught.value.expected, caught.value.found) == ("chain id", "5", "1")


@pytest.mark.parametrize("written", ["0x" + "00" * 256, None, "absent"])
def test_a_receipts_bloom_of_zeros_is_not_used(parts, written):
    block, receipts = parts("17034869")
    whole = sealed(block, receipts)
    assert any(receipt["logs"] for receipt in receipts)
    for receipt in receipts:
        receipt["logsBloom"] = written
        if written == "absent":
            del receipt["logsBloom"]
    assert sealed(block, receipts) == whole
    assert refusal({**block, "logsBloom": "0x" + "00" * 256}, receipts).step == "header hash"


@pytest.mark.parametrize("bloom", ["0x", "0x" + "00" * 255, "0x" + "00" * 255 + "01"])
def test_any_other_bloom_that_is_not_the_logs_own_is_refused(parts, bloom):
    block, receipts = parts("17034869")
    receipts[0]["logsBloom"] = bloom
    assert refusal(block, receipts).step == "bloom"


@pytest.mark.parametrize("of", [lambda y: y, lambda y: 27 + y, lambda y: 37 + y])
@pytest.mark.parametrize("beside", [True, False], ids=["beside yParity", "alone"])
def test_v_of_a_typed_transaction_may_say_the_parity_in_each_of_its_ways(parts, of, beside):
    block, receipts = parts("17034869")
    whole = sealed(block, receipts)
    typed = [tx for tx in block["transactions"] if tx["type"] != "0x0"]
    for tx in typed:
        parity = int(tx["v"], 16)
        tx["v"] = hex(of(parity))
        tx["yParity"] = hex(parity) if beside else None
    assert sealed(block, receipts) == whole
    typed[0]["v"] = hex(of(1 - parity_of(typed[0], of)))
    refused = refusal(block, receipts)
    assert refused.step == ("shape" if beside else "transactions root")


def parity_of(tx: dict[str, Any], of: Callable[[int], int]) -> int:
    return int(tx["v"], 16) - of(0)


@pytest.mark.parametrize("v", [2, 7, 29, 34])
def test_what_says_no_parity_is_refused(parts, v):
    block, receipts = parts("17034869")
    tx = next(tx for tx in block["transactions"] if tx["type"] != "0x0")
    tx["v"], tx["yParity"] = hex(v), None
    assert refusal(block, receipts).step == "transactions root"


def test_the_type_of_a_legacy_transaction_may_be_null_or_absent(parts):
    block, receipts = parts("14764013")
    whole = sealed(block, receipts)
    legacy = [tx for tx in block["transactions"] if tx["type"] == "0x0"]
    for tx in legacy[::2]:
        tx["type"] = None
    for tx in legacy[1::2]:
        del tx["type"]
    assert sealed(block, receipts) == whole
    typed = next(tx for tx in block["transactions"] if tx.get("type") == "0x2")
    typed["type"] = None
    assert refusal(block, receipts).step in ("shape", "transactions root")


def test_addresses_and_hashes_may_be_in_upper_case(parts):
    block, receipts = parts("22431084")
    whole = sealed(block, receipts)

    def upper(_name: str, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("0x"):
            return "0x" + value[2:].upper()
        return value

    assert sealed(*(changed_everywhere(one, upper) for one in (block, receipts))) == whole


def test_a_log_that_was_removed_is_refused_and_null_is_not_removed(parts):
    block, receipts = parts("14764013")
    whole = sealed(block, receipts)
    for log in (log for receipt in receipts for log in receipt["logs"]):
        log["removed"] = None
    assert sealed(block, receipts) == whole
    next(log for receipt in receipts for log in receipt["logs"])["removed"] = True
    assert refusal(block, receipts).step == "shape"


@pytest.mark.parametrize("value", [0, 7, "", "0x", {}, False])
def test_what_is_neither_a_list_nor_nothing_is_no_list(parts, value):
    block, receipts = parts("15537393")
    for part, name in ((block, "withdrawals"), (block, "uncles"), (receipts[0], "logs")):
        kept = part.get(name)
        part[name] = value
        refused = refusal(block, receipts)
        assert (refused.step, refused.where.rsplit(".", 1)[1]) == ("shape", name)
        part[name] = kept
