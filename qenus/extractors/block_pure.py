"""Features that are a function of the block alone, and the BlockEnd that closes them.

Every log whose first topic is a known event's is decoded or refused; what comes out are the
contents for the lines, already encoded, in the order in which they are to be sent. The same block
gives the same bytes on every node.
"""

from hashlib import sha256

from qenus import __version__
from qenus.extractors import amm
from qenus.protocols.refusal import Refusal
from qenus.wire import (
    EMPTY_DIGEST,
    AmmBatch,
    AmmFeature,
    Block,
    BlockEnd,
    Family,
    FamilyCount,
    Identity,
    Purity,
    RefusedLog,
    Tier,
    blocks_topic,
    encode,
    extend_digest,
    features_topic,
)

__all__ = ["amm_batch", "block_pure_contents", "extractor_version"]


def extractor_version() -> str:
    """Name this code and the digest of the events that it knows: both decide the content."""
    table = sha256()
    for topic0, event in sorted(amm.EVENTS.items()):
        kind = event.message
        table.update(topic0)
        declared = "; ".join(kind.EVENTS)
        table.update(f"{kind.KIND} {kind.PROTOCOL} {kind.FEATURE} {declared}\n".encode())
    return f"{__version__}+{table.hexdigest()[:16]}"


def amm_batch(block: Block, version: str, tier: Tier = Tier.INCLUDED) -> AmmBatch:
    """Decode every log of the block that bears the topic of an event of family amm."""
    features: list[AmmFeature] = []
    refused: list[RefusedLog] = []
    events = amm.EVENTS
    for position, transaction in enumerate(block.transactions):
        for log in transaction.logs:
            topics = log.topics
            known = events.get(topics[0]) if topics else None
            if known is None:
                continue
            try:
                features.append(known.decode(log, transaction.hash, position))
            except Refusal as refusal:
                refused.append(
                    RefusedLog(
                        transaction.hash,
                        log.log_index,
                        log.address,
                        known.message.PROTOCOL,
                        known.message.FEATURE,
                        str(refusal),
                    )
                )
    identity = Identity(block.block, tier, Family.AMM, version)
    return AmmBatch(identity, tuple(features), tuple(refused))


def block_pure_contents(
    block: Block, chain: str, version: str, tier: Tier = Tier.INCLUDED
) -> list[tuple[str, bytes]]:
    """Give (topic, content bytes) of the block's batches and of the BlockEnd that closes them.

    A family with neither features nor refused logs has no batch; its count in the BlockEnd says so.
    """
    batch = amm_batch(block, version, tier)
    contents: list[tuple[str, bytes]] = []
    digest = EMPTY_DIGEST
    if batch.features or batch.refused:
        content = encode(batch)
        contents.append((features_topic("amm", chain), content))
        digest = extend_digest(digest, content)
    count = FamilyCount(Family.AMM, len(contents), len(batch.features), len(batch.refused), digest)
    end = BlockEnd(block.block, tier, Purity.BLOCK, version, (count,), digest)
    contents.append((blocks_topic(chain), encode(end)))
    return contents
