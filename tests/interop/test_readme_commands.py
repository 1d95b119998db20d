"""The README is a promise: what it shows is run as shown, and says what it shows.

In a console block a line that begins with `$` is a command; what follows is what it prints, where
`…` stands for anything within a line, and a line of `…` alone for any lines.
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.interop

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
PATIENCE_SECONDS = 60


def blocks_of(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def environment() -> dict[str, str]:
    """The README's commands find `qenus` in the environment that runs the tests."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def pattern_of(shown: str) -> str:
    lines = [
        r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + "\n"
        for line in shown.splitlines()
    ]
    return "".join(lines)


@pytest.mark.parametrize("block", blocks_of("console"), ids=lambda block: block.split("\n")[0][:60])
def test_what_the_readme_shows_is_what_its_commands_print(data, block: str):
    if data != (ROOT / ".." / "shared" / "data").resolve():
        pytest.skip(f"the README names ../shared/data, QENUS_DATA is {data}")
    commands = [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]
    shown = [line for line in block.splitlines() if not line.startswith("$ ")]
    result = subprocess.run(
        ["bash", "-c", "exec 2>&1\n" + "\n".join(commands)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert re.fullmatch(pattern_of("\n".join(shown)), result.stdout), result.stdout


def test_the_subscriber_that_the_readme_shows_runs(tmp_path):
    (code,) = blocks_of("python")
    address = f"ipc://{tmp_path}/feed.ipc"
    assert "ipc:///tmp/qenus/feed.ipc" in code
    node = subprocess.Popen(
        [
            "qenus", "run", "--no-show", "--listen", address, "--demo-block-seconds", "0.2",
            "--log-level", "error",
        ],
        env=environment(),
    )  # fmt: skip
    subscriber = subprocess.Popen(
        [sys.executable, "-u", "-c", code.replace("ipc:///tmp/qenus/feed.ipc", address)],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert subscriber.stdout is not None
        for _ in range(20):
            line = subscriber.stdout.readline()
            assert re.fullmatch(r"\d+ \d+ \w+V[23]\w+\n|undo \d+\n", line)
    finally:
        for process in (subscriber, node):
            process.send_signal(signal.SIGKILL)
            process.communicate()
