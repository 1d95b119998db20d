"""A line writer never holds up its caller, whatever becomes of what it writes to."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from qenus.ops.line_writer import LineWriter

PATIENCE_SECONDS = 30.0


def said(count: int) -> str:
    return f"{count} dropped"


class Pipe:
    """A small pipe with a writer on it; nothing reads it until `lines` does."""

    def __init__(self, *, blocking: bool = True, **limits: int) -> None:
        self.ours, self.theirs = os.pipe()
        fcntl.fcntl(self.theirs, fcntl.F_SETPIPE_SZ, 4096)
        os.set_blocking(self.theirs, blocking)
        self.writer = LineWriter(self.theirs, said, **limits)

    def lines(self) -> list[str]:
        """Everything that is written from now on, once the writer was closed."""
        lines: list[str] = []
        reading = threading.Thread(target=lambda: lines.extend(read_to_the_end(self.ours)))
        reading.start()
        assert self.writer.close(PATIENCE_SECONDS)
        # The last writing end is closed, its number is not given to another file.
        os.dup2(self.ours, self.theirs)
        reading.join(PATIENCE_SECONDS)
        return lines

    def close(self) -> None:
        os.close(self.ours)
        assert self.writer.close(PATIENCE_SECONDS)
        os.close(self.theirs)


@contextmanager
def held_up(**limits: int) -> Iterator[Pipe]:
    pipe = Pipe(**limits)
    try:
        yield pipe
    finally:
        # A writer that is left behind would write to what gets its descriptor's number next.
        pipe.close()


def read_to_the_end(descriptor: int) -> list[str]:
    with open(descriptor, "rb", closefd=False) as file:
        return file.read().decode().splitlines()


def test_lines_come_out_whole_and_in_order():
    ours, theirs = os.pipe()
    writer = LineWriter(theirs, said)
    for at in range(500):
        writer.put(f"line {at}")
    assert writer.close(PATIENCE_SECONDS)
    os.close(theirs)
    assert read_to_the_end(ours) == [f"line {at}" for at in range(500)]
    assert (writer.dropped, writer.failure) == (0, None)
    os.close(ours)


def test_a_pipe_that_is_not_read_costs_lines_and_not_the_callers_time():
    with held_up(max_lines=8) as pipe:
        for _ in range(1000):
            pipe.writer.put("x" * 999)
        dropped = pipe.writer.dropped
        # The pipe's 4096 bytes, the line under way and 8 that wait.
        assert 1000 - (5 + 8) <= dropped <= 1000 - 8
        lines = pipe.lines()
        assert lines.count("x" * 999) == 1000 - dropped
        assert sum(int(line.split()[0]) for line in lines if "dropped" in line) == dropped


def test_a_writer_that_is_held_up_is_left_behind_at_the_end():
    with held_up() as pipe:
        for _ in range(100):
            pipe.writer.put("x" * 999)
        assert not pipe.writer.close(0.01)
        pipe.writer.put("too late")
        assert pipe.writer.dropped == 1


def test_what_waits_is_bounded_in_bytes():
    with held_up(max_bytes=10_000) as pipe:
        for _ in range(100):
            pipe.writer.put("x" * 999)
        assert 100 - 10 - 5 <= pipe.writer.dropped <= 100 - 10


def test_a_full_disk_is_counted_and_written_on_to_when_there_is_room_again():
    full = os.open("/dev/full", os.O_WRONLY)
    writer = LineWriter(full, said)
    for _ in range(3):
        writer.put("lost")
    while writer.dropped < 3:
        threading.Event().wait(0.001)
    ours, theirs = os.pipe()
    os.dup2(theirs, full)
    writer.put("kept")
    assert writer.close(PATIENCE_SECONDS)
    os.close(theirs)
    os.close(full)
    assert read_to_the_end(ours) == ["3 dropped", "kept"]
    assert writer.failure is not None
    os.close(ours)


@pytest.mark.parametrize("fate", ["closed", "reader left"])
def test_a_descriptor_that_is_gone_raises_nothing(fate):
    ours, theirs = os.pipe()
    os.close(ours)
    writer = LineWriter(-1 if fate == "closed" else theirs, said)
    for _ in range(10):
        writer.put("lost")
    assert writer.close(PATIENCE_SECONDS)
    assert writer.dropped == 10
    os.close(theirs)


def test_a_descriptor_that_does_not_block_is_waited_for():
    with held_up(blocking=False) as pipe:
        for _ in range(100):
            pipe.writer.put("x" * 999)
        assert pipe.lines() == ["x" * 999] * 100


def test_its_stream_makes_lines_of_pieces():
    ours, theirs = os.pipe()
    writer = LineWriter(theirs, said)
    stream = writer.stream(str.upper)
    print("one", "two", file=stream)
    stream.write("th")
    stream.write("ree\nfour\n\ud800\n")
    assert writer.close(PATIENCE_SECONDS)
    os.close(theirs)
    assert read_to_the_end(ours) == ["ONE TWO", "THREE", "FOUR", "\\ud800"]
    os.close(ours)
