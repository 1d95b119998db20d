"""Merkle Patricia proofs, checked without the trie: from a root to a key's value or its absence.

The nodes come as eth_getProof gives them, root first; a node shorter than 32 bytes lies inside its
parent and is not listed. Every listed node must be used, every node is read as canonical RLP only,
and each is found by the hash that its parent holds, so no bit of a proof can change unnoticed.
Source: Ethereum Yellow Paper, appendix D; EIP-1186.
"""

from collections.abc import Sequence
from typing import Final

from qenus.chain.keccak import keccak256
from qenus.chain.ordered_trie import EMPTY_ROOT
from qenus.chain.rejection import Rejected
from qenus.chain.rlp import Item, RlpError, decode

__all__ = ["MAX_NODES", "prove_value"]

# A key has at most 64 nibbles, each node on the way takes at least one.
MAX_NODES: Final = 65
# A branch has 17 items, and each of them may be a node of less than 32 bytes.
_MAX_NODE_ITEMS: Final = 17 * 32


def prove_value(root: bytes, key: bytes, nodes: Sequence[bytes], where: str) -> bytes | None:
    """Give the value that the trie of `root` holds for `key`; None when it is proved to hold none.

    `nodes` are RLP, from the root down; `where` names the proof in a rejection.

    Raises:
        Rejected: at step "proof" when the nodes prove neither.
    """
    if len(nodes) > MAX_NODES:
        raise _refused(where, f"at most {MAX_NODES} nodes", f"{len(nodes)}")
    if not nodes and root == EMPTY_ROOT:
        return None
    path = key.hex()
    reference: Item = root
    used = 0
    while True:
        if isinstance(reference, bytes):
            if used == len(nodes):
                raise _refused(where, f"a node of hash 0x{reference.hex()}", "the proof's end")
            found = keccak256(nodes[used])
            if found != reference:
                raise _refused(f"{where}[{used}]", reference, found)
            node = _decoded(nodes[used], f"{where}[{used}]")
            used += 1
        else:
            node = reference
        step = _descend(node, path, where)
        if step is None or isinstance(step, bytes):
            break
        reference, path = step
    if used != len(nodes):
        raise _refused(where, f"{used} nodes", f"{len(nodes)}")
    return step


def _descend(node: Item, path: str, where: str) -> bytes | tuple[Item, str] | None:
    """Take one step: the value, None for its absence, or the child's reference and what is left."""
    if isinstance(node, list) and len(node) == 17:
        if not path:
            return _value(node[16], where)
        child = node[int(path[0], 16)]
        return None if child == b"" else (_reference(child, where), path[1:])
    if isinstance(node, list) and len(node) == 2 and isinstance(node[0], bytes):
        nibbles, is_leaf = _decoded_path(node[0], where)
        if is_leaf:
            return _value(node[1], where) if nibbles == path else None
        if not path.startswith(nibbles):
            return None
        return _reference(node[1], where), path[len(nibbles) :]
    if node == b"":
        # The root of a trie that holds nothing.
        return None
    raise _refused(where, "a branch of 17 or a leaf or extension of 2 items", node)


def _decoded(node: bytes, where: str) -> Item:
    try:
        return decode(node, _MAX_NODE_ITEMS)
    except RlpError as error:
        raise _refused(where, "canonical RLP", error) from None


def _decoded_path(encoded: bytes, where: str) -> tuple[str, bool]:
    digits = encoded.hex()
    flag = int(digits[:1] or "f", 16)
    if flag > 3 or (flag % 2 == 0 and digits[1] != "0"):
        raise _refused(where, "a hex-prefix path", encoded)
    nibbles = digits[1:] if flag % 2 else digits[2:]
    if flag < 2 and not nibbles:
        raise _refused(where, "an extension by at least one nibble", encoded)
    return nibbles, flag >= 2


def _reference(item: Item, where: str) -> Item:
    """Check a child's reference: a hash, or a node that is shorter than one."""
    if isinstance(item, bytes) and len(item) != 32:
        raise _refused(where, "a hash or a node", item)
    return item


def _value(item: Item, where: str) -> bytes | None:
    if not isinstance(item, bytes):
        raise _refused(where, "a value", item)
    return item or None


def _refused(where: str, expected: object, found: object) -> Rejected:
    return Rejected("proof", where=where, expected=expected, found=found)
