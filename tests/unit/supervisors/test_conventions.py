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
        and not path.name.startswith("_process_child")
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


def test_the_pure_queue_knows_no_trio() -> None:
    source = (FOLDER / "_lane.py").read_text()
    assert "import trio" not in source
    assert "import time" not in source
