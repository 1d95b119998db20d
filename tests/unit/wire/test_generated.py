"""What is generated is what proto/ gives, and the package offers all of it."""

import ast
from pathlib import Path

from qenus import wire
from tools.protogen.__main__ import drifted

_ROOT = Path(__file__).resolve().parents[3]


def test_generated_files_are_what_the_contract_gives() -> None:
    assert drifted() == []


def test_the_package_offers_every_public_name_of_its_modules() -> None:
    assert len(set(wire.__all__)) == len(wire.__all__)
    assert all(hasattr(wire, name) for name in wire.__all__)
    # The archive's schemas need an extra, and are imported where that is there.
    beside = {"arrow_schemas.py"}
    for path in (_ROOT / "qenus" / "wire").glob("[a-z]*.py"):
        if path.name in beside:
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                assert set(ast.literal_eval(node.value)) <= set(wire.__all__), path.name


def test_every_message_has_a_kind_of_its_own() -> None:
    kinds = [message.KIND for message in wire.FIELDS]
    assert len(set(kinds)) == len(kinds)
