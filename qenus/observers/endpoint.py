"""One endpoint of a chain: kept connected and asked where its heads are, and what is known of it.

`keep_connected` subscribes to the heads, or polls for them where it cannot; it polls too when a
subscription has been silent for long, so that a connection that died in silence is noticed. What
it learns goes to a `Watch`, which holds the newest heads: whatever lies before them is found by
walking back.
"""

import random
import time
from collections import deque
from itertools import islice
from typing import Final

import attrs
import msgspec
import structlog
import trio

from qenus.chain import Chain
from qenus.errors import RemoteProtocolError, TransientError
from qenus.observers.address import NodeAddress
from qenus.observers.alarms import EndpointView
from qenus.observers.rpc import (
    ConnectionLost,
    RpcError,
    RpcSession,
    RpcStatistics,
    first_failure,
    open_session,
)

__all__ = [
    "Announced",
    "Endpoint",
    "EndpointReport",
    "Watch",
    "WrongChain",
    "check_chain",
    "keep_connected",
    "parse_header",
]

_SILENCE_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.25
# Who makes others ask again does not make them ask more often than this.
_ASKED_AGAIN_SECONDS: Final = 0.05
_FINALITY_SECONDS: Final = 2.0
_SLOW_SECONDS: Final = 1.0
_FIRST_RETRY_SECONDS: Final = 0.05
_LAST_RETRY_SECONDS: Final = 3.0
# Who breaks the rules is not in such a hurry missed.
_LAST_RETRY_OF_A_FAULT_SECONDS: Final = 30.0
# A node of another chain does not become one of ours by asking often.
_WRONG_CHAIN_SECONDS: Final = 60.0
# Heads behind these are reached by walking back, as if they had never been announced.
_MAX_HEADS: Final = 64
# Who lies a thousand times is not the more believed for it.
_MAX_EVIDENCE: Final = 256
# Over so many of the blocks that it announced one sees whether an endpoint gives them.
_JUDGED_BLOCKS: Final = 16

_log = structlog.get_logger("node")


class WrongChain(RemoteProtocolError):
    """The node serves another chain than the one that it is configured for."""


class _Header(msgspec.Struct):
    hash: str
    number: str
    parent_hash: str = msgspec.field(name="parentHash")


_header = msgspec.json.Decoder(_Header)


class _Height(msgspec.Struct):
    """A block that is still being built has no hash."""

    number: str | None = None


_height = msgspec.json.Decoder(_Height | None)
_quantity = msgspec.json.Decoder(str)


@attrs.frozen
class Announced:
    """What an endpoint says of a block, unproven. `observed_ns` is Unix time."""

    number: int
    hash: bytes
    parent_hash: bytes
    observed_ns: int


@attrs.frozen
class EndpointReport:
    """What came of an endpoint since the observer began, for people.

    `blocks` are those that were taken from it, `mean_ms` and `slowest_ms` how long calls took.
    """

    name: str
    connected: bool
    latest: int | None
    blocks: int
    rejections: int
    sessions: int
    calls: int
    answered: int
    refused: int
    timed_out: int
    received_bytes: int
    mean_ms: float
    slowest_ms: float


@attrs.define(eq=False)
class Endpoint:
    """One address of a node and what is known of it. `session` is None while it is away.

    `away` says why, "" while it is there, None before the first try. `latest` is the newest head
    that it announced, `pending_lag` how far below it the block that it builds was when last asked.
    """

    url: NodeAddress
    session: RpcSession | None = None
    away: str | None = None
    latest: Announced | None = None
    pending_lag: int | None = None
    safe: Announced | None = None
    finalized: Announced | None = None
    rejections: int = 0
    blocks: int = 0
    statistics: RpcStatistics = attrs.field(factory=RpcStatistics)
    # Of the last blocks that it announced itself and was asked for: whether it gave them.
    given: deque[bool] = attrs.field(factory=lambda: deque(maxlen=_JUDGED_BLOCKS))
    # While it is waited for to announce a head.
    waiting: trio.CancelScope | None = None
    # When each question that is still open was asked.
    questions: dict[object, float] = attrs.field(factory=dict)

    @property
    def name(self) -> str:
        """The address as others may see it."""
        return str(self.url)

    def look_again(self) -> None:
        """Have it asked for its newest head, soon, instead of waiting until it announces one."""
        if self.waiting is not None:
            self.waiting.cancel()

    def is_slow(self, now: float) -> bool:
        """Whether it has left a question open for long. Others are not to wait for it."""
        return self.open_seconds(now) > _SLOW_SECONDS

    def open_seconds(self, now: float) -> float:
        """How long its oldest open question has been open."""
        return max((now - asked for asked in islice(self.questions.values(), 1)), default=0.0)

    def view(self, now: float) -> EndpointView:
        """What alarms are decided from."""
        return EndpointView(
            self.name,
            self.away,
            _height_of(self.latest),
            self.pending_lag,
            _height_of(self.safe),
            _height_of(self.finalized),
            self.open_seconds(now),
            self.given.count(False),
        )

    def report(self) -> EndpointReport:
        """What people are shown."""
        calls = self.statistics
        return EndpointReport(
            name=self.name,
            connected=self.session is not None,
            latest=_height_of(self.latest),
            blocks=self.blocks,
            rejections=self.rejections,
            sessions=calls.sessions,
            calls=calls.calls,
            answered=calls.answered,
            refused=calls.refused,
            timed_out=calls.timed_out,
            received_bytes=calls.received_bytes,
            mean_ms=round(1000 * calls.seconds / max(calls.answered, 1), 2),
            slowest_ms=round(1000 * calls.slowest_seconds, 2),
        )


