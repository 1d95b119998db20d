"""Nodes refuse batches that are too large for them, each in its own way; all calls are answered."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
import trio
from scripted_node import HANG_UP, ScriptedNode, error, http_reply, result

from qenus.errors import RemoteProtocolError
from qenus.observers.rpc import ConnectionLost, RpcError, RpcStatistics, open_session


def too_large(code: int, message: str, number: Any = None) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}}


# How nodes refuse: besu, erigon, geth, Base and others; jsonrpsee (reth), which has codes of its
# own that others use for rate limits; a proxy before the node; one that hangs up (erigon#18074).
BESU = "Number of requests in batch exceeds --rpc-max-batch-size"
DIALECTS = {
    "an object without id": lambda asked: too_large(-32602, BESU),
    "an array with one error without id": lambda asked: [
        too_large(-32000, "batch limit 100 exceeded: 142 requests given")
    ],
    "the first id alone": lambda asked: [too_large(-32600, "batch too large", asked[0]["id"])],
    "the first id alone, as an object": lambda asked: too_large(
        -32600, "batch too large", asked[0]["id"]
    ),
    "the first id alone, in words of its own": lambda asked: [
        too_large(-32000, "not today", asked[0]["id"])
    ],
    "the same error for each": lambda asked: [
        too_large(-32014, "too many RPC calls in batch request", one["id"]) for one in asked
    ],
    "the same error for each, in words of its own": lambda asked: [
        too_large(-32000, "not today", one["id"]) for one in asked
    ],
    "batches not supported": lambda asked: too_large(
        -32005, "Batched requests are not supported by this server"
    ),
    "an error as text": lambda asked: {"jsonrpc": "2.0", "id": None, "error": "batch too large"},
}


def refusing(limit: int, say: Any) -> Any:
    def batch(asked: list[dict[str, Any]], answers: list[Any]) -> Any:
        return say(asked) if len(asked) > limit else answers

    return batch


def numbered(method: str, params: Sequence[Any], truth: dict[str, Any]) -> dict[str, Any]:
    """Each call's own answer, so that none can be taken for another's."""
    return result(truth, params[0]) if method == "eth_getStorageAt" else truth


def calls(count: int) -> list[tuple[str, Sequence[object]]]:
    return [("eth_getStorageAt", (number,)) for number in range(count)]


def answers(count: int) -> list[bytes]:
    return [str(number).encode() for number in range(count)]


@pytest.mark.parametrize("transport", ["ws", "http", "unix"])
@pytest.mark.parametrize("limit", [1, 3, 50])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_refused_batch_is_halved_until_it_is_taken(
    nursery, tmp_path, dialect, limit, transport
):
    node = ScriptedNode(answer=numbered, batch=refusing(limit, DIALECTS[dialect]))
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        assert await session.batch(calls(120)) == answers(120)
        limits = session.limits.batch
        assert limit / 2 < limits.size <= limit
        assert limits.accepted <= limit < limits.refused
        # What was found out is used: no batch of the next call is refused.
        before = len(node.batches)
        assert await session.batch(calls(120)) == answers(120)
        assert all(size <= limit for size in node.batches[before:])
        assert session.fault is None
    # Over HTTP each message may have a connection of its own.
    assert transport == "http" or node.connections == 1


async def test_the_limit_of_an_endpoint_outlives_its_connections(nursery):
    node = ScriptedNode(answer=numbered, batch=refusing(10, DIALECTS["the first id alone"]))
    url = await nursery.start(node.serve)
    statistics = RpcStatistics()
    async with open_session(url, statistics=statistics) as session:
        await session.batch(calls(100))
    refused = len(node.batches)
    async with open_session(url, statistics=statistics) as session:
        assert await session.batch(calls(100)) == answers(100)
    assert max(node.batches[refused:]) <= 10


async def test_a_proxy_that_refuses_the_size_of_a_request_gets_smaller_ones(nursery):
    node = ScriptedNode(
        answer=numbered,
        batch=refusing(20, lambda _: http_reply("413 Request Entity Too Large", b"<html>")),
    )
    async with open_session(await nursery.start(node.serve_http)) as session:
        assert await session.batch(calls(90)) == answers(90)
        assert 10 < session.limits.batch.size <= 20


async def test_a_node_that_hangs_up_on_batches_gets_smaller_ones_next_time(nursery):
    node = ScriptedNode(answer=numbered, batch=refusing(4, lambda _: HANG_UP))
    url = await nursery.start(node.serve)
    statistics = RpcStatistics()
    for _ in range(8):
        try:
            async with open_session(url, statistics=statistics) as session:
                got = await session.batch(calls(16))
            break
        except ConnectionLost:
            continue
    assert got == answers(16)
    assert statistics.limits.batch.size <= 4


async def test_the_same_error_that_each_call_has_alone_is_no_limit(nursery):
    node = ScriptedNode(answer=lambda _m, _p, truth: error(truth, -32000, "missing trie node"))
    async with open_session(await nursery.start(node.serve)) as session:
        got = await session.batch(calls(40))
        assert [type(one) for one in got] == [RpcError] * 40
        assert session.limits.batch.refused is None
        # One more call, alone, shows it; what is known of the size is not asked for again.
        assert len(node.calls) == 41
        await session.batch(calls(40))
        assert len(node.calls) == 81


@pytest.mark.parametrize(
    ("code", "message"), [(3, "execution reverted: batch too large"), (-32601, "no such method")]
)
async def test_errors_of_the_calls_themselves_are_given_as_they_are(nursery, code, message):
    node = ScriptedNode(answer=lambda _m, _p, truth: error(truth, code, message))
    async with open_session(await nursery.start(node.serve)) as session:
        got = await session.batch(calls(7))
        assert [(one.code, one.busy) for one in got if isinstance(one, RpcError)] == [
            (code, False)
        ] * 7
        assert (node.batches, session.limits.batch.size) == ([7], 200)


async def test_answers_that_are_too_many_bytes_together_are_asked_for_apart(nursery):
    """geth answers the first calls of such a batch and gives the others this error."""

    def cut_off(asked, given):
        return [
            one if at < 5 else error(one, -32003, "response too large")
            for at, one in enumerate(given)
        ]

    node = ScriptedNode(answer=numbered, batch=cut_off)
    async with open_session(await nursery.start(node.serve)) as session:
        assert await session.batch(calls(40)) == answers(40)


async def test_many_batches_at_once_find_the_limit_out_once(nursery):
    node = ScriptedNode(answer=numbered, batch=refusing(8, DIALECTS["an object without id"]))
    got = {}
    async with open_session(await nursery.start(node.serve)) as session:

        async def ask(name):
            got[name] = await session.batch(calls(64))

        async with trio.open_nursery() as several:
            for name in range(6):
                several.start_soon(ask, name)
        assert session.fault is None
    assert list(got.values()) == [answers(64)] * 6
    # 64, 32 and 16 are refused once each, not once a caller.
    assert sorted(size for size in node.batches if size > 8) == [16, 32, 64]


async def test_more_calls_than_any_message_holds_are_answered(nursery):
    node = ScriptedNode(answer=numbered)
    async with open_session(await nursery.start(node.serve)) as session:
        assert await session.batch(calls(450)) == answers(450)
        assert await session.batch([]) == []
    assert max(node.batches) == 200


@pytest.mark.parametrize("shorten", [lambda given: given[:-1], lambda given: given[:2] + given[4:]])
async def test_a_batch_that_leaves_results_out_breaks_the_rules(nursery, shorten):
    node = ScriptedNode(answer=numbered, batch=lambda _, given: shorten(given))
    async with open_session(await nursery.start(node.serve)) as session:
        with pytest.raises(RemoteProtocolError, match="found one left out"):
            await session.batch(calls(6))
        # That message's calls have failed, the others of the session have not.
        assert await session.call("eth_getStorageAt", 7) == b"7"


async def test_a_batch_that_meets_a_busy_node_is_asked_again(nursery):
    refusals = itertools.count()

    def busy_at_first(asked, given):
        if next(refusals) < 2:
            words = "method eth_call in batch triggered rate limit"
            return [error(one, -32005, words) for one in given]
        return given

    node = ScriptedNode(answer=numbered, batch=busy_at_first)
    async with open_session(await nursery.start(node.serve)) as session:
        assert await session.batch(calls(30)) == answers(30)
        assert session.limits.batch.refused is None


async def test_a_rate_that_is_smaller_than_the_batch_is_met_by_smaller_ones(nursery):
    """A provider that counts the calls of a batch never takes one of more than its rate."""
    node = ScriptedNode(
        answer=numbered,
        batch=refusing(5, lambda asked: too_large(429, "Too Many Requests")),
    )
    async with open_session(await nursery.start(node.serve)) as session:
        assert await session.batch(calls(20)) == answers(20)
        assert session.limits.batch.size <= 10


@pytest.mark.parametrize("transport", ["ws", "http", "unix"])
@pytest.mark.parametrize("more", [lambda given: given[0], lambda given: {**given[0], "id": 10**9}])
async def test_a_batch_of_more_answers_than_calls_breaks_the_rules(
    nursery, tmp_path, more, transport
):
    node = ScriptedNode(answer=numbered, batch=lambda _, given: [*given, more(given)])
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        failures = []
        try:
            await session.batch(calls(6))
        except (RemoteProtocolError, ConnectionLost) as broken:
            failures.append(str(broken))
        # Over a socket the calls may have their answers before the one too many is seen.
        failures.append(str(session.fault or ""))
    assert any("expected" in words for words in failures)
