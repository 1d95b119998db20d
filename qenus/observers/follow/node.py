"""Nodes as a source: follow their heads, prove each block, hand the chain on in order.

From every announced head the way back to the canonical chain is walked by headers, and the blocks
on it are then fetched, proven and sent oldest first: so a missed head, a gap after a restart and a
reorg of any depth are all the same case, and what was sent before a failure is not fetched again.
How far the chain is known is read from the sealer's fork tree at each start and then kept in step
with what is sent.

One chain may have several endpoints. Each is connected to and followed in tasks of its own
(`keep_connected`, `follower`), whose failures, foreseen or not, cost that endpoint alone; what they
bring is committed in one place (`canonical`). Blocks come from whichever endpoint proves them first
(`fetching`). Whose head is followed: everyone may extend the chain; to leave its head for another
branch takes the endpoint that was followed last, or a longer branch, so that one that lags or errs
does not take back what the others stand on.
"""

import time
from collections.abc import Sequence
from functools import partial
from typing import Final

import attrs
import structlog
import trio

from qenus.chain import Chain, ForkTree
from qenus.observers.address import NodeAddress
from qenus.observers.alerts import alert_parcel, rejection_of
from qenus.observers.follow.alarms import AlarmLimits, ChainAlarms, Waiting
from qenus.observers.follow.canonical import CanonicalChain
from qenus.observers.follow.endpoint import READING_PERCENT, Endpoint, EndpointReport
from qenus.observers.follow.fetching import Fetcher
from qenus.observers.follow.follower import Follower
from qenus.observers.follow.keep_connected import keep_connected, note_crash
from qenus.observers.follow.watch import Watch
from qenus.observers.rpc import first_failure
from qenus.observers.rpc.retrying import Pauses, keep_going
from qenus.observers.session_bounds import DEFAULT_BOUNDS, SessionBounds
from qenus.wire import Block, Heads, Observed, Parcel
from supervisors import Cell, Outlet, ready, step

__all__ = ["new_alarms", "observe_node", "observe_nodes"]

_LOOK_SECONDS: Final = 0.25
_REPORT_SECONDS: Final = 60.0
_AFTER_A_CRASH: Final = Pauses(first_seconds=0.1, longest_seconds=30.0)

_log = structlog.get_logger("node")


async def observe_node(
    found: Outlet[Observed[Block | Heads]],
    alerts: Outlet[Parcel],
    tree: Cell[ForkTree],
    *,
    url: str,
    chain: Chain,
    catch_up_blocks: int,
) -> None:
    """Follow the one node at `url`; see `observe_nodes`."""
    await observe_nodes(
        found, alerts, tree, urls=(url,), chain=chain, catch_up_blocks=catch_up_blocks
    )


async def observe_nodes(
    found: Outlet[Observed[Block | Heads]],
    alerts: Outlet[Parcel],
    tree: Cell[ForkTree],
    alarms: Cell[ChainAlarms] | None = None,
    reports: Cell[tuple[EndpointReport, ...]] | None = None,
    *,
    urls: Sequence[str | NodeAddress],
    chain: Chain,
    catch_up_blocks: int,
    reading_percent: int = READING_PERCENT,
    bounds: SessionBounds = DEFAULT_BOUNDS,
) -> None:
    """Follow the nodes at `urls` and send every block that becomes a head, proven.

    A gap of more than `catch_up_blocks`, or of blocks that a node no longer has, is left, and the
    chain begins anew behind it. Safe and finalized blocks are those that all connected endpoints
    have come to.

    A block that fails the ladder is reported on `alerts`, with the evidence against the endpoint
    that gave it; where no other endpoint gives the block, it is left and the next head is tried.
    The endpoints' alarms are reported there, too: `alarms` holds those that are reported already,
    over restarts, and `reports` what came of each endpoint. `alerts` leads to the line, past the
    sealer and the extractor: no alert waits for a block.

    Reading an endpoint's messages may cost `reading_percent` of a core's time, over some seconds:
    one that makes more work is rejected with that as evidence, and away for a while. `bounds` are
    those of each session.

    Cancellation closes the connections and leaves what was sent.
    """
    endpoints = [
        Endpoint(NodeAddress.of(url), reading_percent=reading_percent, bounds=bounds)
        for url in urls
    ]
    watch, connected = Watch(), trio.Event()
    try:
        async with trio.open_nursery() as nursery:
            fetcher = Fetcher(endpoints, chain, watch, nursery)
            canonical = CanonicalChain(tree.value, found, chain, watch, endpoints)
            nursery.start_soon(canonical.serve)
            nursery.start_soon(_report_evidence, watch, alerts, chain)
            for endpoint in endpoints:
                follower = Follower(
                    endpoint, endpoints, canonical, fetcher, watch, chain, catch_up_blocks
                )
                nursery.start_soon(
                    partial(
                        _follow_endpoint, endpoint, endpoints, follower, chain, watch, connected
                    )
                )
            nursery.start_soon(
                _watch_over,
                *(endpoints, canonical, fetcher, alerts, chain),
                alarms or Cell(f"{chain.name}:alarms", new_alarms(chain)),
                reports or Cell(f"{chain.name}:endpoints", ()),
            )
            await connected.wait()
            ready()
    except BaseExceptionGroup as group:
        raise first_failure(group) from None


