"""Getting one block, proven, from whichever endpoint has it.

At the head every endpoint is asked at once: the first answer that climbs the ladder wins, and the
others are compared with it afterwards. An answer that does not climb it is evidence against the
endpoint that gave it, and costs only that endpoint's time.

"Not yet" is not "never": a node may announce a block some moments before it, or another node behind
the same address, can give it. While a head that leads to the block stands, an endpoint that does
not have it is asked again, within tens of milliseconds first and with growing pauses, and by every
way that there is to a block's receipts. Several heads that need the same block share one fetch.
"""

import random
from time import perf_counter
from typing import Final

import trio

from qenus.chain import Chain, Rejected, seal
from qenus.errors import RemoteProtocolError, TransientError
from qenus.observers.follow.endpoint import Endpoint
from qenus.observers.follow.head_queue import Standing
from qenus.observers.follow.keep_connected import note_crash
from qenus.observers.follow.large_proof import LARGE_BYTES, seal_apart
from qenus.observers.follow.missing import Cause, Fetch, MissingBlock
from qenus.observers.follow.watch import Watch
from qenus.observers.rpc import ConnectionLost, RpcError, RpcSession, first_failure
from qenus.observers.rpc.claims import Announced
from qenus.observers.rpc.receipt_ways import (
    NotThere,
    ReceiptWay,
    has_transactions,
    is_unsupported,
    read_receipts,
)
from qenus.observers.rpc.retrying import Pauses, asked_for_seconds
from qenus.wire import Block

__all__ = ["Fetcher"]

# An endpoint that has left so many questions open is not asked more while others answer.
_MAX_OPEN: Final = 32
# How often one looks whether those that are waited for are still worth it.
_LOOK_SECONDS: Final = 0.1
# In a backfill, how long one endpoint is given before all are asked.
_HEDGE_SECONDS: Final = 0.5
# A block that no endpoint has is asked for again, by the head that needs it then.
_FETCH_SECONDS: Final = 5.0
_NOT_YET: Final = Pauses(first_seconds=0.03, longest_seconds=0.8)
_REFUSED: Final = Pauses(first_seconds=0.1, longest_seconds=30.0)
# So often a block's receipts are asked for in the usual way before the others are tried for it.
_BEFORE_ANOTHER_WAY: Final = 4
# What was refused for good is tried again after so long: nodes are upgraded.
_REFUSED_SECONDS: Final = 300.0
# An endpoint that was late with a block is looked at once more: it may only have been late.
_LATER_SECONDS: Final = 1.0
# Beyond this and four times what was proven, an answer is false by its size.
_SIZE_SLACK_BYTES: Final = 1 << 20
# How long the trusted endpoints are ahead, and those that were asked for a doubtful head behind.
_DISTRUSTED_SECONDS: Final = 0.1
_DOUBTFUL_SECONDS: Final = 0.4
_MAX_MISSED: Final = 64
# Rungs of the ladder that an answer's receipts alone can fail.
_RECEIPT_STEPS: Final = frozenset(
    {"receipts root", "bloom", "positions", "log indices", "gas sum", "shape"}
)


