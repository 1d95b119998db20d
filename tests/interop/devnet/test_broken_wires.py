"""What a node may not send, over each transport: named for what it is, within bounds of time."""

import json
import re
from functools import partial

import pytest
import trio
from broken_wires import FAULTS, FRAMES, STATUSES
from lying_proxy import LIES, LyingProxy, instead_of

from qenus.errors import QenusError, RemoteProtocolError
from qenus.observers.rpc import RpcError, RpcTimeout, open_session

pytestmark = pytest.mark.interop

ASKED = "eth_getBlockReceipts"
# Only the drip is given up by the call's own deadline.
DEADLINE_SECONDS = 10.0
DRIP_DEADLINE_SECONDS = 1.0


async def lied_to(nursery, folder, transport: str, proxy: LyingProxy) -> str:
    serve = {
        "ws": proxy.serve,
        "http": proxy.serve_http,
        "unix": partial(proxy.serve_unix, folder),
    }[transport]
    return await nursery.start(serve)


async def what_is_said(
    url: str, deadline_seconds: float = DEADLINE_SECONDS
) -> tuple[Exception, RemoteProtocolError | None]:
    """Ask a liar, and give what the session makes of its answer, and its fault."""
    async with open_session(url) as session:
        assert await session.call("eth_chainId") == b'"0x1"'
        with pytest.raises(QenusError) as caught:
            await session.call(ASKED, "latest", timeout_seconds=deadline_seconds)
        with trio.move_on_after(0.5):
            while session.fault is None:  # noqa: ASYNC110
                await trio.sleep(0.005)
        return caught.value, session.fault


@pytest.mark.parametrize("transport", ["ws", "unix", "http"])
async def test_broken_and_endless_answers_are_refused_for_what_they_are(
    node, nursery, tmp_path, transport
):
    await node.trade(3)
    for name, (fault, expected) in FAULTS.items():
        proxy = LyingProxy(node.ws_url, instead_of(ASKED, fault))
        url = await lied_to(nursery, tmp_path, transport, proxy)
        slow = name == "slow drip"
        error, broken = await what_is_said(url, DRIP_DEADLINE_SECONDS if slow else DEADLINE_SECONDS)
        assert url in str(error), name
        assert re.search(expected, str(error)), (name, error)
        assert isinstance(error, RpcTimeout) == slow, (name, error)
        # What came to one call is its failure; what has no end or no size ends the session.
        if "oversized" in name or "endless" in name:
            assert (broken is None) == (transport == "http"), name


async def test_frames_that_no_server_may_send_are_named(node, nursery, tmp_path):
    for name, (fault, expected) in FRAMES.items():
        proxy = LyingProxy(node.ws_url, instead_of(ASKED, fault))
        error, broken = await what_is_said(await nursery.start(proxy.serve))
        assert isinstance(broken, RemoteProtocolError), (name, error)
        assert re.search(expected, str(broken)), (name, broken)


async def test_http_that_is_no_answer_is_named(node, nursery):
    for name, (fault, expected) in STATUSES.items():
        proxy = LyingProxy(node.ws_url, instead_of(ASKED, fault))
        error, _ = await what_is_said(await nursery.start(proxy.serve_http))
        assert re.search(expected, str(error)), (name, error)


async def until_it_fails(session) -> None:
    while True:
        await session.call(ASKED, "latest", timeout_seconds=DEADLINE_SECONDS)


@pytest.mark.parametrize("transport", ["ws", "unix"])
async def test_answers_that_answer_nothing_break_the_rules(node, nursery, tmp_path, transport):
    for name, (lie, step) in LIES.items():
        if step != "shape":
            continue
        url = await lied_to(nursery, tmp_path, transport, LyingProxy(node.ws_url, lie))
        async with open_session(url) as session:
            with trio.fail_after(5), pytest.raises(QenusError) as caught:
                await until_it_fails(session)
        broken = session.fault or caught.value
        assert isinstance(broken, RemoteProtocolError), name
        assert re.search("expected .*, found|Expected .*, got", str(broken)), broken


async def until_refused(session, calls) -> None:
    # A second answer that comes with the first ones is found out once they have been taken.
    while True:
        await session.batch(calls, timeout_seconds=5)


@pytest.mark.parametrize("transport", ["ws", "unix", "http"])
async def test_batches_are_taken_in_any_order_and_only_whole(node, nursery, tmp_path, transport):
    await node.trade_blocks(6, 1)
    head = await node.block_number()
    calls = [("eth_getBlockByNumber", (hex(head - back), False)) for back in range(6)]
    hashes = (await node.block_hashes(head - 5, head))[::-1]
    proxy = LyingProxy(node.ws_url, None)
    url = await lied_to(nursery, tmp_path, transport, proxy)
    proxy.batch_lie = lambda answers: answers[::-1]
    async with open_session(url) as session:
        got = [json.loads(answer)["hash"] for answer in await session.batch(calls)]
    assert got == [f"0x{one.hex()}" for one in hashes]
    for lie, expected in (
        (lambda answers: answers[:-1], "found one left out"),
        (lambda answers: answers[:2] + answers[4:], "found one left out"),
        (lambda answers: [*answers, answers[0]], "found a second|one answer to each"),
        (lambda answers: [*answers[1:], answers[1]], "found a second|one answer to each"),
        (lambda answers: [], "expected answers in a batch, found none|a JSON-RPC answer"),
        (
            lambda answers: [*answers, {**answers[0], "id": 10**9}],
            "no open call|one answer",
        ),
    ):
        proxy.batch_lie = lie
        async with open_session(url) as session:
            with trio.fail_after(8), pytest.raises(QenusError, match=expected):
                await until_refused(session, calls)


async def test_a_node_that_asks_for_patience_gets_what_it_asks_for(node, nursery):
    refusals = [
        b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 4\r\n\r\nslow",
        b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n",
    ]

    async def refuse(wire, _text):
        await wire.raw(refusals.pop())

    def lie(method, answer, _proxy):
        return refuse if refusals else answer

    url = await nursery.start(LyingProxy(node.ws_url, lie).serve_http)
    async with open_session(url) as session:
        began = trio.current_time()
        assert await session.read("eth_chainId") == b'"0x1"'
        # It was left alone as long as it wanted, and then asked: far within the call's patience.
        assert 1.0 <= trio.current_time() - began < 8.0
        assert session.statistics.refused == 3
        # Who wants to be left alone for longer than the question is worth is not asked again.
        refusals.append(
            b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n"
        )
        with trio.fail_after(1), pytest.raises(RpcError, match="error 429") as caught:
            await session.read("eth_chainId")
        assert caught.value.retry_after_seconds == 3600


async def test_a_call_that_was_given_up_frees_its_connection(node, nursery):
    async def wait(wire, _text):
        await trio.sleep_forever()

    url = await nursery.start(
        LyingProxy(node.ws_url, instead_of("eth_blockNumber", wait)).serve_http
    )
    async with open_session(url) as session:
        # More than there are connections.
        for _ in range(40):
            with pytest.raises(RpcTimeout):
                await session.call("eth_blockNumber", timeout_seconds=0.01)
        assert await session.call("eth_chainId") == b'"0x1"'
