"""RLP, blooms and roots against the independent packages rlp, trie and eth-hash."""

import json

import pytest
import rlp
from eth_hash.auto import keccak
from trie import HexaryTrie

from qenus.chain.bloom import bloom_of
from qenus.chain.keccak import keccak256
from qenus.chain.ordered_trie import EMPTY_ROOT, ordered_proof, ordered_root
from qenus.chain.rlp import RlpError, decode, encode, encode_uint


def reference_trie(values: list[bytes]) -> HexaryTrie:
    trie = HexaryTrie({})
    for index, value in enumerate(values):
        trie[rlp.encode(index)] = value
    return trie


@pytest.mark.parametrize("size", [1, 2, 3, 15, 16, 17, 127, 128, 129, 130, 255, 256, 257, 400])
@pytest.mark.parametrize("length", [1, 10, 31, 40, 300])
def test_root_and_proofs_of_a_list_are_those_of_the_trie(size, length):
    values = [b"\x5a" * (length - 1) + bytes([index % 255 + 1]) for index in range(size)]
    trie = reference_trie(values)
    assert ordered_root(values) == trie.root_hash
    for index in {0, 1, size // 2, size - 1} & set(range(size)):
        nodes = [rlp.decode(node) for node in ordered_proof(values, index)]
        key = rlp.encode(index)
        assert HexaryTrie.get_from_proof(trie.root_hash, key, nodes) == values[index]


def test_the_root_of_nothing_is_the_empty_root():
    assert ordered_root([]) == EMPTY_ROOT == HexaryTrie({}).root_hash


@pytest.mark.parametrize("length", [0, 1, 20, 32, 135, 136, 137, 1000])
def test_keccak_is_ethereums(length):
    assert keccak256(b"\x5a" * length) == keccak(b"\x5a" * length)


@pytest.mark.parametrize(
    "item",
    [
        b"",
        b"\x00",
        b"\x7f",
        b"\x80",
        b"x" * 55,
        b"x" * 56,
        b"x" * 300,
        b"x" * 70000,
        [],
        [b""],
        [[], [[]], [[], [[]]]],
        [b"x" * 54],
        [b"x" * 55],
        [b"a", [b"b" * 60, [b"c"]], b""],
    ],
    ids=lambda item: repr(item)[:20],
)
def test_rlp_is_that_of_the_rlp_package_and_comes_back(item):
    assert encode(item) == rlp.encode(item)
    assert decode(encode(item)) == item


@pytest.mark.parametrize("number", [0, 1, 127, 128, 255, 256, 2**64 - 1, 2**256 - 1])
def test_integers_are_encoded_as_the_rlp_package_does(number):
    assert encode_uint(number) == rlp.encode(number)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x81\x00",
        b"\x81\x7f",
        b"\xb8\x01\xff",
        b"\xb8\x37" + b"x" * 55,
        b"\xb9\x00\x38" + b"x" * 56,
        b"\x82\x01",
        b"\x80\x80",
        b"\xc1",
        b"\xc2\x81\x00",
        b"\xf8\x01\x80",
        b"\xf8",
        b"\xb8",
        b"\xbf" + b"\xff" * 8,
        b"\xff" + b"\xff" * 8,
        b"\xc4\xc1\x82\x01\x02",
        b"\xc1" * 60,
        b"\xf9\xff\xff" * 40,
    ],
    ids=lambda data: data[:6].hex(),
)
def test_rlp_that_no_encoder_writes_is_refused(data):
    with pytest.raises(RlpError):
        decode(data)


def test_rlp_that_nests_without_end_is_refused():
    nested: list = []
    for _ in range(15):
        nested = [nested]
    assert decode(rlp.encode(nested)) == nested
    with pytest.raises(RlpError, match="deeper"):
        decode(rlp.encode([nested]))


def test_blooms_are_the_recorded_ones(l1):
    _, receipts = l1("17034869")
    for receipt in receipts:
        values = []
        for log in receipt["logs"]:
            values += [log["address"], *log["topics"]]
        bloom = bloom_of(bytes.fromhex(value[2:]) for value in values)
        assert "0x" + bloom.hex() == receipt["logsBloom"]


def test_the_order_of_a_list_decides_its_root(l1):
    block, _ = l1("22431084")
    values = [json.dumps(tx).encode() for tx in block["transactions"]]
    assert ordered_root(values) == reference_trie(values).root_hash
    assert ordered_root(values[::-1]) != ordered_root(values)