class Fetcher:
    """Fetches blocks of one chain. `background` runs what outlives a fetch: the comparisons."""

    def __init__(
        self, endpoints: list[Endpoint], chain: Chain, watch: Watch, background: trio.Nursery
    ) -> None:
        self._endpoints = endpoints
        self._chain = chain
        self._watch = watch
        self._background = background
        self._fetches: dict[bytes, Fetch] = {}
        # What could not be had, by hash: asked for again, it goes on with the pauses it had.
        self._missed: dict[bytes, Fetch] = {}
        self._rng = random.Random()

    def missing(self, now: float) -> MissingBlock | None:
        """Give what has been waited for the longest."""
        fetches = [fetch for fetch in self._fetches.values() if fetch.causes]
        if not fetches:
            return None
        return min(fetches, key=lambda fetch: fetch.since).missing(now)

    async def newest(self, wanted: Announced, standing: Standing, seeker: Endpoint) -> Block | None:
        """Fetch a block from all endpoints at once; while `standing` holds, ask on.

        `seeker` announced the head that leads to it. None: none has it, or none proved it.

        Raises:
            TransientError: none of them could answer.

        Cancellation leaves questions under way, whose answers are still compared.
        """
        fetch = self._fetches.get(wanted.hash)
        if fetch is None:
            fetch = self._start(wanted)
        fetch.seekers[standing] = seeker
        fetch.stir()
        standing.on_end.append(fetch.stir)
        try:
            while not fetch.settled.is_set():
                with trio.move_on_after(_LOOK_SECONDS):
                    await fetch.settled.wait()
                if self._may_end(fetch):
                    self._settle(fetch, None)
        finally:
            fetch.seekers.pop(standing, None)
            standing.on_end.remove(fetch.stir)
            fetch.stir()
        if fetch.block is None and fetch.failure is not None:
            raise fetch.failure
        return fetch.block

    def _start(self, wanted: Announced) -> Fetch:
        connected = [e for e in self._endpoints if e.session is not None]
        asked = [e for e in connected if len(e.questions) < _MAX_OPEN] or connected
        if not asked:
            raise ConnectionLost("no endpoint is connected")
        now = trio.current_time()
        fetch = Fetch.of(wanted, asked, now, now + _FETCH_SECONDS, self._missed.get(wanted.hash))
        self._fetches[wanted.hash] = fetch
        for endpoint in asked:
            self._background.start_soon(self._obtain, endpoint, fetch)
        return fetch

    def _settle(self, fetch: Fetch, block: Block | None) -> None:
        """Give what came of a fetch to all that wait for it."""
        if fetch.settled.is_set():
            return
        self._missed.pop(fetch.wanted.hash, None)
        if block is None:
            fetch.failure = fetch.common_failure()
            while len(self._missed) >= _MAX_MISSED:
                del self._missed[next(iter(self._missed))]
            self._missed[fetch.wanted.hash] = fetch
        fetch.settle(block)
        if self._fetches.get(fetch.wanted.hash) is fetch:
            del self._fetches[fetch.wanted.hash]

    async def _obtain(self, endpoint: Endpoint, fetch: Fetch) -> None:
        """Ask one endpoint for a block until it is there or not sought any more."""
        announced = endpoint.latest is not None and endpoint.latest.hash == fetch.wanted.hash
        gave = False
        try:
            await self._hold_back(endpoint, fetch)
            announced = announced and not fetch.settled.is_set()
            while not fetch.settled.is_set():
                found = await self._contained(endpoint, fetch)
                gave = gave or not isinstance(found, Cause) or found.gave
                if not isinstance(found, Cause):
                    self._settle(fetch, found)
                if fetch.settled.is_set():
                    break
                assert isinstance(found, Cause)
                fetch.causes[endpoint] = found
                pause = self._pause(endpoint, fetch, found)
                if not fetch.is_sought(trio.current_time()):
                    break
                await fetch.rest(pause)
                if fetch.settled.is_set() or not fetch.is_sought(trio.current_time()):
                    break
        finally:
            fetch.pending.discard(endpoint)
            if self._may_end(fetch):
                self._settle(fetch, None)
        if announced and not gave and fetch.block is not None:
            # Late for this one block, or not giving any: a second look tells.
            await trio.sleep(_LATER_SECONDS)
            found = await self._contained(endpoint, fetch)
            gave = not isinstance(found, Cause) or found.gave
        if announced:
            endpoint.given.append(gave)

    async def _hold_back(self, endpoint: Endpoint, fetch: Fetch) -> None:
        """Wait while others are to be asked first.

        An endpoint that is not trusted is asked when the trusted ones did not give the block soon;
        and of a head that only such an endpoint announced, itself is asked before the others.
        """
        while not fetch.settled.is_set():
            now = trio.current_time()
            if not any(other.is_trusted(now) for other in fetch.asked):
                return
            if not endpoint.is_trusted(now):
                wait = _DISTRUSTED_SECONDS
            elif not any(seeker.is_trusted(now) for seeker in fetch.seekers.values()):
                wait = _DOUBTFUL_SECONDS
            else:
                return
            left = fetch.began + wait - now
            if left <= 0:
                return
            await fetch.rest(left)

    def _may_end(self, fetch: Fetch) -> bool:
        """Whether all endpoints that answer have done so: the others are not waited for."""
        now = trio.current_time()
        return not fetch.pending or (
            len(fetch.pending) < len(fetch.asked)
            and not fetch.is_sought(now)
            and all(endpoint.is_slow(now) for endpoint in fetch.pending)
        )

    def _pause(self, endpoint: Endpoint, fetch: Fetch, cause: Cause) -> float:
        fetch.failures[endpoint] = fetch.failures.get(endpoint, 0) + 1
        pauses = _REFUSED if cause.for_good else _NOT_YET
        return pauses.after(
            fetch.failures[endpoint], self._rng.random(), asked_for=cause.retry_after_seconds
        )

    async def older(
        self, wanted: Announced, turn: int, standing: Standing, seeker: Endpoint
    ) -> Block | None:
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
        if len(good) > 1 and wanted.hash not in self._fetches:
            alone = Fetch.of(wanted, good[:1], now, now)
            with trio.move_on_after(_HEDGE_SECONDS):
                found = await self._contained(good[turn % len(good)], alone)
                if not isinstance(found, Cause):
                    return found
        return await self.newest(wanted, standing, seeker)

    # -- one endpoint ----------------------------------------------------------------------------

    async def _contained(self, endpoint: Endpoint, fetch: Fetch) -> Block | Cause:
        """Ask an endpoint once; whatever that fails with is why it did not give the block."""
        question = object()
        endpoint.questions[question] = trio.current_time()
        try:
            return await self._ask(endpoint, fetch)
        except NotThere as error:
            return Cause(str(error))
        except RpcError as error:
            return Cause(
                str(error),
                for_good=is_unsupported(error),
                retry_after_seconds=asked_for_seconds(error),
            )
        except TransientError as error:
            return Cause(str(error), failure=error)
        except RemoteProtocolError as error:
            self._reject(endpoint, fetch, error)
            return Cause(str(error), gave=True)
        except Exception as error:  # noqa: BLE001 - whatever it is, it costs one endpoint
            # Not foreseen, and brought about by this endpoint's answer: it costs this endpoint.
            note_crash(endpoint, self._chain, error)
            endpoint.eject(error)
            return Cause(f"{type(error).__name__}: {error}"[:200])
        finally:
            del endpoint.questions[question]

    async def _ask(self, endpoint: Endpoint, fetch: Fetch) -> Block | Cause:
        """Ask for block and receipts, by as many ways as it takes or as it is time for."""
        session = endpoint.session
        if session is None:
            raise ConnectionLost(f"{endpoint.name}: not connected")
        ways = [way for way in ReceiptWay if self._allows(endpoint, way)]
        if not ways:
            return Cause("no way to receipts is left", for_good=True)
        # In the first moments what is not there is not there yet, in whatever way it is asked for.
        patient = fetch.failures.get(endpoint, 0) < _BEFORE_ANOTHER_WAY
        block_json = fetch.held.pop(endpoint, None)
        causes: list[str] = []
        gave = False
        for way in ways:
            if not self._allows(endpoint, way):
                continue  # It was refused with another one.
            block_json, receipts = await _both(session, way, fetch.wanted, block_json)
            if isinstance(receipts, bytes | bytearray):
                gave = gave or receipts != b"[]"
                try:
                    return await self._prove(endpoint, fetch, block_json, receipts)
                except Rejected as rejected:
                    if rejected.step not in _RECEIPT_STEPS or fetch.settled.is_set():
                        raise
                    if receipts != b"[]" or not has_transactions(block_json):
                        self._reject(endpoint, fetch, rejected)
                        causes.append(str(rejected))
                        # Others may have it by then, and all the other ways are spared.
                        if len(fetch.pending) > 1:
                            await fetch.rest(_DISTRUSTED_SECONDS)
                            if fetch.settled.is_set():
                                raise
                        continue
                    # What is wrong with it is that the receipts are not there yet.
                    receipts = NotThere(f"{way.value}: []")
            refused = way.refused_with(receipts) if isinstance(receipts, RpcError) else ()
            endpoint.refused_ways.update(
                dict.fromkeys(refused, trio.current_time() + _REFUSED_SECONDS)
            )
            fetch.held[endpoint] = block_json
            if patient and not refused:
                raise receipts
            causes.append(str(receipts))
        for_good = not any(self._allows(endpoint, way) for way in ReceiptWay)
        return Cause("; ".join(causes), for_good=for_good, gave=gave)

    def _allows(self, endpoint: Endpoint, way: ReceiptWay) -> bool:
        until = endpoint.refused_ways.get(way)
        return until is None or until <= trio.current_time()

    async def _prove(
        self, endpoint: Endpoint, fetch: Fetch, block_json: bytes, receipts: bytes
    ) -> Block:
        """Check an answer; what equals the one that was proven is proven.

        Raises:
            Rejected: it is not what was asked for.
        """
        winner = fetch.proven
        if winner is not None and fetch.block is not None:
            if winner == (block_json, receipts):
                return fetch.block
            most = 4 * sum(map(len, winner)) + _SIZE_SLACK_BYTES
            if len(block_json) + len(receipts) > most:
                raise Rejected(
                    "shape",
                    where="size",
                    expected=f"at most {most} bytes",
                    found=len(block_json) + len(receipts),
                    claimed_hash=fetch.wanted.hash,
                )
        began = perf_counter()
        try:
            if len(block_json) + len(receipts) > LARGE_BYTES:
                block = await seal_apart(block_json, receipts, self._chain, fetch.wanted.hash)
            else:
                block = seal(block_json, receipts, self._chain, requested_hash=fetch.wanted.hash)
        except Rejected:
            endpoint.charge(perf_counter() - began, trio.current_time())
            raise
        if fetch.proven is None:
            endpoint.blocks += 1
            fetch.proven = block_json, receipts
        return block

    def _reject(self, endpoint: Endpoint, fetch: Fetch, error: RemoteProtocolError) -> None:
        """Keep evidence, of each kind once: the same answer given again says nothing new."""
        kind = endpoint, error.step if isinstance(error, Rejected) else str(error)
        if kind not in fetch.rejected:
            fetch.rejected.add(kind)
            self._watch.reject(endpoint, error)


