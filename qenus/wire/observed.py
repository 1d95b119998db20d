"""What travels between a chain's actors: a content message, and when its bytes were observed.

In a mailbox an `Observed` lies as the frame of the contract that carries it, a `Parcel` for the
chain's topic blocks.<chain>. So an actor that passes a message on sends the frame as it came, and
the line takes the same bytes.
"""

from typing import Any, Generic, TypeVar

import attrs

from qenus.wire.codec import decode, encode
from qenus.wire.messages import Block, Heads, Parcel, Retract
from qenus.wire.topics import blocks_topic

__all__ = ["Observed", "ObservedFrames"]

T_co = TypeVar("T_co", covariant=True, bound=Block | Retract | Heads)


@attrs.frozen
class Observed(Generic[T_co]):
    """A content message; `observed_ns` is when its bytes arrived at the node, in Unix time."""

    observed_ns: int
    content: T_co


class ObservedFrames:
    """Encodes and decodes what one mailbox of a chain holds. Pure.

    `kinds` are the messages that may travel there, a type or a union of types.
    """

    def __init__(self, chain: str, kinds: object) -> None:
        self._topic = blocks_topic(chain)
        self._kinds = kinds

    def encode(self, observed: Observed[Any]) -> bytes:
        """Give the frame that carries a message."""
        content = encode(observed.content)
        return encode(Parcel(self._topic, observed.observed_ns, content))

    def decode(self, frame: bytes) -> Observed[Any]:
        """Read a frame.

        Raises:
            RemoteProtocolError: it is no parcel, or carries a message of another kind.
        """
        parcel = decode(frame, Parcel)
        return Observed(parcel.observed_ns, decode(parcel.content, self._kinds))
