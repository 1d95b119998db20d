"""Following one endpoint: from each head that it announces, the blocks that lead there, proven.

Each endpoint is followed in a task of its own, so that one whose heads lead nowhere holds up no
other: its walks ask only itself, and what honest endpoints bring meanwhile is committed first. A
head that stands and could not be brought is tried again, with growing pauses.
"""

import random
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final

import structlog
import trio

from qenus.chain import Chain
from qenus.errors import RemoteProtocolError, TransientError
from qenus.observers.follow.canonical import CanonicalChain, Extended, Extension
from qenus.observers.follow.endpoint import Endpoint
from qenus.observers.follow.fetching import Fetcher
from qenus.observers.follow.head_queue import Standing
from qenus.observers.follow.walk import Walker
from qenus.observers.follow.watch import Watch
from qenus.observers.rpc import first_failure
from qenus.observers.rpc.claims import Announced
from qenus.observers.rpc.retrying import Pauses, asked_for_seconds
from qenus.wire import Block, BlockRef

__all__ = ["Follower"]

# Blocks of a gap that are fetched at once; they are still sent one after another.
_PARALLEL: Final = 8
# A gap of so many blocks is fetched by turns instead of by all endpoints at once.
_BACKFILL_BLOCKS: Final = 4
# A branch of so many blocks is held as a whole before it replaces another one.
_WHOLE_BLOCKS: Final = 64
_TRY_AGAIN: Final = Pauses(first_seconds=0.1, longest_seconds=0.8)
_SAY_AGAIN_SECONDS: Final = 5.0
# A head so much above all others is suspect, while others move on.
_SUSPECT_BLOCKS: Final = 64
# In block times: an endpoint that announced nothing higher for so long is no evidence against a
# head.
_LIVELY_BLOCKS: Final = 5
_LEAST_LIVELY_SECONDS: Final = 5.0

_log = structlog.get_logger("node")


