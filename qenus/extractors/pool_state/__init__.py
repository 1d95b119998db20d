"""Family pool_state: how genuine pools stand at each block's end, a function of chain and state."""

from qenus.extractors.pool_state.block_states import SAMPLED_ONE_IN, BlockStates, block_states
from qenus.extractors.pool_state.book import Book
from qenus.extractors.pool_state.contents import pool_state_contents, pool_state_version
from qenus.extractors.pool_state.drift import Finding
from qenus.extractors.pool_state.genuine import Impostors
from qenus.protocols.reads import Answer, Call, Plan, StateUnavailable, together
from qenus.protocols.records import PoolRecord
from qenus.protocols.registry import (
    Family,
    PoolFactory,
    PoolKind,
    Registry,
    RegistryError,
    Venue,
    read_registries,
)

__all__ = [
    "SAMPLED_ONE_IN",
    "Answer",
    "BlockStates",
    "Book",
    "Call",
    "Family",
    "Finding",
    "Impostors",
    "Plan",
    "PoolFactory",
    "PoolKind",
    "PoolRecord",
    "Registry",
    "RegistryError",
    "StateUnavailable",
    "Venue",
    "block_states",
    "pool_state_contents",
    "pool_state_version",
    "read_registries",
    "together",
]
