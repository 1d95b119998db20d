"""The doctor names each fault of a node as it is, and says what to do about it."""

import sys

import pytest
import trio
from scripted_node import HANG_UP, ScriptedNode, Wire, error, http_reply, result, rules

from qenus.observers.doctor.examination import examine
from qenus.observers.doctor.findings import Verdict
from qenus.simulation import DEMO_CHAIN, World
from tests.every_day import every_day

CHAINS = {DEMO_CHAIN.chain_id: DEMO_CHAIN}
STATUSES = {
    "429 Too Many Requests": "limits connections or calls",
    "401 Unauthorized": "not accepted",
    "403 Forbidden": "may not ask",
    "404 Not Found": "check the path",
    "301 Moved": "Give the address that it points to",
    "502 Bad Gateway": "no node behind it",
}


async def findings_of(
    node,
    nursery,
    transport="ws",
    *,
    moving=True,
    announced=True,
    call_seconds=10.0,
    announcement_seconds=5.0,
):
    """Examine a node whose chain grows meanwhile; give its findings by name."""
    url = await node.start(nursery, transport)
    async with trio.open_nursery() as growing:

        async def grow():
            while True:
                await trio.sleep(0.2)
                node.advance(announce=announced)

        if moving:
            growing.start_soon(grow)
        report = await examine(
            url,
            blocks=3,
            header_rules=False,
            chains=CHAINS,
            call_seconds=call_seconds,
            announcement_seconds=announcement_seconds,
        )
        growing.cancel_scope.cancel()
    return {finding.name: finding for finding in report.findings}


def without(method, code=-32601, message="the method does not exist"):
    return lambda asked, _params, truth: error(truth, code, message) if asked == method else truth


@pytest.mark.parametrize("transport", ["ws", "http"])
@pytest.mark.parametrize("status", STATUSES)
async def test_a_refusal_is_named_by_its_status(nursery, transport, status):
    node = ScriptedNode(refusal=http_reply(status, b"no", "location: wss://other.example/KEY"))
    found = (await findings_of(node, nursery, transport, moving=False, call_seconds=0.5))[
        "connection"
    ]
    assert found.verdict is Verdict.BAD
    assert status.split()[0] in found.found
    assert STATUSES[status] in found.advice


async def test_a_web_server_without_websocket_is_named(nursery):
    node = ScriptedNode(refusal=http_reply("200 OK", b"{}"))
    found = (await findings_of(node, nursery, moving=False))["connection"]
    assert "has it an http:// or https:// address?" in found.advice


async def test_a_good_node_has_no_fault_but_what_it_lacks(nursery):
    found = await findings_of(ScriptedNode(World(rules(kept_blocks=4096))), nursery)
    for name in ("receipts", "batches", "errors", "heads announced", "honesty over 3 blocks"):
        assert found[name].verdict is Verdict.GOOD, found[name]
    assert not {"rate limits", "answers"} & set(found)


@pytest.mark.parametrize("limit", [1, 3, 10, 50])
@pytest.mark.parametrize("transport", ["ws", "http"])
async def test_a_batch_limit_is_measured(nursery, limit, transport):
    def geth(asked, answers):
        if len(asked) <= limit:
            return answers
        return [error(answers[0], -32600, "batch too large")]

    found = (await findings_of(ScriptedNode(batch=geth), nursery, transport))["batches"]
    assert found.found == f"{limit} calls in a message, {limit + 1} are refused"
    assert (found.verdict, "smaller messages" in found.advice) == (Verdict.LACKING, True)


@pytest.mark.parametrize(
    ("refuse", "way"),
    [
        (
            lambda m, p, t: (
                error(t, -32602, "invalid argument 0: hex number expected")
                if m == "eth_getBlockReceipts" and len(str(p[0])) > 20
                else t
            ),
            "eth_getBlockReceipts by number",
        ),
        (without("eth_getBlockReceipts"), "eth_getTransactionReceipt of each"),
    ],
)
async def test_receipts_by_one_way_only_are_named_and_still_prove_blocks(nursery, refuse, way):
    found = await findings_of(ScriptedNode(answer=refuse), nursery)
    assert found["receipts"].verdict is Verdict.LACKING
    assert f"by {way} only" in found["receipts"].found
    assert found["honesty over 3 blocks"].verdict is Verdict.GOOD


async def test_no_way_to_receipts_is_bad(nursery):
    def refuse(method, _params, truth):
        return error(truth, -32601, "no such method") if "Receipt" in method else truth

    found = await findings_of(ScriptedNode(answer=refuse), nursery)
    assert found["receipts"].verdict is Verdict.BAD


