"""Family amm as a value: every log whose first topic is a known event's is decoded or refused."""

from collections.abc import Iterator

from qenus.extractors import amm
from qenus.extractors.feature_family import FeatureFamily
from qenus.protocols.refusal import Refusal
from qenus.wire import (
    AmmBatch,
    AmmFeature,
    Block,
    Family,
    Identity,
    Purity,
    RefusedLog,
    Tier,
)

__all__ = ["AMM", "amm_batch"]


def amm_batch(block: Block, version: str, tier: Tier = Tier.INCLUDED) -> AmmBatch:
    """Decode every log of the block that bears the topic of an event of family amm."""
    return _of_block(block, Identity(block.block, tier, Family.AMM, version))


def _of_block(block: Block, identity: Identity) -> AmmBatch:
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
    return AmmBatch(identity, tuple(features), tuple(refused))


def _rules() -> Iterator[bytes]:
    """The events that are known: they decide what a block's features are."""
    for topic0, event in sorted(amm.EVENTS.items()):
        kind = event.message
        declared = "; ".join(kind.EVENTS)
        yield topic0
        yield f"{kind.KIND} {kind.PROTOCOL} {kind.FEATURE} {declared}\n".encode()


AMM = FeatureFamily(Family.AMM, Purity.BLOCK, AmmBatch, _of_block, _rules)
