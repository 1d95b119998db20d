"""The sender of a transaction, recovered from its signature on demand.

Recovery takes some hundred microseconds a transaction, more than all other work of sealing it, and
few features need it, so it is no rung of the ladder. It works on the proved encoding, so the sender
is proved too. Transactions without a signature (deposits, Arbitrum's own) carry their sender in the
encoding under the root.
Source: EIP-155, EIP-2 (low s since Homestead), EIP-2718 and those of the types; the curve is
coincurve's.
"""

from typing import Final

from coincurve import PublicKey

from qenus.chain.chains import Chain, ChainKind
from qenus.chain.keccak import keccak256
from qenus.chain.rejection import Rejected
from qenus.chain.rlp import Item, RlpError, decode, encode

__all__ = ["recover_sender"]

_HALF_ORDER: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_SIGNED_TYPES: Final = frozenset((0x01, 0x02, 0x03, 0x04))
# Where the sender stands in the list of a transaction that has no signature.
_SENDER_FIELD: Final = {
    ChainKind.ETHEREUM: {},
    ChainKind.OP_STACK: {0x7E: 1},
    ChainKind.ARBITRUM: {0x64: 2, 0x65: 1, 0x66: 2, 0x68: 2, 0x69: 2},
}
_ARBOS: Final = bytes.fromhex("00000000000000000000000000000000000a4b05")


def recover_sender(encoded: bytes, chain: Chain) -> bytes:
    """Give the 20-byte address that sent a transaction, from its encoding under the root.

    The block's roots prove all else about a transaction.

    Raises:
        Rejected: at step "sender" when the encoding is not canonical RLP of a type of the
            chain, or a number of the signature has leading zeros, or the signature is not valid
            or was made for another chain.
    """
    kind = encoded[0] if encoded and encoded[0] < 0xC0 else 0
    try:
        fields = decode(encoded[1:] if kind else encoded)
    except RlpError as error:
        raise Rejected("sender", expected="a transaction", found=str(error)) from None
    if not isinstance(fields, list):
        raise Rejected("sender", expected="a transaction", found=encoded)
    if chain.kind is ChainKind.ARBITRUM and kind == 0x6A:
        return _ARBOS
    at = _SENDER_FIELD[chain.kind].get(kind)
    if at is not None:
        sender = fields[at] if at < len(fields) else b""
        if not isinstance(sender, bytes) or len(sender) != 20:
            raise Rejected("sender", expected="20 bytes", found=sender)
        return sender
    if kind == 0 and len(fields) == 9:
        return _recover_legacy(fields, chain)
    if kind in _SIGNED_TYPES and len(fields) > 3:
        _require_chain(_number(fields[0]), chain)
        parity = _number(fields[-3])
        digest = keccak256(bytes((kind,)) + encode(fields[:-3]))
        return _recover(digest, parity, fields[-2], fields[-1])
    raise Rejected("sender", expected="a type of the chain", found=hex(kind))


def _recover_legacy(fields: list[Item], chain: Chain) -> bytes:
    v = _number(fields[6])
    signed = fields[:6]
    if v in (27, 28):
        parity = v - 27
    elif v >= 35:
        chain_id = (v - 35) // 2
        parity = (v - 35) % 2
        _require_chain(chain_id, chain)
        signed = [*signed, _minimal(chain_id), b"", b""]
    else:
        raise Rejected("sender", where="v", expected="27, 28 or at least 35", found=v)
    return _recover(keccak256(encode(signed)), parity, fields[7], fields[8])


def _require_chain(chain_id: int, chain: Chain) -> None:
    if chain_id != chain.chain_id:
        raise Rejected("sender", where="chain id", expected=chain.chain_id, found=chain_id)


def _recover(digest: bytes, parity: int, r: Item, s: Item) -> bytes:
    r_value, s_value = _number(r), _number(s)
    if parity > 1 or r_value >> 256 or s_value >> 256 or s_value > _HALF_ORDER:
        raise Rejected(
            "sender", expected="a signature in range", found=f"{parity} {r_value:#x} {s_value:#x}"
        )
    signature = r_value.to_bytes(32, "big") + s_value.to_bytes(32, "big") + bytes((parity,))
    try:
        key = PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except Exception as error:  # noqa: BLE001 - coincurve raises bare Exception for a bad point
        raise Rejected("sender", expected="a valid signature", found=str(error)) from None
    return keccak256(key.format(compressed=False)[1:])[12:]


def _number(item: Item) -> int:
    if not isinstance(item, bytes):
        raise Rejected("sender", expected="a number", found="a list")
    if item[:1] == b"\x00":
        raise Rejected("sender", expected="a number without leading zeros", found=item)
    return int.from_bytes(item, "big")


def _minimal(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) >> 3, "big")
