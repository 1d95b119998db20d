"""The Merkle Patricia trie of an ordered list: transactions, receipts and withdrawals of a block.

The key of item i is the RLP of i. The keys of a list are known beforehand, with their order, so the
root is built by one recursion over a slice of sorted keys: no node objects, no inserts, each node
encoded and hashed exactly once. The same recursion collects the nodes on the path to one item,
which are the item's proof.
Source: Ethereum Yellow Paper, appendix D; hex-prefix encoding, appendix C.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from qenus.chain.keccak import keccak256
from qenus.chain.rlp import STRING_HEADERS, encode_bytes, encode_uint, list_header

__all__ = ["EMPTY_ROOT", "hex_prefix", "ordered_proof", "ordered_root"]

EMPTY_ROOT: Final = keccak256(b"\x80")

_NIBBLES: Final = "0123456789abcdef"
_NO_CHILD: Final = b"\x80"


def ordered_root(values: Sequence[bytes]) -> bytes:
    """Give the 32-byte root of the trie that maps the RLP of i to `values[i]`.

    Values are consensus encodings and never empty.
    """
    if not values:
        return EMPTY_ROOT
    keys, ordered = _sorted_items(values)
    return keccak256(_node(keys, ordered, 0, len(keys), 0))


def ordered_proof(values: Sequence[bytes], index: int) -> list[bytes]:
    """Give the nodes from the root down to `values[index]`, as eth_getProof would list them."""
    keys, ordered = _sorted_items(values)
    key = encode_uint(index).hex()
    lo, hi, depth = 0, len(keys), 0
    proof = []
    while True:
        node = _node(keys, ordered, lo, hi, depth)
        # A node shorter than a hash lies inside its parent, where the checker finds it.
        if depth == 0 or len(node) >= 32:
            proof.append(node)
        if hi - lo == 1:
            return proof
        shared = _shared_end(keys[lo], keys[hi - 1], depth)
        if shared > depth:
            depth = shared
            continue
        nibble = key[depth]
        members = [at for at in range(lo, hi) if keys[at][depth] == nibble]
        lo, hi, depth = members[0], members[-1] + 1, depth + 1


@lru_cache(maxsize=4096)
def hex_prefix(nibbles: str, is_leaf: bool) -> bytes:
    """Encode a path of nibbles (as hex digits) to the RLP string of its hex-prefix form."""
    flag = 2 if is_leaf else 0
    if len(nibbles) % 2:
        return encode_bytes(bytes.fromhex(f"{flag + 1}{nibbles}"))
    return encode_bytes(bytes.fromhex(f"{flag}0{nibbles}"))


def _sorted_items(values: Sequence[bytes]) -> tuple[list[str], list[bytes]]:
    """Give keys in hex and values, in the order of the keys: RLP sorts 1 … 127, 0, 128 …"""
    count = len(values)
    order = [*range(1, min(count, 128)), 0, *range(128, count)]
    return [encode_uint(i).hex() for i in order], [values[i] for i in order]


def _shared_end(first: str, last: str, depth: int) -> int:
    """Give the length of the common prefix of two keys; all keys between them share it."""
    end = depth
    while first[end] == last[end]:
        end += 1
    return end


def _node(keys: list[str], values: list[bytes], lo: int, hi: int, depth: int) -> bytes:
    """Encode the node that holds items lo … hi-1, whose keys agree in their first `depth` nibbles.

    No key is a prefix of another one, so a branch never holds a value.
    """
    first = keys[lo]
    if hi - lo == 1:
        return _leaf(first[depth:], values[lo])
    end = _shared_end(first, keys[hi - 1], depth)
    if end > depth:
        path = hex_prefix(first[depth:end], False)
        child = _reference(_node(keys, values, lo, hi, end))
        return list_header(len(path) + len(child)) + path + child
    children = [_NO_CHILD] * 17
    start = lo
    while start < hi:
        nibble = keys[start][depth]
        stop = start + 1
        while stop < hi and keys[stop][depth] == nibble:
            stop += 1
        if stop == start + 1:
            child = _leaf(keys[start][depth + 1 :], values[start])
        else:
            child = _node(keys, values, start, stop, depth + 1)
        children[_NIBBLES.index(nibble)] = _reference(child)
        start = stop
    payload = b"".join(children)
    return list_header(len(payload)) + payload


def _leaf(nibbles: str, value: bytes) -> bytes:
    path = hex_prefix(nibbles, True)
    size = len(value)
    if 1 < size < 2048:
        header = STRING_HEADERS[size]
        whole = list_header(len(path) + len(header) + size)
        return b"".join((whole, path, header, value))
    encoded = encode_bytes(value)
    return b"".join((list_header(len(path) + len(encoded)), path, encoded))


def _reference(node: bytes) -> bytes:
    """Give a parent's reference to a child: its hash, or the node itself when that is shorter."""
    return node if len(node) < 32 else b"\xa0" + keccak256(node)
