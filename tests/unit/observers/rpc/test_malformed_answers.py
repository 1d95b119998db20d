"""A malformed answer is the failure of its call; only what belongs to none ends the session."""

import pytest
import trio
from scripted_node import ScriptedNode, result

from qenus.errors import QenusError, RemoteProtocolError
from qenus.observers.rpc import ConnectionLost, RpcError, open_session
from qenus.observers.rpc.messages import MalformedMessage, read_message

TRANSPORTS = pytest.mark.parametrize("transport", ["ws", "http", "unix"])
# What stands in place of an answer (its id put in for @), and the code and words of its error.
ERRORS = {
    "an error as text": ('{"id":@,"error":"no such block"}', 0, "no such block"),
    "a code as text": ('{"id":@,"error":{"code":"-32000","message":"no"}}', -32000, "no"),
    "no code": ('{"id":@,"error":{"message":"no"}}', 0, "no"),
    "a code of 5,000 digits": (
        '{"id":@,"error":{"code":%s,"message":"no"}}' % ("9" * 5000),
        0,
        "no",
    ),
    "a code that is a fraction": ('{"id":@,"error":{"code":1.5,"message":"no"}}', 0, "no"),
    "a message that is null": ('{"id":@,"error":{"code":-1,"message":null}}', -1, ""),
    "a message that is an object": (
        '{"id":@,"error":{"code":-1,"message":{"a":1}}}',
        -1,
        '{"a":1}',
    ),
    "an error as number": ('{"id":@,"error":429}', 429, ""),
    "an error as list": ('{"id":@,"error":["no"]}', 0, '["no"]'),
    "an empty error": ('{"id":@,"error":{}}', 0, ""),
    "an id as text": ('{"id":"@","error":{"code":-1,"message":"no"}}', -1, "no"),
    "an id as fraction": ('{"id":@.0,"error":{"code":-1,"message":"no"}}', -1, "no"),
    "an error of a megabyte": (
        '{"id":@,"error":"%s"}' % ("x" * 1_000_000),
        0,
        "an error of 1000002 bytes",
    ),
    # Fields of our own making are read from no wire.
    "fields of ours": (
        '{"id":@,"error":{"code":-1,"message":"no","retry_after_seconds":1e308,'
        '"unreached":true,"of_the_message":true}}',
        -1,
        "no",
    ),
}
# What gives no error either.
BROKEN = {
    "neither a result nor an error": '{"id":@}',
    "an error that is null, and no result": '{"id":@,"error":null}',
}


def node_of(answer):
    """A node that says this to eth_call, and the truth to all else."""

    def say(method, _params, truth):
        if method != "eth_call":
            return truth
        return answer.replace("@", str(truth["id"])).encode()

    return ScriptedNode(answer=say)


@TRANSPORTS
@pytest.mark.parametrize("name", ERRORS)
async def test_a_malformed_error_is_that_calls_error(nursery, tmp_path, name, transport):
    answer, code, words = ERRORS[name]
    node = node_of(answer)
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        with pytest.raises(RpcError) as failed:
            await session.call("eth_call")
        assert (failed.value.code, failed.value.message) == (code, words)
        assert failed.value.retry_after_seconds is None
        assert await session.call("eth_chainId")
        assert session.fault is None


@TRANSPORTS
@pytest.mark.parametrize("name", BROKEN)
async def test_an_answer_of_nothing_fails_its_call(nursery, tmp_path, name, transport):
    node = node_of(BROKEN[name])
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        with pytest.raises(RemoteProtocolError, match="eth_call: expected a result or an error"):
            await session.call("eth_call")
        assert await session.call("eth_chainId")
        assert session.fault is None


@TRANSPORTS
async def test_a_result_beside_an_error_of_nothing_is_the_result(nursery, tmp_path, transport):
    for nothing in ("null", '""', "false", "{}"):
        node = node_of(f'{{"id":"@","result":7,"error":{nothing}}}')
        async with open_session(await node.start(nursery, transport, tmp_path)) as session:
            assert await session.call("eth_call") == b"7"


@TRANSPORTS
async def test_a_malformed_answer_in_a_batch_fails_the_batch_alone(nursery, tmp_path, transport):
    node = ScriptedNode(
        answer=lambda method, _params, truth: b"null" if method == "eth_bad" else truth
    )
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        with pytest.raises(RemoteProtocolError, match=r"a batch of 2: .*one left out"):
            await session.batch([("eth_chainId", ()), ("eth_bad", ())])
        assert await session.call("eth_chainId")
        assert session.fault is None


