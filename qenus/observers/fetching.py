"""Getting one block, proven, from whoever has it.

At the head every endpoint is asked at once: the first answer that climbs the ladder wins, and the
others are held against the chain behind its back. An answer that does not climb it is evidence
against who gave it; it costs nobody else any time.
"""

from typing import Final

import attrs
import trio

from qenus.chain import Chain, Rejected, seal
from qenus.errors import RemoteProtocolError, TransientError
from qenus.observers.endpoint import Announced, Endpoint, Watch
from qenus.observers.rpc import ConnectionLost, RpcSession, first_failure
from qenus.wire import Block

__all__ = ["Fetcher"]

# An endpoint that has left so many questions open is not asked more while others answer.
_MAX_OPEN: Final = 32
# How often one looks whether those who are waited for are still worth it.
_LOOK_SECONDS: Final = 0.1
# In a backfill, how long one endpoint is given before all are asked.
_HEDGE_SECONDS: Final = 0.5


@attrs.frozen
class _Answer:
    """What an endpoint gave: the JSON of block and receipts, or why it gave nothing."""

    endpoint: Endpoint
    block: bytes = b"null"
    receipts: bytes = b"null"
    failure: TransientError | None = None

    @property
    def empty(self) -> bool:
        return self.block == b"null" or self.receipts == b"null"


class Fetcher:
    """Fetches blocks of one chain. `background` runs what outlives a fetch: the comparisons."""

    def __init__(
        self, endpoints: list[Endpoint], chain: Chain, watch: Watch, background: trio.Nursery
    ) -> None:
        self._endpoints = endpoints
        self._chain = chain
        self._watch = watch
        self._background = background

    async def newest(self, wanted: Announced) -> Block | None:
        """Fetch a block from all endpoints at once. None: none of them has it, or none proved it.

        Raises:
            TransientError: none of them could answer.

        Cancellation leaves questions under way, whose answers are still compared.
        """
        connected = [e for e in self._endpoints if e.session is not None]
        asked = [e for e in connected if len(e.questions) < _MAX_OPEN] or connected
        if not asked:
            raise ConnectionLost("no endpoint is connected")
        send, answers = trio.open_memory_channel[_Answer](len(asked))
        for endpoint in asked:
            self._background.start_soon(self._ask_for, endpoint, wanted, send)
        failures: list[TransientError] = []
        pending = set(asked)
        while pending and not self._only_slow(pending, asked):
            with trio.move_on_after(_LOOK_SECONDS) as waiting:
                answer = await answers.receive()
            if waiting.cancelled_caught:
                continue
            pending.discard(answer.endpoint)
            if answer.failure is not None:
                failures.append(answer.failure)
                continue
            block = None if answer.empty else self._proven(answer, wanted)
            if block is not None:
                if pending:
                    self._background.start_soon(
                        self._compare, answer, answers, len(pending), wanted
                    )
                return block
        if len(failures) == len(asked):
            raise failures[0]
        return None

    def _only_slow(self, pending: set[Endpoint], asked: list[Endpoint]) -> bool:
        """Whether those who answer have done so: nobody waits for the others any longer."""
        now = trio.current_time()
        return len(pending) < len(asked) and all(endpoint.is_slow(now) for endpoint in pending)

    async def older(self, wanted: Announced, turn: int) -> Block | None:
        """Fetch a block of a backfill from one endpoint, `turn` says whose; on failure from all.

        Raises:
            TransientError: none of them could answer.

        Cancellation leaves nothing.
        """
        now = trio.current_time()
        good = [
            e
            for e in self._endpoints
            if e.session is not None and not e.rejections and not e.is_slow(now)
        ]
        if len(good) > 1:
            answer = _Answer(good[0])
            with trio.move_on_after(_HEDGE_SECONDS):
                answer = await self._ask(good[turn % len(good)], wanted)
            if answer.failure is None and not answer.empty:
                block = self._proven(answer, wanted)
                if block is not None:
                    return block
        return await self.newest(wanted)

    async def _ask_for(
        self, endpoint: Endpoint, wanted: Announced, send: trio.MemorySendChannel[_Answer]
    ) -> None:
        send.send_nowait(await self._ask(endpoint, wanted))

    async def _ask(self, endpoint: Endpoint, wanted: Announced) -> _Answer:
        session = endpoint.session
        if session is None:
            return _Answer(endpoint, failure=ConnectionLost(f"{endpoint.name}: not connected"))
        question = object()
        endpoint.questions[question] = trio.current_time()
        announced = endpoint.latest is not None and endpoint.latest.hash == wanted.hash
        try:
            block, receipts = await _both(session, f"0x{wanted.hash.hex()}")
        except TransientError as error:
            return _Answer(endpoint, failure=error)
        except RemoteProtocolError as error:
            self._watch.accuse(endpoint, error)
            return _Answer(endpoint)
        finally:
            del endpoint.questions[question]
        answer = _Answer(endpoint, block, receipts)
        if announced:
            endpoint.given.append(not answer.empty)
        return answer

    def _proven(self, answer: _Answer, wanted: Announced) -> Block | None:
        try:
            block = seal(answer.block, answer.receipts, self._chain, requested_hash=wanted.hash)
        except Rejected as rejected:
            self._watch.accuse(answer.endpoint, rejected)
            return None
        answer.endpoint.blocks += 1
        return block

    async def _compare(
        self,
        winner: _Answer,
        answers: trio.MemoryReceiveChannel[_Answer],
        left: int,
        wanted: Announced,
    ) -> None:
        """Hold the later answers against the chain: what equals the proven one is proven."""
        for _ in range(left):
            answer = await answers.receive()
            if answer.failure is not None or answer.empty:
                continue
            if (answer.block, answer.receipts) != (winner.block, winner.receipts):
                self._proven(answer, wanted)


async def _both(session: RpcSession, name: str) -> tuple[bytes, bytes]:
    answers: dict[str, bytes] = {}

    async def ask(method: str, *params: object) -> None:
        answers[method] = await session.read(method, *params)

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, "eth_getBlockByHash", name, True)
            nursery.start_soon(ask, "eth_getBlockReceipts", name)
    except BaseExceptionGroup as group:
        raise first_failure(group) from None
    return answers["eth_getBlockByHash"], answers["eth_getBlockReceipts"]
