"""Externally owned accounts of the demo chain: real keys, derived from the seed.

Never fund them on a real chain: anybody who knows the seed has the keys.
"""

from collections.abc import Sequence

from attrs import field, frozen
from coincurve import PrivateKey

from qenus.chain.keccak import keccak256

__all__ = ["Account", "accounts_from_seed"]

# The order of secp256k1; a key is any integer below it except zero.
_CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@frozen(eq=False)
class Account:
    """A key and the address that belongs to it."""

    address: bytes
    key: PrivateKey = field(repr=False)

    def sign(self, digest: bytes) -> tuple[int, int, int]:
        """Return (y parity, r, s) over a 32-byte digest, deterministic (RFC 6979), low s."""
        signature = self.key.sign_recoverable(digest, hasher=None)
        return (
            signature[64],
            int.from_bytes(signature[:32], "big"),
            int.from_bytes(signature[32:64], "big"),
        )


def accounts_from_seed(seed: bytes, count: int) -> Sequence[Account]:
    """Return the first `count` accounts of a seed."""
    return tuple(_account(keccak256(seed + number.to_bytes(8, "big"))) for number in range(count))


def _account(entropy: bytes) -> Account:
    secret = int.from_bytes(entropy, "big") % (_CURVE_ORDER - 1) + 1
    key = PrivateKey(secret.to_bytes(32, "big"))
    public = key.public_key.format(compressed=False)
    return Account(keccak256(public[1:])[12:], key)
