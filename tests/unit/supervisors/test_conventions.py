"""Trio's conventions and the library's own borders."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "supervisors"
MODULES = sorted(FOLDER.glob("*.py"))
ALLOWED = {"attrs", "trio", "outcome", "supervisors"}  # outcome comes with trio


def functions(path: Path) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield f"{path.name}:{node.lineno} {node.name}", node


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_every_public_coroutine_says_what_a_cancellation_leaves(path: Path) -> None:
    silent = [
        where
        for where, node in functions(path)
        if isinstance(node, ast.AsyncFunctionDef)
        and (not node.name.startswith("_") or node.name in {"__anext__"})
        and "ancel" not in (ast.get_docstring(node) or "")
        and node.col_offset in (0, 4)
        and path.name not in {"_process_child.py", "_remote_ports.py"}
    ]
    assert silent == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_the_library_knows_trio_and_attrs_and_nothing_of_the_application(path: Path) -> None:
    import sys

    roots = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            roots |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            roots.add((node.module or "").partition(".")[0])
    assert roots - set(sys.stdlib_module_names) <= ALLOWED


def test_files_and_functions_stay_short() -> None:
    long = [path.name for path in MODULES if len(path.read_text().splitlines()) >= 600]
    for path in MODULES:
        for where, node in functions(path):
            assert node.end_lineno is not None
            if node.end_lineno - node.lineno >= 70:
                long.append(where)
    assert long == []


@pytest.mark.parametrize("name", ["_lane", "_life", "_policy", "_start_order", "_loop_rounds"])
def test_what_decides_has_no_clock_no_chance_and_no_trio(name: str) -> None:
    """Neither itself nor by what it imports of the library."""
    pending, seen = [name], set()
    while pending:
        module = pending.pop()
        seen.add(module)
        pending += imported(FOLDER / f"{module}.py") - seen
    for module in seen:
        tree = ast.parse((FOLDER / f"{module}.py").read_text())
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
        names = {alias.name for node in imports for alias in node.names}
        assert not names & {"trio", "time", "random", "os", "socket"}, module


def imported(path: Path) -> set[str]:
    """List what a module imports of the library anywhere: at the top, in functions, for types."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module != "supervisors":
            if node.module.startswith("supervisors."):
                found.add(node.module.removeprefix("supervisors."))
            continue
        if isinstance(node, ast.ImportFrom) and node.module == "supervisors":
            found |= {alias.name for alias in node.names}
    return found


def test_no_modules_import_each_other_in_a_circle() -> None:
    left = {path.stem: imported(path) for path in MODULES}
    while free := {name for name, needs in left.items() if not needs & left.keys()}:
        left = {name: needs for name, needs in left.items() if name not in free}
    assert left == {}
