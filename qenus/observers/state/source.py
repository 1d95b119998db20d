"""A chain's state for who computes from it: calls pinned to blocks, from whichever node has them.

A session to every node is kept; a question goes to the first that can answer it. An error of a call
is the contract's own, and then a fact like any other, when it says so, or when the call fails again
between two harmless ones on the same state: otherwise it is the node that cannot, and the question
is open.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, Protocol, TypeVar

import attrs
import structlog
import trio

from qenus.chain import Chain
from qenus.errors import RemoteProtocolError, TransientError
from qenus.observers.address import NodeAddress, shown_address
from qenus.observers.rpc import (
    ConnectionLost,
    RpcError,
    RpcSession,
    first_failure,
    open_session,
)
from qenus.observers.rpc.claims import check_chain
from qenus.observers.rpc.retrying import Pauses, keep_going
from qenus.observers.session_bounds import DEFAULT_BOUNDS, SessionBounds
from qenus.observers.state.reader import StateReader, returned_bytes
from qenus.protocols.reads import StateUnavailable

__all__ = ["ChainState", "open_state"]

_RETRIES: Final = Pauses(first_seconds=0.05, longest_seconds=2.0)
# A node of another chain, or one that breaks rules, does not become ours by asking often.
_RETRIES_OF_A_FAULT: Final = Pauses(first_seconds=0.5, longest_seconds=30.0)
_PATIENCE_SECONDS: Final = 1.0
# What a call of an unverified contract may use, everywhere alike: proxies need less, and it bounds
# what can be returned to some 300 KB.
_UNVERIFIED_GAS: Final = 200_000
_UNVERIFIED_BATCH: Final = 25
_PARALLEL: Final = 4
_MAX_RETURN_BYTES: Final = 1 << 20
# The identity precompile gives back what it is given, on any state (Yellow Paper, appendix E).
_IDENTITY: Final = (4).to_bytes(20, "big")
_WORD: Final = b"state is here".rjust(32, b"\0")

# What nodes say when a contract failed: geth's code, and words of geth, Nethermind and anvil.
_REVERTED: Final = 3
_CONTRACT_FAILED: Final = (
    "revert", "out of gas", "outofgas", "invalid opcode", "invalid jump", "stack underflow",
    "stack limit", "bad instruction", "invalidfeopcode",
)  # fmt: skip

_log = structlog.get_logger("state")


class _Call(Protocol):
    """A call of a contract on the state after a block; an unverified one's is bounded in gas."""

    @property
    def block_hash(self) -> bytes: ...
    @property
    def to(self) -> bytes: ...
    @property
    def data(self) -> bytes: ...
    @property
    def unverified(self) -> bool: ...


_C = TypeVar("_C", bound=_Call)


@attrs.define(eq=False)
class _Node:
    """One node, and the session with it while there is one."""

    url: NodeAddress
    bounds: SessionBounds
    session: RpcSession | None = None
    reader: StateReader | None = None
    lost: trio.Event = attrs.field(factory=trio.Event)


class ChainState:
    """The state of one chain; made by `open_state`."""

    def __init__(self, nodes: Sequence[_Node], connected: trio.Event) -> None:
        self._nodes = nodes
        self._connected = connected

    async def read(self, calls: Sequence[_C]) -> list[bytes | None]:
        """Give what each call returned, None where it reverted.

        Raises:
            StateUnavailable: no node can say so now.

        Cancellation leaves nothing.
        """
        # Who has only just begun to connect is given a moment: that is no failure yet.
        with trio.move_on_after(_PATIENCE_SECONDS):
            await self._connected.wait()
        reasons: list[str] = []
        asked = False
        for node in self._nodes:
            name = shown_address(node.url)
            if node.session is None or node.reader is None:
                reasons.append(f"{name}: not connected")
                continue
            try:
                return await _read(node.session, node.reader, calls)
            except ConnectionLost as error:
                node.lost.set()
                reasons.append(str(error))
            except (TransientError, RemoteProtocolError) as error:
                # Who is busy or too late has not said that it cannot.
                asked = asked or (isinstance(error, RpcError) and not error.busy)
                reasons.append(str(error))
        raise StateUnavailable("; ".join(reasons), asked=asked)


@asynccontextmanager
async def open_state(
    urls: Callable[[], Sequence[str | NodeAddress]],
    chain: Chain,
    bounds: SessionBounds = DEFAULT_BOUNDS,
) -> AsyncIterator[ChainState]:
    """Keep sessions with a chain's nodes and answer from them; `urls` says where they are now.

    A node that is not there yet is waited for: until then reads raise StateUnavailable.

    Cancellation closes the sessions.
    """
    nodes, connected = [_Node(NodeAddress.of(url), bounds) for url in urls()], trio.Event()
    async with trio.open_nursery() as nursery:
        for at, node in enumerate(nodes):
            nursery.start_soon(_keep, node, partial(_url_at, urls, at), chain, connected)
        yield ChainState(nodes, connected)
        nursery.cancel_scope.cancel()


def _url_at(urls: Callable[[], Sequence[str | NodeAddress]], at: int) -> NodeAddress:
    return NodeAddress.of(urls()[at])


