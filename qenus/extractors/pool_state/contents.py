"""The batch of a block's pool states and the BlockEnd that closes it, as bytes for the lines."""

from qenus import __version__
from qenus.extractors.pool_state.block_states import BlockStates
from qenus.protocols.registry import Registry
from qenus.wire import (
    EMPTY_DIGEST,
    BlockEnd,
    BlockRef,
    Family,
    FamilyCount,
    Identity,
    PoolStateBatch,
    Purity,
    Tier,
    blocks_topic,
    encode,
    extend_digest,
    features_topic,
)

__all__ = ["pool_state_contents", "pool_state_version"]


def pool_state_version(registry: Registry) -> str:
    """Name this code and the digest of the registry: both decide the content."""
    return f"{__version__}+{registry.digest}"


def pool_state_contents(
    block: BlockRef, states: BlockStates, chain: str, version: str, tier: Tier = Tier.INCLUDED
) -> list[tuple[str, bytes]]:
    """Give (topic, content bytes) of the batch, if a pool was touched, and of the BlockEnd."""
    contents: list[tuple[str, bytes]] = []
    digest = EMPTY_DIGEST
    if states.features:
        identity = Identity(block, tier, Family.POOL_STATE, version)
        content = encode(PoolStateBatch(identity, states.features, states.tokens))
        contents.append((features_topic("pool_state", chain), content))
        digest = extend_digest(digest, content)
    count = FamilyCount(Family.POOL_STATE, len(contents), len(states.features), 0, digest)
    end = BlockEnd(block, tier, Purity.STATE, version, (count,), digest)
    contents.append((blocks_topic(chain), encode(end)))
    return contents