class Follower:
    """Follows one of a chain's endpoints; run by `run`, in a task of its own."""

    def __init__(
        self,
        endpoint: Endpoint,
        endpoints: Sequence[Endpoint],
        canonical: CanonicalChain,
        fetcher: Fetcher,
        watch: Watch,
        chain: Chain,
        catch_up_blocks: int,
    ) -> None:
        self._endpoint = endpoint
        self._others = [other for other in endpoints if other is not endpoint]
        self._canonical = canonical
        self._fetcher = fetcher
        self._watch = watch
        self._chain = chain
        self._walker = Walker(endpoint, canonical, chain.name, catch_up_blocks)
        self._lively_seconds = max(_LIVELY_BLOCKS * chain.block_seconds, _LEAST_LIVELY_SECONDS)
        self._rng = random.Random()
        self._asked_for: float | None = None
        self._say_at = 0.0

    async def run(self) -> None:
        """Follow each head, for ever.

        Cancellation leaves what was sent.
        """
        while True:
            head, standing = await self._endpoint.heads.take()
            failures = 0
            while not await self._follow(head, standing):
                # Unless something newer has been announced, the head still stands. An endpoint that
                # is away says where it stands once it is back.
                failures += 1
                pause = _TRY_AGAIN.after(failures, self._rng.random(), asked_for=self._asked_for)
                if not self._is_newest or not await self._nothing_newer_within(pause):
                    break

    @property
    def _is_newest(self) -> bool:
        return self._endpoint.session is not None and self._endpoint.heads.is_empty

    async def _nothing_newer_within(self, seconds: float) -> bool:
        with trio.move_on_after(seconds):
            await self._endpoint.heads.wait()
        return self._is_newest

    async def _follow(self, head: Announced, standing: Standing) -> bool:
        """Send what leads from the canonical chain to a head; whether that is done with."""
        self._asked_for = None
        if self._canonical.holds(head.hash):
            return True
        if not self._canonical.may_lead(self._endpoint, head):
            # Perhaps the one that is followed has gone there too and its announcement was lost.
            if self._canonical.leader is not None:
                self._canonical.leader.look_again()
            return True
        try:
            while not self._canonical.holds(head.hash):
                base = self._canonical.tree.head
                path = await self._walker.next_stage(head, suspect=self._is_suspect(head))
                if not await self._fill(path, base, head, standing):
                    break
            else:
                return True
        except RemoteProtocolError as error:
            self._watch.reject(self._endpoint, error)
            done = True
        except TransientError as error:
            self._asked_for = asked_for_seconds(error)
            self._log_not_fetched(error)
            done = False
        else:
            done = False
        if self._canonical.leader is self._endpoint:
            self._canonical.leader = None
        return done

    def _log_not_fetched(self, error: TransientError) -> None:
        """Say it, though not as often as an endpoint can bring it about."""
        now = trio.current_time()
        say = _log.debug if now < self._say_at else _log.warning
        say("head not fetched", chain=self._chain.name, reason=str(error))
        if now >= self._say_at:
            self._say_at = now + _SAY_AGAIN_SECONDS

    def _is_suspect(self, head: Announced) -> bool:
        """Whether a head is far above the chain and above what others that move on announce."""
        now = trio.current_time()
        lively = [
            other.latest.number
            for other in self._others
            if other.session is not None
            and other.latest is not None
            and other.rose_at is not None
            and now - other.rose_at < self._lively_seconds
        ]
        ours = self._canonical.tree.head
        return bool(lively) and head.number > _SUSPECT_BLOCKS + max(
            *lively, 0 if ours is None else ours.number
        )

    async def _fill(
        self,
        path: Sequence[Announced],
        base: BlockRef | None,
        head: Announced,
        standing: Standing,
    ) -> bool:
        """Fetch, prove and send the blocks of a path in order; whether to go on from there."""
        path = [wanted for wanted in path if not self._canonical.holds(wanted.hash)]
        if not path:
            return True
        replaces = base is not None and path[0].parent_hash != base.hash
        together = replaces and len(path) <= _WHOLE_BLOCKS
        slots: deque[_Slot] = deque()
        backfill = len(path) > _BACKFILL_BLOCKS
        todo = iter(enumerate(path))
        held: list[tuple[Announced, Block]] = []
        try:
            async with trio.open_nursery() as nursery:

                def start(count: int) -> None:
                    for turn, wanted in islice(todo, count):
                        slots.append(
                            _Slot(wanted, standing, self._endpoint, turn if backfill else None)
                        )
                        nursery.start_soon(slots[-1].fetch, self._fetcher)

                start(_PARALLEL)
                while slots:
                    slot = slots.popleft()
                    block = await slot.result()
                    if block is None:
                        nursery.cancel_scope.cancel()
                        return False
                    held.append((slot.wanted, block))
                    start(1)
                    if together and slots:
                        continue
                    extension = Extension(self._endpoint, head, base, tuple(held), whole=replaces)
                    held.clear()
                    if await self._canonical.extend(extension) is Extended.STALE:
                        # The way is looked for once more, from where the chain is now.
                        nursery.cancel_scope.cancel()
                        return self._canonical.may_lead(self._endpoint, head)
        except BaseExceptionGroup as group:
            raise first_failure(group) from None
        return True


class _Slot:
    """One block of a path on its way. `turn` says who is asked in a backfill, None asks all."""

    def __init__(
        self, wanted: Announced, standing: Standing, seeker: Endpoint, turn: int | None
    ) -> None:
        self.wanted = wanted
        self._standing = standing
        self._seeker = seeker
        self._turn = turn
        self._done = trio.Event()
        self._block: Block | None = None
        self._error: TransientError | None = None

    async def fetch(self, fetcher: Fetcher) -> None:
        try:
            if self._turn is None:
                self._block = await fetcher.newest(self.wanted, self._standing, self._seeker)
            else:
                self._block = await fetcher.older(
                    self.wanted, self._turn, self._standing, self._seeker
                )
        except TransientError as error:
            # Its turn comes after those before it: what they brought is sent first.
            self._error = error
        self._done.set()

    async def result(self) -> Block | None:
        await self._done.wait()
        if self._error is not None:
            raise self._error
        return self._block
