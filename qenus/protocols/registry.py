"""The registry: which factories make pools on a chain, and how their addresses derive.

One TOML text a protocol says its family (the maths and the events) and, chain by chain, its factory
with what the family asks for. Nothing is guessed: `read_registries` takes all texts and either
gives a `Registry` for every chain or reports every error at once, each with file, key and what was
expected. A registry's digest is part of the extractor's version: it decides content.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from functools import cached_property
from hashlib import sha256
from typing import Any

import attrs

from qenus.chain import CHAINS
from qenus.chain.keccak import keccak256
from qenus.errors import QenusError
from qenus.protocols.catalogue import FAMILIES
from qenus.protocols.pool_family import AnyFamily, ManagedFamily
from qenus.protocols.venue import Venue, hex_at, shown_keys

__all__ = ["Registry", "RegistryError", "read_registries"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,31}")
# A chain of the demo world or of a devnet may stand in a registry, too.
_DEMO = "demo"
# EIP-1167, as OpenZeppelin's Clones writes it: what is deployed and then calls the implementation.
_CLONE = (
    bytes.fromhex("3d602d80600a3d3981f3363d3d373d3d3d363d73"),
    bytes.fromhex("5af43d82803e903d91602b57fd5bf3"),
)


class RegistryError(QenusError):
    """The registry cannot be used. `errors` holds one line for each thing wrong with it."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@attrs.frozen
class Registry:
    """The venues of one chain, by factory."""

    chain: str
    venues: Mapping[bytes, Venue[Any]]

    @cached_property
    def touching(self) -> frozenset[bytes]:
        """Topic 0 of every event by which a contract may show that it is a pool of a venue."""
        return frozenset(
            topic
            for venue in self.venues.values()
            if not isinstance(venue.family, ManagedFamily)
            for topic in venue.family.TOUCHING
        )

    @property
    def digest(self) -> str:
        """Name what stands here, in 16 hexadecimal digits: equal content, equal digest."""
        content = sha256(self.chain.encode())
        for venue in sorted(self.venues.values(), key=lambda each: each.factory):
            content.update(repr(venue.content).encode())
        return content.hexdigest()[:16]

    def of(self, family: str) -> list[Venue[Any]]:
        """Give the venues of one family."""
        return [venue for venue in self.venues.values() if family == venue.family.NAME]


def read_registries(
    texts: Mapping[str, str],
    chains_known: Collection[str] = (),
    families: Mapping[str, AnyFamily] = FAMILIES,
) -> dict[str, Registry]:
    """Read the registry of every chain from the protocols' TOML texts, by their file names.

    A protocol is named as its file is. `chains_known` are names of chains that are known beside
    those that are built in; `families` are those that a text may name.

    Raises:
        RegistryError: with one line for each error, all of them at once.
    """
    errors: list[str] = []
    known = {*(chain.name for chain in CHAINS.values()), _DEMO, *chains_known}
    chains: dict[str, dict[bytes, Venue[Any]]] = {}
    for file, text in sorted(texts.items()):
        for chain, venue in _read_file(file, text, known, families, errors):
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
    file: str,
    text: str,
    known: Collection[str],
    families: Mapping[str, AnyFamily],
    errors: list[str],
) -> list[tuple[str, Venue[Any]]]:
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
    named = table.get("family")
    family = families.get(named) if isinstance(named, str) else None
    if family is None:
        errors.append(f"{file}: family: expected one of {', '.join(families)}, found {named!r}")
    chains = table.get("chains")
    if not isinstance(chains, dict) or not chains:
        errors.append(f"{file}: chains: expected tables [chains.NAME], found {chains!r}")
        chains = {}
    found: list[tuple[str, Venue[Any]]] = []
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
    where: str, name: str, family: AnyFamily, table: Any, errors: list[str]
) -> Venue[Any] | None:
    if not isinstance(table, dict):
        errors.append(f"{where}: expected a table, found {table!r}")
        return None
    before = len(errors)
    allowed = family.REGISTRY_KEYS | {"factory"}
    for key in sorted(table.keys() - allowed):
        errors.append(f"{where}.{key}: unknown key; known are {shown_keys(allowed)}")
    factory = hex_at(where, "factory", table, 20, errors, required=True)
    deployer = hex_at(where, "deployer", table, 20, errors)
    code_hash = hex_at(where, "init_code_hash", table, 32, errors)
    implementation = hex_at(where, "implementation", table, 20, errors)
    if code_hash and implementation:
        errors.append(f"{where}: expected init_code_hash or implementation, found both")
    if implementation:
        code_hash = keccak256(implementation.join(_CLONE))
    terms = family.venue_terms(where, table, errors)
    if len(errors) > before or factory is None:
        return None
    return Venue(name, family, factory, deployer or factory, terms, code_hash)
