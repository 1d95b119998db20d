"""The branches of the state-pure families: a value for each, in the order of the tree."""

from qenus.extractors.families import POOL_STATE
from qenus.extractors.pool_state.actor import read_pool_states
from qenus.extractors.pool_state.book import Book
from qenus.extractors.state_branch import StateBranch

__all__ = ["STATE_BRANCHES"]

STATE_BRANCHES: tuple[StateBranch, ...] = (StateBranch(POOL_STATE, read_pool_states, Book),)
