"""Recorded blocks as bytes, the way a node gave them; nothing of the project reads them here."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def read(data: Path) -> Callable[[str], Any]:
    """Read a recorded JSON file by its path within the data; skips where it is absent."""

    def read(path: str) -> Any:
        file = data / path
        if not file.exists():
            pytest.skip(f"recorded data absent: {file}")
        content = file.read_bytes()
        return json.loads(gzip.decompress(content) if file.suffix == ".gz" else content)

    return read


@pytest.fixture(scope="session")
def l1(read: Callable[[str], Any]) -> Callable[[str], tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Give block and receipts of a recorded L1 block, as JSON values."""

    def l1(number: str, folder: str = "blocks") -> tuple[dict[str, Any], list[dict[str, Any]]]:
        recorded = read(f"l1/{folder}/{number}.json.gz")
        return recorded["block"], recorded["receipts"]

    return l1
