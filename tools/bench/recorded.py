"""The recorded block that benches measure on."""

import os
from pathlib import Path

from qenus.observers.history.recorded_files import read_recorded

__all__ = ["recorded_block"]


def recorded_block(number: int) -> tuple[bytes, bytes]:
    """Give a recorded mainnet block and its receipts as JSON bytes.

    Raises:
        RecordedFileError: the recorded data is not there; QENUS_DATA names its folder.
    """
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("QENUS_DATA", root / ".." / "shared" / "data"))
    return read_recorded(folder / "l1" / "blocks" / f"{number}.json.gz")