def _height_of(block: Announced | None) -> int | None:
    return None if block is None else block.number


@attrs.define
class Watch:
    """What the endpoints have said and nobody has looked at yet.

    Each endpoint has room of its own and they take turns: who says much holds up nobody else.
    """

    evidence: deque[tuple[Endpoint, RemoteProtocolError]] = attrs.field(
        factory=lambda: deque(maxlen=_MAX_EVIDENCE)
    )
    finality_moved: bool = False
    _heads: dict[Endpoint, deque[Announced]] = attrs.field(factory=dict)
    _news: trio.Event = attrs.field(factory=trio.Event)

    def announce(self, endpoint: Endpoint, head: Announced) -> None:
        """Take an endpoint's newest head; when nobody looks, its oldest make room."""
        endpoint.latest = head
        self._heads.setdefault(endpoint, deque(maxlen=_MAX_HEADS)).append(head)
        self._news.set()

    @property
    def has_heads(self) -> bool:
        """Whether there is a head to take."""
        return bool(self._heads)

    def take_head(self) -> tuple[Endpoint, Announced]:
        """Give the oldest head of the endpoint whose turn it is; there must be one."""
        endpoint = next(iter(self._heads))
        heads = self._heads.pop(endpoint)
        head = heads.popleft()
        if heads:
            self._heads[endpoint] = heads
        return endpoint, head

    def accuse(self, endpoint: Endpoint, error: RemoteProtocolError) -> None:
        """Take evidence against an endpoint."""
        endpoint.rejections += 1
        self.evidence.append((endpoint, error))
        self._news.set()

    def finality(self) -> None:
        """An endpoint's safe or finalized block has changed."""
        self.finality_moved = True
        self._news.set()

    async def wait(self) -> None:
        """Wait until something is new."""
        await self._news.wait()
        self._news = trio.Event()


def parse_header(session: RpcSession, method: str, answer: bytes) -> Announced:
    """Read number, hash and parent hash out of a header's JSON.

    Raises:
        RemoteProtocolError: it is none.
    """
    try:
        header = _header.decode(answer)
        return Announced(
            _number_of(header.number),
            _hash_of(header.hash),
            _hash_of(header.parent_hash),
            time.time_ns(),
        )
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise RemoteProtocolError(
            f"{session.endpoint}: {method}: expected a header: {error}"
        ) from None


def _number_of(text: str) -> int:
    if not text.startswith("0x") or len(text) > 18:
        raise ValueError(f"number: expected a quantity of at most 64 bits, found {text[:40]!r}")
    return int(text, 16)


def _hash_of(text: str) -> bytes:
    value = bytes.fromhex(text.removeprefix("0x"))
    if len(value) != 32:
        raise ValueError(f"hash: expected 32 bytes, found {len(value)}")
    return value


async def keep_connected(
    endpoint: Endpoint, chain: Chain, watch: Watch, connected: trio.Event
) -> None:
    """Keep a connection to the endpoint and pass on its heads, for ever.

    `connected` is set once it follows. When it cannot be followed it is tried again, ever less
    often; what rules it broke, another chain's id among them, is evidence against it.

    Cancellation closes the connection.
    """
    failures = 0
    while True:
        began, before = trio.current_time(), endpoint.latest
        try:
            await _follow_once(endpoint, chain, watch, connected)
        except (TransientError, RemoteProtocolError, OSError) as error:
            reason = str(error) or type(error).__name__
            # What was said of it a moment ago is not said again with every try.
            say = _log.debug if endpoint.away == reason else _log.warning
            say("endpoint away", chain=chain.name, node=endpoint.name, reason=reason)
            endpoint.away = reason
            if isinstance(error, RemoteProtocolError):
                watch.accuse(endpoint, error)
            # Who brought something and was cut off is worth another try at once; who broke the
            # rules is not, however much it says before.
            broke_rules = isinstance(error, RemoteProtocolError)
            longest = _LAST_RETRY_OF_A_FAULT_SECONDS if broke_rules else _LAST_RETRY_SECONDS
            lasted = trio.current_time() - began > longest
            if lasted or (endpoint.latest is not before and not broke_rules):
                failures = 0
            pause = min(_FIRST_RETRY_SECONDS * 2 ** min(failures, 16), longest)
            if isinstance(error, WrongChain):
                pause = _WRONG_CHAIN_SECONDS
            failures += 1
            await trio.sleep(pause * (0.5 + random.random() / 2))


