"""What one adds is its own folder or file and a line of a table: counted on what is there already.

Documents, tests and the contract in proto/, with what is generated from it, name what they like.
"""

import re
from functools import cache
from pathlib import Path

import pytest
from test_architecture import ROOT, imports_of, modules

# The smallest pool family, in any spelling. Camelot's V3 pools are Algebra's and none of it.
SMALLEST = re.compile(r"camelot[ _-]?v2", re.IGNORECASE)
FREE = ("tests/", "docs/", "proto/", "qenus/wire/messages/", "CHANGELOG.md", "README.md")


# What is made in a checkout and is not of the project; folders with a dot are none of it either.
MADE = {"build", "node_modules", "__pycache__"}


def files() -> list[str]:
    """The files of the project, by their path from the root."""
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [
        str(path)
        for path in found
        if not any(
            part in MADE or part.startswith(".") or part.endswith(".egg-info")
            for part in path.parts
        )
    ]


def test_a_pool_family_is_its_folder_a_line_of_the_catalogue_and_its_registry_file():
    """Beside these it is named by the face that offers its pool to users."""
    named: dict[str, int] = {}
    for name in files():
        if name.startswith((*FREE, "qenus/protocols/camelot_v2/")):
            continue
        if SMALLEST.search(name):
            named[name] = 0
            continue
        text = (ROOT / name).read_bytes().decode(errors="replace")
        lines = sum(bool(SMALLEST.search(line)) for line in text.splitlines())
        if lines:
            named[name] = lines
    assert named == {
        # Its import and its line.
        "qenus/protocols/catalogue.py": 2,
        "qenus/pools/__init__.py": 2,
        "conf/protocols/camelot_v2.toml": 0,
    }


@cache
def all_imports() -> dict[Path, set[str]]:
    """What each module imports, by its path from the root."""
    return {
        path.relative_to(ROOT): {name for _, name in imports_of(path)}
        for path in modules("qenus", "supervisors", "tools")
    }


def importers_of(module: str) -> set[str]:
    """The modules outside of a package or module that import it or something of it."""
    own = Path("/".join(module.split(".")))
    return {
        str(path)
        for path, names in all_imports().items()
        if not path.is_relative_to(own) and path != own.with_suffix(".py")
        if any(name == module or name.startswith(f"{module}.") for name in names)
    }


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("qenus.protocols.camelot_v2", {"qenus/protocols/catalogue.py", "qenus/pools/__init__.py"}),
        # A block-pure family of features: its line, and the face that offers its batch.
        ("qenus.extractors.amm", {"qenus/extractors/families.py", "qenus/extractors/__init__.py"}),
        # The actor of a state-pure family.
        ("qenus.extractors.pool_state.actor", {"qenus/extractors/state_branches.py"}),
        ("qenus.publishers.nng", {"qenus/daemon.py"}),
    ],
)
def test_one_table_imports_it(module: str, expected: set[str]):
    tools = {name for name in importers_of(module) if name.startswith("tools/")}
    assert importers_of(module) - tools == expected


def test_what_a_command_prints_names_no_protocol():
    """A state's fields are said in its protocol's folder: a new one touches no command."""
    from qenus.protocols.catalogue import POOL_TEXTS

    fields = {name for text in POOL_TEXTS.values() for name in text.fields}
    general = {"fee", "price0_x128"}
    for path in sorted((ROOT / "qenus" / "cli").rglob("*.py")):
        named = {name for name in fields - general if f'"{name}"' in path.read_text()}
        assert not named, f"{path}: {named}"


def test_every_state_of_a_pool_is_said_once_by_its_protocol():
    from typing import get_args

    from qenus.protocols.catalogue import POOL_TEXTS, PROTOCOLS
    from qenus.wire import PoolStateFeature, StoppedPool

    assert set(POOL_TEXTS) == set(get_args(PoolStateFeature)) - {StoppedPool}
    assert sum(len(protocol.texts) for protocol in PROTOCOLS) == len(POOL_TEXTS)
