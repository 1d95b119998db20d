"""The house stands as planned: imports run one way, pure rooms stay pure, faces stay pinned."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# A room may import the rooms listed for it, itself, and what belongs to no room (errors).
MAY_IMPORT = {
    "cli": {
        "daemon", "config", "observers", "publishers", "line", "ops", "cross_chain", "mev",
        "extractors", "protocols", "chain", "wire", "client", "simulation", "known_chains",
    },
    "daemon": {
        "config", "observers", "publishers", "line", "ops", "cross_chain", "mev", "extractors",
        "protocols", "chain", "wire", "simulation", "known_chains",
    },
    "observers": {"cross_chain", "mev", "extractors", "protocols", "chain", "wire"},
    # A publisher's factory reads its own section of the configuration.
    "publishers": {
        "config", "line", "cross_chain", "mev", "extractors", "protocols", "chain", "wire",
    },
    "line": {"cross_chain", "mev", "extractors", "protocols", "chain", "wire"},
    "ops": {"cross_chain", "mev", "extractors", "protocols", "chain", "wire"},
    "cross_chain": {"extractors", "protocols", "chain", "wire"},
    "mev": {"extractors", "protocols", "chain", "wire"},
    "extractors": {"protocols", "chain", "wire"},
    "client": {"protocols", "chain", "wire"},
    "simulation": {"protocols", "chain", "wire"},
    "pools": {"protocols"},
    "protocols": {"chain", "wire"},
    "chain": {"wire"},
    "wire": set(),
    "config": {"observers"},
    "known_chains": {"chain", "config"},
    "__init__": set(),
    "errors": set(),
    "plain_text": set(),
    "redaction": set(),
}  # fmt: skip
NAMES = Path(__file__).with_name("public_names.txt")
GROUND = {"errors", "__init__", "plain_text", "redaction"}

PURE = {"plain_text", "redaction", "wire", "chain", "protocols", "pools"}
# Rooms whose deciding files are pure and whose one actor, named here, is not.
PURE_BUT = {
    "extractors": {"actor.py"}, "cross_chain": {"actor.py"}, "client": {"subscription.py"},
    "line": {"actor.py", "reader.py"},
}  # fmt: skip
IMPURE = {
    "trio", "trio_websocket", "httpcore", "httpx", "pynng", "socket", "asyncio", "threading",
    "subprocess", "time", "random", "secrets", "uuid", "grpc", "confluent_kafka", "hypercorn",
    "starlette",
}  # fmt: skip


def modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import of a module, also those inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "qenus").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules("qenus"), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_the_rooms_below_it(path: Path):
    room = room_of(path)
    if room == "__init__":
        return
    for line, name in imports_of(path):
        parts = name.split(".")
        if parts[0] != "qenus" or len(parts) < 2 or parts[1] == "__version__":
            continue
        allowed = MAY_IMPORT[room] | {room} | GROUND
        assert parts[1] in allowed, f"{path}:{line}: {room} may not import {parts[1]}"


@pytest.mark.parametrize("path", modules("qenus"), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_pure_room_imports_neither_trio_nor_io(path: Path):
    room = room_of(path)
    if room not in PURE and path.name in PURE_BUT.get(room, {path.name}):
        return
    for line, name in imports_of(path):
        top = name.split(".")[0]
        assert top not in IMPURE, f"{path}:{line}: {room} is pure and imports {top}"
        assert top != "supervisors", f"{path}:{line}: supervisors runs on trio"


@pytest.mark.parametrize(
    "path", modules("supervisors"), ids=lambda path: str(path.relative_to(ROOT))
)
def test_supervisors_knows_nothing_of_qenus(path: Path):
    assert not [name for _, name in imports_of(path) if name.split(".")[0] in {"qenus", "tools"}]


def test_no_file_is_named_for_no_concept():
    nameless = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert not [path for path in modules("qenus", "supervisors", "tools") if path.stem in nameless]


def packages() -> list[str]:
    inits = [*modules("qenus", "supervisors")]
    return sorted(
        ".".join(path.parent.relative_to(ROOT).parts) for path in inits if path.stem == "__init__"
    )


def public_names(package: str) -> str:
    names = sorted(importlib.import_module(package).__all__)
    return f"{package}: {' '.join(names)}".rstrip()


@pytest.mark.parametrize("package", packages())
def test_a_package_offers_what_its_list_of_public_names_says(package: str):
    """After a change that is meant: `python tests/unit/test_architecture.py` writes the list."""
    assert public_names(package) in NAMES.read_text().splitlines()


def test_every_package_is_typed():
    assert (ROOT / "qenus" / "py.typed").exists()
    assert (ROOT / "supervisors" / "py.typed").exists()


if __name__ == "__main__":
    NAMES.write_text("".join(f"{public_names(package)}\n" for package in packages()))
