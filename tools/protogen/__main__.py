"""`python -m tools.protogen [--check]`: regenerate the files made from proto/, or report drift."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from qenus import __version__
from tools.protogen.compatibility import breaches
from tools.protogen.contract import Contract, ContractError, read_contract
from tools.protogen.event import check_events
from tools.protogen.golden import write_golden
from tools.protogen.lint import complaints
from tools.protogen.reference import write_reference
from tools.protogen.structs import write_structs
from tools.protogen.stubs import same_tool, write_stubs

_ROOT = Path(__file__).parents[2]


def generated(contract: Contract) -> dict[str, str]:
    """Give every generated file's text by its path from the repository's root.

    Raises:
        ContractError: a message's fields do not follow its events, or two events share a topic.
    """
    check_events(contract)
    return {
        **{f"qenus/wire/messages/{name}": text for name, text in write_structs(contract).items()},
        **write_stubs(_ROOT / "proto"),
        "proto/REFERENCE.md": write_reference(contract),
        f"proto/golden/{__version__}.json": write_golden(contract, __version__),
    }


def drifted(root: Path = _ROOT) -> list[str]:
    """Name the generated files that are not what the .proto files give now."""
    wanted = generated(read_contract(root / "proto"))
    return [path for path, text in wanted.items() if not _stands(root / path, text)]


def _stands(path: Path, text: str) -> bool:
    if not path.exists():
        return False
    found = path.read_text(encoding="utf-8")
    return found == text or not same_tool(found)


def breached(contract: Contract, folder: Path) -> list[str]:
    """List the declarations of a folder of golden files that a contract breaks."""
    found = []
    for path in sorted(folder.glob("*.json")):
        before = json.loads(path.read_text(encoding="utf-8")).get("contract")
        if before is None:
            found.append(f"{path.name}: holds no declaration to compare with")
        else:
            found += [f"{path.name}: {breach}" for breach in breaches(contract, before)]
    return found


def main(arguments: Sequence[str]) -> int:
    """Regenerate, or with --check only compare.

    Exit status 1: complaints or drift. 2: refused, nothing was written.
    """
    if list(arguments) not in ([], ["--check"]):
        print("usage: python -m tools.protogen [--check]", file=sys.stderr)
        return 2
    try:
        contract = read_contract(_ROOT / "proto")
        broken = breached(contract, _ROOT / "proto" / "golden")
        if broken:
            print(*broken, sep="\n", file=sys.stderr)
            print("Nothing was written: the contract only grows.", file=sys.stderr)
            return 2
        found = complaints(_ROOT / "proto", contract)
        if arguments:
            found += [f"{name} has drifted: run python -m tools.protogen" for name in drifted()]
        else:
            for path, text in generated(contract).items():
                (_ROOT / path).parent.mkdir(exist_ok=True)
                (_ROOT / path).write_text(text, encoding="utf-8")
        for complaint in found:
            print(complaint, file=sys.stderr)
        return 1 if found else 0
    except ContractError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
