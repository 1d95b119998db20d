"""What `qenus run` starts: the daemon with its signals, its logs and its screen."""

import errno
import gc
import os
import random
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import attrs
import structlog
import trio

from qenus.chain import Chain
from qenus.cli.console import Lines
from qenus.cli.options import default_address
from qenus.cli.output import keep_secret, known_secrets, output_descriptor
from qenus.client import SessionEnded, subscribe
from qenus.config import ConfigError, FeedConfig, QenusConfig, exposure, load
from qenus.daemon import ChainTree, Daemon, demo_chain, node_chain, recorded_chain
from qenus.observers.history.recorded import Progress
from qenus.observers.history.recorded_files import files_in
from qenus.ops.line_writer import LineWriter
from qenus.ops.logs import LogLimits, open_log
from qenus.simulation import World, WorldRules
from supervisors import Cell, Event, EventKind, RandomFaults, Tree

__all__ = ["run_node"]

_LOUD = {
    EventKind.CRASHED,
    EventKind.ESCALATED,
    EventKind.DROPPED,
    EventKind.QUARANTINED,
    EventKind.QUARANTINE_FAILED,
}

# What is still to be shown at the end may take this long.
_SCREEN_SECONDS = 0.5

_log = structlog.get_logger("tree")


def run_node(
    *,
    config_path: Path | None,
    replay_paths: tuple[Path, ...],
    chain: Chain,
    wait_subscribers: int,
    listen: tuple[str, ...],
    show: bool | None,
    demo_seed: int,
    demo_block_seconds: float,
    faults: Mapping[str, float],
    fault_seed: int,
    log_level: str,
    log_json: bool,
) -> int:
    """Run a node to its end, as the options of `qenus run` say; give the exit status.

    Raises:
        ConfigError: the configuration has errors.
        RecordedFileError: a folder to replay has no blocks in it.
        SupervisionError: a publisher could not start, or something crashed for good.
    """
    progress = Cell("progress", Progress())
    config = load(config_path) if config_path else QenusConfig(FeedConfig((default_address(),)))
    keep_secret(address.url_with_secrets() for address in config.addresses())
    if listen:
        config = attrs.evolve(config, feed=attrs.evolve(config.feed, listen=listen))
    chains: list[ChainTree]
    if replay_paths:
        files = files_in(replay_paths)
        chains = [recorded_chain(chain, files, progress, wait_subscribers=wait_subscribers)]
    elif config_path:
        chains = _node_chains(config, config_path)
    else:
        world = World(WorldRules(seed=str(demo_seed).encode()))
        chains = [demo_chain(world, block_seconds=demo_block_seconds)]
    demo = not replay_paths and config_path is None
    switch = RandomFaults(faults, random.Random(fault_seed)) if faults else None
    log = open_log(
        log_level,
        json=log_json,
        descriptor=2,
        redactor=known_secrets,
        limits=LogLimits(**attrs.asdict(config.log)),
    )
    with log as messages:
        # Warnings and tracebacks hold up nothing either.
        sys.stderr = messages
        if config_path is not None and (exposed := exposure(config_path, config)) is not None:
            _log.warning("keys may be read by others", reason=exposed)
        daemon = Daemon(
            config, chains, finite=bool(replay_paths), faults=switch, on_event=_log_event
        )
        shown = config.feed.listen[0] if (demo if show is None else show) else None
        # A full collection over what was imported and built so far would stall the loop for
        # nothing.
        gc.collect()
        gc.freeze()
        waits_for = wait_subscribers if replay_paths else 0
        clean = trio.run(_run, daemon, config.feed.listen, waits_for, shown)
        if switch is not None:
            _log.info("fault switch", **switch.crashes)
        rejected = progress.value.rejected
        if rejected:
            _log.error("files rejected", count=rejected, of=progress.value.files)
        return 0 if clean and not rejected else 1


def _node_chains(config: QenusConfig, path: Path) -> list[ChainTree]:
    chains: list[ChainTree] = []
    errors: list[str] = []
    for chain in config.chains:
        try:
            chains.append(node_chain(chain, folder=path.parent))
        except ConfigError as error:
            errors += [f"{path}: {one}" for one in error.errors]
    if not config.chains:
        errors.append(f"{path}: chains: expected at least one, found none")
    if errors:
        raise ConfigError(errors)
    return chains


async def _run(daemon: Daemon, listen: tuple[str, ...], waits_for: int, shown: str | None) -> bool:
    """Run the daemon to its end; whether nothing was left behind and all could be shown."""
    reports = []

    async def run(*, task_status: trio.TaskStatus[Tree]) -> None:
        reports.append(await daemon.run(task_status=task_status))
        nursery.cancel_scope.cancel()

    with _screen() as screen:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_stop_on_signal, daemon)
            await nursery.start(run)
            _log.info("listening", listen=listen, waits_for_subscribers=waits_for)
            if shown is not None:
                nursery.start_soon(_show, shown, screen)
    whole = screen.failure is None or screen.failure.errno == errno.EPIPE
    return whole and bool(reports) and reports[0] is not None and reports[0].complete


async def _stop_on_signal(daemon: Daemon) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        first = await anext(aiter(signals))
        _log.info("stopping", signal=signal.Signals(first).name)
        daemon.stop()
        # From now on either signal has its default action and ends the process at once; one that
        # came together with the first is sent again to that end.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        async for second in signals:
            os.kill(os.getpid(), second)


@contextmanager
def _screen() -> Iterator[LineWriter]:
    """Take standard output's lines into a queue: a screen that is held up holds up no actor."""

    def say_dropped(count: int) -> str:
        return f"qenus: {count} lines were not shown: the screen was held up"

    screen = LineWriter(output_descriptor(), say_dropped)
    with redirect_stdout(screen.stream()):
        yield screen
    screen.close(_SCREEN_SECONDS)


async def _show(address: str, screen: LineWriter) -> None:
    """Print what a subscriber sees, in a thread of its own: much of it takes a while to format."""
    lines = Lines(json=False)
    async with subscribe(address, subscriber="show") as feed:
        async for event in feed:
            await trio.to_thread.run_sync(lines.show, event, abandon_on_cancel=True)
            if screen.failure is not None:
                _log.warning("nothing is shown any more", reason=screen.failure.strerror)
                return
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