async def test_a_subscription_that_stays_silent_is_distinguished_from_an_idle_chain(nursery):
    found = await findings_of(ScriptedNode(), nursery, announced=False, announcement_seconds=0.6)
    assert "the head moved by" in found["heads announced"].found
    assert "subscription is dead" in found["heads announced"].advice


async def test_receipts_that_come_late_are_measured(nursery):
    def late(method, params, truth):
        if method == "eth_getBlockReceipts":
            first = first_asked.setdefault(str(params[0]), trio.current_time())
            if trio.current_time() - first < 0.4:
                return result(truth, None)
        return truth

    first_asked = {}
    found = (await findings_of(ScriptedNode(answer=late), nursery))["heads announced"]
    assert found.verdict is Verdict.LACKING
    assert "its receipts 0." in found.found
    assert "load balancers" in found.advice


@pytest.mark.parametrize("tag", ["pending", "safe", "finalized"])
async def test_a_missing_tag_is_named(nursery, tag):
    def refuse(method, params, truth):
        return error(truth, -39001, "Unknown block") if tag in params else truth

    found = await findings_of(ScriptedNode(answer=refuse), nursery)
    name = {"pending": "pending block"}.get(tag, f"{tag} head")
    assert found[name].verdict is Verdict.LACKING


async def test_rate_limits_that_were_met_are_counted(nursery):
    def busy(method, _params, truth):
        times[0] += 1
        return error(truth, -32005, "rate limit") if times[0] % 9 == 0 else truth

    times = [0]
    found = (await findings_of(ScriptedNode(answer=busy), nursery))["rate limits"]
    assert "calls met a busy node" in found.found
    assert "larger plan" in found.advice


@pytest.mark.parametrize(
    "shape",
    [
        lambda number: b'{"id":%d,"error":"no such method"}' % number,
        lambda number: b'{"id":%d,"error":{"message":"no"}}' % number,
        lambda number: b'{"id":"%d","result":true}' % number,
    ],
)
async def test_malformed_answers_are_found(nursery, shape):
    def say(method, _params, truth):
        return shape(truth["id"]) if method == "qenus_noSuchMethod" else truth

    found = await findings_of(ScriptedNode(answer=say), nursery)
    assert found["errors"].verdict is Verdict.LACKING
    assert found["answers"].found == "1 break the rules of JSON-RPC, in ids or errors"


# The fault, and over which transport.
FAULTS = {
    "429": ("ws", ScriptedNode(refusal=http_reply("429 Too Many Requests", b"slow"))),
    "301": ("ws", ScriptedNode(refusal=http_reply("301 Moved", b""))),
    "200": ("ws", ScriptedNode(refusal=http_reply("200 OK", b"hello"))),
    "hang-up": ("ws", ScriptedNode(refusal=HANG_UP)),
    "no HTTP": ("ws", ScriptedNode(refusal=Wire(b"SSH-2.0-x\r\n\r\n", close=True))),
    "401 over HTTP": ("http", ScriptedNode(refusal=http_reply("401 Unauthorized", b""))),
    "text": ("http", ScriptedNode(answer=lambda *_: b"Internal Server Error")),
    "numbers": (
        "ws",
        ScriptedNode(
            answer=lambda _m, _p, t: b'{"id":%d,"result":"0x%s"}' % (t["id"], b"f" * 5_000)
        ),
    ),
    "nested JSON": ("ws", ScriptedNode(answer=lambda *_: b"[" * 50_000)),
    "errors": ("http", ScriptedNode(answer=lambda _m, _p, t: error(t, -32000, "no"))),
}


@pytest.mark.parametrize("command", every_day(["doctor"], ["doctor", "record"]))
@pytest.mark.parametrize("fault", FAULTS)
async def test_no_command_prints_a_traceback_for_a_fault(nursery, tmp_path, fault, command):
    transport, node = FAULTS[fault]
    url = await node.start(nursery, transport)
    arguments = [command, "--node", url]
    if command == "record":
        arguments += ["--blocks", "1..2", "--out", str(tmp_path)]
    program = [sys.executable, "-c", "from qenus.cli import main; main()", *arguments]
    done = await trio.run_process(program, check=False, capture_stdout=True, capture_stderr=True)
    said = (done.stdout + done.stderr).decode()
    assert (done.returncode, "Traceback" in said) == (1, False), said
    # A few lines: what is wrong, and for the doctor what to do.
    assert said.count("\n") <= 4, said
