"""Peers that do not read cost a node bounded memory, and honest subscribers notice nothing.

The node is a process of its own, so that its memory can be seen; the peers are raw sockets that
speak the SP protocol by hand (nng, "sp-ipc-v0": 8 bytes of handshake, then 0x01, a length, a body).
"""

import contextlib
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import line_process
import pynng
import pytest

from qenus.wire import (
    Frame,
    JoinReply,
    JoinRequest,
    RepairReply,
    RepairRequest,
    RepairStatus,
    decode,
    encode,
    repair_address,
    split,
)

pytestmark = pytest.mark.interop

SUB, REQ = 0x21, 0x30
PATIENCE_SECONDS = 30
MIB = 1 << 20
# What the allocators of Python and C keep beside what is bounded.
SLACK_BYTES = 40 * MIB


@contextmanager
def line_at(address: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, line_process.__file__, address],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def resident_bytes(process: subprocess.Popen[str]) -> int:
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * 4096


def sp_socket(path: str, protocol: int) -> socket.socket:
    """A connection that has shaken hands and reads nothing more."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(5)
    connection.connect(path)
    connection.sendall(b"\0SP\0" + struct.pack(">HH", protocol, 0))
    assert len(connection.recv(8)) == 8
    return connection


def request_frame(number: int, body: bytes) -> bytes:
    message = struct.pack(">I", 0x80000000 | number) + body
    return b"\x01" + struct.pack(">Q", len(message)) + message


def wait_for_a_full_journal(address: str) -> JoinReply:
    deadline = time.monotonic() + PATIENCE_SECONDS
    with pynng.Req0(dial=repair_address(address), recv_timeout=5000) as req:
        while time.monotonic() < deadline:
            req.send(encode(JoinRequest("test")))
            reply = decode(req.recv(), JoinReply)
            if any(each.oldest_seq > 0 for each in reply.positions):
                return reply
            time.sleep(0.1)
    raise AssertionError("the journal was never full")


def heard(address: str, count: int) -> list[float]:
    """How late an honest subscriber gets frames, in seconds."""
    late = []
    with pynng.Sub0(dial=address, recv_timeout=5000, recv_max_size=0) as sub:
        sub.subscribe(b"blocks.")
        for _ in range(count):
            frame = decode(split(sub.recv())[1], Frame)
            late.append(time.time() - frame.envelope.published_ns / 1e9)
    return late


def test_replies_that_are_not_taken_are_bounded_in_bytes(tmp_path):
    address = f"ipc://{tmp_path}/feed.ipc"
    limits = line_process.LIMITS
    with line_at(address) as node, contextlib.ExitStack() as stack:
        joined = wait_for_a_full_journal(address)
        position = next(each for each in joined.positions if each.topic.startswith("features."))
        before = resident_bytes(node)
        asked = encode(RepairRequest(joined.session, position.topic, position.next_seq - 20, 1024))
        refused = 0
        for number in range(200):
            try:
                peer = stack.enter_context(sp_socket(f"{tmp_path}/feed.ipc.repair", REQ))
                peer.sendall(request_frame(number, asked))
            except OSError:
                refused += 1
        time.sleep(0.5)
        # 200 replies of half a megabyte were asked for: 100 MiB.
        grown = resident_bytes(node) - before
        assert grown < limits.repair_buffer_bytes + SLACK_BYTES
        # An honest subscriber is answered meanwhile: closed ones come back by themselves.
        with pynng.Req0(dial=repair_address(address), recv_timeout=5000) as req:
            req.send(encode(JoinRequest("honest")))
            newest = decode(req.recv(), JoinReply)
            place = next(each for each in newest.positions if each.topic == position.topic)
            again = RepairRequest(newest.session, place.topic, place.next_seq - 5, 1024)
            req.send(encode(again))
            reply = decode(req.recv(), RepairReply)
        assert reply.status is RepairStatus.OK
        size = sum(map(len, reply.frames))
        assert 0 < size <= limits.repair_reply_bytes


def test_subscribers_that_do_not_read_are_bounded_in_bytes(tmp_path):
    address = f"ipc://{tmp_path}/feed.ipc"
    with line_at(address) as node, contextlib.ExitStack() as stack:
        wait_for_a_full_journal(address)
        for _ in range(3):
            stack.enter_context(sp_socket(f"{tmp_path}/feed.ipc", SUB))
        before = resident_bytes(node)
        # Fifty megabytes a second are sent meanwhile, in 800 frames: nng alone would keep all.
        late = heard(address, 800)
        grown = resident_bytes(node) - before
        assert grown < line_process.LIMITS.send_buffer_bytes + SLACK_BYTES
        assert sorted(late)[len(late) // 2] < 0.25


def test_connections_beyond_the_limit_are_refused_and_the_others_stay(tmp_path):
    address = f"ipc://{tmp_path}/feed.ipc"
    path = f"{tmp_path}/feed.ipc"
    with line_at(address), contextlib.ExitStack() as stack:
        first = stack.enter_context(pynng.Sub0(dial=address, recv_timeout=5000, recv_max_size=0))
        first.subscribe(b"blocks.")
        first.recv()
        closed = 0
        for _ in range(3 * line_process.LIMITS.max_subscribers):
            peer = stack.enter_context(sp_socket(path, SUB))
            peer.settimeout(0.2)
            closed += not sent_something(peer)
        assert closed >= 2 * line_process.LIMITS.max_subscribers
        for _ in range(100):
            first.recv()


def sent_something(peer: socket.socket) -> bool:
    try:
        return bool(peer.recv(1))
    except TimeoutError:
        return True
    except OSError:
        return False


def test_a_peer_that_asks_without_end_delays_no_frame(tmp_path):
    address = f"ipc://{tmp_path}/feed.ipc"
    with line_at(address) as node, contextlib.ExitStack() as stack:
        joined = wait_for_a_full_journal(address)
        position = next(each for each in joined.positions if each.topic.startswith("features."))
        asked = encode(RepairRequest(joined.session, position.topic, position.next_seq - 20, 1024))
        quiet = sorted(heard(address, 200))
        flood = b"".join(request_frame(number, asked) for number in range(200))
        before = resident_bytes(node)
        for _ in range(20):
            peer = stack.enter_context(sp_socket(f"{tmp_path}/feed.ipc.repair", REQ))
            peer.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                peer.sendall(flood)
        flooded = sorted(heard(address, 200))
        # Ten times is far above what a busy machine makes of it, and far below what is served here.
        assert flooded[100] < 10 * quiet[100] + 0.1
        assert resident_bytes(node) - before < 2 * SLACK_BYTES


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x91" * 3000, b"\xdd\xff\xff\xff\xff"])
def test_a_request_that_is_none_is_answered_and_the_journal_goes_on(tmp_path, body):
    address = f"ipc://{tmp_path}/feed.ipc"
    with line_at(address):
        with sp_socket(f"{tmp_path}/feed.ipc.repair", REQ) as peer:
            peer.sendall(request_frame(1, body))
            head = peer.recv(9, socket.MSG_WAITALL)
            answer = peer.recv(struct.unpack(">Q", head[1:])[0], socket.MSG_WAITALL)
        assert decode(answer[4:], RepairReply).status is RepairStatus.BAD_REQUEST
        with pynng.Req0(dial=repair_address(address), recv_timeout=5000) as req:
            req.send(encode(JoinRequest("honest")))
            assert decode(req.recv(), JoinReply).line == "a"
