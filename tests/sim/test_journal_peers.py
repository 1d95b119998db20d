"""What anyone who connects to a journal can make a node log: a few plain lines a second."""

from collections.abc import Iterator

import pynng
import pytest
import structlog
import trio

from qenus.line import Line
from qenus.publishers.limits import FeedLimits
from qenus.publishers.nng import Feed, serve_journal
from qenus.wire import JoinReply, JoinRequest, RepairReply, RepairStatus, decode, encode
from supervisors import Child, Readiness, Supervisor, Tree

REQUESTS = 300
PATIENCE_SECONDS = 60


@pytest.fixture
def logged() -> Iterator[list[dict[str, object]]]:
    with structlog.testing.capture_logs() as entries:
        yield entries


async def answers_to(requests: list[bytes], address: str) -> list[object]:
    line = Line("a", bytes(16), journal_bytes=1 << 20)
    feed = Feed(line, (address,), 100, 0.0, 0.0, FeedLimits(peer_log_lines_per_second=1))
    journal = Child("journal", serve_journal, feed=feed).with_policy(readiness=Readiness.EXPLICIT)
    answers = []
    async with trio.open_nursery() as nursery:
        tree = Tree(Supervisor("root", [journal]))
        await nursery.start(tree.run)
        with trio.fail_after(PATIENCE_SECONDS), pynng.Req0(dial=f"{address}.repair") as req:
            for request in requests:
                req.send(request)
                answers.append(decode(await req.arecv(), JoinReply | RepairReply))
        tree.stop()
    return answers


@pytest.mark.parametrize("request_", [b"", b"\xc1", encode(JoinRequest("\x1b[2J\u202eeve\n"))])
async def test_a_flood_of_requests_is_answered_and_logs_a_few_lines(tmp_path, logged, request_):
    began = trio.current_time()
    answers = await answers_to([request_] * REQUESTS, f"ipc://{tmp_path}/feed.ipc")
    seconds = trio.current_time() - began
    assert len(answers) == REQUESTS
    for answer in answers:
        assert isinstance(answer, JoinReply) or answer.status is RepairStatus.BAD_REQUEST
    peers = [entry for entry in logged if entry["event"] in ("joined", "bad request")]
    assert 1 <= len(peers) <= 2 + seconds
    for entry in peers:
        shown = str(entry.get("subscriber", entry.get("error")))
        assert shown.isprintable()
        assert "\x1b" not in shown
