"""`qenus record`: save a node's blocks."""

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import attrs
import click
import trio

from qenus.chain import Chain
from qenus.cli.lines import json_line, say
from qenus.cli.options import chain_option
from qenus.cli.output import keep_secret
from qenus.errors import RemoteProtocolError
from qenus.observers.history.backfill import CONNECTIONS, MAX_CONNECTIONS
from qenus.observers.history.recording import OrphanedRecording, record

__all__ = ["command"]

_Show: TypeAlias = Callable[[int, int], None]


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
@click.option(
    "--connections",
    default=CONNECTIONS,
    show_default=True,
    metavar="N",
    type=click.IntRange(1, MAX_CONNECTIONS),
    help="Connections to the node. Some nodes answer one connection's questions in turn.",
)
@click.option(
    "--replace",
    is_flag=True,
    help="Replace blocks recorded before that the node's chain does not have any more.",
)
@chain_option
@click.option("--json", "as_json", is_flag=True, help="Print the result as a JSON object.")
def command(
    url: str,
    wanted: tuple[int, int | None],
    folder: Path,
    connections: int,
    replace: bool,
    chain: Chain,
    as_json: bool,
) -> None:
    """Save a node's blocks as files NUMBER.json.gz, each of them proven first.

    The files are what `qenus verify`, `qenus extract` and `qenus run --replay` read. Each block has
    to stand on the one before it. When the chain is reorganised meanwhile, what was written of the
    old branch is replaced. An interrupted recording goes on where it stopped when it is given
    again.

    \b
    Exit status: 0 when every block is there, 1 when one could not be had, proven or written, 2 on
    wrong usage, 130 when it was interrupted.

    \b
    Examples:
      qenus record --node unix:///data/geth.ipc --blocks 22431000..22431099 --out blocks/
      qenus record --node wss://host/key --chain base --blocks 30000000.. --out base/
    """
    keep_secret([url])
    first, last = wanted
    with _interruptible(), _shown() as show:
        saving = partial(
            record,
            *(url, chain, first, last, folder),
            progress=show,
            connections=connections,
            replace=replace,
        )
        try:
            result = trio.run(saving)
        except OrphanedRecording as error:
            raise RemoteProtocolError(f"{error}; --replace records that again") from None
    if as_json:
        values = {"folder": str(folder), **attrs.asdict(result)}
        click.echo(json_line(values))
    else:
        again = f", {result.replaced} of them again" if result.replaced else ""
        say(
            f"{result.written} blocks written{again}, {result.present} were there, "
            f"{result.written_bytes} bytes"
        )


@contextmanager
def _shown() -> Iterator[_Show | None]:
    """A bar on a terminal; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.0f} blocks/s" if task.speed else "", style="progress.data")

    columns = (
        *Progress.get_default_columns()[:2],
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("recording", total=None)

        def show(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        yield show


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let an interrupt end the recording in order: the terminal is left as it was."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        say("interrupted; the same command goes on from here")
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
