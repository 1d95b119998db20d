"""Random draws that are the same on every machine and in every version of Python.

A stream is Keccak-256 over a seed and a counter. `fork` gives an independent stream by name, so
that one part of the world drawing more does not change what another part draws.
"""

from collections.abc import Sequence
from typing import TypeVar

from qenus.chain.keccak import keccak256

__all__ = ["Draws"]

T = TypeVar("T")


class Draws:
    """A deterministic stream of integers from a seed of any bytes."""

    __slots__ = ("_count", "_seed")

    def __init__(self, seed: bytes) -> None:
        self._seed = keccak256(seed)
        self._count = 0

    def fork(self, *names: bytes | int | str) -> "Draws":
        """Return the stream of this seed and these names; earlier draws do not change it."""
        return Draws(self._seed + b"".join(keccak256(repr(name).encode()) for name in names))

    def bytes32(self) -> bytes:
        """Draw 32 bytes."""
        self._count += 1
        return keccak256(self._seed + self._count.to_bytes(8, "big"))

    def integer(self, low: int, high: int) -> int:
        """Draw from low..high, both included; ranges up to 2^128 (the bias is below 2^-128)."""
        return low + int.from_bytes(self.bytes32(), "big") % (high - low + 1)

    def chance(self, numerator: int, denominator: int) -> bool:
        """Draw True with this probability."""
        return self.integer(1, denominator) <= numerator

    def choice(self, options: Sequence[T]) -> T:
        """Draw one of the options, which are not empty."""
        return options[self.integer(0, len(options) - 1)]
