"""Proofs of logs, accounts and storage: accepted when true, refused with any bit changed."""

import json
import tracemalloc
from typing import Any

import msgspec
import pytest
import rlp
from eth_hash.auto import keccak
from trie import HexaryTrie

from qenus.chain import ETHEREUM, Rejected, prove_block
from qenus.chain.log_proof import (
    LogProof,
    check_log_proof,
    log_proof_from_json,
    log_proof_to_json,
    prove_log,
)
from qenus.chain.merkle_proof import prove_value
from qenus.chain.ordered_trie import EMPTY_ROOT
from qenus.chain.state_proof import Account, check_state_proof, prove_account, prove_storage
from qenus.errors import LocalProtocolError


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


@pytest.fixture(scope="module")
def proven(l1):
    block, receipts = l1("22431084")
    return prove_block(json.dumps(block).encode(), json.dumps(receipts).encode(), ETHEREUM)


def refusal(proof: LogProof | bytes, block_hash: bytes | None = None) -> Rejected:
    with pytest.raises(Rejected) as caught:
        check_log_proof(
            log_proof_from_json(proof) if isinstance(proof, bytes) else proof, block_hash
        )
    assert caught.value.step == "proof"
    return caught.value


def test_every_log_of_a_block_is_proved_without_the_block(l1, proven):
    block, receipts = l1("22431084")
    logs = [log for receipt in receipts for log in receipt["logs"]]
    assert len(logs) == 233
    for log in logs:
        index = int(log["logIndex"], 16)
        text = log_proof_to_json(prove_log(proven, index))
        said = check_log_proof(log_proof_from_json(text), unhex(block["hash"]))
        assert said.block_hash == unhex(block["hash"])
        assert said.block_number == int(block["number"], 16)
        assert said.timestamp == int(block["timestamp"], 16)
        assert said.transaction_index == int(log["transactionIndex"], 16)
        assert said.address == unhex(log["address"])
        assert said.topics == tuple(map(unhex, log["topics"]))
        assert said.data == unhex(log["data"])
        own = receipts[said.transaction_index]["logs"][said.log_position]
        assert own["logIndex"] == log["logIndex"]


def test_the_receipt_proof_is_one_that_the_trie_package_accepts(l1, proven):
    block, _ = l1("22431084")
    proof = prove_log(proven, 200)
    nodes = [rlp.decode(unhex(node)) for node in proof.receipt_proof]
    key = rlp.encode(proof.transaction_index)
    value = HexaryTrie.get_from_proof(unhex(block["receiptsRoot"]), key, nodes)
    assert value == proven.receipts[proof.transaction_index].encoded


def test_a_log_that_is_not_there_cannot_be_proved(proven):
    with pytest.raises(LocalProtocolError, match="log index"):
        prove_log(proven, 100_000)
    with pytest.raises(LocalProtocolError, match="log index"):
        prove_log(proven, -1)


def test_a_proof_does_not_hold_for_another_block(proven):
    proof = prove_log(proven, 7)
    assert refusal(proof, bytes(32)).where == "block_hash"


def fields_of(proof: LogProof) -> dict[str, Any]:
    return json.loads(log_proof_to_json(proof))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("block_hash", lambda text: "0x" + "00" * 32),
        ("transaction_index", lambda index: index + 1),
        ("transaction_index", lambda index: -1),
        ("transaction_index", lambda index: 1 << 200),
        ("log_position", lambda position: position + 1),
        ("log_position", lambda position: -1),
        ("address", lambda text: "0x" + "00" * 20),
        ("address", str.upper),
        ("topics", lambda topics: topics[::-1]),
        ("topics", lambda topics: topics[:-1]),
        ("data", lambda text: text + "00"),
        ("header", lambda text: text[:-2]),
        ("header", lambda text: text.upper().replace("0X", "0x")),
        ("receipt_proof", lambda nodes: nodes[:-1]),
        ("receipt_proof", lambda nodes: [*nodes, nodes[-1]]),
        ("receipt_proof", lambda nodes: nodes[::-1]),
        ("receipt_proof", lambda nodes: []),
        ("receipt_proof", lambda nodes: [node.upper().replace("0X", "0x") for node in nodes]),
        ("receipt_proof", lambda nodes: nodes * 100),
    ],
)
def test_a_changed_field_is_refused(proven, field, change):
    fields = fields_of(prove_log(proven, 7))
    before = fields[field]
    fields[field] = change(before)
    assert fields[field] != before
    refusal(json.dumps(fields).encode())


@pytest.mark.parametrize(
    "text",
    [b"", b"null", b"[]", b"{}", b"\xff", b"[" * 1_000_000, b'{"header":' + b"[" * 1_000_000],
    ids=lambda text: repr(text[:10]),
)
def test_what_is_no_proof_is_refused(text):
    refusal(text)


