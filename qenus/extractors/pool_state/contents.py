"""The batch of a block's pool states and the BlockEnd that closes it, as bytes for the lines."""

from qenus import __version__
from qenus.extractors.closing import close_block
from qenus.extractors.families import POOL_STATE
from qenus.extractors.pool_state.block_states import BlockStates
from qenus.protocols.registry import Registry
from qenus.wire import BlockRef, Identity, PoolStateBatch, Purity, Tier

__all__ = ["pool_state_contents", "pool_state_version"]


def pool_state_version(registry: Registry) -> str:
    """Name this code and the digest of the registry: both decide the content."""
    return f"{__version__}+{registry.digest}"


def pool_state_contents(
    block: BlockRef, states: BlockStates, chain: str, version: str, tier: Tier = Tier.INCLUDED
) -> list[tuple[str, bytes]]:
    """Give (topic, content bytes) of the batch, if a pool was touched, and of the BlockEnd."""
    identity = Identity(block, tier, POOL_STATE.family, version)
    batch = PoolStateBatch(identity, states.features, states.tokens)
    return close_block(
        block, [(POOL_STATE, batch)], purity=Purity.STATE, chain=chain, version=version, tier=tier
    )
