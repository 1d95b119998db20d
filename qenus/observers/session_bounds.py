"""What one session with a node may hold and take: bounds that the configuration may change."""

from typing import Final

import attrs

__all__ = ["DEFAULT_BOUNDS", "MAX_MESSAGE_BYTES", "SessionBounds"]

MAX_MESSAGE_BYTES: Final = 64 << 20


@attrs.frozen
class SessionBounds:
    """The bounds of one session, all of them keys of section [chains.NAME].

    node_message_bytes: one message of the node, unpacked. Blocks of a chain have to fit.
    node_calls: calls that wait for their answers; further ones fail at once.
    unasked_messages_per_second: announcements and whatever else nothing asked for; eight times as
        many may come at once. More ends the session.
    unasked_bytes_per_second: the same in bytes.
    """

    node_message_bytes: int = MAX_MESSAGE_BYTES
    node_calls: int = 1024
    unasked_messages_per_second: int = 500
    unasked_bytes_per_second: int = 4 << 20


DEFAULT_BOUNDS: Final = SessionBounds()
