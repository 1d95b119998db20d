"""A busy node is left alone by all its callers together, in whatever words it asks for that."""

import itertools

import pytest
import trio
from scripted_node import ScriptedNode, error, http_reply, result, until
from trio.testing import MockClock

from qenus.observers.rpc import RpcError, RpcStatistics, open_session
from qenus.observers.rpc.dialects import NodeError, is_busy, refuses_batch
from qenus.observers.rpc.node_limits import Pause
from tests.every_day import every_day

BUSY = [
    (429, "Too Many Requests"),
    (429, ""),
    (-32005, "daily request count exceeded, request rate limited"),
    (-32007, "50/second request limit reached - reduce calls per second"),
    (-32016, "over rate limit"),
    (-32029, "Too many requests, try again later"),
    (15, "Too many request, try again later"),
    (0, "too many requests"),
    (-32000, "limit exceeded"),
    (-32000, "Your app has exceeded its compute units per second capacity"),
    (-32603, "project ID request rate exceeded: rate-limited"),
    (503, "upstream overloaded"),
    (-32005, "method eth_call in batch triggered rate limit"),
]
NOT_BUSY = [
    (3, "execution reverted: Too Many Requests"),
    (-32000, "execution reverted: rate limit"),
    (-32000, "VM Exception while processing transaction: revert limit exceeded"),
    (-32000, "missing trie node"),
    (-32601, "the method does not exist"),
    (-32000, "exceeds block gas limit"),
    (-32602, "eth_getLogs is limited to a 10,000 block range: limit exceeded"),
    (-32005, "query returned more than 10000 results"),
    (-32008, "response size limit exceeded"),
    (-32000, "batch limit 100 exceeded: 142 requests given"),
    (-32005, "Batched requests are not supported by this server"),
    (-32007, "Request is too big"),
]


@pytest.mark.parametrize(("code", "message"), BUSY)
def test_all_dialects_of_busy_are_understood(code, message):
    assert is_busy(NodeError(code, message))
    assert RpcError("m", "e", code, message).busy
    assert not refuses_batch(NodeError(code, message))


@pytest.mark.parametrize(("code", "message"), NOT_BUSY)
def test_what_asking_later_does_not_change_is_not_busy(code, message):
    assert not is_busy(NodeError(code, message))


@pytest.fixture
def autojump_clock():
    return MockClock(autojump_threshold=0.05)


@pytest.mark.parametrize("transport", every_day(["ws"], ["ws", "http", "unix"]))
@pytest.mark.parametrize(("code", "message"), BUSY)
async def test_a_busy_node_is_asked_again(nursery, tmp_path, code, message, transport):
    left = 3

    def answer(_method, _params, truth):
        nonlocal left
        left -= 1
        return error(truth, code, message) if left >= 0 else result(truth, "0x1")

    node = ScriptedNode(answer=answer)
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        assert await session.read("eth_chainId") == b'"0x1"'
        assert session.statistics.refused == 3
    asked = [at for at, _, _ in node.calls]
    pauses = [later - earlier for earlier, later in itertools.pairwise(asked)]
    # Each is longer than the half of the next smaller step: they grow.
    assert pauses[0] >= 0.05
    assert pauses[1] >= 0.1
    assert pauses[2] >= 0.2


BODIES = [
    b"",
    b"Too Many Requests",
    b"<html>slow down</html>",
    b'{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"rate limit"}}',
    b'{"error":"rate limit"}',
    b'{"code":429}',
]


@pytest.mark.parametrize("body", BODIES)
async def test_http_429_is_busy_with_whatever_body(nursery, body):
    node = ScriptedNode(refusal=http_reply("429 Too Many Requests", body))
    async with open_session(await nursery.start(node.serve_http)) as session:
        with pytest.raises(RpcError) as refused:
            await session.call("eth_chainId")
        assert (refused.value.code, refused.value.busy) == (429, True)
        node.refusal = None
        await session.read("eth_chainId")


