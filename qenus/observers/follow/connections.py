"""The connections to one endpoint: while one does not answer, others are tried beside it.

A handshake or a call that is never answered ends with its patience, after many seconds. A chain
whose only endpoint this is would wait as long, though the node may be back by then. So a further
connection is tried every moment beside one that does not answer, and the first that works takes
over: what is still asked over the others fails and is asked again.

That one answer is slow makes no connection silent: before another is tried, a small question of its
own has to stay unanswered too. A node that answers in turn, behind something slow, would fail that
as well: each connection that takes over from another doubles the patience with the next one, and a
block that came halves it.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import structlog
import trio

from qenus.chain import Chain
from qenus.errors import RemoteProtocolError, TransientError
from qenus.observers.follow.endpoint import Endpoint
from qenus.observers.follow.heads import HeadSource
from qenus.observers.rpc import RpcError, RpcSession, RpcTimeout, first_failure, open_session
from qenus.observers.rpc.claims import check_chain

__all__ = ["Connections"]

# So long what is asked may stay unanswered, and then a small question of its own.
_PATIENCE_SECONDS: Final = 0.5
_LONGEST_PATIENCE_SECONDS: Final = 8.0
# While a connection is silent, another is tried so often.
_AGAIN_SECONDS: Final = 0.5
# Beside the one that was the first and has all its time.
_MOST_BESIDE: Final = 2

_log = structlog.get_logger("node")


class Connections:
    """One round of connections to an endpoint, run by `run`.

    `follow` is what is done over the one that works. Others are tried only while `alone` says that
    the chain has no other endpoint.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        chain: Chain,
        follow: Callable[[RpcSession, HeadSource], Awaitable[None]],
        alone: Callable[[], bool],
    ) -> None:
        self._endpoint = endpoint
        self._chain = chain
        self._follow = follow
        self._alone = alone
        self._followed: RpcSession | None = None
        self._silent: RpcSession | None = None
        # Those that do not follow yet, the oldest first.
        self._trying: list[trio.CancelScope] = []
        self._following: trio.CancelScope | None = None
        self._patience_seconds = _PATIENCE_SECONDS
        self._blocks = endpoint.blocks

    async def run(self) -> None:
        """Connect and follow until what is followed ends, or a first connection fails.

        Raises:
            TransientError, OSError: the endpoint is away.
            RemoteProtocolError: it breaks the rules, or is another chain's.

        Cancellation closes all connections.
        """
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._try)
            await trio.sleep(_AGAIN_SECONDS)
            while True:
                if self._alone() and not await self._answers():
                    self._make_room()
                    nursery.start_soon(self._try)
                await trio.sleep(_AGAIN_SECONDS)

    async def _answers(self) -> bool:
        """Whether the connection that is followed answers, or has nothing to answer.

        Once silent it is replaced, though it may speak again: what was asked meanwhile is lost.
        """
        session = self._followed
        if session is None or session is self._silent:
            return False
        if self._endpoint.blocks > self._blocks:
            self._blocks = self._endpoint.blocks
            self._patience_seconds = max(self._patience_seconds / 2, _PATIENCE_SECONDS)
        if session.silent_seconds(trio.current_time()) < self._patience_seconds:
            return True
        try:
            await session.read("eth_chainId", timeout_seconds=self._patience_seconds)
        except RpcTimeout:
            self._silent = session
            return False
        except (TransientError, RemoteProtocolError):
            # An answer, or the end of what is followed, which says so itself.
            return True
        return True

    def _make_room(self) -> None:
        """Give up the oldest of those tried, but for the first: it has all its patience."""
        kept = 1 if self._followed is None else 0
        while len(self._trying) >= kept + _MOST_BESIDE:
            self._trying.pop(kept).cancel()

    async def _try(self) -> None:
        with trio.CancelScope() as scope:
            self._trying.append(scope)
            session: RpcSession | None = None
            try:
                async with open_session(
                    self._endpoint.address,
                    statistics=self._endpoint.statistics,
                    on_work=self._endpoint.charge_reading,
                    bounds=self._endpoint.bounds,
                ) as session:
                    await check_chain(session, self._chain)
                    heads = HeadSource(self._endpoint, session, self._chain.block_seconds)
                    await heads.subscribe()
                    if scope.cancel_called:
                        # Another took over in the same moment, before this one could notice.
                        return
                    self._take_over(scope, session)
                    await self._follow(session, heads)
            except (TransientError, OSError, BaseExceptionGroup) as error:
                failure = _root_cause(session, first_failure(error))
                if self._followed not in (None, session) and _is_away(failure):
                    # The one that is followed may answer yet.
                    _log.debug("no other connection", node=self._endpoint.name, reason=str(failure))
                    return
                raise failure from None
            finally:
                if scope in self._trying:
                    self._trying.remove(scope)

    def _take_over(self, scope: trio.CancelScope, session: RpcSession) -> None:
        """Follow this one, and end all others."""
        if self._following is not None:
            self._following.cancel()
            self._patience_seconds = min(2 * self._patience_seconds, _LONGEST_PATIENCE_SECONDS)
        self._trying.remove(scope)
        for other in self._trying:
            other.cancel()
        self._trying.clear()
        self._followed, self._following = session, scope


def _is_away(failure: BaseException) -> bool:
    return isinstance(failure, TransientError | OSError | RpcError)


def _root_cause(session: RpcSession | None, failure: BaseException) -> BaseException:
    """The rule that the node broke, where that is why the connection ended."""
    if session is None or session.fault is None or not isinstance(failure, TransientError):
        return failure
    return RemoteProtocolError(f"{session.endpoint}: {session.fault}")
