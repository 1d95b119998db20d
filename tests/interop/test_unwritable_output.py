"""Output that cannot be written: one clear line and status 1, whatever the command.

What goes to standard error is for people: that it cannot be written stops nothing.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import trio
from scripted_node import ScriptedNode, rules

from qenus.chain import ETHEREUM
from qenus.simulation import World

pytestmark = pytest.mark.interop

QENUS = [sys.executable, "-c", "from qenus.cli import main; main()"]
PATIENCE_SECONDS = 60

COMMANDS = {
    "help": ["--help"],
    "version": ["--version"],
    "help of a command": ["extract", "--help"],
    "run": [
        "run",
        "--replay",
        "{blocks}",
        "--wait-subscribers",
        "1",
        "--show",
        "--listen",
        "{own}",
    ],
    "tail": ["tail", "--connect", "{feed}"],
    "tail as JSON": ["tail", "--connect", "{feed}", "--json", "--ends"],
    "extract": ["extract", "{block}"],
    "extract as JSON": ["extract", "--json", "{block}"],
    "verify": ["verify", "{block}"],
    "verify as JSON": ["verify", "--json", "{block}"],
    "prove": ["prove", "{block}", "--log-index", "2"],
    "check a proof": ["prove", "--check", "{proof}"],
    "check a proof, JSON": ["prove", "--check", "{proof}", "--json"],
    "record as JSON": [
        *("record", "--node", "{node}", "--blocks", "{height}", "--out", "{recorded}"),
        *("--chain", "ethereum", "--json"),
    ],
    "doctor": ["doctor", "--node", "{node}", "--blocks", "1"],
    "doctor as JSON": ["doctor", "--node", "{node}", "--blocks", "1", "--json"],
    "bench": ["bench"],
}


@pytest.fixture(scope="module")
def node() -> Iterator[tuple[str, int]]:
    """A node's address and its newest block, served from a thread."""
    ready, found, stop = threading.Event(), [], []

    async def serve() -> None:
        node = ScriptedNode(World(rules(chain=ETHEREUM)))

        async def announce() -> None:
            await trio.sleep(0.2)
            node.advance()

        def answer(method: str, _: object, truth: dict[str, object]) -> dict[str, object]:
            # A doctor waits for a head that is announced.
            if method == "eth_subscribe":
                nursery.start_soon(announce)
            return truth

        node.answer = answer
        async with trio.open_nursery() as nursery:
            found.append((await node.start(nursery, "ws"), node.world.head.number))
            stop.append(partial(trio.from_thread.run_sync, nursery.cancel_scope.cancel))
            stop.append(trio.lowlevel.current_trio_token())
            ready.set()
            await trio.sleep_forever()

    thread = threading.Thread(target=trio.run, args=[serve], daemon=True)
    thread.start()
    assert ready.wait(PATIENCE_SECONDS)
    yield found[0]
    stop[0](trio_token=stop[1])
    thread.join(PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def feed(tmp_path_factory) -> Iterator[str]:
    address = f"ipc://{tmp_path_factory.mktemp('feed')}/f"
    demo = ["run", "--no-show", "--demo-block-seconds", "0.5", "--listen", address]
    process = subprocess.Popen([*QENUS, *demo], stderr=subprocess.DEVNULL)
    yield address
    process.terminate()
    process.wait(PATIENCE_SECONDS)


@pytest.fixture
def arguments(request, data, node, feed, tmp_path) -> list[str]:
    blocks = data / "l1" / "blocks"
    block = min(blocks.iterdir())
    values = {
        "block": block, "blocks": blocks, "feed": feed, "own": f"ipc://{tmp_path}/own",
        "node": node[0], "height": node[1], "recorded": tmp_path / "recorded",
        "proof": tmp_path / "proof.json",
    }  # fmt: skip
    command = COMMANDS[request.param]
    if "{proof}" in command:
        with values["proof"].open("wb") as file:
            subprocess.run(
                [*QENUS, "prove", str(block), "--log-index", "2"], stdout=file, check=True
            )
    return [one.format(**values) for one in command]


every_command = pytest.mark.parametrize("arguments", COMMANDS, indirect=True)


def finished(arguments: list[str], **how: object) -> subprocess.CompletedProcess[str]:
    options = {"stderr": subprocess.PIPE, "text": True, "timeout": PATIENCE_SECONDS}
    return subprocess.run([*QENUS, *arguments], **{**options, **how})


@every_command
@pytest.mark.parametrize("fate", ["no room", "closed", "not for writing"])
def test_output_that_cannot_be_written_is_one_clear_line_and_status_1(arguments, fate, tmp_path):
    how: dict[str, Callable[[], object] | int]
    (tmp_path / "file").touch()
    with open("/dev/full", "wb") as full, (tmp_path / "file").open("rb") as read_only:
        how = {
            "no room": {"stdout": full},
            "closed": {"preexec_fn": lambda: os.close(1)},
            "not for writing": {"stdout": read_only},
        }[fate]
        result = finished(arguments, **how)
    reason = {
        "no room": "No space left on device",
        "closed": "it is closed",
        "not for writing": "Bad file descriptor",
    }[fate]
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    if arguments[0] == "run":
        # The node serves on: what is said is a line of its log.
        assert result.stderr.count("nothing is shown any more") == 1
    else:
        said = f"qenus: standard output cannot be written: {reason}"
        assert result.stderr.splitlines().count(said) == 1


@every_command
def test_a_reader_that_leaves_is_not_reported(arguments):
    ours, theirs = os.pipe()
    os.close(ours)
    result = finished(arguments, stdout=theirs)
    os.close(theirs)
    expected = 0 if arguments[0] in ("run", "tail") else 128 + signal.SIGPIPE
    assert result.returncode == expected
    assert "Traceback" not in result.stderr
    assert "cannot be written" not in result.stderr


@every_command
@pytest.mark.parametrize("fate", ["no room", "closed", "reader left"])
def test_messages_that_cannot_be_written_stop_nothing(arguments, fate):
    ours, theirs = os.pipe()
    os.close(ours)
    if arguments[0] == "tail":
        arguments = [*arguments, "--blocks", "1"]
    with open("/dev/full", "wb") as full:
        how = {
            "no room": {"stderr": full},
            "closed": {"stderr": None, "preexec_fn": lambda: os.close(2)},
            "reader left": {"stderr": theirs},
        }[fate]
        result = finished(arguments, stdout=subprocess.PIPE, **how)
    os.close(theirs)
    assert result.returncode == 0
    assert result.stdout


def test_a_file_that_a_command_opens_does_not_take_a_closed_streams_place(data):
    block = min((data / "l1" / "blocks").iterdir())

    def close_all() -> None:
        for number in range(3):
            os.close(number)

    result = finished(["verify", str(block)], stderr=None, preexec_fn=close_all)
    assert result.returncode == 1
    assert Path(block).stat().st_size
