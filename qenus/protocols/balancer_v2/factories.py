"""The factories whose pools in the vault are followed, and which pools each makes."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import attrs

from qenus.protocols.venue import hex_at

__all__ = ["PoolFactory", "PoolKind", "read_pool_factories"]


class PoolKind(Enum):
    """What a factory makes, and which version of it."""

    WEIGHTED_1 = "weighted_1"
    WEIGHTED_2 = "weighted_2"
    WEIGHTED_3 = "weighted_3"
    COMPOSABLE_STABLE_1 = "composable_stable_1"
    COMPOSABLE_STABLE_2 = "composable_stable_2"
    COMPOSABLE_STABLE_3 = "composable_stable_3"


@attrs.frozen
class PoolFactory:
    """One of those that make pools of one vault."""

    address: bytes
    kind: PoolKind


def read_pool_factories(
    where: str, table: Mapping[str, Any], errors: list[str]
) -> tuple[PoolFactory, ...]:
    """Read `pool_factories`, a table of kinds by address; in order of address."""
    found = table.get("pool_factories")
    where = f"{where}.pool_factories"
    if not isinstance(found, dict) or not found:
        errors.append(f"{where}: expected a table of kinds, found {found!r}")
        return ()
    kinds = {kind.value: kind for kind in PoolKind}
    factories: list[PoolFactory] = []
    for key, value in found.items():
        address = hex_at(where, key, {key: key}, 20, errors)
        kind = kinds.get(value) if isinstance(value, str) else None
        if kind is None:
            errors.append(f"{where}.{key}: expected one of {', '.join(kinds)}, found {value!r}")
        elif address is not None:
            factories.append(PoolFactory(address, kind))
    return tuple(sorted(factories, key=lambda each: each.address))
