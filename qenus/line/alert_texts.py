"""Cleans the texts of alerts and rejections, which carry text from outside to subscribers.

An alert's text contains a node's own text: an error message, a client's version, an echoed path.
Before a frame is numbered, the line redacts every secret of the configuration in it and escapes
control characters. The only other text on a line is tokens' names in pool_state; they are part of
the chain's state and of the digest, and stay as they are.
"""

from typing import Final

import attrs
import msgspec

from qenus.plain_text import plain
from qenus.redaction import Redactor
from qenus.wire import ALERTS, Alert, Parcel, Rejection, decode, encode

__all__ = ["AlertTexts"]

# In characters: within the contract's bounds in bytes for any characters.
_MAX_SUBJECT_CHARACTERS: Final = 256
_MAX_TEXT_CHARACTERS: Final = 1024


@attrs.frozen
class AlertTexts:
    """Cleans the texts of parcels on topic alerts; other parcels pass unchanged."""

    redactor: Redactor = attrs.field(factory=Redactor)

    def clean(self, parcel: Parcel) -> Parcel:
        """Give the parcel with its texts redacted, escaped and bounded."""
        if parcel.topic != ALERTS:
            return parcel
        content = decode(parcel.content, Alert | Rejection)
        if isinstance(content, Alert):
            cleaned: Alert | Rejection = msgspec.structs.replace(
                content, subject=self._subject(content.subject), text=self._text(content.text)
            )
        else:
            cleaned = msgspec.structs.replace(
                content,
                source=self._subject(content.source),
                expected=self._text(content.expected),
                found=self._text(content.found),
            )
        return Parcel(parcel.topic, parcel.observed_ns, encode(cleaned))

    def _subject(self, text: str) -> str:
        return plain(self.redactor.redact(text), _MAX_SUBJECT_CHARACTERS)

    def _text(self, text: str) -> str:
        return plain(self.redactor.redact(text), _MAX_TEXT_CHARACTERS)