def test_unknown_fields_and_escapes_are_refused(proven):
    text = log_proof_to_json(prove_log(proven, 7))
    refusal(text[:-1] + b',"more":1}')
    refusal(text.replace(b'"0x', b'"\\u0030x', 1))


def hostile(proven, header: bytes, nodes: tuple[bytes, ...] = ()) -> bytes:
    """A proof whose header is made up, under its own hash."""
    fields = fields_of(prove_log(proven, 7))
    fields["header"] = "0x" + header.hex()
    fields["block_hash"] = "0x" + keccak(header).hex()
    fields["receipt_proof"] = ["0x" + node.hex() for node in nodes]
    return json.dumps(fields).encode()


def test_a_made_up_header_takes_no_memory(proven):
    def listed(count: int) -> bytes:
        return b"\xfa" + count.to_bytes(3, "big") + b"\xc0" * count

    large, many = hostile(proven, listed(2_000_000)), hostile(proven, listed(100_000))
    fields: list[bytes] = [b""] * 15
    fields[5] = keccak(listed(2_000_000))
    node = hostile(proven, rlp.encode(fields), (listed(2_000_000),))
    for text, said in (
        (large, "at most 131072 bytes"),
        (many, "canonical RLP"),
        (node, "canonical RLP"),
    ):
        proof = log_proof_from_json(text)
        tracemalloc.start()
        try:
            refused = refusal(proof)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert said in str(refused)
        assert peak < 8_000_000 + 2 * len(text), "no more than some copies of what was given"


def test_what_a_refusal_says_is_cut_before_it_is_put_into_words():
    huge = [b"x" * 1_000_000, "y" * 1_000_000, [[[[b""] * 1_000_000]]], 1 << 1_000_000]
    many = tuple(huge * 100_000)
    tracemalloc.start()
    try:
        refused = Rejected("proof", expected=huge, found=many)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000
    assert len(refused.expected) < 600
    assert refused.expected.startswith("[0x7878")
    assert Rejected("proof", expected="z" * 5000, found=b"\1" * 5000).found.startswith("0x0101")
    assert "(10002 characters)" in Rejected("proof", expected="", found=b"\1" * 5000).found


# Account and storage: a proof that a node gave for a mainnet account. The state root of its block
# was not recorded with it, so the root is the hash of the proof's first node.


@pytest.fixture
def state(read):
    answer = read("l1/execution/proof.json")
    return answer, keccak(unhex(answer["accountProof"][0])), unhex(answer["address"])


def test_a_recorded_account_and_its_slot_are_proved(state):
    answer, root, address = state
    said = check_state_proof(json.dumps(answer).encode(), root, address)
    assert said.account == Account(
        nonce=int(answer["nonce"], 16),
        balance=int(answer["balance"], 16),
        storage_root=unhex(answer["storageHash"]),
        code_hash=unhex(answer["codeHash"]),
    )
    (slot,) = answer["storageProof"]
    assert said.storage == {unhex(slot["key"]): int(slot["value"], 16)}


@pytest.mark.parametrize("field", ["balance", "nonce", "codeHash", "storageHash", "address"])
def test_what_a_node_says_beside_its_proof_has_to_agree(state, field):
    answer, root, address = state
    last = "1" if answer[field][-1] != "1" else "2"
    text = json.dumps({**answer, field: answer[field][:-1] + last}).encode()
    with pytest.raises(Rejected) as caught:
        check_state_proof(text, root, address)
    assert caught.value.step == "proof"


@pytest.mark.parametrize("part", ["value", "key"])
def test_a_slot_that_disagrees_with_its_proof_is_refused(state, part):
    answer, root, address = state
    (slot,) = answer["storageProof"]
    changed = {**slot, part: slot[part][:-1] + ("1" if slot[part][-1] != "1" else "2")}
    with pytest.raises(Rejected) as caught:
        check_state_proof(json.dumps({**answer, "storageProof": [changed]}).encode(), root, address)
    assert caught.value.step == "proof"


def test_every_bit_of_a_state_proof_counts(state):
    answer, root, address = state
    for at, node in enumerate(answer["accountProof"]):
        for place in range(2, len(node), 131):
            digit = f"{int(node[place], 16) ^ 1:x}"
            nodes = list(answer["accountProof"])
            nodes[at] = node[:place] + digit + node[place + 1 :]
            with pytest.raises(Rejected):
                check_state_proof(
                    json.dumps({**answer, "accountProof": nodes}).encode(), root, address
                )


def test_the_slots_that_were_asked_for_are_all_there_and_no_others(state):
    answer, root, address = state
    text = json.dumps(answer).encode()
    slot = unhex(answer["storageProof"][0]["key"])
    other = bytes(31) + b"\x63"
    assert set(check_state_proof(text, root, address, [slot]).storage) == {slot}
    none = json.dumps({**answer, "storageProof": []}).encode()
    assert check_state_proof(none, root, address, []).storage == {}
    for proof, slots in ((none, [slot]), (text, [slot, other]), (text, [])):
        with pytest.raises(Rejected) as caught:
            check_state_proof(proof, root, address, slots)
        assert (caught.value.step, caught.value.where) == ("proof", "storageProof")


