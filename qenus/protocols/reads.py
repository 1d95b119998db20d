"""State reads without I/O: plans say which calls they need and go on with what was returned.

A plan is a generator: it yields `Call`s, is sent what each returned (None where the call reverted),
and returns what it found. Plans that do not wait for each other run `together`, so that one
question to the node serves all of them. What drives a plan decides how calls reach a node.
"""

from collections.abc import Generator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias, TypeVar

from qenus.chain.keccak import keccak256
from qenus.errors import TransientError

__all__ = [
    "Answer",
    "Call",
    "Plan",
    "StateUnavailable",
    "call_data",
    "signed",
    "together",
    "words_of",
]

T = TypeVar("T")


class StateUnavailable(TransientError):
    """No node can answer on that state now. `asked`: one was, and said that it cannot."""

    def __init__(self, reason: str, *, asked: bool) -> None:
        super().__init__(reason)
        self.asked = asked


class Call(NamedTuple):
    """A call of a contract on the state after a block.

    The code of an `unverified` contract is not known: its call is bounded in gas, alike everywhere,
    so that it can neither hold up the node nor answer differently in other company.
    """

    block_hash: bytes
    to: bytes
    data: bytes
    unverified: bool = False


# What a call returned; None: it reverted.
Answer: TypeAlias = bytes | None
Plan: TypeAlias = Generator[Sequence[Call], Sequence[Answer], T]


def together(plans: Sequence[Plan[T]]) -> Plan[list[T]]:
    """Run plans side by side, a question of all of them at a time; give what each found."""
    found: dict[int, T] = {}
    asked: dict[int, Sequence[Call]] = {}

    def go_on(at: int, answers: Sequence[Answer] | None) -> None:
        try:
            asked[at] = next(plans[at]) if answers is None else plans[at].send(answers)
        except StopIteration as end:
            asked.pop(at, None)
            found[at] = end.value

    for at in range(len(plans)):
        go_on(at, None)
    while asked:
        open_now = list(asked.items())
        answers = yield [call for _, calls in open_now for call in calls]
        start = 0
        for at, calls in open_now:
            go_on(at, answers[start : start + len(calls)])
            start += len(calls)
    return [found[at] for at in range(len(plans))]


def call_data(signature: str, *arguments: int | bytes) -> bytes:
    """Encode a call of `name(type,…)` whose arguments are integers, addresses or 32-byte words."""
    return _selector(signature) + b"".join(map(_word, arguments))


@lru_cache(maxsize=256)
def _selector(signature: str) -> bytes:
    return keccak256(signature.encode())[:4]


def _word(value: int | bytes) -> bytes:
    if isinstance(value, bytes):
        return value.rjust(32, b"\0")
    return (value % (1 << 256)).to_bytes(32, "big")


def words_of(answer: Answer, count: int) -> tuple[int, ...] | None:
    """Read the first `count` words that a call returned; None where there are not as many."""
    if answer is None or len(answer) < 32 * count:
        return None
    return tuple(int.from_bytes(answer[at : at + 32], "big") for at in range(0, 32 * count, 32))


def signed(word: int) -> int:
    """Read a word as two's complement."""
    return word - (1 << 256) if word >> 255 else word
