"""`qenus record`: save a node's blocks."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import click
import msgspec
import trio

from qenus.chain import Chain
from qenus.cli.options import chain_option
from qenus.observers.recording import Recording, record

__all__ = ["command"]


class _Range(click.ParamType[tuple[int, int | None]]):
    """A..B, A.. or A."""

    name = "A..B"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int | None]:
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"([0-9]{1,18})(?:(\.\.)([0-9]{1,18})?)?", str(value))
        if match is None:
            self.fail(f"expected A..B, A.. or A, found {value!r}", param, ctx)
        first, dots, last = match.groups()
        if not dots:
            return int(first), int(first)
        if last is not None and int(last) < int(first):
            self.fail(f"expected A at most B, found {value!r}", param, ctx)
        return int(first), int(last) if last is not None else None


@click.command("record")
@click.option("--node", "url", required=True, metavar="URL", help="ws, wss, http, https or unix.")
@click.option(
    "--blocks",
    "wanted",
    required=True,
    type=_Range(),
    help="The blocks, both ends included; A.. goes up to what the node calls finalized.",
)
@click.option(
    "--out",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write to. What is there already is kept, and joined on to.",
)
@chain_option
@click.option("--json", "as_json", is_flag=True, help="Print the result as a JSON object.")
def command(
    url: str, wanted: tuple[int, int | None], folder: Path, chain: Chain, as_json: bool
) -> None:
    """Save a node's blocks as files NUMBER.json.gz, each of them proven first.

    The files are what `qenus verify`, `qenus extract` and `qenus run --replay` read. A block that
    does not stand on the one before it ends the recording. An interrupted one goes on where it
    stopped when it is given again.

    \b
    Exit status: 0 when every block is there, 1 when one could not be had or proven, 2 on wrong
    usage.

    \b
    Examples:
      qenus record --node unix:///data/geth.ipc --blocks 22431000..22431099 --out blocks/
      qenus record --node wss://host/key --chain base --blocks 30000000.. --out base/
    """
    first, last = wanted
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

        columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("recording", total=None)

            def show(done: int, of: int) -> None:
                bar.update(task, completed=done, total=of)

            result = trio.run(_run, url, chain, first, last, folder, show)
    else:
        result = trio.run(_run, url, chain, first, last, folder, None)
    if as_json:
        values = {
            "folder": str(folder),
            "written": result.written,
            "present": result.present,
            "written_bytes": result.written_bytes,
        }
        click.echo(msgspec.json.encode(values))
    else:
        click.echo(
            f"qenus: {result.written} blocks written, {result.present} were there, "
            f"{result.written_bytes} bytes",
            err=True,
        )


async def _run(
    url: str,
    chain: Chain,
    first: int,
    last: int | None,
    folder: Path,
    progress: Callable[[int, int], None] | None,
) -> Recording:
    return await record(url, chain, first, last, folder, progress=progress)
