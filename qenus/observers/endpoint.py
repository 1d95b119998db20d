"""One endpoint of a chain: kept connected and asked where its heads are.

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
from qenus.observers.address import shown_address
from qenus.observers.rpc import (
    ConnectionLost,
    RpcError,
    RpcSession,
    first_failure,
    open_session,
)
from qenus.wire import Alert, Severity

__all__ = [
    "Announced",
    "Endpoint",
    "Watch",
    "WrongChain",
    "check_chain",
    "keep_connected",
    "parse_header",
]

_SILENCE_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.25
_FINALITY_SECONDS: Final = 2.0
_SLOW_SECONDS: Final = 1.0
_FIRST_RETRY_SECONDS: Final = 0.05
_LAST_RETRY_SECONDS: Final = 10.0
# A node of another chain does not become one of ours by asking often.
_WRONG_CHAIN_SECONDS: Final = 60.0
# Heads behind these are reached by walking back, as if they had never been announced.
_MAX_HEADS: Final = 128
# Who lies a thousand times is not the more believed for it.
_MAX_EVIDENCE: Final = 256

_log = structlog.get_logger("node")


class WrongChain(RemoteProtocolError):
    """The node serves another chain than the one that it is configured for."""


class _Header(msgspec.Struct):
    hash: str
    number: str
    parent_hash: str = msgspec.field(name="parentHash")


_header = msgspec.json.Decoder(_Header)
_quantity = msgspec.json.Decoder(str)


@attrs.frozen
class Announced:
    """What an endpoint says of a block, unproven. `observed_ns` is Unix time."""

    number: int
    hash: bytes
    parent_hash: bytes
    observed_ns: int


@attrs.define(eq=False)
class Endpoint:
    """One address of a node and what is known of it. `session` is None while it is away."""

    url: str
    session: RpcSession | None = None
    safe: Announced | None = None
    finalized: Announced | None = None
    rejections: int = 0
    down: bool = False
    # When each question that is still open was asked.
    questions: dict[object, float] = attrs.field(factory=dict)

    @property
    def name(self) -> str:
        """The address as others may see it."""
        return shown_address(self.url)

    def is_slow(self, now: float) -> bool:
        """Whether it has left a question open for long. Others are not to wait for it."""
        return any(now - asked > _SLOW_SECONDS for asked in islice(self.questions.values(), 1))


@attrs.define
class Watch:
    """What the endpoints have said and nobody has looked at yet."""

    heads: deque[tuple[Endpoint, Announced]] = attrs.field(factory=lambda: deque(maxlen=_MAX_HEADS))
    evidence: deque[tuple[Endpoint, RemoteProtocolError]] = attrs.field(
        factory=lambda: deque(maxlen=_MAX_EVIDENCE)
    )
    alerts: deque[Alert] = attrs.field(factory=lambda: deque(maxlen=_MAX_EVIDENCE))
    finality_moved: bool = False
    _news: trio.Event = attrs.field(factory=trio.Event)

    def announce(self, endpoint: Endpoint, head: Announced) -> None:
        """Take an endpoint's newest head; when nobody looks, the oldest of all make room."""
        self.heads.append((endpoint, head))
        self._news.set()

    def accuse(self, endpoint: Endpoint, error: RemoteProtocolError) -> None:
        """Take evidence against an endpoint."""
        endpoint.rejections += 1
        self.evidence.append((endpoint, error))
        self._news.set()

    def finality(self) -> None:
        """An endpoint's safe or finalized block has changed."""
        self.finality_moved = True
        self._news.set()

    def alert(self, alert: Alert) -> None:
        """Take something for people."""
        self.alerts.append(alert)
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
            int(header.number, 16),
            _hash_of(header.hash),
            _hash_of(header.parent_hash),
            time.time_ns(),
        )
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise RemoteProtocolError(
            f"{session.endpoint}: {method}: expected a header: {error}"
        ) from None


def _hash_of(text: str) -> bytes:
    value = bytes.fromhex(text.removeprefix("0x"))
    if len(value) != 32:
        raise ValueError(f"hash: expected 32 bytes, found {len(value)}")
    return value


async def keep_connected(
    endpoint: Endpoint, chain: Chain, watch: Watch, connected: trio.Event, *, alone: bool
) -> None:
    """Keep a connection to the endpoint and pass on its heads, for ever.

    `connected` is set once it follows. Who is `alone` raises what goes wrong, for then nothing can
    be followed; otherwise it is tried again, ever less often.

    Raises:
        ConnectionLost, RpcTimeout, RpcError: alone, and the node cannot be followed now.
        WrongChain, RemoteProtocolError: alone, and it is no node of this chain.

    Cancellation closes the connection.
    """
    failures = 0
    while True:
        began = trio.current_time()
        try:
            await _follow_once(endpoint, chain, watch, connected)
        except (TransientError, RemoteProtocolError, OSError) as error:
            if alone:
                raise
            _log.warning("endpoint away", chain=chain.name, node=endpoint.name, reason=str(error))
            _note_down(endpoint, watch, error)
            if trio.current_time() - began > _LAST_RETRY_SECONDS:
                failures = 0
            pause = min(_FIRST_RETRY_SECONDS * 2**failures, _LAST_RETRY_SECONDS)
            if isinstance(error, WrongChain):
                pause = _WRONG_CHAIN_SECONDS
            failures += 1
            await trio.sleep(pause * (0.5 + random.random() / 2))


def _note_down(endpoint: Endpoint, watch: Watch, error: Exception) -> None:
    if isinstance(error, RemoteProtocolError):
        watch.accuse(endpoint, error)
    if not endpoint.down:
        endpoint.down = True
        watch.alert(
            Alert(Severity.WARNING, "endpoint_down", endpoint.name[:1024], True, str(error)[:4096])
        )


async def _follow_once(
    endpoint: Endpoint, chain: Chain, watch: Watch, connected: trio.Event
) -> None:
    try:
        async with open_session(endpoint.url) as session:
            await check_chain(session, chain)
            heads = await _subscribe(session)
            endpoint.session = session
            if endpoint.down:
                endpoint.down = False
                watch.alert(
                    Alert(Severity.INFO, "endpoint_down", endpoint.name[:1024], False, "it is back")
                )
            _log.info("following", chain=chain.name, node=endpoint.name, polling=heads is None)
            connected.set()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_watch_finality, endpoint, session, watch)
                await _pass_heads_on(endpoint, session, heads, watch)
    except BaseExceptionGroup as group:
        raise first_failure(group) from None
    finally:
        endpoint.session = None


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
            with trio.move_on_after(_SILENCE_SECONDS) as waiting:
                try:
                    head = await heads.receive()
                except trio.EndOfChannel:
                    raise ConnectionLost(f"{endpoint.name}: the connection ended") from None
            if waiting.cancelled_caught:
                break
            watch.announce(endpoint, parse_header(session, "newHeads", head))


async def _watch_finality(endpoint: Endpoint, session: RpcSession, watch: Watch) -> None:
    """Ask for the safe and the finalized block now and then, while the node knows of such."""
    while True:
        try:
            for tag in ("safe", "finalized"):
                answer = await session.read("eth_getBlockByNumber", tag, False)
                if answer == b"null":
                    continue
                block = parse_header(session, "eth_getBlockByNumber", answer)
                before = endpoint.safe if tag == "safe" else endpoint.finalized
                if before is None or before.hash != block.hash:
                    setattr(endpoint, tag, block)
                    watch.finality()
        except RpcError as error:
            if not error.busy:
                return
        await trio.sleep(_FINALITY_SECONDS)
