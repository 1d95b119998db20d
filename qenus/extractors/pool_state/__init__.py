"""Family pool_state: how factory-verified pools stand after each block, by chain and state."""

from qenus.extractors.pool_state.block_states import SAMPLED_ONE_IN, BlockStates, block_states
from qenus.extractors.pool_state.book import Book
from qenus.extractors.pool_state.contents import pool_state_contents, pool_state_version
from qenus.extractors.pool_state.identification import UnknownEmitters
from qenus.extractors.pool_state.reconciliation import Discrepancy
from qenus.protocols.reads import Answer, Call, Plan, StateUnavailable, together
from qenus.protocols.records import PoolRecord
from qenus.protocols.registry import Registry, RegistryError, read_registries
from qenus.protocols.venue import Venue

__all__ = [
    "SAMPLED_ONE_IN",
    "Answer",
    "BlockStates",
    "Book",
    "Call",
    "Discrepancy",
    "Plan",
    "PoolRecord",
    "Registry",
    "RegistryError",
    "StateUnavailable",
    "UnknownEmitters",
    "Venue",
    "block_states",
    "pool_state_contents",
    "pool_state_version",
    "read_registries",
    "together",
]
