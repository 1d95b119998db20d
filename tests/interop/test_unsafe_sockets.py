"""`qenus run` and `qenus tail` take no path that is not theirs, and say so in one line."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.interop

QENUS = [sys.executable, "-c", "from qenus.cli import main; main()"]


@pytest.fixture
def base() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        yield Path(name)


def refused(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [*QENUS, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("suffix", ["", ".repair"])
def test_a_file_at_the_sockets_path_is_kept(base, suffix):
    file = base / f"precious{suffix}"
    file.write_text("precious")
    said = refused("run", "--listen", f"ipc://{base}/precious", "--no-show")
    assert f"{file}: expected nothing or a socket, found a file" in said
    assert file.read_text() == "precious"


def test_a_folder_that_others_write_to_is_named_with_what_to_do(base):
    base.chmod(0o777)
    said = refused("run", "--listen", f"ipc://{base}/feed.ipc", "--no-show")
    assert f"chmod go-w {base}" in said
    assert list(base.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="to make another user's folder one must be root")
@pytest.mark.parametrize("command", ["run", "tail"])
def test_a_default_folder_of_another_user_is_refused(base, command):
    (base / "qenus").mkdir()
    os.chown(base / "qenus", 54_321, 54_321)
    said = refused(command, XDG_RUNTIME_DIR=str(base))
    assert "found one of uid 54321" in said
