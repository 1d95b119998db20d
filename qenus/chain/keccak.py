"""Keccak-256, the hash that names everything on these chains.

One function over one library: safe-pysha3's C sponge is the fastest that Python has at the sizes
that occur (20 to 2,000 bytes). It is Keccak as Ethereum uses it, not the later SHA3-256.
"""

from typing import Final

from sha3 import keccak_256 as _sponge

__all__ = ["EMPTY_CODE_HASH", "keccak256"]


def keccak256(data: bytes) -> bytes:
    """Hash bytes to the 32-byte digest of Keccak-256 (Ethereum Yellow Paper, appendix H)."""
    digest: bytes = _sponge(data).digest()
    return digest


# The hash of no code at all: what an account without code carries.
EMPTY_CODE_HASH: Final = keccak256(b"")