@pytest.mark.parametrize("transport", ["ws", "http"])
async def test_a_pause_is_shared_by_all_callers_and_sessions_of_an_endpoint(nursery, transport):
    busy = True

    def answer(_method, _params, truth):
        return error(truth, -32005, "rate limit") if busy else result(truth, "0x1")

    node = ScriptedNode(answer=answer)
    url = await node.start(nursery, transport)
    statistics = RpcStatistics()
    async with (
        open_session(url, statistics=statistics) as one,
        open_session(url, statistics=statistics) as other,
    ):
        async with trio.open_nursery() as callers:
            for session in (one, other) * 10:
                callers.start_soon(session.read, "eth_chainId")
            began = trio.current_time()
            await trio.sleep(2)
            asked_while_busy = len(node.calls)
            busy = False
        took = trio.current_time() - began
    # 20 callers for two seconds: pauses of 0.05, 0.1 … 0.8 seconds leave some six rounds.
    assert asked_while_busy <= 20 * 8
    assert took < 2 + 2


async def test_a_node_that_says_for_how_long_is_left_alone_for_as_long(nursery, autojump_clock):
    refusals = [http_reply("429 No", b"", "retry-after: 4")]
    node = ScriptedNode(answer=lambda *_: refusals.pop() if refusals else result(_[2], "0x1"))
    async with open_session(await nursery.start(node.serve_http)) as session:
        began = trio.current_time()
        assert await session.read("eth_chainId") == b'"0x1"'
        assert 4.0 <= trio.current_time() - began < 5.0


async def test_a_node_that_wants_an_hour_is_asked_by_none_who_cannot_wait(nursery):
    node = ScriptedNode(refusal=http_reply("429 No", b"", "retry-after: 3600"))
    async with open_session(await nursery.start(node.serve_http)) as session:
        with trio.fail_after(5), pytest.raises(RpcError, match="error 429") as first:
            await session.read("eth_chainId")
        assert first.value.retry_after_seconds == 3600
        with (
            trio.fail_after(5),
            pytest.raises(RpcError, match="left alone for another") as later,
        ):
            await session.read("eth_chainId")
        assert later.value.busy
        # Five minutes at most: a limit may be gone before it was said to be.
        assert 290 < later.value.retry_after_seconds <= 300
        (answer,) = await session.batch([("eth_chainId", ())])
        assert isinstance(answer, RpcError)
    assert len(node.handshakes) == 1


@pytest.mark.parametrize("transport", ["ws", "unix"])
async def test_subscribing_is_tried_again_when_the_node_is_busy(nursery, tmp_path, transport):
    left = 2

    def answer(method, _params, truth):
        nonlocal left
        if method == "eth_subscribe" and left:
            left -= 1
            return error(truth, -32005, "too many requests")
        return truth

    node = ScriptedNode(answer=answer)
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        heads = await session.subscribe("newHeads")
        node.advance()
        with trio.fail_after(10):
            assert node.world.head.hash.hex().encode() in await heads.receive()


async def test_a_busy_answer_without_id_reaches_all_who_may_have_been_meant(nursery):
    """Some providers answer over a WebSocket like this; each of them is asked again."""
    node = ScriptedNode(
        answer=lambda _m, _p, truth: None if node.asked("eth_call") <= 3 else result(truth, "0x1")
    )
    got = []
    async with open_session(await nursery.start(node.serve)) as session:

        async def ask():
            got.append(await session.read("eth_call"))

        async with trio.open_nursery() as callers:
            for _ in range(3):
                callers.start_soon(ask)
            await until(lambda: node.asked("eth_call") == 3)
            node.say(b'{"jsonrpc":"2.0","id":null,"error":{"code":429,"message":"slow down"}}')
        assert session.fault is None
    assert got == [b'"0x1"'] * 3


def test_a_pause_grows_once_a_round_and_shrinks_with_answers():
    pause = Pause()
    for _ in range(50):
        # All were sent before the first of them was refused.
        pause.refuse(429, sent_at=0.0, now=1.0, asked_for=None)
    assert pause.seconds == 0.05
    pause.refuse(429, sent_at=1.2, now=1.5, asked_for=None)
    assert (pause.seconds, pause.left(1.5)) == (0.1, pytest.approx(0.1))
    for _ in range(10):
        pause.refuse(429, sent_at=pause.until, now=pause.until, asked_for=None)
    assert pause.seconds == 0.4
    for _ in range(10):
        pause.answer(sent_at=pause.until)
    assert pause.seconds == 0


@pytest.mark.parametrize("asked_for", [float("inf"), 1e300, 10**9])
def test_what_a_node_asks_for_is_bounded(asked_for):
    pause = Pause()
    pause.refuse(429, sent_at=0.0, now=0.0, asked_for=asked_for)
    assert pause.left(0.0) == 300