async def _follow_once(
    endpoint: Endpoint, chain: Chain, watch: Watch, connected: trio.Event
) -> None:
    session: RpcSession | None = None
    try:
        async with open_session(endpoint.url, statistics=endpoint.statistics) as session:
            await check_chain(session, chain)
            heads = await _subscribe(session)
            endpoint.session = session
            endpoint.away = ""
            _log.info("following", chain=chain.name, node=endpoint.name, polling=heads is None)
            connected.set()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_watch_finality, endpoint, session, watch)
                await _pass_heads_on(endpoint, session, heads, watch)
    except TransientError as error:
        raise _root_cause(endpoint, session, error) from None
    except BaseExceptionGroup as group:
        raise _root_cause(endpoint, session, first_failure(group)) from None
    finally:
        endpoint.session = None
        # It was a difference to a head of back then.
        endpoint.pending_lag = None


def _root_cause(
    endpoint: Endpoint, session: RpcSession | None, failure: BaseException
) -> BaseException:
    """The rule that the node broke, where that is why the connection ended."""
    if session is None or session.fault is None or not isinstance(failure, TransientError):
        return failure
    return RemoteProtocolError(f"{endpoint.name}: {session.fault}")


async def check_chain(session: RpcSession, chain: Chain) -> None:
    answer = await session.read("eth_chainId")
    try:
        chain_id = int(_quantity.decode(answer), 16)
    except (msgspec.DecodeError, ValueError):
        raise RemoteProtocolError(
            f"{session.endpoint}: eth_chainId: expected a quantity, found {answer[:64]!r}"
        ) from None
    if chain_id != chain.chain_id:
        raise WrongChain(
            f"{session.endpoint}: expected chain id {chain.chain_id} ({chain.name}), "
            f"found {chain_id}"
        )


async def _subscribe(session: RpcSession) -> trio.MemoryReceiveChannel[bytes] | None:
    """Subscribe to the heads; None where that is not possible."""
    if not session.can_subscribe:
        return None
    try:
        return await session.subscribe("newHeads")
    except RpcError as error:
        if error.busy:
            raise
        return None


async def _pass_heads_on(
    endpoint: Endpoint,
    session: RpcSession,
    heads: trio.MemoryReceiveChannel[bytes] | None,
    watch: Watch,
) -> None:
    newest = b""
    while True:
        latest = await session.read("eth_getBlockByNumber", "latest", False)
        if latest != newest:
            newest = latest
            watch.announce(endpoint, parse_header(session, "eth_getBlockByNumber", latest))
        if heads is None:
            await trio.sleep(_POLL_SECONDS)
            continue
        # Back to asking once they have been silent for long: perhaps nobody is there any more.
        while True:
            with trio.move_on_after(_SILENCE_SECONDS) as endpoint.waiting:
                try:
                    head = await heads.receive()
                except trio.EndOfChannel:
                    raise ConnectionLost(f"{endpoint.name}: the connection ended") from None
                watch.announce(endpoint, parse_header(session, "newHeads", head))
            if endpoint.waiting.cancel_called:
                break
        await trio.sleep(_ASKED_AGAIN_SECONDS)


async def _watch_finality(endpoint: Endpoint, session: RpcSession, watch: Watch) -> None:
    """Ask for the pending, safe and finalized block now and then, while the node knows of such."""
    known = ["pending", "safe", "finalized"]
    while known:
        for tag in tuple(known):
            head = _height_of(endpoint.latest)
            try:
                answer = await session.read("eth_getBlockByNumber", tag, False)
            except RpcError as error:
                if not error.busy:
                    known.remove(tag)
                continue
            if tag == "pending":
                # Against the head of before it was asked: it may only have grown since.
                height = _parse_height(session, answer)
                endpoint.pending_lag = None
                if height is not None and head is not None:
                    endpoint.pending_lag = head - height
                continue
            if answer == b"null":
                continue
            block = parse_header(session, "eth_getBlockByNumber", answer)
            before = endpoint.safe if tag == "safe" else endpoint.finalized
            if before is None or before.hash != block.hash:
                setattr(endpoint, tag, block)
                watch.finality()
        await trio.sleep(_FINALITY_SECONDS)


def _parse_height(session: RpcSession, answer: bytes) -> int | None:
    try:
        block = _height.decode(answer)
        return None if block is None or block.number is None else _number_of(block.number)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise RemoteProtocolError(
            f"{session.endpoint}: eth_getBlockByNumber: expected a block: {error}"
        ) from None
