"""What Balancer's contracts answer and emit: lists within ABI data, of a length that is known."""

from typing import NamedTuple

from qenus.protocols.reads import Answer, words_of
from qenus.protocols.records import address_in

__all__ = ["VaultTokens", "uints", "vault_tokens"]

# The vault keeps no more of a pool whose maths is known.
_MAX_TOKENS = 50


class VaultTokens(NamedTuple):
    """What the vault holds for a pool: tokens (20-byte addresses) and balances, smallest units."""

    tokens: tuple[bytes, ...]
    balances: tuple[int, ...]


def uints(data: Answer, at: int, count: int) -> tuple[int, ...] | None:
    """Read the list whose offset stands in word `at`; None unless it has `count` words."""
    head = words_of(data, at + 1)
    if data is None or head is None or head[at] > len(data):
        return None
    found = words_of(data[head[at] :], 1 + count)
    return None if found is None or found[0] != count else found[1:]


def vault_tokens(answer: Answer) -> VaultTokens | None:
    """Read what getPoolTokens returned; None where it is not that of a pool with 2 tokens or more.

    Source: Vault.getPoolTokens.
    """
    head = words_of(answer, 3)
    if answer is None or head is None or head[0] > len(answer):
        return None
    size = words_of(answer[head[0] :], 1)
    if size is None or not 2 <= size[0] <= _MAX_TOKENS:
        return None
    tokens, balances = (uints(answer, at, size[0]) for at in (0, 1))
    if tokens is None or balances is None:
        return None
    addresses = [address_in(token) for token in tokens]
    known = tuple(address for address in addresses if address is not None)
    return VaultTokens(known, balances) if len(known) == size[0] else None
