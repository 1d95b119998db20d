"""The recorded blocks with their logs as the JSON has them."""

from pathlib import Path
from typing import Any

import pytest
from recorded_blocks import block_of, read_recorded

from qenus.wire import Block


@pytest.fixture(scope="session")
def recorded(data: Path) -> dict[int, tuple[Block, list[dict[str, Any]]]]:
    """Every recorded L1 block by number, with its logs as the JSON has them."""
    blocks = {}
    for path in sorted((data / "l1" / "blocks").glob("*.json.gz")):
        read = read_recorded(path)
        logs = [log for receipt in read["receipts"] for log in receipt["logs"]]
        blocks[int(path.name.split(".")[0])] = (block_of(read), logs)
    return blocks