# A WebSocket's texts are UTF-8, and what is no JSON has no end on a Unix socket but its line's.
@pytest.mark.parametrize(
    ("text", "transport"),
    [
        (b"Internal Server Error", "http"),
        (b"Internal Server Error", "ws"),
        (b"<html><body>maintenance</body></html>", "http"),
        (b"<html><body>maintenance</body></html>", "ws"),
        (b"\xff\xfe no", "http"),
    ],
)
async def test_a_plain_text_is_the_error_of_the_call_that_it_came_to(
    nursery, tmp_path, text, transport
):
    node = ScriptedNode(answer=lambda m, _p, truth: text if m == "eth_call" else truth)
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        with pytest.raises(RpcError) as failed:
            await session.call("eth_call")
        words = text.decode("utf-8", "replace")
        assert failed.value.message == f"expected a JSON-RPC message, found {words}"
        assert await session.call("eth_chainId")


@TRANSPORTS
@pytest.mark.parametrize("broken", [b'{"id":1,"result":', b"[1,2", b'["a"]', b"[]", b'"text"'])
async def test_broken_json_breaks_the_rules_in_that_call_alone(
    nursery, tmp_path, broken, transport
):
    if transport == "unix" and broken.count(b"{") != broken.count(b"}"):
        broken += b"}}"
    node = ScriptedNode(answer=lambda m, _p, truth: broken if m == "eth_call" else truth)
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        with pytest.raises(RemoteProtocolError):
            await session.call("eth_call")
        assert await session.call("eth_chainId")


async def test_over_http_a_malformed_answer_belongs_to_its_request(nursery):
    """Whatever else is under way: the connection says which call it came to."""

    async def say(method, _params, truth):
        if method == "eth_slow":
            await trio.sleep(0.2)
            return result(truth, 1)
        return b"{not json" if method == "eth_broken" else {**truth, "id": 10**9}

    node = ScriptedNode(answer=say)
    failed = []
    async with open_session(await nursery.start(node.serve_http)) as session:

        async def fail(method):
            with pytest.raises(RemoteProtocolError) as error:
                await session.call(method)
            failed.append(str(error.value))

        async with trio.open_nursery() as calls:
            calls.start_soon(fail, "eth_broken")
            calls.start_soon(fail, "eth_other_id")
            assert await session.call("eth_slow") == b"1"
        assert session.fault is None
    assert any("eth_broken: expected a JSON-RPC message" in text for text in failed)
    assert any("eth_other_id: expected one answer to each of" in text for text in failed)


@pytest.mark.parametrize("transport", ["ws", "unix"])
@pytest.mark.parametrize(
    "message",
    [
        b'{"jsonrpc":"2.0","id":123456,"result":1}',
        b'{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"?"}}',
        b'{"jsonrpc":"2.0","id":{},"result":1}',
        b'{"jsonrpc":"2.0","id":%s,"result":1}' % (b"9" * 5000),
        b"{]}",
    ],
)
async def test_what_belongs_to_no_call_ends_the_session(nursery, tmp_path, message, transport):
    node = ScriptedNode(answer=lambda *_: None)
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:

        async def wait_for_nothing():
            with pytest.raises(ConnectionLost):
                await session.call("eth_call")

        async with trio.open_nursery() as calls:
            for _ in range(2):
                calls.start_soon(wait_for_nothing)
            await trio.sleep(0.05)
            node.say(message)
        assert session.fault is not None


@pytest.mark.parametrize("transport", ["ws", "unix"])
async def test_malformed_answers_in_floods_end_the_session(nursery, tmp_path, transport):
    node = ScriptedNode(answer=lambda *_: b'{"id":null,"error":"?"}')
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        with trio.fail_after(30):
            while session.fault is None:
                with pytest.raises(QenusError):
                    await session.call("eth_call")
    assert "a flood of others" in str(session.fault)


@pytest.mark.parametrize(
    "message",
    [b"", b" ", b"nope", b"7", b"null", b"[7", b"\xff", b'{"id":1,', b"[" * 100_000, b"{" * 9_000],
)
def test_what_is_no_json_rpc_is_malformed_and_nothing_else(message):
    with pytest.raises(MalformedMessage):
        read_message(message)
