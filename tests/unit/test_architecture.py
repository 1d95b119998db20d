"""The house stands as planned: imports run one way, pure rooms stay pure, faces stay pinned."""

import ast
import importlib
import re
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
        "protocols", "chain", "wire", "chain_sources", "chain_tree", "mailboxes",
    },
    "chain_sources": {
        "config", "observers", "extractors", "protocols", "chain", "wire", "simulation",
        "known_chains", "chain_tree", "demo_source",
    },
    "chain_tree": {"observers", "extractors", "protocols", "chain", "wire", "mailboxes"},
    "mailboxes": {"wire"},
    "demo_source": {"observers", "chain", "wire", "simulation"},
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
    # It joins the sections that the rooms declare.
    "config": {"observers", "publishers", "ops"},
    "known_chains": {"chain", "config"},
    "__init__": set(),
    "config_fields": set(),
    "errors": set(),
    "log_pace": set(),
    "plain_text": set(),
    "redaction": set(),
}  # fmt: skip
NAMES = Path(__file__).with_name("public_names.txt")
GROUND = {"log_pace", "errors", "__init__", "plain_text", "redaction", "config_fields"}

PURE = {
    "log_pace", "config_fields", "plain_text", "redaction", "wire", "chain", "protocols", "pools",
}  # fmt: skip
# Rooms whose deciding files are pure; their actors, and what hands actors around, are not.
PURE_BUT = {
    "extractors": {"actor.py", "state_branch.py"}, "cross_chain": {"actor.py"},
    "client": {"subscription.py"}, "line": {"actor.py", "reader.py"},
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


# A folder of the observers may import the folders listed for it, itself, and what is plain values.
OBSERVERS_MAY_IMPORT = {
    "rpc": set(), "follow": {"rpc"}, "state": {"rpc"}, "history": {"rpc"},
    "execution": {"rpc", "state"}, "doctor": {"rpc", "state", "follow"},
}  # fmt: skip


@pytest.mark.parametrize("folder", OBSERVERS_MAY_IMPORT)
def test_a_folder_of_the_observers_imports_only_the_folders_below_it(folder: str):
    allowed = OBSERVERS_MAY_IMPORT[folder] | {folder, "address", "alerts", "session_bounds"}
    paths = modules(f"qenus/observers/{folder}")
    assert paths
    for path in paths:
        for line, name in imports_of(path):
            if name.startswith("qenus.observers."):
                found = name.split(".")[2]
                assert found in allowed, f"{path}:{line}: {folder} may not import {found}"


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


# What may name a protocol: its folder, the catalogue, the pools' face, the demo's world, and the
# messages that are generated from the contract.
PROTOCOLS = ROOT / "qenus" / "protocols"
NAME_PROTOCOLS = {ROOT / "qenus" / "protocols" / "catalogue.py", ROOT / "qenus" / "pools"}
ROOMS_THAT_NAME_PROTOCOLS = {"simulation", "wire"}


def folders_of_protocols() -> set[str]:
    return {path.parent.name for path in PROTOCOLS.glob("*/__init__.py")}


def general_modules() -> list[Path]:
    return [
        path
        for path in modules("qenus")
        if room_of(path) not in ROOMS_THAT_NAME_PROTOCOLS
        and not NAME_PROTOCOLS & {path, path.parent}
        and path.parent.parent != PROTOCOLS
    ]


def names_in(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of every name and text of a module's code, documentation left out."""
    tree = ast.parse(path.read_text())
    said = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.alias):
            yield node.lineno, node.name
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
        ):
            yield node.lineno, str(node.value)


@pytest.mark.parametrize("path", general_modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_general_module_names_no_protocol(path: Path):
    """A folder is named by its words: UniswapV2Pair and uniswap_v2 both name uniswap_v2."""
    folders = {folder.replace("_", "") for folder in folders_of_protocols()}
    for line, name in names_in(path):
        joined = re.sub(r"[^a-z0-9]", "", name.lower()).replace("coincurve", "")
        named = [folder for folder in folders if folder in joined]
        assert not named, f"{path}:{line}: {name} names a protocol"


def test_every_protocols_folder_is_in_the_catalogue():
    from qenus.protocols.catalogue import PROTOCOLS as CATALOGUE

    assert {each.name for each in CATALOGUE} == folders_of_protocols()


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
