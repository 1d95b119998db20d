"""Many calls of contracts in one: the ABI of Multicall3's aggregate3. Pure.

Each byte of an answer has its fixed place, so that an answer of anything else than the contract
itself is refused rather than read as something.
Source: Multicall3.sol (mds1/multicall); the ABI specification of Solidity.
"""

from collections.abc import Sequence
from typing import Final

__all__ = [
    "CODE_HASH",
    "MULTICALL3",
    "MalformedAggregate",
    "encode_aggregate",
    "encoded_bytes",
    "read_aggregate",
]

# The same on every chain: its creator's key signed one transaction, and that for all of them.
MULTICALL3: Final = bytes.fromhex("ca11bde05977b3631167028862be2a173976ca11")
# Of the code that this transaction leaves. Where a chain put something else, that is not used.
CODE_HASH: Final = bytes.fromhex("d5c15df687b16f2ff992fc8d767b4216323184a2bbc6ee2f9c398c318e770891")

# aggregate3((address target,bool allowFailure,bytes callData)[])
_SELECTOR: Final = bytes.fromhex("82ad56cb")
_WORD: Final = 32
# Where the array begins, from the end of the selector: after the one word that says so.
_ARRAY_AT: Final = _WORD
# Of one call beside its data: its offset, target, flag, the data's offset and its length.
_CALL_WORDS: Final = 5


class MalformedAggregate(ValueError):
    """What was returned is not what aggregate3 returns for so many calls."""


def encoded_bytes(data: bytes) -> int:
    """Give how many bytes one call with this data adds."""
    return _CALL_WORDS * _WORD + len(data) + -len(data) % _WORD


def encode_aggregate(calls: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Encode a call of aggregate3 that makes calls of (contract, data), each of which may fail."""
    offsets: list[bytes] = []
    bodies: list[bytes] = []
    at = _WORD * len(calls)
    for to, data in calls:
        body = b"".join(
            (
                to.rjust(_WORD, b"\0"),
                _word(1),
                _word(3 * _WORD),
                _word(len(data)),
                data,
                bytes(-len(data) % _WORD),
            )
        )
        offsets.append(_word(at))
        bodies.append(body)
        at += len(body)
    return b"".join((_SELECTOR, _word(_ARRAY_AT), _word(len(calls)), *offsets, *bodies))


def read_aggregate(answer: bytes, count: int) -> list[bytes | None]:
    """Read what aggregate3 returned for `count` calls: each one's bytes, None where it failed.

    Raises:
        MalformedAggregate: it is none.
    """
    if _number(answer, 0) != _ARRAY_AT or _number(answer, _ARRAY_AT) != count:
        raise MalformedAggregate(f"expected {count} results in {len(answer)} bytes")
    first = _ARRAY_AT + _WORD
    # Solidity writes results one after the other and leaves no room between them.
    expected = first + _WORD * count
    results: list[bytes | None] = []
    for number in range(count):
        at = first + _number(answer, first + _WORD * number)
        succeeded, offset = _number(answer, at), _number(answer, at + _WORD)
        if at != expected or succeeded > 1 or offset != 2 * _WORD:
            raise MalformedAggregate(f"expected result {number} at byte {expected}")
        length = _number(answer, at + 2 * _WORD)
        start = at + 3 * _WORD
        expected = start + length + -length % _WORD
        if expected > len(answer) or any(answer[start + length : expected]):
            raise MalformedAggregate(f"expected {length} bytes at {start}, and zeros to {expected}")
        results.append(answer[start : start + length] if succeeded else None)
    if expected != len(answer):
        raise MalformedAggregate(f"expected {expected} bytes, found {len(answer)}")
    return results


def _word(value: int) -> bytes:
    return value.to_bytes(_WORD, "big")


def _number(answer: bytes, at: int) -> int:
    if at + _WORD > len(answer):
        raise MalformedAggregate(f"expected {_WORD} bytes at {at}, found {len(answer)} in all")
    return int.from_bytes(answer[at : at + _WORD], "big")
