"""What all tests share: which of them run every day, and where the recorded chain data lies."""

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent
# What takes minutes or needs programs that a checkout does not bring.
_FULL_ONLY = ("interop", "slow")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--full",
        action="store_true",
        help="run the interop and slow tests too, as CI does",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the full run has, unless files, folders or marks were asked for."""
    bare = config.args_source is config.ArgsSource.TESTPATHS and not config.option.markexpr
    if config.getoption("--full") or not bare:
        return
    left = [item for item in items if any(map(item.get_closest_marker, _FULL_ONLY))]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of recorded chain data: `QENUS_DATA`, or ../shared/data beside the checkout."""
    folder = Path(os.environ.get("QENUS_DATA", _ROOT / ".." / "shared" / "data")).resolve()
    if not (folder / "INDEX.md").exists():
        pytest.skip(f"no recorded chain data at {folder}; set QENUS_DATA")
    return folder
