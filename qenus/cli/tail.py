"""`qenus tail`: its options. What they start is in `qenus.cli.watching`."""

import sys

import click

from qenus.cli.options import address_option
from qenus.wire import Family

__all__ = ["command"]


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
@click.option(
    "--blocks",
    type=click.IntRange(1),
    metavar="N",
    help="Stop after N blocks and their states.",
)
@click.option(
    "--states-within",
    "states_seconds",
    type=click.FloatRange(0, 3600),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="With --blocks: how long to wait for the last block's states.",
)
def command(
    address: str,
    chains: tuple[str, ...],
    families: tuple[str, ...],
    as_json: bool,
    ends: bool,
    oldest: bool,
    blocks: int | None,
    states_seconds: float,
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
    known = {family.name.lower() for family in Family} - {"unspecified"}
    for name in families:
        if name not in known:
            raise click.BadParameter(
                f"expected one of {', '.join(sorted(known))}, found {name!r}",
                param_hint="--family",
            )
    # trio and nng are behind this import; --help does without.
    from qenus.cli.watching import watch

    sys.exit(
        watch(
            address,
            chains=chains or None,
            families=families or None,
            oldest=oldest,
            blocks=blocks,
            states_seconds=states_seconds,
            json=as_json,
            ends=ends,
        )
    )
