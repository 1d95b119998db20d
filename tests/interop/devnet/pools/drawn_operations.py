"""What a drawn operation is: a transaction, and all that is predicted of it before it is sent.

A family of pools draws operations from a seed and predicts each by qenus.pools from the state that
the one before leaves. Predicted are whether it fails, every event of the pools word by word, and
what every token's balance of the acting contract changes by.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import attrs
from eth_abi.abi import decode
from eth_utils.crypto import keccak

from qenus.pools import PoolLedger, QuoteRefused
from tools.devnet.calls import Transaction, call_data, read

__all__ = [
    "APPROVAL",
    "TRANSFER",
    "ZERO",
    "EventShape",
    "Family",
    "Operation",
    "Question",
    "Said",
    "View",
    "key_of",
    "moves_of",
    "refusal_of",
    "sized",
]

TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()
APPROVAL = "0x" + keccak(text="Approval(address,address,uint256)").hex()
ZERO = "0x" + "00" * 20


@attrs.frozen
class Said:
    """An event: who said it, its name and all its values in the order of its signature."""

    emitter: str
    name: str
    values: tuple[Any, ...]


@attrs.frozen
class Operation:
    """What is done, and what is predicted of it: `refused` says why it must fail, None that it
    must not; `moves` are the changes of the hands' balances by token. `asked` is the question to
    the pool that it comes down to, and `answer` what the pool says, None where it refuses."""

    family: str
    what: str
    transaction: Transaction
    refused: str | None = None
    said: tuple[Said, ...] = ()
    moves: Mapping[str, int] = attrs.field(factory=dict)
    asked: tuple[Any, ...] | None = None
    answer: tuple[Any, ...] | None = None

    def about(self, *asked: Any, answer: Iterable[Any] = ()) -> "Operation":
        """The same, with its question and answer."""
        given = None if self.refused is not None else tuple(answer)
        return attrs.evolve(self, asked=asked, answer=given)

    def __str__(self) -> str:
        return f"{self.family}: {self.what}"


@attrs.frozen
class Question:
    """What a contract is asked at a block, and what it must answer."""

    to: str
    data: str
    returns: str
    expected: tuple[Any, ...]

    @classmethod
    def of(cls, to: str, signature: str, *values: Any, returns: str, expected: tuple[Any, ...]):
        """Ask the function `name(type,…)`."""
        return cls(to, call_data(signature, *values), returns, expected)

    def given(self, answer: str) -> tuple[Any, ...]:
        """The answer, as far as something is expected; the rest is not asked for."""
        return read(self.returns, answer)[: len(self.expected)]


class View(Protocol):
    """What stands while a block is followed: the ledger, and over it what the block changed."""

    def get(self, key: bytes) -> Any: ...

    def put(self, key: bytes, value: Any) -> None: ...


class Family(Protocol):
    """One protocol's pools in the world. `state` is an immutable value: keeping it is the undo."""

    name: str
    weight: int
    state: Any

    def draw(self, rng: random.Random, timestamp: int) -> Operation:
        """Draw an operation in a block of that time, predict it, and move on to what it leaves."""
        ...

    def planned(self) -> dict[bytes, Any]:
        """What is predicted to stand, by the ledger's keys."""
        ...

    def events(self) -> Iterable[tuple[str, "EventShape"]]:
        """(emitter, shape) of every event of its contracts."""
        ...

    def follow(self, said: Said, view: View, timestamp: int) -> None:
        """Apply an event of its contracts."""
        ...

    def transfer(self, token: str, sender: str, to: str, amount: int, view: View) -> None:
        """Apply a token's Transfer."""
        ...

    def questions(self, ledger: PoolLedger[Any]) -> list[Question]:
        """What its contracts must answer at the ledger's head; ticks touched are forgotten."""
        ...


@attrs.frozen
class EventShape:
    """An event's name and types; `indexed` says which are topics."""

    name: str
    types: tuple[str, ...]
    indexed: tuple[bool, ...]
    topic: str

    @classmethod
    def of(cls, declaration: str) -> "EventShape":
        """Read `Name(type indexed, type, …)`."""
        name, _, inside = declaration.rstrip(")").partition("(")
        parts = [part.split() for part in inside.split(",")]
        types = tuple(part[0] for part in parts)
        topic = keccak(text=f"{name}({','.join(types)})").hex()
        return cls(name, types, tuple(len(part) > 1 for part in parts), f"0x{topic}")

    def read(self, log: Mapping[str, Any]) -> Said:
        """Decode a log of this event."""
        topics = iter(log["topics"][1:])
        plain = [t for t, indexed in zip(self.types, self.indexed, strict=True) if not indexed]
        data = iter(decode(plain, bytes.fromhex(log["data"][2:])))
        values = tuple(
            decode([kind], bytes.fromhex(next(topics)[2:]))[0] if indexed else next(data)
            for kind, indexed in zip(self.types, self.indexed, strict=True)
        )
        return Said(log["address"], self.name, values)


def key_of(address: str) -> bytes:
    """The ledger's key of a contract."""
    return bytes.fromhex(address[2:])


def sized(rng: random.Random, least_bits: int, most_bits: int) -> int:
    """Draw a positive integer, all sizes alike."""
    bits = rng.randint(least_bits, most_bits)
    return rng.randint(1 << bits - 1, (1 << bits) - 1)


def moves_of(*moves: tuple[str, int]) -> dict[str, int]:
    """Add up changes of balances by token; what does not change is left out."""
    sums: dict[str, int] = {}
    for token, change in moves:
        sums[token] = sums.get(token, 0) + change
    return {token: change for token, change in sums.items() if change}


def refusal_of(predict: Callable[[], Any]) -> tuple[Any, str | None]:
    """What a prediction gives and None, or None and why it is refused."""
    try:
        return predict(), None
    except QuoteRefused as refused:
        return None, refused.reason
