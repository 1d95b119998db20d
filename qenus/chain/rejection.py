"""The result of a failed check: the step, the place, the expected and the found value.

The steps are the rungs of the ladder, in the order in which a block climbs them. A step is only
reached when all before it held, so the failed step shows how much of the block was proven.
"""

import reprlib
from typing import Final, Literal, TypeAlias, get_args

from qenus.errors import RemoteProtocolError

__all__ = ["STEPS", "Rejected", "Step"]

Step: TypeAlias = Literal[
    "shape",
    "header hash",
    "parent link",
    "base fee",
    "uncles hash",
    "transactions root",
    "withdrawals root",
    "requests hash",
    "chain id",
    "receipts root",
    "bloom",
    "positions",
    "log indices",
    "gas sum",
    "header rules",
    "sender",
    "proof",
]
STEPS: Final[tuple[Step, ...]] = get_args(Step)

_MAX_SHOWN = 512


class _Words(reprlib.Repr):
    """The words of a value, each part of it cut before it is put into words."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 3
        self.maxtuple = self.maxlist = self.maxdict = 16
        self.maxstring = self.maxother = _MAX_SHOWN

    def repr_bytes(self, x: bytes, level: int) -> str:  # noqa: ARG002 (reprlib's signature)
        return _hex(x)

    def repr_int(self, x: int, level: int) -> str:  # noqa: ARG002
        bits = x.bit_length()
        return repr(x) if bits <= _MAX_SHOWN else f"an integer of {bits} bits"

    def repr_str(self, x: str, level: int) -> str:  # noqa: ARG002
        return _cut(repr(x[:_MAX_SHOWN]), len(x))


_WORDS: Final = _Words()


def shown(value: object) -> str:
    """Give a value as bounded, printable text: bytes as 0x-hex, the rest by its own words.

    A large value is cut before it is put into words, so that this takes no time and no memory.
    """
    if isinstance(value, str) and len(value) <= _MAX_SHOWN and value.isprintable():
        return value
    text = _WORDS.repr(value)
    return _cut(text, len(text))


def _hex(value: bytes) -> str:
    return _cut("0x" + value[:_MAX_SHOWN].hex(), 2 + 2 * len(value))


def _cut(text: str, length: int) -> str:
    """Cut words that stand for a text of `length` characters."""
    if max(len(text), length) <= _MAX_SHOWN:
        return text
    return f"{text[: _MAX_SHOWN // 2]}… ({length} characters)"


class Rejected(RemoteProtocolError):
    """A source's answer breaks the chain's own rules.

    `step` is the rung that failed, `where` the path of the value ("receipts[3].logs[0].data"; empty
    for the whole), `expected` and `found` are text, bounded in length, `claimed_hash` is the block
    hash that the source claimed (32 bytes), None when there was none to read.
    """

    def __init__(
        self,
        step: Step,
        *,
        expected: object,
        found: object,
        where: str = "",
        claimed_hash: bytes | None = None,
    ) -> None:
        """Build a rejection; `expected` and `found` may be any values, long ones are cut."""
        self.step: Step = step
        self.where = where
        self.expected = shown(expected)
        self.found = shown(found)
        self.claimed_hash = claimed_hash
        place = f"{step}, {where}" if where else step
        super().__init__(f"{place}: expected {self.expected}, found {self.found}")
