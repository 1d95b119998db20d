"""The mailboxes of the tree, typed by what travels in them; frames of the contract lie in them.

    found            source → sealer: proven blocks, and what is safe and finalized
    sealed           sealer → extractor: the canonical chain, with retractions
    <name>:touched   extractor → a state-pure family: blocks and retractions
    out              extractors, state-pure families and sources → line: parcels for any topic

All but `out` are one chain's. A frame of theirs is a `Parcel`, too: what only passes on is sent as
it came (`send_frame`), and is never encoded again.
"""

from typing import Any, Final

from qenus.wire import Block, Heads, Observed, ObservedFrames, Parcel, Retract, decode, encode
from supervisors import Codec, Mailbox

__all__ = ["ChainMailboxes", "line_mailbox"]

_BYTES: Final = 256 << 20


def _parcel(frame: bytes) -> Parcel:
    return decode(frame, Parcel)


_PARCELS: Final = Codec[Parcel](encode, _parcel)


def line_mailbox(
    name: str = "out", *, capacity: int = 1024, capacity_bytes: int = _BYTES
) -> Mailbox[Parcel]:
    """Make the mailbox of what the line numbers."""
    return Mailbox(name, capacity=capacity, capacity_bytes=capacity_bytes, codec=_PARCELS)


class ChainMailboxes:
    """Makes the mailboxes of one chain.

    Those to the state-pure families share a codec, so that a `fan_out` to them encodes once.
    """

    def __init__(self, chain: str) -> None:
        self._chain = chain
        self._touched = _codec(chain, Block | Retract)

    def found(self, capacity: int = 1024) -> Mailbox[Observed[Block | Heads]]:
        """Make the mailbox from the source to the sealer."""
        return self._mailbox("found", capacity, _codec(self._chain, Block | Heads))

    def sealed(self, capacity: int = 1024) -> Mailbox[Observed[Block | Retract | Heads]]:
        """Make the mailbox from the sealer to the extractor."""
        return self._mailbox("sealed", capacity, _codec(self._chain, Block | Retract | Heads))

    def touched(self, family: str, capacity: int = 1024) -> Mailbox[Observed[Block | Retract]]:
        """Make the mailbox from the extractor to a state-pure family."""
        return self._mailbox(f"{family}:touched", capacity, self._touched)

    def _mailbox(
        self, name: str, capacity: int, codec: Codec[Observed[Any]]
    ) -> Mailbox[Observed[Any]]:
        return Mailbox(
            f"{self._chain}:{name}", capacity=capacity, capacity_bytes=_BYTES, codec=codec
        )


def _codec(chain: str, kinds: object) -> Codec[Observed[Any]]:
    frames = ObservedFrames(chain, kinds)
    return Codec(frames.encode, frames.decode)
