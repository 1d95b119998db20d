"""CONTRIBUTING.md shows code that tests run, recipes that exist and files that are there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
# Code, and before it the comment that says of which test it is a part.
QUOTED = re.compile(r"(?:<!-- from (\S+) -->\n)?```python\n(.*?)```", re.DOTALL)
QUOTES = QUOTED.findall(PAGE)


def recipes() -> set[str]:
    lines = (ROOT / "Justfile").read_text().splitlines()
    return {found[1] for line in lines if (found := re.match(r"([a-z]+)(?: \*\w+)?:$", line))}


def test_each_addition_has_a_worked_example():
    sections = dict(re.findall(r"^## (Add .*?)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
    assert list(sections) == [
        "Add a protocol",
        "Add a family of features",
        "Add a source",
        "Add a publisher",
    ]
    assert all("```python" in text for text in sections.values())


@pytest.mark.parametrize(("path", "code"), QUOTES, ids=[path for path, _ in QUOTES])
def test_code_is_a_part_of_the_test_that_it_names(path: str, code: str):
    assert path.startswith("tests/"), f"no test is named before:\n{code}"
    assert f"\n{code}" in "\n" + (ROOT / path).read_text(), (
        f"CONTRIBUTING.md and {path} differ: copy the code from the test"
    )


def test_recipes_that_it_names_exist_and_each_recipe_says_what_it_is_for():
    named = set(re.findall(r"`just ([a-z]+)", PAGE + (ROOT / "README.md").read_text()))
    assert named <= recipes(), named - recipes()
    lines = (ROOT / "Justfile").read_text().splitlines()
    for recipe in recipes():
        at = next(at for at, line in enumerate(lines) if re.match(rf"{recipe}\b.*:$", line))
        assert lines[at - 1].startswith("# "), f"just {recipe}: no comment says what it does"


def test_files_that_it_names_are_there():
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    inline = re.findall(r"`((?:qenus|tests|conf|proto|tools)/[\w./]*\w(?:/)?)`", PAGE)
    missing = [name for name in (*links, *inline) if not (ROOT / name).exists()]
    assert not missing


def test_the_architecture_says_of_each_room_what_it_is_for():
    table = (ROOT / "ARCHITECTURE.md").read_text()
    parts = [
        path
        for path in (ROOT / "qenus").iterdir()
        if not path.name.startswith("__")
        and (path.suffix == ".py" or (path / "__init__.py").exists())
    ]
    assert not [path for path in parts if f"`{path.relative_to(ROOT)}`" not in table]


def test_a_bare_just_lists_every_recipe_with_what_it_is_for():
    just = Path(sys.executable).with_name("just")
    if not just.exists():
        pytest.skip("just is not installed: pip install rust-just")
    listed = subprocess.run(
        [just], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    lines = [line for line in listed.stdout.splitlines() if line.startswith("    ")]
    assert {line.split()[0] for line in lines} == recipes()
    assert all(" # " in line for line in lines)
