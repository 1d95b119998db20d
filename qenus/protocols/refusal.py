"""Why a log that bears an event's topic is not that event."""

from qenus.errors import RemoteProtocolError

__all__ = ["Refusal"]

# A word and its 0x, with room: what is found is shown whole or cut here.
_MAX_SHOWN = 80


class Refusal(RemoteProtocolError):
    """A log cannot be the event whose topic it bears; the block goes on without it."""

    def __init__(self, field: str, expected: str, found: bytes | int) -> None:
        """Name the field, what it must be, and what stands there: a word, or a count."""
        shown = f"0x{found.hex()}" if isinstance(found, bytes) else str(found)
        super().__init__(f"{field}: expected {expected}, found {shown[:_MAX_SHOWN]}")
        self.field = field
        self.expected = expected
        self.found = found
