"""How much work one endpoint may make us do: an allowance that is spent and comes back with time.

Deciding only: the time is a number that the caller gives, seconds of a clock that never goes back.
"""

import attrs

from qenus.errors import RemoteProtocolError

__all__ = ["Allowance", "Overspent"]


class Overspent(RemoteProtocolError):
    """An endpoint makes more work than any honest one would: it is left alone for a while."""


@attrs.define
class Allowance:
    """At most `burst` at once, and `per_second` over time, of whatever is counted."""

    burst: float
    per_second: float
    _left: float = attrs.field(init=False)
    _at: float | None = None

    def __attrs_post_init__(self) -> None:
        self._left = self.burst

    def spend(self, amount: float, now: float) -> bool:
        """Take an amount; whether that much was left. What is not left is not taken."""
        if self._at is not None:
            self._left = min(self.burst, self._left + (now - self._at) * self.per_second)
        self._at = now
        if amount > self._left:
            return False
        self._left -= amount
        return True
