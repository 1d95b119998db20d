"""The extractor actor: sealed blocks in, feature batches out, in order."""

from qenus.extractors.block_pure import block_pure_contents, extractor_version
from qenus.wire import ALERTS, Block, Heads, Parcel, Retract, decode, encode
from supervisors import Inbox, Outlet

__all__ = ["extract"]


async def extract(sealed: Inbox[bytes], features: Outlet[bytes], *, chain: str) -> None:
    """Turn each sealed block of `chain` into its batches and the BlockEnd that closes them.

    What is no block (Retract, Heads, alerts) goes through unchanged, in its place. All of a block
    becomes visible together with its acknowledgement, or nothing of it.

    Cancellation leaves the block in hand unacknowledged and nothing of it sent.
    """
    version = extractor_version()
    async for message in sealed:
        parcel = decode(message, Parcel)
        if parcel.topic == ALERTS:
            await features.send(message)
            continue
        content = decode(parcel.content, Block | Retract | Heads)
        if not isinstance(content, Block):
            await features.send(message)
            continue
        for topic, batch in block_pure_contents(content, chain, version):
            await features.send(encode(Parcel(topic, parcel.observed_ns, batch)))
