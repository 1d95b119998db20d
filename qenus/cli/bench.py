"""`qenus bench`: measure, beside a named baseline in the same run.

Benches are no part of the installed package: they lie in tools/bench of the checkout that this
package was installed from in place, by `just setup` or by pip's --editable, and need the extras dev
and bench. A bench is a module there with a function `measure`.
"""

import ast
import importlib
import pkgutil
import sys
from pathlib import Path

import click

import qenus
from qenus.cli.lines import json_line, say

__all__ = ["command"]

_INSTALL = "in a checkout of the project: pip install -e '.[dev,bench]'"


def _benches() -> dict[str, str]:
    """The benches by name, each with the first line of what it says of itself."""
    beside_us = Path(qenus.__file__).resolve().parents[1] / "tools" / "bench"
    try:
        found = [Path(each).resolve() for each in importlib.import_module("tools").__path__]
    except ModuleNotFoundError:
        found = []
    # Another project may have installed a package of such a general name.
    if beside_us.parent not in found or not beside_us.is_dir():
        say(f"benches are not part of the installed package; {_INSTALL}")
        sys.exit(2)
    modules = [
        (module.name, ast.parse((beside_us / f"{module.name}.py").read_text(encoding="utf-8")))
        for module in pkgutil.iter_modules([str(beside_us)])
    ]
    return {name: _about(module) for name, module in sorted(modules) if _measures(module)}


def _measures(module: ast.Module) -> bool:
    return any(isinstance(each, ast.FunctionDef) and each.name == "measure" for each in module.body)


def _about(module: ast.Module) -> str:
    """A module's first line, read without importing what it measures."""
    return (ast.get_docstring(module) or "").partition("\n")[0]


@click.command("bench")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="The measurement as one JSON object.")
def command(name: str | None, as_json: bool) -> None:
    """Measure, beside a named baseline in the same run.

    Without NAME, lists the benches. A measurement has: name, unit, ours, baseline, ratio (above 1:
    we are better), runs, and detail. Machines differ and are shared: trust ratios.

    \b
    Exit status: 0 when it was measured, 1 when it could not be, 2 on wrong usage.

    \b
    Examples:
      qenus bench
      qenus bench pipeline --json
    """
    benches = _benches()
    if name is None:
        for known, about in benches.items():
            click.echo(f"{known:<12} {about}")
        return
    if name not in benches:
        raise click.UsageError(f"unknown bench {name!r}; known are {', '.join(benches)}")
    try:
        bench = importlib.import_module(f"tools.bench.{name}")
    except ModuleNotFoundError as error:
        say(f"{error}; {_INSTALL}")
        sys.exit(1)
    result = bench.measure()
    if as_json:
        click.echo(json_line(result))
        return
    click.echo(
        f"{result['name']}: {result['ours']} {result['unit']}, baseline {result['baseline']}, "
        f"ratio {result['ratio']} over {result['runs']} runs"
    )
    for key, value in result.get("detail", {}).items():
        click.echo(f"  {key}: {value}")
