"""The coverage-guided fuzzer, for a moment: long runs are for `python -m tools.fuzz.wire`."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("atheris", reason="atheris is not installed")

_ROOT = Path(__file__).resolve().parents[3]


def test_a_short_run_finds_nothing() -> None:
    command = [sys.executable, "-m", "tools.fuzz.wire", "-runs=5000", "-max_total_time=20"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "DONE" in done.stderr or "Done" in done.stderr
