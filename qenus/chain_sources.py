"""Chains by what a user says of them: a section of the configuration, recorded files, the demo.

Each function finds the chain and the registry, and gives the `ChainTree` of its source.
"""

from collections.abc import Sequence
from pathlib import Path

import attrs

from qenus.chain import Chain
from qenus.chain_tree import ChainTree, branches_of
from qenus.config import ChainConfig, ConfigError, protocol_texts
from qenus.demo_source import demo_source
from qenus.extractors.families import POOL_STATE
from qenus.extractors.pool_state.block_states import SAMPLED_ONE_IN
from qenus.known_chains import chain_from_file, chain_named, known_chains
from qenus.observers.history.recorded import Progress
from qenus.observers.source import node_source, recorded_source
from qenus.protocols.registry import Registry, RegistryError, read_registries
from qenus.simulation.world import World
from supervisors import Cell

__all__ = ["demo_chain", "node_chain", "recorded_chain", "registries"]


def registries(*beside: str) -> dict[str, Registry]:
    """Read which factories are known, by chain, the chains named `beside` the known ones too.

    Raises:
        ConfigError: with every error in the registry's files, or in those of the chains.
    """
    try:
        return read_registries(protocol_texts(), {*known_chains(), *beside})
    except RegistryError as error:
        raise ConfigError(error.errors) from error


def node_chain(
    config: ChainConfig,
    *,
    registry: Registry | None = None,
    sampled_one_in: int = SAMPLED_ONE_IN,
    folder: Path = Path(),
) -> ChainTree:
    """Follow a chain's nodes.

    `registry` says which factories' pools are followed; that of the configuration's own files
    unless given. Of `sampled_one_in` touched pools one is reconciled with its contract. A
    `chain_file` lies in `folder` unless its path is absolute.

    Raises:
        ConfigError: there is no chain of that name, or its file or the registry has errors.
    """
    source = node_source(config, _chain_of(config, folder))
    if branches_of(source) and registry is None:
        registry = registries(config.name).get(config.name)
    return ChainTree(source, registry, sampled_one_in)


def recorded_chain(
    chain: Chain, files: Sequence[Path], progress: Cell[Progress], *, wait_subscribers: int
) -> ChainTree:
    """Play recorded files once, when `wait_subscribers` have joined the line."""
    return ChainTree(recorded_source(chain, files, progress, wait_subscribers=wait_subscribers))


def demo_chain(world: World, *, block_seconds: float, pool_state: bool = True) -> ChainTree:
    """Run the demo world's node on loopback and follow it.

    Raises:
        ConfigError: with `pool_state`, and the registry has errors.
    """
    off = frozenset() if pool_state else frozenset({POOL_STATE.name})
    source = demo_source(world, block_seconds=block_seconds, switched_off=off)
    registry = registries().get(world.chain.name) if branches_of(source) else None
    return ChainTree(source, registry)


def _chain_of(config: ChainConfig, folder: Path) -> Chain:
    """Give what a configuration says of a chain.

    Raises:
        ConfigError: it is not known, or its file has errors.
    """
    if config.chain_file:
        chain = chain_from_file(folder / config.chain_file)
        if chain.name != config.name:
            raise ConfigError(
                [
                    f"chains.{config.name}.chain_file: expected the path of a {config.name}.toml, "
                    f"found {config.chain_file}"
                ]
            )
    else:
        chain = chain_named(config.name)
    return chain if config.header_rules else attrs.evolve(chain, header_rules=False)
