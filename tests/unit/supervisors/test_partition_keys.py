"""Equal keys have one partition, in every process; what cannot promise that is refused."""

from __future__ import annotations

import subprocess
import sys
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supervisors import LocalProtocolError, Partitions, partition_of, step

ROOT = Path(__file__).resolve().parents[3]
MANY = 1 << 32


class Chain(IntEnum):
    ETHEREUM = 1


def test_equal_integers_are_one_key_whatever_their_type() -> None:
    assert len({partition_of(key, MANY) for key in (1, True, Chain.ETHEREUM)}) == 1


@pytest.mark.parametrize(
    ("key", "bytes_of_it"),
    [
        (b"123456789", b"123456789"),
        ("123456789", b"123456789"),
        ("Zürich", b"Z\xc3\xbcrich"),
        (0x31, b"1"),
        (0, b"\x00"),
        (-1, b"\xff"),
        (128, b"\x00\x80"),
    ],
)
def test_a_key_is_the_crc_of_its_bytes(key: Any, bytes_of_it: bytes) -> None:
    # zlib.crc32, CRC-32/ISO-HDLC: its check value for b"123456789" is 0xCBF43926
    assert partition_of(b"123456789", MANY) == 0xCBF43926
    assert partition_of(key, MANY) == partition_of(bytes_of_it, MANY)


@pytest.mark.parametrize("key", [1.0, None, ("a", 1), bytearray(b"a"), frozenset({1}), object()])
async def test_other_keys_are_refused_by_their_type_before_anything_is_sent(key: Any) -> None:
    with pytest.raises(LocalProtocolError, match=rf"found .* of {type(key).__name__}"):
        partition_of(key, 3)
    shares = Partitions[Any]("pool", 3, key=lambda message: message)
    async with step():
        with pytest.raises(LocalProtocolError, match="must be bytes, str or int"):
            await shares.outlet().send_many(["good", key])
    assert [mailbox.depth for mailbox in shares.mailboxes] == [0, 0, 0]


def test_no_partition_at_all_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="count must be at least 1, found 0"):
        partition_of("a", 0)
    with pytest.raises(LocalProtocolError, match="count must be at least 1, found 0"):
        Partitions("pool", 0, key=str)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.one_of(st.integers(), st.text(st.characters()), st.binary()), st.integers(1, 64))
def test_every_key_has_a_partition(key: Any, count: int) -> None:
    assert 0 <= partition_of(key, count) < count


@pytest.mark.parametrize("keys", [range(6_400), [f"pool-{n}" for n in range(6_400)]])
def test_keys_spread_over_the_partitions(keys: Any) -> None:
    counts = [0] * 64
    for key in keys:
        counts[partition_of(key, 64)] += 1
    assert 60 < min(counts) <= max(counts) < 140


def test_a_partition_is_the_same_in_a_process_that_hashes_otherwise() -> None:
    keys: list[Any] = ["a", "Zürich", b"\x00\xff", 7, -(1 << 200)]
    program = f"from supervisors import partition_of as p; print([p(k, 97) for k in {keys!r}])"
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True, timeout=60,
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    assert found == {str([partition_of(key, 97) for key in keys])}
