"""What tests/typing states of the public types holds for mypy (strict) and pyright (basic)."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
# What the files state, and what breaks when a type becomes Any or another one.
STATED = "assert_type(pair.amount_out(0, 1, 10**18), int)"


def checked(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=300
    )


def pyright(*paths: str) -> subprocess.CompletedProcess[str]:
    # The package fetches the program itself when it runs first.
    if checked("pyright", "--version").returncode:
        pytest.skip("pyright cannot be run: no network for its first run")
    return checked("pyright", "--pythonpath", sys.executable, *paths)


CHECKERS = {"mypy": lambda *paths: checked("mypy", *paths), "pyright": pyright}


@pytest.mark.parametrize("checker", CHECKERS)
def test_what_the_files_of_users_state_holds(checker):
    found = CHECKERS[checker]("tests/typing")
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_statement_that_does_not_hold_is_an_error(checker, tmp_path):
    stated = (ROOT / "tests" / "typing" / "pools_of_users.py").read_text()
    assert STATED in stated
    wrong = tmp_path / "wrong_of_users.py"
    wrong.write_text(stated.replace(STATED, STATED.replace("int)", "float)")))
    found = CHECKERS[checker](str(wrong))
    assert found.returncode == 1
    assert found.stdout.count(": error:") + found.stdout.count(" - error:") == 1
