"""What is too large to be read through is read by what stands around its result."""

import json

import msgspec
import pytest

from qenus.observers.rpc.connection import LARGE_BYTES
from qenus.observers.rpc.dialects import NodeError
from qenus.observers.rpc.messages import Answer, MalformedMessage, read_message

RESULT = json.dumps(["}" * 100, {"id": 9}] * (LARGE_BYTES // 100)).encode()
SPACED = b'{ "jsonrpc" : "2.0", "id" : 7, "result" : %b }\n'


@pytest.mark.parametrize("kind", [bytes, bytearray])
@pytest.mark.parametrize(
    "envelope",
    [
        b'{"jsonrpc":"2.0","id":7,"result":%b}',
        b'{"jsonrpc":"2.0","result":%b,"id":7}',
        b'{"id":7,"result":%b}',
        b'{"id":7,"result":%b,"jsonrpc":"2.0"}',
        b'{"result":%b,"jsonrpc":"2.0","id":7}',
        SPACED,
        # Not as nodes write it: read through.
        b'{"jsonrpc":"2.0","id":"7","result":%b}',
        b'{"id":7,"error":null,"result":%b}',
    ],
)
def test_a_large_result_is_found_in_whatever_order_its_envelope_is(kind, envelope):
    said = read_message(kind(envelope % RESULT))
    assert isinstance(said, Answer)
    assert (said.number, said.outcome == RESULT) == (7, True)


def test_a_large_error_is_an_error():
    words = b'{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"%b"}}' % (b"no" * LARGE_BYTES)
    said = read_message(bytearray(words))
    assert isinstance(said, Answer)
    assert isinstance(said.outcome, NodeError)


def test_what_follows_a_large_result_is_not_part_of_it_in_silence():
    said = read_message(bytearray(b'{"id":7,"result":%b,"error":{"code":1}}' % RESULT))
    assert isinstance(said, Answer)
    # Whatever takes it as JSON finds that it is none.
    if said.outcome != RESULT:
        with pytest.raises(msgspec.DecodeError):
            msgspec.json.decode(said.outcome)


def test_a_large_text_without_an_envelope_is_refused():
    with pytest.raises(MalformedMessage):
        read_message(bytearray(b"x" * (2 * LARGE_BYTES)))
