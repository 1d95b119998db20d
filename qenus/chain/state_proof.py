"""Accounts and storage of a state, from the proofs that eth_getProof gives.

The state trie is keyed by the hash of the address, an account's storage trie by the hash of the
slot. An account that is proved absent is an empty one, a slot that is proved absent holds zero.
The values that the node states beside its proof must agree with the proof.
Source: EIP-1186; Ethereum Yellow Paper 4.1.
"""

from collections.abc import Collection
from typing import Final

import msgspec
from msgspec import Struct

from qenus.chain.hex_values import Malformed, data, fixed, quantity
from qenus.chain.keccak import EMPTY_CODE_HASH, keccak256
from qenus.chain.merkle_proof import prove_value
from qenus.chain.ordered_trie import EMPTY_ROOT
from qenus.chain.rejection import Rejected
from qenus.chain.rlp import RlpError, decode

__all__ = ["Account", "ProvenState", "check_state_proof", "prove_account", "prove_storage"]

_MAX_PROOF_BYTES: Final = 64 * 1024 * 1024
# No trie node of a state is larger: 16 hashes, or a value of 32 bytes, with their prefixes.
_MAX_NODE_BYTES: Final = 1024


class Account(Struct, frozen=True):
    """An account of a state. Balance in wei, hashes 32 bytes."""

    nonce: int
    balance: int
    storage_root: bytes
    code_hash: bytes


_ABSENT: Final = Account(0, 0, EMPTY_ROOT, EMPTY_CODE_HASH)


class ProvenState(Struct, frozen=True):
    """One account of a state and the slots of it that were asked for, by their 32-byte keys."""

    address: bytes
    account: Account
    storage: dict[bytes, int]


class _RpcStorage(Struct, frozen=True):
    key: str
    value: str
    # Nodes give no proof of a slot of an empty storage as an empty list or as null.
    proof: list[str] | None = None


class _RpcProof(Struct, rename="camel", frozen=True):
    address: str
    balance: str
    code_hash: str
    nonce: str
    storage_hash: str
    account_proof: list[str] | None = None
    storage_proof: list[_RpcStorage] | None = None


_PROOF: Final = msgspec.json.Decoder(_RpcProof)


def prove_account(state_root: bytes, address: bytes, nodes: list[bytes]) -> Account:
    """Give the account of an address in a state, the empty one when it is proved absent.

    Raises:
        Rejected: at step "proof".
    """
    value = prove_value(state_root, keccak256(address), nodes, "accountProof")
    if value is None:
        return _ABSENT
    try:
        fields = decode(value)
    except RlpError as error:
        raise _refused("accountProof", "canonical RLP", error) from None
    if isinstance(fields, list) and len(fields) == 4:
        nonce, balance, storage_root, code_hash = fields
        if (
            isinstance(nonce, bytes)
            and isinstance(balance, bytes)
            and isinstance(storage_root, bytes)
            and isinstance(code_hash, bytes)
        ):
            return Account(
                int.from_bytes(nonce, "big"),
                int.from_bytes(balance, "big"),
                storage_root,
                code_hash,
            )
    raise _refused("accountProof", "nonce, balance, storage root and code hash", fields)


def prove_storage(storage_root: bytes, slot: bytes, nodes: list[bytes], where: str) -> int:
    """Give the value of a 32-byte slot, zero when it is proved absent.

    Raises:
        Rejected: at step "proof"; `where` names the proof.
    """
    value = prove_value(storage_root, keccak256(slot), nodes, where)
    if value is None:
        return 0
    try:
        content = decode(value)
    except RlpError as error:
        raise _refused(where, "canonical RLP", error) from None
    if not isinstance(content, bytes) or len(content) > 32:
        raise _refused(where, "at most 32 bytes", content)
    return int.from_bytes(content, "big")


def check_state_proof(
    proof_json: bytes, state_root: bytes, address: bytes, slots: Collection[bytes] | None = None
) -> ProvenState:
    """Check the result of eth_getProof for `address` against a state root that is trusted.

    `slots` are the 32-byte keys that were asked for: the proof must be of exactly these.
    None accepts any slots.

    Raises:
        Rejected: at step "shape" or "proof"; no other exception for any input.
    """
    if len(proof_json) > _MAX_PROOF_BYTES:
        raise Rejected(
            "shape", expected=f"at most {_MAX_PROOF_BYTES} bytes", found=f"{len(proof_json)} bytes"
        )
    try:
        rpc = _PROOF.decode(proof_json)
    except Exception as error:  # noqa: BLE001 - whatever the JSON library says, the text is at fault
        raise Rejected("shape", expected="the result of eth_getProof", found=str(error)) from None
    try:
        state = _checked(rpc, state_root, address)
    except Malformed as fault:
        raise Rejected(
            "shape", where=fault.field, expected=fault.expected, found=fault.found
        ) from None
    if slots is not None:
        _require_slots(state, slots)
    return state


def _require_slots(state: ProvenState, slots: Collection[bytes]) -> None:
    for slot in slots:
        if slot not in state.storage:
            raise _refused("storageProof", f"a proof of slot 0x{slot.hex()}", "none")
    asked = frozenset(slots)
    for slot in state.storage:
        if slot not in asked:
            raise _refused("storageProof", "what was asked for only", slot)


def _checked(rpc: _RpcProof, state_root: bytes, address: bytes) -> ProvenState:
    claimed = fixed(rpc.address, 20, "address")
    if claimed != address:
        raise _refused("address", address, claimed)
    account = prove_account(state_root, address, _nodes(rpc.account_proof, "accountProof"))
    stated = Account(
        quantity(rpc.nonce, 64, "nonce"),
        quantity(rpc.balance, 256, "balance"),
        fixed(rpc.storage_hash, 32, "storageHash"),
        fixed(rpc.code_hash, 32, "codeHash"),
    )
    # Some nodes write the hashes of an absent account as zero.
    if stated != account and not (account == _ABSENT and _is_zero(stated)):
        raise _refused("account", account, stated)
    storage: dict[bytes, int] = {}
    for at, entry in enumerate(rpc.storage_proof or ()):
        where = f"storageProof[{at}]"
        slot = _slot(entry.key, where)
        value = prove_storage(
            account.storage_root, slot, _nodes(entry.proof, f"{where}.proof"), f"{where}.proof"
        )
        stated_value = quantity(entry.value, 256, f"{where}.value")
        if stated_value != value:
            raise _refused(f"{where}.value", value, stated_value)
        storage[slot] = value
    return ProvenState(address, account, storage)


def _slot(text: str, where: str) -> bytes:
    """Read a slot's key, which nodes give as 32 bytes of data or as a quantity."""
    if len(text) == 66:
        return fixed(text, 32, f"{where}.key")
    return quantity(text, 256, f"{where}.key").to_bytes(32, "big")


def _nodes(texts: list[str] | None, where: str) -> list[bytes]:
    return [data(text, _MAX_NODE_BYTES, where) for text in texts or ()]


def _is_zero(account: Account) -> bool:
    return account == Account(0, 0, bytes(32), bytes(32))


def _refused(where: str, expected: object, found: object) -> Rejected:
    return Rejected("proof", where=where, expected=expected, found=found)