async def _follow_endpoint(
    endpoint: Endpoint,
    endpoints: Sequence[Endpoint],
    follower: Follower,
    chain: Chain,
    watch: Watch,
    connected: trio.Event,
) -> None:
    """Keep one endpoint connected and followed, whatever either fails with."""

    def others_connected() -> bool:
        return any(other.session is not None for other in endpoints if other is not endpoint)

    def judge(failure: Exception | None, _lasted: float) -> tuple[Pauses, bool]:
        assert failure is not None
        note_crash(endpoint, chain, failure)
        endpoint.eject(failure)
        return _AFTER_A_CRASH, _lasted > _AFTER_A_CRASH.longest_seconds

    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep_connected, endpoint, chain, watch, connected, others_connected)
        nursery.start_soon(keep_going, follower.run, judge)


def new_alarms(chain: Chain) -> ChainAlarms:
    """What a chain's alarms begin with."""
    return ChainAlarms(chain.name, AlarmLimits.of(chain))


async def _report_evidence(watch: Watch, outlet: Outlet[Parcel], chain: Chain) -> None:
    """Report what endpoints gave and was rejected, in a task that waits for no block."""
    while True:
        endpoint, error = await watch.next_evidence()
        _log.warning("rejected", chain=chain.name, node=endpoint.name, reason=str(error))
        await outlet.send(alert_parcel(time.time_ns(), rejection_of(chain, endpoint.name, error)))


async def _watch_over(
    endpoints: Sequence[Endpoint],
    canonical: CanonicalChain,
    fetcher: Fetcher,
    outlet: Outlet[Parcel],
    chain: Chain,
    alarms: Cell[ChainAlarms],
    reports: Cell[tuple[EndpointReport, ...]],
) -> None:
    """Look at the endpoints over and over: report what begins and ends.

    Cancellation logs what came of each endpoint that was followed: its counts end with us.
    """
    due = trio.current_time() + _REPORT_SECONDS
    try:
        while True:
            now, tree = trio.current_time(), canonical.tree
            views = [endpoint.view(now) for endpoint in endpoints]
            waiting = _waiting(fetcher, canonical, endpoints, now)
            known, alerts = alarms.value.look(
                now, tree.head, tree.safe, tree.finalized, views, waiting
            )
            if alerts:
                # Sent and known to be sent, or neither: a crash in between says nothing twice.
                async with step():
                    for alert in alerts:
                        await outlet.send(alert_parcel(time.time_ns(), alert))
                    alarms.set(known)
                for alert in alerts:
                    _log.warning(
                        "alert" if alert.raised else "alert over",
                        chain=chain.name,
                        name=alert.name,
                        subject=alert.subject,
                        text=alert.text,
                    )
            else:
                alarms.set(known)
            reports.set(tuple(endpoint.report() for endpoint in endpoints))
            if now >= due:
                due = now + _REPORT_SECONDS
                _log_reports(chain, endpoints)
            await trio.sleep(_LOOK_SECONDS)
    finally:
        _log_reports(chain, [endpoint for endpoint in endpoints if endpoint.latest is not None])


def _waiting(
    fetcher: Fetcher, canonical: CanonicalChain, endpoints: Sequence[Endpoint], now: float
) -> Waiting | None:
    """The block that the chain waits for, and how many that were announced wait behind it."""
    missing, head = fetcher.missing(now), canonical.tree.head
    if missing is None or (head is not None and missing.number <= head.number):
        return None
    announced = [e.latest.number for e in endpoints if e.session is not None and e.latest]
    behind = max(max(announced, default=0) - missing.number, 0)
    return Waiting(missing.number, missing.hash, missing.seconds, missing.text, behind)


def _log_reports(chain: Chain, endpoints: Sequence[Endpoint]) -> None:
    for endpoint in endpoints:
        values = attrs.asdict(endpoint.report())
        _log.info("endpoint", chain=chain.name, node=values.pop("name"), **values)
