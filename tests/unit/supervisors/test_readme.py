"""The README's program does what the README says."""

from __future__ import annotations

import builtins
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "supervisors" / "README.md").read_text()


def test_the_first_program_prints_what_is_written_below_it(tmp_path: Path) -> None:
    found = re.search(r"```python\n(.*?)```\s*```text\n(.*?)```", README, re.DOTALL)
    assert found is not None
    program, output = found.groups()
    script = tmp_path / "shop.py"
    script.write_text(program)
    result = subprocess.run(
        [sys.executable, str(script)],
        env={"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == output


def test_the_first_program_type_checks(tmp_path: Path) -> None:
    found = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert found is not None
    (tmp_path / "shop.py").write_text(found.group(1))
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", str(tmp_path / "shop.py")],
        env={"MYPYPATH": str(ROOT), "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Success" in result.stdout, result.stdout + result.stderr


def test_a_child_whose_arguments_do_not_fit_its_actor_does_not_type_check(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(
        "from supervisors import Child, Inbox, Mailbox\n"
        "async def work(numbers: Inbox[int], *, depth: int) -> None: ...\n"
        "Child('right', work, Mailbox[int]('a').inbox(), depth=1)\n"
        "Child('wrong message', work, Mailbox[str]('a').inbox(), depth=1)\n"
        "Child('wrong end', work, Mailbox[int]('a').outlet(), depth=1)\n"
        "Child('missing', work, Mailbox[int]('a').inbox())\n"
    )
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", str(tmp_path / "wrong.py")],
        env={"MYPYPATH": str(ROOT), "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    wrong = re.findall(r"wrong\.py:(\d+): error", result.stdout)
    assert wrong == ["4", "5", "6"], result.stdout


def test_every_name_in_code_font_that_looks_public_exists() -> None:
    import supervisors

    words = set(re.findall(r"`(?:await )?([A-Z][A-Za-z]+)[`(.]", README))
    known = {*supervisors.__all__, *dir(builtins)}
    assert words
    assert words <= known, words - known
