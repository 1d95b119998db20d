"""Features that are a function of the block alone, and the BlockEnd that closes them.

What comes out are the contents for the lines, already encoded, in the order in which they are to be
sent. The same block gives the same bytes on every node.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from qenus import __version__
from qenus.extractors.closing import close_block
from qenus.extractors.families import FAMILIES
from qenus.extractors.feature_family import FamilyBatch, FeatureFamily
from qenus.wire import Block, Identity, Purity, Tier

__all__ = ["batches_of_block", "block_pure_contents", "extractor_version"]


def extractor_version(families: Sequence[FeatureFamily] = FAMILIES) -> str:
    """Name this code and the digest of the block-pure families' rules: both decide the content."""
    rules = sha256()
    for family in families:
        for rule in family.rules() if family.of_block is not None else ():
            rules.update(rule)
    return f"{__version__}+{rules.hexdigest()[:16]}"


def batches_of_block(
    block: Block,
    version: str,
    tier: Tier = Tier.INCLUDED,
    *,
    families: Sequence[FeatureFamily] = FAMILIES,
) -> Iterator[tuple[FeatureFamily, FamilyBatch]]:
    """Make the batch of every block-pure family, in the families' order."""
    for each in families:
        if each.of_block is not None:
            identity = Identity(block.block, tier, each.family, version)
            yield each, each.of_block(block, identity)


def block_pure_contents(
    block: Block,
    chain: str,
    version: str,
    tier: Tier = Tier.INCLUDED,
    *,
    families: Sequence[FeatureFamily] = FAMILIES,
) -> list[tuple[str, bytes]]:
    """Give (topic, content bytes) of the block's batches and of the BlockEnd that closes them."""
    return close_block(
        block.block,
        list(batches_of_block(block, version, tier, families=families)),
        purity=Purity.BLOCK, chain=chain, version=version, tier=tier,
    )  # fmt: skip
