"""The extractor actor: sealed blocks in, feature batches out, in order."""

from collections.abc import Sequence

from qenus.extractors.block_pure import block_pure_contents, extractor_version
from qenus.extractors.chain_progress import ChainProgress
from qenus.extractors.families import FAMILIES
from qenus.extractors.feature_family import FeatureFamily
from qenus.wire import Block, Heads, Observed, Parcel, Retract
from supervisors import Cell, Inbox, Outlet

__all__ = ["extract"]


async def extract(
    sealed: Inbox[Observed[Block | Retract | Heads]],
    features: Outlet[Parcel],
    touched: Outlet[Observed[Block | Retract]] | None = None,
    progress: Cell[ChainProgress] | None = None,
    *,
    chain: str,
    families: Sequence[FeatureFamily] = FAMILIES,
) -> None:
    """Turn each sealed block of `chain` into its batches and the BlockEnd that closes them.

    Of `families` those that are a function of the block alone are made here.

    What is no block (Retract, Heads) goes through unchanged, in its place. All of a block
    becomes visible together with its acknowledgement, or nothing of it. Blocks and retracts are
    handed on to `touched`, where what needs the chain's state is made of them, and `progress` says
    how far we are.

    Cancellation leaves the block in hand unacknowledged and nothing of it sent.
    """
    version = extractor_version(families)
    async for observed in sealed:
        content = observed.content
        if isinstance(content, Block):
            for topic, batch in block_pure_contents(content, chain, version, families=families):
                await features.send(Parcel(topic, observed.observed_ns, batch))
        else:
            await features.send_frame(sealed.frame)
        if isinstance(content, Heads):
            continue
        if touched is not None:
            await touched.send_frame(sealed.frame)
        if progress is not None:
            now = progress.value
            applied = isinstance(content, Block)
            progress.set(now.applied(content.block) if applied else now.retracted(content.block))
