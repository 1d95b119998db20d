"""Evidence: a refusal is kept with what caused it, within its bounds, and can be shown again."""

import hashlib
import json
import tracemalloc

import pytest

from qenus.chain import ETHEREUM, Rejected, seal
from qenus.chain.evidence import EvidenceBox, evidence_of


@pytest.fixture
def refused(l1):
    block, receipts = (json.dumps(part).encode() for part in l1("11930296", "bad_blocks"))
    with pytest.raises(Rejected) as caught:
        seal(block, receipts, ETHEREUM)
    return caught.value, block, receipts


def record(refused, **options):
    rejected, block, receipts = refused
    return evidence_of(
        rejected, chain_id=1, source="node-a", observed_ns=17, block_json=block,
        receipts_json=receipts, **options,
    )  # fmt: skip


def test_evidence_names_the_source_its_answer_and_what_was_wrong(refused):
    rejected, block, receipts = refused
    evidence = record(refused)
    rejection = evidence.rejection
    assert (rejection.chain_id, rejection.source, rejection.step) == (1, "node-a", "receipts root")
    assert (rejection.expected, rejection.found) == (rejected.expected, rejected.found)
    assert rejection.claimed_hash == bytes.fromhex(json.loads(block)["hash"][2:])
    assert evidence.observed_ns == 17
    assert evidence.block_json.is_whole
    assert evidence.block_json.content() == block
    assert evidence.receipts_json.sha256 == hashlib.sha256(receipts).digest()
    assert 1024 < evidence.size_bytes < (len(block) + len(receipts)) / 2


def test_evidence_can_be_judged_again(refused):
    rejected, _, _ = refused
    again = json.loads(record(refused).recorded())
    with pytest.raises(Rejected) as caught:
        seal(json.dumps(again["block"]).encode(), json.dumps(again["receipts"]).encode(), ETHEREUM)
    assert (caught.value.step, caught.value.found) == (rejected.step, rejected.found)


def test_long_texts_are_cut_and_say_so(refused):
    _, block, _ = refused
    evidence = record(refused, max_bytes=1000)
    assert not evidence.block_json.is_whole
    assert evidence.block_json.content() == block[:1000]
    assert (evidence.block_json.kept_bytes, evidence.block_json.total_bytes) == (1000, len(block))
    assert evidence.block_json.sha256 == hashlib.sha256(block).digest()


def test_what_the_wire_carries_of_it_is_within_the_wires_bounds():
    rejected = Rejected("shape", where="a" * 9000, expected="é" * 400, found="x" * 9000)
    evidence = evidence_of(
        rejected, chain_id=1, source="s" * 5000, observed_ns=0, block_json=b"", receipts_json=b""
    )
    assert len(evidence.rejection.source.encode()) <= 1024
    assert len(evidence.rejection.expected.encode()) <= 4096
    assert len(evidence.rejection.found.encode()) <= 4096


def test_a_box_keeps_the_newest_within_its_bound_and_counts_what_it_let_go(refused):
    one = record(refused)
    box = EvidenceBox(max_bytes=one.size_bytes * 3)
    for _ in range(10):
        box.add(record(refused))
    assert len(box.records()) == 3
    assert box.let_go == 7
    assert box.size_bytes == one.size_bytes * 3
    few = EvidenceBox(max_records=2)
    for _ in range(5):
        few.add(one)
    assert (len(few.records()), few.let_go) == (2, 3)
    small = EvidenceBox(max_bytes=1)
    small.add(one)
    assert small.records() == (one,)
    assert small.let_go == 0


@pytest.mark.parametrize("text", ["x", "é" * 200, "\U00010400" * 200])
def test_a_box_full_of_small_refusals_takes_no_more_memory_than_its_bound(text):
    rejected = Rejected("shape", where=text, expected=text, found=text)
    bound = 1_000_000
    box = EvidenceBox(max_bytes=bound)
    tracemalloc.start()
    try:
        for at in range(3000):
            one = evidence_of(
                rejected, chain_id=1, source=f"node {at}", observed_ns=at,
                block_json=b"%d" % at, receipts_json=b"1",
            )  # fmt: skip
            box.add(one)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert box.let_go > 1000
    assert bound / 10 < taken < bound