def test_null_in_the_place_of_an_empty_proof_is_one(state):
    answer, root, address = state
    for written in (None, []):
        none = json.dumps({**answer, "storageProof": written}).encode()
        assert check_state_proof(none, root, address, []).storage == {}
    for where in ("accountProof", "storageProof"):
        changed = {**answer, where: None}
        if where == "storageProof":
            changed = {**answer, where: [{**answer["storageProof"][0], "proof": None}]}
        with pytest.raises(Rejected) as caught:
            check_state_proof(json.dumps(changed).encode(), root, address)
        assert caught.value.step == "proof"


@pytest.mark.parametrize("text", [b"", b"null", b"{}", b"[" * 1_000_000, b"\xff"])
def test_what_is_no_state_proof_is_refused_by_shape(text):
    with pytest.raises(Rejected) as caught:
        check_state_proof(text, EMPTY_ROOT, bytes(20))
    assert caught.value.step == "shape"


def test_presence_and_absence_are_proved_as_the_trie_package_has_them():
    trie = HexaryTrie({})
    addresses = [keccak(bytes([at]))[:20] for at in range(200)]
    for at, address in enumerate(addresses):
        trie[keccak(address)] = rlp.encode([at, at * 7, EMPTY_ROOT, keccak(b"")])
    for at in range(0, 200, 9):
        nodes = [rlp.encode(node) for node in trie.get_proof(keccak(addresses[at]))]
        account = prove_account(trie.root_hash, addresses[at], nodes)
        assert (account.nonce, account.balance) == (at, at * 7)
    for at in range(30):
        absent = keccak(b"absent" + bytes([at]))[:20]
        nodes = [rlp.encode(node) for node in trie.get_proof(keccak(absent))]
        assert prove_account(trie.root_hash, absent, nodes) == Account(
            0, 0, EMPTY_ROOT, keccak(b"")
        )
        # The same nodes do not prove that an account is absent which is there.
        with pytest.raises(Rejected):
            prove_account(trie.root_hash, addresses[at], nodes)


def test_small_storage_with_nodes_inside_their_parents_is_proved():
    trie = HexaryTrie({})
    for at in range(40):
        trie[keccak(at.to_bytes(32, "big"))] = rlp.encode(at + 1)
    for at in range(40):
        slot = at.to_bytes(32, "big")
        nodes = [rlp.encode(node) for node in trie.get_proof(keccak(slot))]
        listed = [node for place, node in enumerate(nodes) if place == 0 or len(node) >= 32]
        assert prove_storage(trie.root_hash, slot, listed, "") == at + 1
    assert prove_storage(EMPTY_ROOT, bytes(32), [], "") == 0
    assert prove_storage(EMPTY_ROOT, bytes(32), [b"\x80"], "") == 0


def test_short_nodes_lie_inside_their_parents_on_the_way_to_a_value():
    # Keys of one byte keep the nodes below 32 bytes, which hashed keys never do.
    trie = HexaryTrie({})
    for at in range(16, 48):
        trie[bytes([at])] = bytes([at])
    for at in range(256):
        key = bytes([at])
        nodes = [rlp.encode(node) for node in trie.get_proof(key)]
        listed = [node for place, node in enumerate(nodes) if place == 0 or len(node) >= 32]
        expected = key if 16 <= at < 48 else None
        assert prove_value(trie.root_hash, key, listed, "") == expected


@pytest.mark.parametrize(
    "node",
    [
        [b"\x20"],
        [b"", b"x"],
        [b"\x40", b"x"],
        [b"\x01", b"x" * 32],
        [b"\x00", b"x" * 32],
        [b"\x21\x11", b"x"],
        [[b"\x20"], b"x"],
        [b"\x20\xaa", [b"x"]],
        [b""] * 16,
        [b"x" * 31] * 17,
        b"abc",
    ],
    ids=repr,
)
def test_a_node_that_no_trie_has_proves_nothing(node):
    encoded = rlp.encode(node)
    with pytest.raises(Rejected) as caught:
        prove_value(keccak(encoded), b"\xaa", [encoded], "node")
    assert caught.value.step == "proof"


@pytest.mark.parametrize("at", [8, 11], ids=["number", "timestamp"])
def test_a_header_with_a_number_of_thousands_of_digits_is_refused(proven, at):
    # Its hash is its own, so that the hash does not refuse it when none is asked for.
    proof = prove_log(proven, 0)
    fields = rlp.decode(unhex(proof.header))
    fields[at] = b"\xff" * 2000
    header = rlp.encode(fields)
    forged = msgspec.structs.replace(
        proof, header="0x" + header.hex(), block_hash="0x" + keccak(header).hex()
    )
    refused = refusal(forged)
    assert refused.where == "header"
    assert refused.found == "2000 bytes"
