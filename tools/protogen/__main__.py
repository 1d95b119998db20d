"""`python -m tools.protogen [--check]`: regenerate what comes from proto/, or tell what drifted."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tools.protogen.contract import Contract, ContractError, read_contract
from tools.protogen.decoders import write_decoders
from tools.protogen.structs import write_structs

_ROOT = Path(__file__).parents[2]


def generated(contract: Contract) -> dict[str, str]:
    """Give every generated file's text by its path from the repository's root."""
    return {
        "qenus/wire/_generated.py": write_structs(contract),
        "qenus/extractors/amm/_decoders.py": write_decoders(contract, "amm"),
    }


def drifted(root: Path = _ROOT) -> list[str]:
    """Name the generated files that are not what the .proto files give now."""
    wanted = generated(read_contract(root / "proto"))
    return [
        path
        for path, text in wanted.items()
        if not (root / path).exists() or (root / path).read_text(encoding="utf-8") != text
    ]


def main(arguments: Sequence[str]) -> int:
    """Regenerate, or with --check only compare. Exit status 1: drifted, 2: refused."""
    if list(arguments) not in ([], ["--check"]):
        print("usage: python -m tools.protogen [--check]", file=sys.stderr)
        return 2
    try:
        if arguments:
            names = drifted()
            for name in names:
                print(f"{name} is not what proto/ gives: run python -m tools.protogen")
            return 1 if names else 0
        for path, text in generated(read_contract(_ROOT / "proto")).items():
            (_ROOT / path).write_text(text, encoding="utf-8")
    except ContractError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
