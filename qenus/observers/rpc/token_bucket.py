"""How much work one endpoint may cause: a store that fills slowly and is emptied by what comes.

A burst up to the store's size is taken at once, more than `per_second` in the long run is not. The
caller says what time it is. Pure.
"""

import attrs

__all__ = ["TokenBucket"]


@attrs.define
class TokenBucket:
    """Holds up to `size`, starts full and gains `per_second`."""

    size: float
    per_second: float
    _held: float = attrs.field(init=False)
    _at: float | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._held = self.size

    def take(self, amount: float, now: float) -> bool:
        """Take an amount, and say whether there was enough; what is missing is owed."""
        if self._at is not None and now > self._at:
            self._held = min(self.size, self._held + (now - self._at) * self.per_second)
        self._at = now
        self._held = max(self._held - amount, -self.size)
        return self._held >= 0
