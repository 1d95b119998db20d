"""Our ladder and one built from the packages rlp, trie and eth-hash come to the same verdicts."""

import json

import pytest
from recorded_l1 import L1_BLOCKS

from qenus.chain import ETHEREUM, Rejected, seal
from tools.bench.reference_ladder import verify_by_reference

# The one with 10,041 logs takes the reference a second and a half.
ORDINARY = tuple(number for number in L1_BLOCKS if number != "15537394")


def texts(parts):
    return [json.dumps(part).encode() for part in parts]


@pytest.mark.parametrize("number", ORDINARY)
def test_both_seal_a_recorded_block_the_same_way(l1, number):
    block, receipts = texts(l1(number))
    assert seal(block, receipts, ETHEREUM) == verify_by_reference(block, receipts)


@pytest.mark.parametrize(
    ("field", "step"),
    [
        ("stateRoot", "header hash"),
        ("transactionsRoot", "header hash"),
        ("hash", "header hash"),
    ],
)
def test_both_refuse_a_changed_header(l1, field, step):
    block, receipts = l1("14764013")
    changed = texts(({**block, field: "0x" + "00" * 32}, receipts))
    with pytest.raises(AssertionError, match=step):
        verify_by_reference(*changed)
    with pytest.raises(Rejected, match=step):
        seal(*changed, ETHEREUM)


@pytest.mark.parametrize(
    ("field", "value", "step"),
    [
        ("cumulativeGasUsed", "0x1", "receipts root"),
        ("transactionHash", "0x" + "00" * 32, "positions"),
        ("logsBloom", "0x" + "00" * 255 + "01", "bloom"),
        ("gasUsed", "0x1", "gas sum"),
    ],
)
def test_both_refuse_a_changed_receipt_at_the_same_step(l1, field, value, step):
    block, receipts = l1("17034869")
    at = next(at for at, receipt in enumerate(receipts) if receipt["logs"])
    changed = texts((block, [*receipts[:at], {**receipts[at], field: value}, *receipts[at + 1 :]]))
    with pytest.raises(AssertionError, match=step):
        verify_by_reference(*changed)
    with pytest.raises(Rejected, match=step):
        seal(*changed, ETHEREUM)
