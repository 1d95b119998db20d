"""`qenus bench`: measure, beside a named baseline in the same run."""

import ast
import importlib
import pkgutil
import sys
from pathlib import Path

import click
import msgspec

__all__ = ["command"]

# Modules of tools/bench that serve the others.
_NO_BENCH = {"recorded"}


def _benches() -> dict[str, str]:
    """The benches by name, each with the first line of what it says of itself."""
    try:
        package = importlib.import_module("tools.bench")
    except ModuleNotFoundError:
        # An installed command does not see the checkout that it is called from.
        sys.path.insert(0, str(Path.cwd()))
        try:
            package = importlib.import_module("tools.bench")
        except ModuleNotFoundError as error:
            click.echo(
                f"qenus: {error}; benches run from a checkout with the extras dev and bench: "
                "pip install -e '.[dev,bench]'",
                err=True,
            )
            sys.exit(2)
    folder = Path(package.__path__[0])
    names = {module.name for module in pkgutil.iter_modules([str(folder)])} - _NO_BENCH
    return {name: _about(folder / f"{name}.py") for name in sorted(names)}


def _about(module: Path) -> str:
    """A module's first line, read without importing what it measures."""
    text = ast.get_docstring(ast.parse(module.read_text())) or ""
    return text.partition("\n")[0]


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
        click.echo(f"qenus: {error}; install the extras: pip install -e '.[dev,bench]'", err=True)
        sys.exit(1)
    result = bench.measure()
    if as_json:
        click.echo(msgspec.json.encode(result))
        return
    click.echo(
        f"{result['name']}: {result['ours']} {result['unit']}, baseline {result['baseline']}, "
        f"ratio {result['ratio']} over {result['runs']} runs"
    )
    for key, value in result.get("detail", {}).items():
        click.echo(f"  {key}: {value}")
