"""The 2048-bit bloom of a receipt or a block: which addresses and topics its logs may hold.

A value sets three bits, taken from the first three 16-bit words of its hash. Most addresses and
many topics recur block after block, so a bounded cache keeps their three bits:
16,384 entries of some 700 bytes, 12 MB when full. Source: Ethereum Yellow Paper, section 4.3.1.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from qenus.chain.hex_values import fixed
from qenus.chain.keccak import keccak256

__all__ = ["address_with_bits", "bloom_bits", "bloom_of", "forget", "topic_with_bits"]


_BIT: Final = tuple(1 << bit for bit in range(2048))


def bloom_bits(value: bytes) -> int:
    """Give the bloom of one address or topic as a 2048-bit integer."""
    words = int.from_bytes(keccak256(value)[:6], "big")
    return _BIT[words & 2047] | _BIT[words >> 16 & 2047] | _BIT[words >> 32 & 2047]


def bloom_of(values: Iterable[bytes]) -> bytes:
    """Give the 256-byte bloom of all addresses and topics given."""
    bits = 0
    for value in values:
        bits |= bloom_bits(value)
    return bits.to_bytes(256, "big")


@lru_cache(maxsize=4096)
def address_with_bits(text: str) -> tuple[bytes, int]:
    """Read a log's address from hex, with its bloom bits.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    address = fixed(text, 20, "address")
    return address, bloom_bits(address)


@lru_cache(maxsize=12288)
def topic_with_bits(text: str) -> tuple[bytes, int]:
    """Read a log's topic from hex, with its bloom bits.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    topic = fixed(text, 32, "topics")
    return topic, bloom_bits(topic)


def forget() -> None:
    """Empty the cache, as it is when the process starts."""
    address_with_bits.cache_clear()
    topic_with_bits.cache_clear()
