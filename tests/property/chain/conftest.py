"""Recorded blocks for the properties: JSON values as a node gave them."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def recorded(data: Path) -> Callable[[str], tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Give block and receipts of a recorded L1 block by its number."""

    def recorded(number: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        file = data / "l1" / "blocks" / f"{number}.json.gz"
        if not file.exists():
            pytest.skip(f"recorded data absent: {file}")
        answers = json.loads(gzip.decompress(file.read_bytes()))
        return answers["block"], answers["receipts"]

    return recorded
