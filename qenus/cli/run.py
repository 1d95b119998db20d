"""`qenus run`: the daemon."""

import gc
import logging
import random
import signal
import sys
from pathlib import Path

import attrs
import click
import structlog
import trio

from qenus.chain import Chain
from qenus.cli.console import Lines
from qenus.cli.options import chain_option, default_address
from qenus.client import SessionEnded, subscribe
from qenus.config import ConfigError, FeedConfig, QenusConfig, load
from qenus.daemon import ChainTree, Daemon, demo_chain, node_chain, recorded_chain
from qenus.observers.recorded import Progress, files_in
from qenus.simulation import World, WorldRules
from supervisors import Cell, Event, EventKind, RandomFaults

__all__ = ["command"]

_LOUD = {
    EventKind.CRASHED,
    EventKind.ESCALATED,
    EventKind.DROPPED,
    EventKind.QUARANTINED,
    EventKind.QUARANTINE_FAILED,
}

_log = structlog.get_logger("tree")


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
        if not name or not 0.0 <= rate <= 0.9:
            self.fail(
                f"expected an actor's name and a probability, as in extractor=0.05; "
                f"the probability from 0 to 0.9, found {value!r}",
                param,
                ctx,
            )
        return name, rate


def _addresses(
    _ctx: click.Context, _param: click.Parameter, listen: tuple[str, ...]
) -> tuple[str, ...]:
    try:
        return FeedConfig(listen).listen if listen else ()
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


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
@click.option(
    "--listen",
    multiple=True,
    metavar="ADDRESS",
    callback=_addresses,
    help="Serve the feed at ipc:///path or tcp://host:port instead of where the configuration "
    "says. The journal answers at <path>.repair or at the next port. Repeatable.",
)
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
    help="Make the actor NAME (observer, sealer, extractor, publisher, journal) crash with "
    "probability P at each of its crash points, to see that subscribers do not notice. Repeatable.",
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
    _log_to_stderr(log_level, json=log_json)
    progress = Cell("progress", Progress())
    if config_path is not None and replay_paths:
        raise click.UsageError("--config and --replay exclude each other")
    config = load(config_path) if config_path else QenusConfig(FeedConfig((default_address(),)))
    if listen:
        config = attrs.evolve(config, feed=attrs.evolve(config.feed, listen=listen))
    chains: list[ChainTree]
    if replay_paths:
        files = files_in(replay_paths)
        chains = [recorded_chain(chain, files, progress, wait_subscribers=wait_subscribers)]
    elif config_path:
        chains = [node_chain(chain) for chain in config.chains]
        if not chains:
            raise ConfigError([f"{config_path}: chains: expected at least one, found none"])
    else:
        world = World(WorldRules(seed=str(demo_seed).encode()))
        chains = [demo_chain(world, block_seconds=demo_block_seconds)]
    demo = not replay_paths and config_path is None
    switch = RandomFaults(dict(faults), random.Random(fault_seed)) if faults else None
    daemon = Daemon(config, chains, finite=bool(replay_paths), faults=switch, on_event=_log_event)
    if replay_paths and wait_subscribers:
        _log.info("waiting for subscribers", count=wait_subscribers, listen=config.feed.listen)
    else:
        _log.info("listening", listen=config.feed.listen)
    shown = config.feed.listen[0] if (demo if show is None else show) else None
    # A full collection over what was imported and built so far would stall the loop for nothing.
    gc.collect()
    gc.freeze()
    clean = trio.run(_run, daemon, shown)
    if switch is not None:
        _log.info("fault switch", **switch.crashes)
    rejected = progress.value.rejected
    if rejected:
        _log.error("files rejected", count=rejected, of=progress.value.files)
    sys.exit(0 if clean and not rejected else 1)


async def _run(daemon: Daemon, shown: str | None) -> bool:
    """Run the daemon to its end; whether nothing was left behind."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_stop_on_signal, daemon)
        if shown is not None:
            nursery.start_soon(_show, shown)
        report = await daemon.run()
        nursery.cancel_scope.cancel()
    return report is not None and report.complete


async def _stop_on_signal(daemon: Daemon) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for number in signals:
            _log.info("stopping", signal=signal.Signals(number).name)
            daemon.stop()
            # From now on either signal has its default action: it ends the process at once.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            await trio.sleep_forever()


async def _show(address: str) -> None:
    """Print what a subscriber sees, from a thread: a screen that is held up holds up no actor."""
    lines = Lines(json=False)
    async with subscribe(address, subscriber="show") as feed:
        async for event in feed:
            await trio.to_thread.run_sync(lines.show, event, abandon_on_cancel=True)
            if isinstance(event, SessionEnded):
                return


def _log_event(event: Event) -> None:
    if event.kind not in _LOUD:
        return
    reason = event.detail
    if event.error is not None:
        lines = (line.strip(" |+-") for line in reversed(event.error.traceback.splitlines()))
        reason = next(filter(None, lines), event.error.message)
        _log.debug("traceback", actor=event.path, traceback=event.error.traceback)
    _log.warning(event.kind.value, actor=event.path, reason=reason)


def _log_to_stderr(level: str, *, json: bool) -> None:
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
