"""`qenus bench` finds the benches of its own checkout from anywhere, or says what to do."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WITHOUT_TOOLS = "import sys; sys.modules['tools'] = None; "
OTHER_TOOLS = "import sys; sys.path[:0] = [{folder!r}, {root!r}]; "
MAIN = "from qenus.cli import main; main()"


def bench(folder: Path, before: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", before + MAIN, "bench", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def test_it_lists_what_measures_from_any_folder(tmp_path):
    result = bench(tmp_path, "")
    assert (result.returncode, result.stderr) == (0, "")
    names = {line.split()[0] for line in result.stdout.splitlines()}
    assert names >= {"pipeline", "decode", "verify", "head", "backfill", "mailbox", "restart"}
    # These serve the others.
    assert not names & {"recorded", "reference_ladder", "degenbot_swaps", "tiders_decode"}


@pytest.mark.parametrize("arguments", [[], ["verify"], ["verify", "--json"]])
def test_without_a_checkout_it_says_in_one_line_what_to_do(tmp_path, arguments):
    result = bench(tmp_path, WITHOUT_TOOLS, *arguments)
    (line,) = result.stderr.splitlines()
    assert (result.returncode, result.stdout) == (2, "")
    assert "pip install -e '.[dev,bench]'" in line


def test_tools_of_another_project_are_not_run(tmp_path):
    (tmp_path / "tools" / "bench").mkdir(parents=True)
    (tmp_path / "tools" / "__init__.py").touch()
    (tmp_path / "tools" / "bench" / "__init__.py").touch()
    (tmp_path / "tools" / "bench" / "verify.py").write_text("def measure(): print('run')")
    before = OTHER_TOOLS.format(folder=str(tmp_path), root=str(ROOT))
    result = bench(tmp_path, before, "verify")
    assert (result.returncode, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1


def test_a_bench_whose_baseline_is_not_installed_says_what_to_install(tmp_path):
    missing = "import sys; sys.modules.update(dict.fromkeys(['rlp', 'trie', 'eth_hash'])); "
    result = bench(tmp_path, missing, "verify")
    (line,) = result.stderr.splitlines()
    assert (result.returncode, result.stdout) == (1, "")
    assert "pip install -e '.[dev,bench]'" in line
