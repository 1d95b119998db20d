"""The door through which words from outside reach subscribers: alerts and rejections.

Part of an alert's text is what a node said: an error message, a client's version, a path that it
sent back. Before a frame is numbered, every secret of the configuration is taken out of it, and
what a screen would obey is escaped. Nothing else on a line holds text but tokens' own words in
pool_state, which are part of the chain's state and of the digest, and are left as they are.
"""

from typing import Final

import attrs
import msgspec

from qenus.plain_text import plain
from qenus.redaction import Redactor
from qenus.wire import ALERTS, Alert, Parcel, Rejection, decode, encode

__all__ = ["AlertTexts"]

# Characters that are within the contract's bounds in bytes, whatever they are.
_MAX_SUBJECT_CHARACTERS: Final = 256
_MAX_TEXT_CHARACTERS: Final = 1024


@attrs.frozen
class AlertTexts:
    """Makes the texts of a parcel on topic alerts fit to be read; leaves all others alone."""

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
