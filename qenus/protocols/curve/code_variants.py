"""Which code a venue's pools have: what a registry's text says of single pools or implementations.

A factory that deploys proxies names the implementation behind each, and what a pool of it reckons
by, the registry says; of pools that were deployed one by one it lists each.
"""

import re
from collections.abc import Mapping
from typing import Any

import attrs

from qenus.protocols.curve.variants import UNREAD, VARIANTS

__all__ = ["CodeVariant", "read_code_variants"]

_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_MAX_COINS = 8


@attrs.frozen
class CodeVariant:
    """A pool or an implementation at an address, and the name of its variant.

    `share` is a pool's liquidity token and `coins` how many it has, where pools are listed.
    """

    address: bytes
    variant: str
    share: bytes = b""
    coins: int = 0


def read_code_variants(
    where: str, table: object, errors: list[str], *, listed: bool
) -> tuple[CodeVariant, ...]:
    """Read a table by address: of variants' names or, `listed`, of pools; adds to the errors.

    In order of address.
    """
    if not isinstance(table, dict) or not table:
        errors.append(f"{where}: expected a table by address, found {table!r}")
        return ()
    found: list[CodeVariant] = []
    for key, value in table.items():
        at = f"{where}.{key}"
        address = _address(at, key, errors)
        said = value if listed and isinstance(value, dict) else {"variant": value}
        if said.get("variant") not in VARIANTS:
            known = ", ".join(VARIANTS)
            errors.append(f"{at}: expected a variant of {known}, found {said.get('variant')!r}")
            continue
        pool = _listed(at, said, errors) if listed and said["variant"] != UNREAD else (b"", 0)
        found.append(CodeVariant(address, said["variant"], *pool))
    return tuple(sorted(found, key=lambda each: each.address))


def _listed(where: str, said: Mapping[str, Any], errors: list[str]) -> tuple[bytes, int]:
    for key in said.keys() - {"variant", "share", "coins"}:
        errors.append(f"{where}.{key}: unknown key; known are coins, share, variant")
    coins = said.get("coins")
    if type(coins) is not int or not 2 <= coins <= _MAX_COINS:
        errors.append(f"{where}.coins: expected an integer from 2 to {_MAX_COINS}, found {coins!r}")
        coins = 0
    return _address(f"{where}.share", said.get("share"), errors), coins


def _address(where: str, value: object, errors: list[str]) -> bytes:
    if isinstance(value, str) and _ADDRESS.fullmatch(value):
        return bytes.fromhex(value[2:])
    errors.append(f"{where}: expected 0x and 40 lower-case hex digits, found {value!r}")
    return b""
