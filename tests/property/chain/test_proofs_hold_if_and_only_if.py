"""Proofs and encodings: true ones hold, and no single bit of them may change."""

import json

import pytest
import rlp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trie import HexaryTrie

from qenus.chain import ETHEREUM, Rejected, prove_block
from qenus.chain.keccak import keccak256
from qenus.chain.log_proof import (
    check_log_proof,
    log_proof_from_json,
    log_proof_to_json,
    prove_log,
)
from qenus.chain.merkle_proof import prove_value
from qenus.chain.ordered_trie import ordered_proof, ordered_root
from qenus.chain.rlp import RlpError, decode, encode

modest = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def proven(recorded):
    block, receipts = recorded("22431084")
    return prove_block(json.dumps(block).encode(), json.dumps(receipts).encode(), ETHEREUM)


@modest
@given(index=st.integers(0, 232), place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_log_proof_holds_and_with_any_bit_flipped_does_not(proven, index, place, bit):
    text = log_proof_to_json(prove_log(proven, index))
    log = [one for receipt in proven.receipts for one in receipt.logs][index]
    said = check_log_proof(log_proof_from_json(text), proven.block.block.hash)
    assert (said.address, said.topics, said.data) == (log.address, log.topics, log.data)
    flipped = bytearray(text)
    flipped[place % len(text)] ^= 1 << bit
    with pytest.raises(Rejected) as caught:
        check_log_proof(log_proof_from_json(bytes(flipped)), proven.block.block.hash)
    assert caught.value.step == "proof"


@modest
@given(index=st.integers(0, 232), other=st.integers(0, 232))
def test_a_proof_of_one_log_says_nothing_of_another(proven, index, other):
    fields = json.loads(log_proof_to_json(prove_log(proven, index)))
    other_fields = json.loads(log_proof_to_json(prove_log(proven, other)))
    content = ("address", "topics", "data")
    if [fields[name] for name in content] == [other_fields[name] for name in content]:
        return
    fields |= {name: other_fields[name] for name in content}
    with pytest.raises(Rejected):
        check_log_proof(log_proof_from_json(json.dumps(fields).encode()))


values = st.lists(st.binary(min_size=1, max_size=70), min_size=1, max_size=300)


@modest
@given(values=values, at=st.integers(0, 10**6))
def test_the_root_of_any_list_is_that_of_the_trie_package(values, at):
    trie = HexaryTrie({})
    for index, value in enumerate(values):
        trie[rlp.encode(index)] = value
    assert ordered_root(values) == trie.root_hash
    index = at % len(values)
    nodes = ordered_proof(values, index)
    assert prove_value(trie.root_hash, rlp.encode(index), nodes, "") == values[index]
    assert (
        prove_value(trie.root_hash, rlp.encode(len(values)), nodes_of_absence(trie, values), "")
        is None
    )


def nodes_of_absence(trie: HexaryTrie, values: list[bytes]) -> list[bytes]:
    nodes = [rlp.encode(node) for node in trie.get_proof(rlp.encode(len(values)))]
    return [node for place, node in enumerate(nodes) if place == 0 or len(node) >= 32]


# Few nibbles, so that keys share ways and part in branches and within extensions.
keys = st.lists(st.sampled_from([0x00, 0x01, 0x10, 0xAB]), min_size=4, max_size=4).map(bytes)


@modest
@given(
    content=st.dictionaries(keys, st.binary(min_size=1, max_size=40), max_size=60),
    asked=keys,
    place=st.integers(0, 10**6),
    bit=st.integers(0, 7),
)
def test_presence_and_absence_in_any_trie_are_proved_and_bits_count(content, asked, place, bit):
    trie = HexaryTrie({})
    for key, value in content.items():
        trie[key] = value
    for key in [asked, *list(content)[:5]]:
        nodes = [rlp.encode(node) for node in trie.get_proof(key)]
        listed = [node for at, node in enumerate(nodes) if at == 0 or len(node) >= 32]
        if not content:
            listed = []
        assert prove_value(trie.root_hash, key, listed, "") == content.get(key)
        if not listed:
            continue
        at = place % len(listed)
        flipped = bytearray(listed[at])
        flipped[place % len(flipped)] ^= 1 << bit
        with pytest.raises(Rejected):
            prove_value(trie.root_hash, key, [*listed[:at], bytes(flipped), *listed[at + 1 :]], "")
        with pytest.raises(Rejected):
            prove_value(trie.root_hash, key, listed[:-1], "")
        with pytest.raises(Rejected):
            prove_value(trie.root_hash, key, [*listed, b"\x80"], "")


@modest
@given(nodes=st.lists(st.binary(max_size=60), min_size=1, max_size=4), key=st.binary(max_size=32))
def test_bytes_that_are_no_nodes_raise_nothing_but_rejected(nodes, key):
    try:
        found = prove_value(keccak256(nodes[0]), key, nodes, "")
    except Rejected as refused:
        # One statement is all that there is to say of it.
        assert refused.step == "proof"  # noqa: PT017
    else:
        assert found is None or isinstance(found, bytes)


items = st.recursive(
    st.binary(max_size=80), lambda inner: st.lists(inner, max_size=6), max_leaves=20
)


@modest
@given(item=items)
def test_rlp_agrees_with_the_rlp_package_both_ways(item):
    assert encode(item) == rlp.encode(item)
    assert decode(rlp.encode(item)) == item


@modest
@given(data=st.binary(max_size=80))
def test_rlp_decodes_exactly_what_it_would_encode(data):
    try:
        item = decode(data)
    except RlpError:
        return
    assert encode(item) == data
