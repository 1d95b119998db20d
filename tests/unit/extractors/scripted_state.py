"""Contracts of a scripted world: what each call returns at each block, and plans that ask them.

No code of the project encodes here: selectors and words are eth-utils' and eth-abi's.
"""

from collections.abc import Callable, Sequence
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from qenus.extractors.pool_state import Answer, Call, Plan
from qenus.wire import Block, BlockRef, Log, Transaction

__all__ = ["Script", "block_of_logs", "event", "selector"]


def selector(signature: str) -> bytes:
    """The first four bytes of a call."""
    return keccak(text=signature)[:4]


def event(address: bytes, signature: str, indexed: Sequence[Any], data: Sequence[Any]) -> Log:
    """A log of `Name(type,…)`, the first arguments indexed."""
    types = signature[signature.index("(") + 1 : -1].split(",")
    topics = [encode([kind], [value]) for kind, value in zip(types, indexed, strict=False)]
    return Log(0, address, (keccak(text=signature), *topics), encode(types[len(indexed) :], data))


def block_of_logs(number: int, *logs: Log, fork: int = 0, parent_fork: int = 0) -> Block:
    """A block with one transaction of these logs; `fork` tells branches apart."""
    logs = tuple(Log(at, log.address, log.topics, log.data) for at, log in enumerate(logs))
    ref = BlockRef(1, number, hash_of(number, fork), hash_of(number - 1, parent_fork))
    transaction = Transaction(bytes(32), 2, bytes(20), 1, 21_000, logs)
    return Block(ref, 1_700_000_000 + 12 * number, bytes(20), 30_000_000, 0, 1, None, None, b"",
                 (transaction,))  # fmt: skip


def hash_of(number: int, fork: int = 0) -> bytes:
    return bytes([fork]) * 24 + number.to_bytes(8, "big", signed=True)


class Script:
    """Answers by block hash and contract; `asked` remembers every call."""

    def __init__(self) -> None:
        self.answers: dict[tuple[bytes, bytes], Answer] = {}
        self.at: dict[tuple[bytes, bytes, bytes], Answer] = {}
        self.asked: list[Call] = []

    def says(
        self, to: bytes, signature: str, types: list[str], values: list[Any],
        *, arguments: bytes = b"", block: bytes | None = None,
    ) -> None:  # fmt: skip
        """From now on a call returns this: at every block, or at one."""
        data = selector(signature) + arguments
        answer = encode(types, values)
        if block is None:
            self.answers[to, data] = answer
        else:
            self.at[block, to, data] = answer

    def answer(self, call: Call) -> Answer:
        """What a call returns; nothing where no contract was scripted."""
        self.asked.append(call)
        found = self.at.get((call.block_hash, call.to, call.data), b"missing")
        if found != b"missing":
            return found
        if (call.to, call.data) in self.answers:
            return self.answers[call.to, call.data]
        has_code = any(to == call.to for to, _ in self.answers)
        return None if has_code else b""

    def run(self, plan: Plan[Any], between: Callable[[], None] = lambda: None) -> Any:
        """Run a plan to its end."""
        try:
            calls = next(plan)
            while True:
                between()
                calls = plan.send([self.answer(call) for call in calls])
        except StopIteration as end:
            return end.value
