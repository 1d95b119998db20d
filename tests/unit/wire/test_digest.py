"""The rolling digest, against hashlib by hand."""

from hashlib import sha256

from qenus.wire import EMPTY_DIGEST, extend_digest, rolling_digest


def test_the_digest_of_nothing_is_32_zero_bytes() -> None:
    assert rolling_digest([]) == EMPTY_DIGEST == bytes(32)


def test_each_content_is_hashed_after_the_digest_so_far() -> None:
    first = sha256(bytes(32) + b"one").digest()
    assert extend_digest(EMPTY_DIGEST, b"one") == first
    assert rolling_digest([b"one", b"two"]) == sha256(first + b"two").digest()


def test_order_and_borders_of_contents_matter() -> None:
    assert rolling_digest([b"a", b"b"]) != rolling_digest([b"b", b"a"])
    assert rolling_digest([b"ab"]) != rolling_digest([b"a", b"b"])
