"""The rolling digest that closes a block: publisher and subscribers compute the same.

SHA-256 over (digest so far, content bytes), beginning from 32 zero bytes, one step for each batch.
A FamilyCount's digest runs over the family's batches, a BlockEnd's over all batches of its purity
in order of family. See proto/blocks.proto.
"""

from collections.abc import Iterable
from hashlib import sha256

__all__ = ["EMPTY_DIGEST", "extend_digest", "rolling_digest"]

# The digest of no batch at all.
EMPTY_DIGEST = bytes(32)


def extend_digest(digest: bytes, content: bytes) -> bytes:
    """Add one batch's content bytes to a 32-byte digest."""
    return sha256(digest + content).digest()


def rolling_digest(contents: Iterable[bytes]) -> bytes:
    """Digest batches' content bytes in the order given."""
    digest = EMPTY_DIGEST
    for content in contents:
        digest = extend_digest(digest, content)
    return digest
