"""Recorded pools and blocks, read in place; a test that needs an absent file is skipped."""

import gzip
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("QENUS_DATA", _ROOT / ".." / "shared" / "data"))


def _read(relative: str) -> Any:
    path = DATA / relative
    if not path.exists():
        pytest.skip(f"recorded data absent: {path}")
    content = path.read_bytes()
    return json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)


@pytest.fixture(scope="session")
def pool_state() -> Callable[[str], dict[str, Any]]:
    """The recorded state of a pool by file name."""
    return lambda name: _read(f"pools/states/{name}.json")


@pytest.fixture(scope="session")
def answers() -> Callable[[str], list[tuple[list[str], int | None]]]:
    """A contract's recorded answers: (key parts, value); None where the contract gave none."""

    def read(name: str) -> list[tuple[list[str], int | None]]:
        entries = _read(f"pools/answers/{name}.json")["entries"]
        return [(key.split("|"), entry.get("value")) for key, entry in entries.items()]

    return read


@pytest.fixture(scope="session")
def block_logs() -> Callable[[], Iterator[tuple[str, list[dict[str, Any]]]]]:
    """Every recorded full mainnet block's name and logs, in order."""

    def read() -> Iterator[tuple[str, list[dict[str, Any]]]]:
        folder = DATA / "l1" / "blocks"
        if not folder.exists():
            pytest.skip(f"recorded data absent: {folder}")
        for path in sorted(folder.glob("*.json.gz")):
            receipts = _read(f"l1/blocks/{path.name}")["receipts"]
            yield path.name, [log for receipt in receipts for log in receipt["logs"]]

    return read
