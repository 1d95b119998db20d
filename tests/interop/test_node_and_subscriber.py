"""A node in one process and its subscriber in another, over real sockets.

What the subscriber prints is what `qenus extract` prints, whatever crashes in between.
"""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.interop

QENUS = [sys.executable, "-c", "from qenus.cli import main; main()"]
PATIENCE_SECONDS = 60


def qenus(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*QENUS, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )


@contextmanager
def started(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*QENUS, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def free_port() -> int:
    """A port such that it and the next one are free: the feed's and its journal's."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


@pytest.fixture(params=["ipc", "tcp"])
def address(request, tmp_path) -> str:
    if request.param == "tcp":
        return f"tcp://127.0.0.1:{free_port()}"
    return f"ipc://{tmp_path}/feed.ipc"


@pytest.fixture(scope="module")
def extracted(data: Path) -> str:
    result = qenus("extract", "--json", data / "l1" / "blocks")
    assert result.returncode == 0
    assert len(result.stdout.splitlines()) == 745
    return result.stdout


def replayed_and_tailed(
    data: Path, address: str, *options: str, tail_first: bool = False
) -> tuple[str, str, str]:
    """What the tail printed, what it said, and what the node said."""
    node = ["run", "--replay", data / "l1" / "blocks", "--listen", address, *options]
    tail = ["tail", "--json", "--ends", "--connect", address]
    first, second = (tail, node) if tail_first else (node, tail)
    with started(*first) as one:
        # Not needed for correctness: gives either order of starting a chance to be one.
        time.sleep(0.3)
        with started(*second) as other, ThreadPoolExecutor(2) as readers:
            # Both at once: a subscriber whose output is not read would keep its node waiting.
            waiting = [
                readers.submit(p.communicate, timeout=PATIENCE_SECONDS) for p in (one, other)
            ]
            (one_out, one_err), (other_out, other_err) = (read.result() for read in waiting)
        assert (one.returncode, other.returncode) == (0, 0), (one_err, other_err)
    if tail_first:
        return one_out, one_err, other_err
    return other_out, other_err, one_err


def features_of(printed: str) -> str:
    lines = printed.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith('{"kind":"block_end"'))


@pytest.mark.parametrize("tail_first", [False, True], ids=["node-first", "tail-first"])
def test_every_feature_arrives_once_in_order_in_closed_blocks(data, address, extracted, tail_first):
    printed, said, _ = replayed_and_tailed(data, address, tail_first=tail_first)
    assert features_of(printed) == extracted
    ends = [json.loads(line) for line in printed.splitlines() if '"block_end"' in line]
    assert len(ends) == 15
    assert sum(count["features"] for end in ends for count in end["families"]) == 745
    assert "15 blocks, 745 features, every digest recomputed" in said


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_crashes_at_random_points_change_nothing_for_the_subscriber(data, address, extracted, seed):
    rates = {
        "observer": 0.2,
        "sealer": 0.2,
        "extractor": 0.3,
        "line": 0.3,
        "publisher": 0.3,
        "journal": 0.3,
    }
    switches = [f"--fault={name}={rate}" for name, rate in rates.items()]
    printed, _, said = replayed_and_tailed(
        data, address, *switches, f"--fault-seed={seed}", tail_first=True
    )
    assert features_of(printed) == extracted
    assert printed.count('"block_end"') == 15
    for name in ("extractor", "line", "publisher"):
        # The fault switch counts at the end: of many warnings in a moment the log leaves some out.
        crashes = re.search(rf"fault switch .*\b{name}=(\d+)", said)
        assert crashes is not None
        assert int(crashes[1]) >= 10


def test_a_rejected_file_is_reported_and_the_others_are_played(data, tmp_path):
    address = f"ipc://{tmp_path}/feed.ipc"
    good = data / "l1" / "blocks" / "22431083.json.gz"
    bad = data / "l1" / "bad_blocks" / "11930296.json.gz"
    with started("run", "--replay", bad, "--replay", good, "--listen", address) as node:
        tail = qenus("tail", "--json", "--connect", address)
        _, said = node.communicate(timeout=PATIENCE_SECONDS)
    assert node.returncode == 1
    assert tail.returncode == 0
    assert len(tail.stdout.splitlines()) == 136
    assert "rejected 11930296.json.gz: receipts root" in tail.stderr
    assert "files rejected" in said


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    pytest.fail(f"{text!r} was never said")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_drains_and_stops_within_five_seconds(tmp_path, number):
    address = f"ipc://{tmp_path}/feed.ipc"
    with (
        started("run", "--listen", address, "--demo-block-seconds", "0.1", "--no-show") as node,
        started("tail", "--json", "--connect", address) as tail,
    ):
        wait_for(tail, "listening to line")
        begun = time.monotonic()
        node.send_signal(number)
        node.communicate(timeout=10)
        assert time.monotonic() - begun < 5
        assert node.returncode == 0
        wait_for(tail, "session ended: shutdown")
        tail.send_signal(number)
        tail.communicate(timeout=10)
        assert tail.returncode == 128 + number


def test_a_second_signal_stops_at_once(data, tmp_path):
    address = f"ipc://{tmp_path}/feed.ipc"
    with (
        started("run", "--replay", data / "l1" / "blocks", "--listen", address) as node,
        started("tail", "--connect", address) as tail,
    ):
        wait_for(tail, "listening to line")
        # A subscriber that takes nothing more and does not leave: the node lingers for it.
        tail.send_signal(signal.SIGSTOP)
        node.send_signal(signal.SIGTERM)
        wait_for(node, "stopping")
        begun = time.monotonic()
        node.send_signal(signal.SIGTERM)
        node.communicate(timeout=10)
        assert time.monotonic() - begun < 2
        assert node.returncode == -signal.SIGTERM


def test_a_tail_stops_after_the_blocks_that_were_asked_for(tmp_path):
    address = f"ipc://{tmp_path}/feed.ipc"
    with started("run", "--listen", address, "--demo-block-seconds", "0.1", "--no-show") as node:
        # Where the demo's chain reorganises meanwhile, a block's states are not published any more.
        for _ in range(8):
            tail = qenus("tail", "--connect", address, "--blocks", "3", "--states-within", "20")
            assert tail.returncode == 0
            if "\nretract" not in tail.stdout:
                break
        assert "3 blocks" in tail.stderr
        assert sum(line.startswith("block ") for line in tail.stdout.splitlines()) == 3
        assert sum(line.startswith("pools ") for line in tail.stdout.splitlines()) == 3
        node.send_signal(signal.SIGTERM)
        assert node.wait(timeout=10) == 0


def test_a_screen_that_is_held_up_holds_up_no_subscriber(tmp_path):
    address = f"ipc://{tmp_path}/feed.ipc"
    # The output of the node is not read: its pipe is full after some blocks.
    with started("run", "--listen", address, "--demo-block-seconds", "0.05", "--show") as node:
        tail = qenus("tail", "--connect", address, "--blocks", "60")
        assert tail.returncode == 0
        assert len(tail.stdout) > 1 << 17
        node.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        assert node.wait(timeout=10) == 0
        assert time.monotonic() - begun < 5


def test_a_reader_that_has_had_enough_ends_a_tail_and_no_node(tmp_path):
    address = f"ipc://{tmp_path}/feed.ipc"
    demo = ["run", "--listen", address, "--demo-block-seconds", "0.1", "--show"]
    with started(*demo) as node:
        wait_for(node, "joined")
        # The screen goes away.
        node.stdout.close()
        tail = subprocess.Popen(
            [*QENUS, "tail", "--connect", address], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert tail.stdout.readline().startswith(b"block ")
        tail.stdout.close()
        assert tail.wait(timeout=20) == 0
        assert b"Traceback" not in tail.stderr.read()
        tail.stderr.close()
        assert qenus("tail", "--connect", address, "--blocks", "3").returncode == 0
        node.stdout = None


def test_a_silent_line_is_reported(tmp_path):
    address = f"ipc://{tmp_path}/feed.ipc"
    demo = ["run", "--listen", address, "--demo-block-seconds", "0.1", "--no-show"]
    with started(*demo) as node, started("tail", "--json", "--connect", address) as tail:
        # By its first heartbeat the line has said how silent it may be; blocks come after that.
        for _ in range(100):
            assert tail.stdout.readline()
        node.send_signal(signal.SIGSTOP)
        wait_for(tail, "nothing was heard for 1.0 s")


def test_an_interrupted_command_ends_by_its_signal(data):
    with started("verify", *[data / "l1" / "blocks"] * 200) as verify:
        assert verify.stdout.readline().startswith("ok")
        verify.send_signal(signal.SIGINT)
        _, said = verify.communicate(timeout=10)
        assert verify.returncode == -signal.SIGINT
        assert said == ""


def test_two_signals_at_once_stop_at_once(tmp_path):
    address = f"ipc://{tmp_path}/feed.ipc"
    with (
        started("run", "--listen", address, "--no-show") as node,
        started("tail", "--connect", address) as tail,
    ):
        wait_for(tail, "listening to line")
        tail.send_signal(signal.SIGSTOP)
        node.send_signal(signal.SIGINT)
        node.send_signal(signal.SIGTERM)
        node.communicate(timeout=10)
        assert node.returncode in (-signal.SIGINT, -signal.SIGTERM)


def test_an_address_in_use_is_named_without_a_traceback(tmp_path):
    address = f"ipc://{tmp_path}/feed.ipc"
    with started("run", "--listen", address) as node:
        wait_for(node, "joined")
        second = qenus("run", "--listen", address)
    assert second.returncode == 1
    assert f"cannot listen on {address}" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--config", "none.toml"], "'none.toml' does not exist"),
        (["run", "--config", "LICENSE"], "LICENSE: not TOML"),
        (["run", "--fault", "extractor"], "expected an actor's name and a probability"),
        (["run", "--listen", "udp://x"], "'--listen': expected ipc:///path"),
        (["run", "--replay", "none"], "'none' does not exist"),
        (["verify", "--chain", "dogecoin", "x.json"], "'--chain': expected one of ethereum"),
        (["tail", "--connect", "nonsense"], "ipc:///path or tcp://host:port"),
        (["tail", "--family", "ammm"], "expected one of amm"),
        (["run", "--fault", "extractr=0.1"], "actors are node, observer"),
        (["run", "--demo-block-seconds", "nan"], "--demo-block-seconds"),
        (["frobnicate"], "No such command"),
        (["bench", "frobnicate"], "unknown bench"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_usage_is_reported_in_a_line_with_status_2(arguments, said):
    result = subprocess.run(
        [*QENUS, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr
