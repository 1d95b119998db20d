"""A publisher that sends without end costs a subscriber bounded memory, read or not."""

import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pynng
import pytest
import subscriber_process

from qenus.wire import (
    Envelope,
    Heartbeat,
    JoinReply,
    JoinRequest,
    Position,
    RepairReply,
    RepairRequest,
    RepairStatus,
    decode,
    encode,
    frame,
    pack,
    repair_address,
)

pytestmark = pytest.mark.interop

SESSION = bytes(16)
MIB = 1 << 20
# What is drained and not taken apart, what nng buffers, and what waits for missing frames.
HELD_BYTES = 64 * MIB + 64 * MIB + subscriber_process.WAITING_BYTES
SLACK_BYTES = 60 * MIB
PAUSE_SECONDS = 0.004
PATIENCE_SECONDS = 30


class Publisher:
    """A feed and its journal, which says what it likes."""

    def __init__(self, address: str) -> None:
        self._pub = pynng.Pub0(listen=address, send_buffer_size=64)
        self._rep = pynng.Rep0(listen=repair_address(address), recv_timeout=100)

    def close(self) -> None:
        self._pub.close()
        self._rep.close()

    def send(self, topic: str, seq: int, content: bytes) -> int:
        message = pack(topic, frame(Envelope("a", SESSION, seq, 1, 1, 0), content))
        self._pub.send(message)
        return len(message)

    def answer(self) -> None:
        """Answer one request, if one comes: joins with nothing, repairs with nothing more."""
        try:
            asked = decode(self._rep.recv(), JoinRequest | RepairRequest)
        except pynng.Timeout:
            return
        if isinstance(asked, JoinRequest):
            self._rep.send(encode(JoinReply("a", SESSION, ())))
        else:
            self._rep.send(encode(RepairReply(RepairStatus.GONE, ())))


@contextmanager
def attacked(address: str) -> Iterator[tuple[Publisher, subprocess.Popen[str]]]:
    publisher = Publisher(address)
    process = subprocess.Popen(
        [sys.executable, subscriber_process.__file__, address], stdout=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not has_printed(process):
            assert time.monotonic() < deadline
            publisher.answer()
        yield publisher, process
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()
        publisher.close()


def has_printed(process: subprocess.Popen[str]) -> bool:
    ready, _, _ = select.select([process.stdout], [], [], 0)
    return bool(ready)


def resident_bytes(process: subprocess.Popen[str]) -> int:
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * 4096


def grown_under(publisher: Publisher, process: subprocess.Popen[str], messages) -> int:
    """The most by which the subscriber grew under messages that it has the time to take."""
    before, most = resident_bytes(process), 0
    for topic, seq, content in messages:
        publisher.send(topic, seq, content)
        most = max(most, resident_bytes(process) - before)
        time.sleep(PAUSE_SECONDS)
    return most


def test_frames_that_no_subscriber_reads_are_bounded_in_bytes(tmp_path):
    content = bytes(MIB)
    with attacked(f"ipc://{tmp_path}/f.ipc") as (publisher, process):
        frames = (("features.amm.demo", seq, b"\x91\x1f" + content) for seq in range(500))
        assert grown_under(publisher, process, frames) < HELD_BYTES + SLACK_BYTES


def test_topics_and_positions_without_end_are_bounded(tmp_path):
    def beats() -> Iterator[tuple[str, int, bytes]]:
        for at in range(600):
            names = [f"features.f{at}-{each}.c{each % 100}" for each in range(1000)]
            positions = tuple(Position(name, 1 << 40, 0) for name in names)
            yield "nodes", 0, encode(Heartbeat(positions, (), 100))

    with attacked(f"ipc://{tmp_path}/f.ipc") as (publisher, process):
        assert grown_under(publisher, process, beats()) < SLACK_BYTES
