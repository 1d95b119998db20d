"""The coverage-guided fuzzer, for a moment: long runs are for `python -m tools.fuzz.wire`."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("atheris", reason="atheris is not installed")

_ROOT = Path(__file__).resolve().parents[3]


# A process inherits its parent's peak memory until its own is higher, and libFuzzer holds that
# against the input. This launcher is small, whatever the tests before us have used.
_LAUNCH = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, *sys.argv[1:]]))"


def test_a_short_run_finds_nothing() -> None:
    command = [sys.executable, "-c", _LAUNCH, "-m", "tools.fuzz.wire", "-runs=5000"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "DONE" in done.stderr or "Done" in done.stderr
