"""Closes a block: its batches of one purity and the BlockEnd that counts them, as bytes."""

from collections.abc import Sequence

from qenus.extractors.feature_family import FamilyBatch, FeatureFamily, refused_of
from qenus.wire import (
    EMPTY_DIGEST,
    BlockEnd,
    BlockRef,
    FamilyCount,
    Purity,
    Tier,
    WireMessage,
    blocks_topic,
    encode,
    extend_digest,
    features_topic,
)

__all__ = ["close_block"]


def close_block(
    block: BlockRef,
    batches: Sequence[tuple[FeatureFamily, FamilyBatch]],
    *,
    purity: Purity,
    chain: str,
    version: str,
    tier: Tier = Tier.INCLUDED,
) -> list[tuple[str, bytes]]:
    """Give (topic, content bytes) of the batches and of the BlockEnd that closes them, in order.

    A family with neither features nor refused logs has no batch; its count in the BlockEnd says so.
    """
    contents: list[tuple[str, bytes]] = []
    counts: list[FamilyCount] = []
    whole = EMPTY_DIGEST
    for family, batch in batches:
        refused, own, sent = refused_of(batch), EMPTY_DIGEST, 0
        if batch.features or refused:
            assert isinstance(batch, WireMessage)
            content = encode(batch)
            contents.append((features_topic(family.name, chain), content))
            own, sent = extend_digest(EMPTY_DIGEST, content), 1
            # Of the block's first batch both digests are the same: hashing takes a tenth of it all.
            whole = own if whole == EMPTY_DIGEST else extend_digest(whole, content)
        counts.append(FamilyCount(family.family, sent, len(batch.features), len(refused), own))
    end = BlockEnd(block, tier, purity, version, tuple(counts), whole)
    contents.append((blocks_topic(chain), encode(end)))
    return contents
