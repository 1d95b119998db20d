"""`qenus tail`: watch what a node publishes."""

import signal
import sys

import click
import trio

from qenus.cli.console import Lines
from qenus.cli.options import address_option
from qenus.client import BlockApplied, SessionEnded, SessionStarted, subscribe
from qenus.wire import EndReason

__all__ = ["command"]

_PATIENCE_SECONDS = 2.0


@click.command("tail")
@address_option
@click.option(
    "--chain", "chains", multiple=True, metavar="NAME", help="Only this chain. Repeatable."
)
@click.option(
    "--family", "families", multiple=True, metavar="NAME", help="Only this family. Repeatable."
)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a line, one for each feature."
)
@click.option("--ends", is_flag=True, help="With --json: each block's BlockEnd too.")
@click.option(
    "--oldest", is_flag=True, help="Begin with the oldest block that the node's journal still has."
)
@click.option("--blocks", type=click.IntRange(1), metavar="N", help="Stop after N blocks.")
def command(
    address: str,
    chains: tuple[str, ...],
    families: tuple[str, ...],
    as_json: bool,
    ends: bool,
    oldest: bool,
    blocks: int | None,
) -> None:
    """Watch the features that a node publishes, block by block.

    A node that is not there yet is waited for, and one that restarts is followed on. Every block
    is whole when it is shown: frames that were missed were asked for again, and its digest was
    recomputed. With --json, features and retractions go to standard output and the rest to
    standard error.

    \b
    Exit status: 0 when a replay was watched to its end or N blocks were shown, 1 when frames were
    lost for good or the node broke the contract, 130 or 143 when interrupted.

    \b
    Examples:
      qenus tail
      qenus tail --connect tcp://127.0.0.1:7700 --json --chain ethereum | jq .
    """
    lines = Lines(json=as_json, ends=ends)
    interrupted = trio.run(_watch, address, chains or None, families or None, oldest, blocks, lines)
    click.echo(
        f"qenus: {lines.blocks} blocks, {lines.features} features, every digest recomputed",
        err=True,
    )
    sys.exit(128 + interrupted if interrupted else 1 if lines.trouble else 0)


async def _watch(
    address: str,
    chains: tuple[str, ...] | None,
    families: tuple[str, ...] | None,
    oldest: bool,
    blocks: int | None,
    lines: Lines,
) -> int:
    """Show events until the end; the number of the signal that interrupted it, or 0."""
    interrupted = 0
    heard = trio.Event()
    async with trio.open_nursery() as nursery:

        async def watch_signals(*, task_status: trio.TaskStatus[None]) -> None:
            nonlocal interrupted
            with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
                task_status.started()
                async for number in signals:
                    interrupted = number
                    nursery.cancel_scope.cancel()

        await nursery.start(watch_signals)
        nursery.start_soon(_say_when_waiting, address, heard)
        async with subscribe(address, chains=chains, families=families, oldest=oldest) as feed:
            async for event in feed:
                if isinstance(event, SessionStarted):
                    heard.set()
                lines.show(event)
                if isinstance(event, BlockApplied) and lines.blocks == blocks:
                    break
                if isinstance(event, SessionEnded) and event.reason is EndReason.COMPLETE:
                    break
        nursery.cancel_scope.cancel()
    return interrupted


async def _say_when_waiting(address: str, heard: trio.Event) -> None:
    with trio.move_on_after(_PATIENCE_SECONDS):
        await heard.wait()
        return
    click.echo(f"qenus: waiting for a node at {address}", err=True)
