"""One deployment of a protocol on one chain, as the registry says it, and how its text is read.

A venue's table has `factory`; which other keys it may have, and what they mean, its family says.
Everything wrong is added to a list of errors, with the key, what was expected and what was found.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from qenus.chain.keccak import keccak256

if TYPE_CHECKING:
    from qenus.protocols.pool_family import AnyFamily

__all__ = ["CREATE2_KEYS", "Venue", "hex_at", "shown_keys"]

T_co = TypeVar("T_co", covariant=True)

# What says from where the pools' addresses derive.
CREATE2_KEYS = frozenset({"deployer", "init_code_hash", "implementation"})
_HEX = re.compile(r"0x(?:[0-9a-f]{2})+")


@attrs.frozen
class Venue(Generic[T_co]):
    """One deployment of a protocol on one chain.

    `family` is what knows its pools. `factory` makes the pools, or is the manager or the
    vault that holds them; `deployer` is who CREATE2 counts from; `terms` is what only the venue's
    own family knows of it; `code_hash` is that of the pools' creation code, None where the factory
    must be asked.
    """

    name: str
    family: "AnyFamily"
    factory: bytes
    deployer: bytes
    terms: T_co
    code_hash: bytes | None = None

    @property
    def content(self) -> tuple[object, ...]:
        """What decides content, as values whose text is the same everywhere."""
        return self.name, self.family.NAME, self.factory, self.deployer, self.code_hash, self.terms

    def address_of(self, salt: bytes) -> bytes | None:
        """Give where CREATE2 puts the pool of a salt; None where the code is not known.

        Source: EIP-1014.
        """
        if self.code_hash is None:
            return None
        return keccak256(b"\xff" + self.deployer + salt + self.code_hash)[12:]


def hex_at(
    where: str, key: str, table: Mapping[str, Any], size: int, errors: list[str], *,
    required: bool = False,
) -> bytes | None:  # fmt: skip
    """Read a key's bytes, `size` of them, in 0x-hex; None where it is absent or wrong."""
    value = table.get(key)
    if value is None and not required:
        return None
    if not isinstance(value, str) or not _HEX.fullmatch(value) or len(value) != 2 + 2 * size:
        errors.append(
            f"{where}.{key}: expected 0x and {2 * size} lower-case hex digits, found {value!r}"
        )
        return None
    return bytes.fromhex(value[2:])


def shown_keys(keys: frozenset[str]) -> str:
    """Name keys in an error."""
    return ", ".join(sorted(keys))
