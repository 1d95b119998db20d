"""Pass the unit tests with the lowest and the newest versions that pyproject.toml allows.

    python -m tools.bounds lowest      the lowest allowed version of everything named there
    python -m tools.bounds newest      the newest one that pip finds
    python -m tools.bounds pythons     the newest ones on every other Python that this machine has;
                                       for those that it has not: wheels resolve and types check

The first two run on this Python. Each has a virtual environment of its own, made for it and
removed. What follows the mode goes to pytest in the place of tests/unit.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

__all__ = ["lowest", "main"]

_ROOT: Final = Path(__file__).resolve().parents[1]
_EXTRAS: Final = ("dev", "archive", "grpc")
_SUPPORTED: Final = ("3.11", "3.12", "3.13", "3.14")
# For these no wheel is published yet: they are built where they are installed.
_NO_WHEEL: Final = {"3.14": frozenset({"coincurve"})}
_UNIT: Final = ("-n", "2", "-m", "not slow and not interop", "tests/unit")


def requirements(extras: Iterable[str] = ()) -> list[Requirement]:
    """Give what the package needs, and what these extras need beyond."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    named = [*project["dependencies"], *(one for extra in extras for one in optional[extra])]
    return [Requirement(one) for one in named]


def lowest(requirement: Requirement) -> str:
    """Give the lowest version that a requirement allows.

    Raises:
        ValueError: it has no lower bound.
    """
    for bound in requirement.specifier:
        if bound.operator in (">=", "==", "~="):
            return bound.version
    raise ValueError(f"{requirement}: expected a lower bound, as in {requirement.name}>=1.0")


def main(arguments: Sequence[str] = tuple(sys.argv[1:])) -> int:
    """Run what the first argument names; give the exit status."""
    mode, *tests = arguments or [""]
    os.chdir(_ROOT)
    if mode == "lowest":
        pins = [
            f"{one.name}=={lowest(one)}"
            for one in requirements(_EXTRAS)
            if one.marker is None or one.marker.evaluate()
        ]
        return _passed(sys.executable, tests, sorted(set(pins)))
    if mode == "newest":
        return _passed(sys.executable, tests)
    if mode == "pythons":
        return _on_every_python(tests)
    sys.stderr.write(f"{__doc__}\n")
    return 2


def _passed(python: str, tests: Sequence[str], constraints: Sequence[str] = ()) -> int:
    """Pass the tests with a Python in an environment of its own; give pytest's exit status."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)
        own = f"{folder}/bin/python"
        pins = Path(folder, "constraints.txt")
        pins.write_text("".join(f"{one}\n" for one in constraints), encoding="utf-8")
        install = [own, "-m", "pip", "install", "--quiet", "--constraint", str(pins)]
        subprocess.run([*install, "--editable", f".[{','.join(_EXTRAS)}]"], check=True)
        names = sorted({one.name for one in requirements(_EXTRAS)})
        shown = subprocess.run([own, "-m", "pip", "freeze"], check=True, capture_output=True)
        for line in shown.stdout.decode().splitlines():
            if re.split("[=@ ]", line)[0] in names:
                print(line, flush=True)
        run = [own, "-m", "pytest", "-p", "no:cacheprovider", *(tests or _UNIT)]
        return subprocess.run(run, check=False).returncode


def _on_every_python(tests: Sequence[str]) -> int:
    found = dict(_pythons())
    failed = []
    ours = "{}.{}".format(*sys.version_info)
    for version in _SUPPORTED:
        if version == ours:
            continue
        print(f"== Python {version}: {found.get(version, 'not on this machine')}", flush=True)
        if version in found:
            failed += [version] if _passed(found[version], tests) else []
        else:
            failed += [] if _wheels_resolve(version) and _types_check(version) else [version]
    print(f"failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


def _pythons() -> Iterator[tuple[str, str]]:
    """(version, path) of every supported Python: on the path, and those that pyenv keeps."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    folders = [*os.environ.get("PATH", "").split(os.pathsep), *map(str, pyenv.glob("*/bin"))]
    seen = set()
    for version in _SUPPORTED:
        for folder in folders:
            path = Path(folder, f"python{version}")
            if version not in seen and _makes_environments(path):
                seen.add(version)
                yield version, str(path)


def _makes_environments(python: Path) -> bool:
    """Whether a Python is there and whole: some distributions ship one without venv."""
    try:
        found = subprocess.run(
            [python, "-c", "import ensurepip, sqlite3, venv"], check=False, capture_output=True
        )
    except OSError:
        return False
    return found.returncode == 0


def _wheels_resolve(version: str) -> bool:
    """Whether every run-time dependency has a wheel for a Python, and they fit together."""
    missing = _NO_WHEEL.get(version, frozenset())
    needed = [str(one) for one in requirements() if one.name not in missing]
    with tempfile.TemporaryDirectory() as folder:
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run"]
        where = ["--ignore-installed", "--target", folder, "--python-version", version]
        run = [*install, *where, "--only-binary=:all:", *needed]
        resolved = subprocess.run(run, check=False).returncode == 0
    print(f"wheels resolve: {resolved}; none for {', '.join(missing) or 'no package'}", flush=True)
    return resolved


def _types_check(version: str) -> bool:
    run = [sys.executable, "-m", "mypy", "--python-version", version]
    return subprocess.run(run, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
