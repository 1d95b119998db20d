"""The registry: which factories make genuine pools on a chain, and how their addresses derive.

One TOML text a protocol says its family (the maths and the events) and, chain by chain, its factory
with what a pool's address derives from. Nothing is guessed: `read_registries` takes all texts and
either gives a `Registry` for every chain or tells every error at once, each with file, key and what
was expected. A registry's digest is part of the extractor's version: it decides content.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from enum import Enum
from hashlib import sha256
from typing import Any

import attrs

from qenus.chain import CHAINS
from qenus.chain.keccak import keccak256
from qenus.errors import QenusError
from qenus.protocols.curve.code_variants import CodeVariant, read_code_variants

__all__ = [
    "Family",
    "PoolFactory",
    "PoolKind",
    "Registry",
    "RegistryError",
    "Venue",
    "read_registries",
]

_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,31}")
_HEX = re.compile(r"0x(?:[0-9a-f]{2})+")
# A chain of the demo world or of a devnet may stand in a registry, too.
_DEMO = "demo"
# EIP-1167, as OpenZeppelin's Clones writes it: what is deployed and then calls the implementation.
_CLONE = (
    bytes.fromhex("3d602d80600a3d3981f3363d3d373d3d3d363d73"),
    bytes.fromhex("5af43d82803e903d91602b57fd5bf3"),
)


class Family(Enum):
    """Whose events, maths and storage a protocol's pools have."""

    UNISWAP_V2 = "uniswap_v2"
    UNISWAP_V3 = "uniswap_v3"
    SLIPSTREAM = "slipstream"
    UNISWAP_V4 = "uniswap_v4"
    SOLIDLY = "solidly"
    CAMELOT_V2 = "camelot_v2"
    ALGEBRA = "algebra"
    ALGEBRA_DIRECTIONAL = "algebra_directional"
    BALANCER_V2 = "balancer_v2"
    # Pools that Curve deployed one by one; those of its factories.
    CURVE = "curve"
    CURVE_FACTORY = "curve_factory"
    CURVE_CRYPTO_FACTORY = "curve_crypto_factory"
    CURVE_STABLE_NG = "curve_stable_ng"
    CURVE_TWOCRYPTO_NG = "curve_twocrypto_ng"
    CURVE_TRICRYPTO_NG = "curve_tricrypto_ng"


class PoolKind(Enum):
    """What a factory of a vault's pools makes, and which version of it."""

    WEIGHTED_1 = "weighted_1"
    WEIGHTED_2 = "weighted_2"
    WEIGHTED_3 = "weighted_3"
    COMPOSABLE_STABLE_1 = "composable_stable_1"
    COMPOSABLE_STABLE_2 = "composable_stable_2"
    COMPOSABLE_STABLE_3 = "composable_stable_3"


# The table of a Curve venue that says which code its pools have.
_VARIANTS_OF = {Family.CURVE: ("pools",), Family.CURVE_FACTORY: ("implementations",)}


