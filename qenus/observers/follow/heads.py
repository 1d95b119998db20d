"""Where an endpoint's heads come from: its subscription, and looks at `latest` where it is silent.

A look is taken when nothing was announced for one and a half block times. When it finds a head that
is not announced soon after either, the subscription is taken for silent: one subscribes anew, now
and then, and polls meanwhile, until it speaks again. A node that refuses the subscription, or whose
transport carries none, is polled too.
"""

import random
from typing import Final

import structlog
import trio

from qenus.observers.follow.endpoint import Endpoint
from qenus.observers.rpc import ConnectionLost, RpcError, RpcSession
from qenus.observers.rpc.claims import Announced, parse_header
from qenus.observers.rpc.retrying import Pauses

__all__ = ["HeadSource"]

_POLL_SECONDS: Final = 0.25
_LONGEST_POLL_SECONDS: Final = 1.0
# In block times: then one looks whether there is a head that was not announced.
_SILENT_BLOCKS: Final = 1.5
_LEAST_SILENCE_SECONDS: Final = 0.5
_LONGEST_SILENCE_SECONDS: Final = 20.0
# An announcement may be on its way while one looks.
_ON_ITS_WAY_SECONDS: Final = 1.0
# Whoever makes others ask again does not make them ask more often than this.
_ASKED_AGAIN_SECONDS: Final = 0.05
_SUBSCRIBED_ANEW: Final = Pauses(first_seconds=5.0, longest_seconds=300.0)

_log = structlog.get_logger("node")


class HeadSource:
    """Passes on the heads of one endpoint over one session. `block_seconds` is the chain's."""

    def __init__(self, endpoint: Endpoint, session: RpcSession, block_seconds: float) -> None:
        self._endpoint = endpoint
        self._session = session
        self._patience_seconds = min(
            max(_SILENT_BLOCKS * block_seconds, _LEAST_SILENCE_SECONDS), _LONGEST_SILENCE_SECONDS
        )
        self._poll_seconds = min(max(block_seconds, _POLL_SECONDS), _LONGEST_POLL_SECONDS)
        self._channel: trio.MemoryReceiveChannel[bytes] | None = None
        self._seen = b""
        self._subscriptions = 0
        self._subscribe_at = 0.0
        self._rng = random.Random()

    @property
    def polls(self) -> bool:
        """Whether heads are asked for because none are announced."""
        return self._channel is None

    async def subscribe(self) -> None:
        """Subscribe to the heads, where that is possible.

        Raises:
            RpcError: the node is too busy for it.
            RpcTimeout, ConnectionLost: it cannot be asked now.
            RemoteProtocolError: its answer is no subscription.

        Cancellation leaves the session usable.
        """
        if not self._session.can_subscribe:
            return
        self._subscriptions += 1
        pause = _SUBSCRIBED_ANEW.after(self._subscriptions, self._rng.random())
        self._subscribe_at = trio.current_time() + pause
        try:
            channel = await self._session.subscribe("newHeads")
        except RpcError as error:
            if error.busy and self._channel is None:
                raise
            return
        if self._channel is not None:
            self._channel.close()
        self._channel = channel

    async def pass_on(self) -> None:
        """Pass heads on until the connection ends.

        Raises:
            RpcError, RpcTimeout, ConnectionLost: the node cannot be asked now.
            RemoteProtocolError: what it says is no head, or more than any chain has.

        Cancellation leaves the session usable.
        """
        await self._look()
        while True:
            if self._channel is None:
                await trio.sleep(_POLL_SECONDS)
                await self._subscribe_when_due()
                await self._look()
                continue
            silent = bool(self._endpoint.silent)
            patience = self._poll_seconds if silent else self._patience_seconds
            if await self._announced_within(patience):
                continue
            if silent:
                await self._subscribe_when_due()
            head = await self._look()
            if head is not None and not silent and not await self._speaks_after_all():
                await self._found_silent(head)

    async def _look(self) -> Announced | None:
        """Ask for the newest head and pass it on; give it where it was not announced before."""
        answer = await self._session.read("eth_getBlockByNumber", "latest", False)
        if answer == b"null":
            return None
        head = parse_header(self._session, "eth_getBlockByNumber", answer)
        if head.hash == self._seen:
            return None
        self._take(head)
        return head

    def _take(self, head: Announced) -> None:
        self._seen = head.hash
        self._endpoint.announce(head, trio.current_time())

    async def _announced_within(self, seconds: float) -> bool:
        """Wait for the subscription; whether it said anything."""
        assert self._channel is not None
        with trio.move_on_after(seconds) as waiting:
            self._endpoint.waiting = waiting
            try:
                said = await self._channel.receive()
            except trio.EndOfChannel:
                raise ConnectionLost(f"{self._session.endpoint}: the connection ended") from None
            self._endpoint.waiting = None
            self._take(parse_header(self._session, "newHeads", said))
        if waiting.cancelled_caught:
            self._endpoint.waiting = None
            if trio.current_time() < waiting.deadline:
                # Others wanted it asked, which they may not do too often.
                await trio.sleep(_ASKED_AGAIN_SECONDS)
            return False
        self._endpoint.silent = ""
        return True

    async def _speaks_after_all(self) -> bool:
        """Whether the subscription says something soon after a head was found by looking."""
        until = trio.current_time() + _ON_ITS_WAY_SECONDS
        while (left := until - trio.current_time()) > 0:
            if await self._announced_within(left):
                return True
        return False

    async def _found_silent(self, head: Announced) -> None:
        self._endpoint.silent = (
            f"its subscription to newHeads did not announce block {head.number}, which it has"
        )
        _log.warning("subscription silent", node=self._endpoint.name, number=head.number)
        await self._subscribe_when_due()

    async def _subscribe_when_due(self) -> None:
        if self._session.can_subscribe and trio.current_time() >= self._subscribe_at:
            await self.subscribe()
