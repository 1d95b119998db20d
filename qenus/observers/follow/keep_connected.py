"""An endpoint kept connected: its session, the heads and tags that come over it, and what ends it.

Whatever goes wrong here, also what was not foreseen, costs this one endpoint: it is away, with the
reason, and tried again with growing pauses, while the others go on.
"""

import traceback
from collections.abc import Callable
from functools import partial
from typing import Final

import attrs
import structlog
import trio

from qenus.chain import Chain
from qenus.errors import RemoteProtocolError, TransientError
from qenus.observers.follow.budget import Overspent
from qenus.observers.follow.connections import Connections
from qenus.observers.follow.endpoint import Endpoint
from qenus.observers.follow.heads import HeadSource
from qenus.observers.follow.tags import watch_tags
from qenus.observers.follow.watch import Watch
from qenus.observers.rpc import RpcSession, first_failure
from qenus.observers.rpc.claims import WrongChain
from qenus.observers.rpc.retrying import Pauses, keep_going

__all__ = ["keep_connected", "note_crash"]

# A chain's only endpoint is missed every moment; one of several is not.
_RETRIES_ALONE: Final = Pauses(first_seconds=0.05, longest_seconds=0.8)
_RETRIES: Final = Pauses(first_seconds=0.05, longest_seconds=3.0)
# One that breaks the rules is not in such a hurry missed, unless it is all that there is: a proxy
# says what no node may while the node behind it restarts.
_RETRIES_OF_A_FAULT: Final = Pauses(first_seconds=0.05, longest_seconds=30.0)
_RETRIES_OF_A_FLOOD: Final = Pauses(first_seconds=10.0, longest_seconds=300.0)
# A node of another chain does not become one of ours by asking often.
_RETRIES_OF_ANOTHER_CHAIN: Final = Pauses(first_seconds=60.0, longest_seconds=60.0)

# An endpoint that is tried over and over breaks the same rule every time.
_EVIDENCE_AGAIN_SECONDS: Final = 30.0
_MAX_SHOWN: Final = 200
_MAX_TRACE: Final = 4000
_MAX_CRASHES: Final = 16

_log = structlog.get_logger("node")


async def keep_connected(
    endpoint: Endpoint,
    chain: Chain,
    watch: Watch,
    connected: trio.Event,
    others_connected: Callable[[], bool],
) -> None:
    """Keep a connection to the endpoint and pass on its heads, for ever.

    `connected` is set once it follows. When it cannot be followed it is tried again, ever less
    often; what rules it broke, another chain's id among them, is evidence against it.

    Cancellation closes the connection.
    """
    before = endpoint.latest

    evidence = _Evidence(endpoint, watch)

    async def once() -> None:
        nonlocal before
        before = endpoint.latest
        await _follow_once(endpoint, chain, watch, connected, others_connected)

    def judge(failure: Exception | None, lasted: float) -> tuple[Pauses, bool]:
        assert failure is not None
        _note(endpoint, chain, failure)
        if isinstance(failure, RemoteProtocolError):
            evidence.take(failure)
        pauses = _pauses_of(failure, others_connected())
        # One that brought something and was cut off is worth another try at once; one that broke
        # the rules is not, however much it says before.
        cut_off = isinstance(failure, TransientError | OSError)
        brought = cut_off and endpoint.latest is not before
        return pauses, brought or lasted > pauses.longest_seconds

    await keep_going(once, judge)


@attrs.define
class _Evidence:
    """Evidence of what ended a connection, where it says something new."""

    endpoint: Endpoint
    watch: Watch
    _said: str = ""
    _at: float = float("-inf")

    def take(self, failure: RemoteProtocolError) -> None:
        """Give it as evidence, the same again only after a while."""
        now = trio.current_time()
        if str(failure) == self._said and now - self._at < _EVIDENCE_AGAIN_SECONDS:
            return
        self._said, self._at = str(failure), now
        self.watch.reject(self.endpoint, failure)


def _pauses_of(failure: Exception, others_connected: bool) -> Pauses:
    if isinstance(failure, WrongChain):
        return _RETRIES_OF_ANOTHER_CHAIN
    if isinstance(failure, Overspent):
        return _RETRIES_OF_A_FLOOD
    foreseen = isinstance(failure, TransientError | OSError) or (
        isinstance(failure, RemoteProtocolError) and not others_connected
    )
    if not foreseen:
        return _RETRIES_OF_A_FAULT
    return _RETRIES if others_connected else _RETRIES_ALONE


def _note(endpoint: Endpoint, chain: Chain, failure: Exception) -> None:
    if not isinstance(failure, RemoteProtocolError | TransientError | OSError):
        note_crash(endpoint, chain, failure)
        return
    reason = str(failure) or type(failure).__name__
    # What was said of it a moment ago is not said again with every try.
    say = _log.debug if endpoint.away == reason else _log.warning
    say("endpoint away", chain=chain.name, node=endpoint.name, reason=reason)
    endpoint.away = reason


def note_crash(endpoint: Endpoint, chain: Chain, failure: Exception) -> None:
    """Say that what follows an endpoint failed with something that was not foreseen."""
    reason = f"what follows it crashed: {type(failure).__name__}: {str(failure)[:_MAX_SHOWN]}"
    # Each kind once with all of it: an endpoint that brings it about could do so all the time.
    if reason not in endpoint.crashes and len(endpoint.crashes) < _MAX_CRASHES:
        endpoint.crashes.add(reason)
        # As text: what a frame holds, keys among it, is not shown.
        trace = "".join(traceback.format_exception(failure))[-_MAX_TRACE:]
        _log.error("endpoint crashed", chain=chain.name, node=endpoint.name, trace=trace)
    else:
        _log.debug("endpoint crashed", chain=chain.name, node=endpoint.name, reason=reason)
    endpoint.away = reason


async def _follow_once(
    endpoint: Endpoint,
    chain: Chain,
    watch: Watch,
    connected: trio.Event,
    others_connected: Callable[[], bool],
) -> None:
    """Follow until the connection ends, whichever of those that were tried it is."""

    async def follow(session: RpcSession, heads: HeadSource) -> None:
        endpoint.session = session
        endpoint.away = endpoint.silent = ""
        endpoint.refused_ways.clear()
        _log.info("following", chain=chain.name, node=endpoint.name, polling=heads.polls)
        connected.set()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(watch_tags, endpoint, session, watch))
            await heads.pass_on()

    try:
        with endpoint.connection():
            await Connections(endpoint, chain, follow, lambda: not others_connected()).run()
        endpoint.raise_ejected()
    except BaseExceptionGroup as group:
        raise first_failure(group) from None
    finally:
        endpoint.session = None
        # It was a difference to a head of back then.
        endpoint.pending_lag = None
