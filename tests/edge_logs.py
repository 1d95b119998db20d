"""Logs of an event in which one word at a time stands at an edge of its type, or just beyond."""

from collections.abc import Iterator

from contract_events import ContractEvent

from qenus.wire import Log

__all__ = ["bits_of", "edge_logs", "word_kinds"]

_WORD = 32


def bits_of(kind: str) -> int:
    """Give the width of a value type."""
    return {"address": 160, "bool": 1, "bytes32": 256}.get(kind) or int(kind.lstrip("uint"))


def word_kinds(kinds: list[str]) -> list[str]:
    """Give the type of every word, T[n] as n of them."""
    words = []
    for kind in kinds:
        inside, _, count = kind.removesuffix("]").partition("[")
        words += [inside] * int(count or 1)
    return words


def edge_logs(event: ContractEvent) -> Iterator[Log]:
    """Make the logs of an event without arrays of any length; all other words are zero."""
    kinds = word_kinds([kind for kind, _ in event.indexed + event.in_data])
    more = len(event.indexed)
    index = 0
    for at, kind in enumerate(kinds):
        for edge in _edges(kind):
            words = [bytes(_WORD)] * len(kinds)
            words[at] = edge
            topics = (event.topic, *words[:more])
            yield Log(index, bytes(20), topics, b"".join(words[more:]))
            index += 1


def _edges(kind: str) -> list[bytes]:
    bits = bits_of(kind)
    half = 2 ** (bits - 1)
    numbers = {0, 1, half - 1, half, 2 * half - 1, 2 * half, 2 * half + 1, 4 * half, 2**255}
    numbers |= {-1, -half, -half - 1, -2 * half, 2**32, 2**64, 2**32 - 1, 2**64 - 1}
    return [(number % 2**256).to_bytes(_WORD, "big") for number in sorted(numbers)]