class RegistryError(QenusError):
    """The registry cannot be used. `errors` holds one line for each thing wrong with it."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@attrs.frozen
class PoolFactory:
    """One of those that make pools of one vault."""

    address: bytes
    kind: PoolKind


@attrs.frozen
class Venue:
    """One deployment of a protocol on one chain.

    `factory` makes the pools, or is the manager or the vault that holds them; `deployer` is who
    CREATE2 counts from; `code_hash` is that of the pools' creation code, None where the factory
    must be asked. `fee_pips` is what every pool takes of the amount in, millionths, where all take
    the same; `keys` is the contract that knows the terms of a manager's pools by their ids;
    `pool_factories` are those whose pools in a vault are genuine; `variants` say which code the
    venue's pools or their implementations have.
    """

    name: str
    family: Family
    factory: bytes
    deployer: bytes
    code_hash: bytes | None = None
    fee_pips: int | None = None
    keys: bytes | None = None
    pool_factories: tuple[PoolFactory, ...] = ()
    variants: tuple[CodeVariant, ...] = ()

    def address_of(self, salt: bytes) -> bytes | None:
        """Give where CREATE2 puts the pool of a salt; None where nobody knows the code.

        Source: EIP-1014.
        """
        if self.code_hash is None:
            return None
        return keccak256(b"\xff" + self.deployer + salt + self.code_hash)[12:]


@attrs.frozen
class Registry:
    """The venues of one chain, by factory."""

    chain: str
    venues: Mapping[bytes, Venue]

    @property
    def digest(self) -> str:
        """Name what stands here, in 16 hexadecimal digits: equal content, equal digest."""
        told = sha256(self.chain.encode())
        for venue in sorted(self.venues.values(), key=lambda each: each.factory):
            told.update(repr(attrs.astuple(venue)).encode())
        return told.hexdigest()[:16]

    def of(self, family: Family) -> list[Venue]:
        """Give the venues of one family."""
        return [venue for venue in self.venues.values() if venue.family is family]


def read_registries(
    texts: Mapping[str, str], chains_known: Collection[str] = ()
) -> dict[str, Registry]:
    """Read the registry of every chain from the protocols' TOML texts, by their file names.

    A protocol is named as its file is. `chains_known` are names of chains that are known beside
    those that are built in.

    Raises RegistryError: with one line for each error, all of them at once.
    """
    errors: list[str] = []
    chains: dict[str, dict[bytes, Venue]] = {}
    for file, text in sorted(texts.items()):
        for chain, venue in _read_file(file, text, chains_known, errors):
            venues = chains.setdefault(chain, {})
            other = venues.setdefault(venue.factory, venue)
            if other is not venue:
                errors.append(
                    f"{file}: chains.{chain}.factory: 0x{venue.factory.hex()} is {other.name}'s"
                )
    if errors:
        raise RegistryError(errors)
    return {chain: Registry(chain, venues) for chain, venues in chains.items()}


def _read_file(
    file: str, text: str, chains_known: Collection[str], errors: list[str]
) -> list[tuple[str, Venue]]:
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        errors.append(f"{file}: not TOML: {error}")
        return []
    name = file.removesuffix(".toml")
    if not _NAME.fullmatch(name):
        errors.append(f"{file}: expected a name of lower-case letters, digits and _, 32 at most")
    for key in sorted(table.keys() - {"family", "chains"}):
        errors.append(f"{file}: {key}: unknown key; known are family, chains")
    families = {family.value: family for family in Family}
    named = table.get("family")
    family = families.get(named) if isinstance(named, str) else None
    if family is None:
        errors.append(f"{file}: family: expected one of {', '.join(families)}, found {named!r}")
    chains = table.get("chains")
    if not isinstance(chains, dict) or not chains:
        errors.append(f"{file}: chains: expected tables [chains.NAME], found {chains!r}")
        chains = {}
    known = {*(chain.name for chain in CHAINS.values()), _DEMO, *chains_known}
    found: list[tuple[str, Venue]] = []
    for chain, said in chains.items():
        where = f"{file}: chains.{chain}"
        if chain not in known:
            errors.append(f"{where}: unknown chain; known are {', '.join(sorted(known))}")
        if family is not None:
            venue = _read_venue(where, name, family, said, errors)
            if venue is not None:
                found.append((chain, venue))
    return found


def _read_venue(
    where: str, name: str, family: Family, said: Any, errors: list[str]
) -> Venue | None:
    if not isinstance(said, dict):
        errors.append(f"{where}: expected a table, found {said!r}")
        return None
    before = len(errors)
    allowed = {"factory", "deployer", "init_code_hash", "implementation"}
    if family is Family.UNISWAP_V2:
        allowed.add("fee_pips")
    if family is Family.UNISWAP_V4:
        allowed = {"factory", "position_manager"}
    if family is Family.BALANCER_V2:
        allowed = {"factory", "pool_factories"}
    if family.value.startswith("curve"):
        allowed = {"factory", *_VARIANTS_OF.get(family, ())}
    for key in sorted(said.keys() - allowed):
        errors.append(f"{where}.{key}: unknown key; known are {', '.join(sorted(allowed))}")
    factory = _bytes(where, "factory", said, 20, errors, required=True)
    deployer = _bytes(where, "deployer", said, 20, errors)
    code_hash = _bytes(where, "init_code_hash", said, 32, errors)
    implementation = _bytes(where, "implementation", said, 20, errors)
    keys = _bytes(where, "position_manager", said, 20, errors, required=family is Family.UNISWAP_V4)
    if code_hash and implementation:
        errors.append(f"{where}: expected init_code_hash or implementation, found both")
    if implementation:
        code_hash = keccak256(implementation.join(_CLONE))
    fee_pips = said.get("fee_pips")
    if family is Family.UNISWAP_V2 and (type(fee_pips) is not int or not 0 <= fee_pips < 1_000_000):
        errors.append(f"{where}.fee_pips: expected an integer from 0 to 999999, found {fee_pips!r}")
    makers = _pool_factories(where, said, errors) if family is Family.BALANCER_V2 else ()
    variants: tuple[CodeVariant, ...] = ()
    for key in _VARIANTS_OF.get(family, ()):
        listed = family is Family.CURVE
        variants = read_code_variants(f"{where}.{key}", said.get(key), errors, listed=listed)
    if len(errors) > before or factory is None:
        return None
    return Venue(name, family, factory, deployer or factory, code_hash, fee_pips, keys, makers,
                 variants)  # fmt: skip


def _pool_factories(
    where: str, said: Mapping[str, Any], errors: list[str]
) -> tuple[PoolFactory, ...]:
    """Read which factories make a vault's pools: a table of kinds by address."""
    table = said.get("pool_factories")
    if not isinstance(table, dict) or not table:
        errors.append(f"{where}.pool_factories: expected a table of kinds, found {table!r}")
        return ()
    where = f"{where}.pool_factories"
    kinds = {kind.value: kind for kind in PoolKind}
    found: list[PoolFactory] = []
    for key, value in table.items():
        address = _bytes(where, key, {key: key}, 20, errors)
        kind = kinds.get(value) if isinstance(value, str) else None
        if kind is None:
            errors.append(f"{where}.{key}: expected one of {', '.join(kinds)}, found {value!r}")
        elif address is not None:
            found.append(PoolFactory(address, kind))
    return tuple(sorted(found, key=lambda each: each.address))


def _bytes(
    where: str, key: str, said: Mapping[str, Any], size: int, errors: list[str], *,
    required: bool = False,
) -> bytes | None:  # fmt: skip
    value = said.get(key)
    if value is None and not required:
        return None
    if not isinstance(value, str) or not _HEX.fullmatch(value) or len(value) != 2 + 2 * size:
        errors.append(
            f"{where}.{key}: expected 0x and {2 * size} lower-case hex digits, found {value!r}"
        )
        return None
    return bytes.fromhex(value[2:])
