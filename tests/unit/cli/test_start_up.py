"""`qenus --help` answers at once: it imports the command line and nothing behind it."""

import subprocess
import sys

import pytest

WHAT_WAS_IMPORTED = """
import sys
from qenus.cli import main
sys.argv = ["qenus", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert end.code == 0, end.code
sys.stderr.write(" ".join(sys.modules))
"""
HEAVY = {
    "attr", "attrs", "cattrs", "eth_abi", "httpcore", "httpx", "msgspec", "numpy", "pyarrow",
    "pynng", "rich", "structlog", "supervisors", "tomllib", "trio", "trio_websocket",
}  # fmt: skip

OURS = {
    "qenus", "qenus.cli", "qenus.cli.output", "qenus.errors", "qenus.ops", "qenus.ops.whole_writes",
}  # fmt: skip


def imported(*arguments: str) -> set[str]:
    result = subprocess.run(
        [sys.executable, "-c", WHAT_WAS_IMPORTED, *arguments],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert result.stdout
    return set(result.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"]])
def test_help_imports_the_command_line_and_nothing_behind_it(arguments):
    modules = imported(*arguments)
    assert "click" in modules
    assert not HEAVY & {module.partition(".")[0] for module in modules}
    assert {module for module in modules if module.partition(".")[0] == "qenus"} == OURS


def test_help_of_run_imports_no_node():
    modules = imported("run", "--help")
    assert not {"trio", "pynng", "pyarrow", "rich", "supervisors"} & modules
    assert not [name for name in modules if name.startswith(("qenus.daemon", "qenus.pools"))]