async def _keep(
    node: _Node, where: Callable[[], NodeAddress], chain: Chain, connected: trio.Event
) -> None:
    """Keep a session with one node, for ever."""
    logged = ""

    async def once() -> None:
        node.url = where()
        await _keep_once(node, chain, connected)

    def judge(failure: Exception | None, _lasted: float) -> tuple[Pauses, bool]:
        nonlocal logged
        if failure is None:
            logged = ""
            return _RETRIES, True
        # What was said of it a moment ago is not said again with every try.
        reason = str(failure) or type(failure).__name__
        say = _log.debug if reason == logged else _log.info
        say("no state", chain=chain.name, node=shown_address(node.url), reason=reason)
        logged = reason
        if isinstance(failure, TransientError | OSError):
            return _RETRIES, False
        if not isinstance(failure, RemoteProtocolError):
            _log.error("session crashed", chain=chain.name, reason=f"{failure!r:.200}")
        return _RETRIES_OF_A_FAULT, False

    await keep_going(once, judge)


async def _keep_once(node: _Node, chain: Chain, connected: trio.Event) -> None:
    try:
        async with open_session(node.url, bounds=node.bounds) as session:
            await check_chain(session, chain)
            node.lost = trio.Event()
            node.session, node.reader = session, StateReader(session)
            connected.set()
            await node.lost.wait()
    except BaseExceptionGroup as group:
        raise first_failure(group) from None
    finally:
        node.session = node.reader = None


async def _read(
    session: RpcSession, reader: StateReader, calls: Sequence[_C]
) -> list[bytes | None]:
    """Ask one node."""
    answers: list[bytes | RpcError | None] = [None] * len(calls)
    for block_hash in dict.fromkeys(call.block_hash for call in calls):
        for unverified in (False, True):
            places = [
                at
                for at, call in enumerate(calls)
                if call.block_hash == block_hash and call.unverified is unverified
            ]
            asked = [(calls[at].to, calls[at].data) for at in places]
            read = (
                await _ask_unverified(session, block_hash, asked)
                if unverified
                else await reader.calls(block_hash, asked)
            )
            for at, given in zip(places, read, strict=True):
                answers[at] = given
    doubtful = [at for at, answer in enumerate(answers) if _is_doubtful(answer)]
    for at, answer in zip(
        doubtful, await _ask_again(session, [calls[at] for at in doubtful]), strict=True
    ):
        answers[at] = answer
    return [bytes(each) if isinstance(each, bytes | bytearray) else None for each in answers]


def _is_doubtful(answer: object) -> bool:
    """Whether an error does not say by itself that the contract failed."""
    if not isinstance(answer, RpcError) or answer.code == _REVERTED:
        return False
    text = str(answer).lower()
    return "database" in text or not any(word in text for word in _CONTRACT_FAILED)


async def _ask_again(session: RpcSession, calls: Sequence[_C]) -> list[bytes | None]:
    """Ask each between two calls that cannot fail where the state is there: all or none believed.

    Raises:
        RpcError: the node does not have that state, or not always.
    """
    answers: list[bytes | None] = []
    for call in calls:
        harmless = ("eth_call", _asked(call.block_hash, _IDENTITY, _WORD))
        gas = _UNVERIFIED_GAS if call.unverified else None
        asked = ("eth_call", _asked(call.block_hash, call.to, call.data, gas))
        before, answer, after = await session.batch([harmless, asked, harmless])
        for each in (before, after):
            if isinstance(each, RpcError):
                raise each
            if _bytes(session, each) != _WORD:
                raise RemoteProtocolError(f"{session.endpoint}: the identity precompile lies")
        if isinstance(answer, RpcError) and answer.busy:
            raise answer
        answers.append(None if isinstance(answer, RpcError) else _bytes(session, answer))
    return answers


async def _ask_unverified(
    session: RpcSession, block_hash: bytes, calls: Sequence[tuple[bytes, bytes]]
) -> list[bytes | RpcError]:
    """Ask in small batches, a few at once: unverified contracts may answer at length."""
    read: dict[int, list[bytes | RpcError]] = {}
    starts = range(0, len(calls), _UNVERIFIED_BATCH)
    todo = iter(starts)

    async def work() -> None:
        for start in todo:
            asked = [
                ("eth_call", _asked(block_hash, to, data, _UNVERIFIED_GAS))
                for to, data in calls[start : start + _UNVERIFIED_BATCH]
            ]
            read[start] = [
                answer if isinstance(answer, RpcError) else _bytes(session, answer)
                for answer in await session.batch(asked)
            ]

    try:
        async with trio.open_nursery() as nursery:
            for _ in range(min(_PARALLEL, len(starts))):
                nursery.start_soon(work)
    except BaseExceptionGroup as group:
        raise first_failure(group) from None
    return [answer for start in starts for answer in read[start]]


def _asked(
    block_hash: bytes, to: bytes, data: bytes, gas: int | None = None
) -> tuple[dict[str, str], dict[str, object]]:
    call = {"to": f"0x{to.hex()}", "data": f"0x{data.hex()}"}
    if gas is not None:
        call["gas"] = hex(gas)
    return call, {"blockHash": f"0x{block_hash.hex()}", "requireCanonical": False}


def _bytes(session: RpcSession, answer: bytes) -> bytes:
    return returned_bytes(session, "eth_call", answer, _MAX_RETURN_BYTES)