async def _both(
    session: RpcSession, way: ReceiptWay, wanted: Announced, block_json: bytes | None
) -> tuple[bytes, bytes | NotThere | RpcError]:
    """Ask for block and receipts at once, or for the receipts of the block that is there.

    Raises:
        NotThere: the node does not have the block.
        RpcError: it refuses the block.
        RpcTimeout, ConnectionLost: it cannot be asked now.
    """
    answers: dict[str, bytes | NotThere | RpcError] = {}

    async def ask_block() -> None:
        answers["block"] = await session.read("eth_getBlockByHash", f"0x{wanted.hash.hex()}", True)

    async def ask_receipts(block_json: bytes | None) -> None:
        try:
            answers["receipts"] = await read_receipts(session, way, wanted, block_json)
        except (NotThere, RpcError) as error:
            answers["receipts"] = error

    if block_json is None:
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ask_block)
                if way is not ReceiptWay.SINGLY:
                    nursery.start_soon(ask_receipts, None)
        except BaseExceptionGroup as group:
            raise first_failure(group) from None
        found = answers["block"]
        assert isinstance(found, bytes | bytearray)
        block_json = found
        if block_json == b"null":
            raise NotThere("eth_getBlockByHash: null")
    if "receipts" not in answers:
        await ask_receipts(block_json)
    return block_json, answers["receipts"]
