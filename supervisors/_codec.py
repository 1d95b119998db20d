"""Values on the outside, frames on the inside: what turns one into the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import attrs

T = TypeVar("T")


@attrs.frozen
class Codec(Generic[T]):
    """How the values of a mailbox become the bytes that lie in it, and back.

    Both are pure functions; for a process child they must be picklable, as functions of a
    module are. What `decode` raises, the reader raises: it is a crash with that message in
    hand, so a frame that cannot be read goes to quarantine as it is.
    """

    encode: Callable[[T], bytes]
    decode: Callable[[bytes], T]

    def encoded(self, values: list[T]) -> list[Any]:
        """Encode several values."""
        return [self.encode(value) for value in values]
