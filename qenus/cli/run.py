"""`qenus run`: its options. What they start is in `qenus.cli.node_process`."""

import math
import sys
from pathlib import Path

import click

from qenus.chain import Chain
from qenus.cli.options import chain_option, listen_option

__all__ = ["command"]

_ACTORS = (
    "node", "observer", "sealer", "extractor", "pool_state", "line", "publisher", "journal",
)  # fmt: skip
# Above this a step of many frames hardly ever comes to its end.
_MAX_FAULT_RATE = 0.5


class _Rate(click.ParamType[tuple[str, float]]):
    """NAME=P, an actor's name and a probability."""

    name = "NAME=P"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        if isinstance(value, tuple):
            return value
        name, _, text = str(value).partition("=")
        try:
            rate = float(text)
        except ValueError:
            rate = -1.0
        if name not in _ACTORS or not 0.0 <= rate <= _MAX_FAULT_RATE:
            self.fail(
                f"expected an actor's name and a probability, as in extractor=0.05, found "
                f"{value!r}; actors are {', '.join(_ACTORS)}, probabilities 0 to {_MAX_FAULT_RATE}",
                param,
                ctx,
            )
        return name, rate


@click.command("run")
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The configuration, as conf/qenus.toml shows it. Without it and without --replay, the "
    "node runs on the built-in demo world.",
)
@click.option(
    "--replay",
    "replay_paths",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="Play recorded blocks, a file or a folder, once, and end. Repeatable.",
)
@chain_option
@click.option(
    "--wait-subscribers",
    type=click.IntRange(0, 1000),
    default=1,
    show_default=True,
    metavar="N",
    help="With --replay: begin when N subscribers have joined.",
)
@listen_option
@click.option(
    "--show/--no-show",
    default=None,
    help="Watch the own feed, as `qenus tail` would.  [default: only on the demo world]",
)
@click.option("--demo-seed", type=int, default=1, show_default=True, help="The demo world's seed.")
@click.option(
    "--demo-block-seconds",
    type=click.FloatRange(0.05, 60),
    default=2.0,
    show_default=True,
    help="The demo world's block time.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    type=_Rate(),
    help=f"Make the actor NAME ({', '.join(_ACTORS)}) crash with probability P at each of its "
    "crash points, to see that subscribers do not notice. Repeatable.",
)
@click.option(
    "--fault-seed", type=int, default=0, show_default=True, help="The fault switch's seed."
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
)
@click.option("--log-json", is_flag=True, help="Log JSON lines instead of text.")
def command(
    config_path: Path | None,
    replay_paths: tuple[Path, ...],
    chain: Chain,
    wait_subscribers: int,
    listen: tuple[str, ...],
    show: bool | None,
    demo_seed: int,
    demo_block_seconds: float,
    faults: tuple[tuple[str, float], ...],
    fault_seed: int,
    log_level: str,
    log_json: bool,
) -> None:
    """Run the node: observe, extract, publish.

    Three sources: the nodes of a configuration (--config), recorded blocks (--replay), or, with
    neither, a demo world: a chain on loopback with Uniswap V2 and V3 pools that trade, valid
    hashes and roots, and an occasional reorg. The feed is nng; watch it with `qenus tail`.

    SIGINT or SIGTERM drains what is under way and stops within five seconds; a second one stops at
    once.

    \b
    Exit status: 0 after a replay was played or a drain was asked for and done; 1 when a publisher
    cannot start, an actor crashes for good or a replayed file was rejected; 2 on wrong usage or
    configuration; 130 or 143 when a second SIGINT or SIGTERM cut the drain short.

    \b
    Examples:
      qenus run
      qenus run --config conf/qenus.toml
      qenus run --replay blocks/ --listen tcp://127.0.0.1:7700
      qenus run --replay blocks/ --fault extractor=0.2 --fault publisher=0.2
    """
    if config_path is not None and replay_paths:
        raise click.UsageError("--config and --replay exclude each other")
    if math.isnan(demo_block_seconds):
        raise click.UsageError("--demo-block-seconds: expected a number of seconds, found nan")
    # Every room of the house is behind this import; --help does without.
    from qenus.cli.node_process import run_node

    status = run_node(
        config_path=config_path,
        replay_paths=replay_paths,
        chain=chain,
        wait_subscribers=wait_subscribers,
        listen=listen,
        show=show,
        demo_seed=demo_seed,
        demo_block_seconds=demo_block_seconds,
        faults=dict(faults),
        fault_seed=fault_seed,
        log_level=log_level,
        log_json=log_json,
    )
    sys.exit(status)
