"""Whatever comes from outside, a subscriber goes on with the honest line."""

from hypothesis import given, settings
from hypothesis import strategies as st
from wire_values import any_message

from qenus.wire import encode
from tools.fuzz.subscriber import answer

WHAT = st.integers(0, 255)


def piece(what: int, content: bytes) -> bytes:
    return bytes([what, min(len(content), 255)]) + content[:255]


NOISE = st.binary(max_size=80)
MESSAGES = any_message().map(encode).filter(lambda content: len(content) < 256)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.builds(piece, WHAT, NOISE | MESSAGES), max_size=12))
def test_the_honest_blocks_come_whatever_was_said_before(pieces):
    answer(b"".join(pieces))
