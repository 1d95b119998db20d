"""What all tests share: where the recorded chain data lies."""

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of recorded chain data: `QENUS_DATA`, or ../shared/data beside the checkout."""
    folder = Path(os.environ.get("QENUS_DATA", _ROOT / ".." / "shared" / "data")).resolve()
    if not (folder / "INDEX.md").exists():
        pytest.skip(f"no recorded chain data at {folder}; set QENUS_DATA")
    return folder
