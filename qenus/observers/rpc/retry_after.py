"""How long a server wants to be left alone: the Retry-After header, bounded.

Source: RFC 9110, section 10.2.3.
"""

import time
from email.utils import parsedate_to_datetime
from typing import Final

__all__ = ["MAX_RETRY_AFTER_SECONDS", "bounded_seconds", "retry_after_seconds"]

# A day: what is longer than that, and what only overflows, is taken for it.
MAX_RETRY_AFTER_SECONDS: Final = 86_400.0
_MAX_CHARACTERS: Final = 64


def retry_after_seconds(text: str) -> float | None:
    """Read the header: seconds, or a time, given as seconds from now; None where it is neither."""
    text = text.strip()[:_MAX_CHARACTERS]
    if text.isascii() and text.isdigit():
        return bounded_seconds(float(text))
    try:
        at = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return bounded_seconds(at - time.time())


def bounded_seconds(seconds: float) -> float:
    """Give a time that a server asks for between 0 and a day; what is no number is 0."""
    return min(max(0.0, seconds), MAX_RETRY_AFTER_SECONDS) if seconds == seconds else 0.0
