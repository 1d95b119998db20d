"""Nodes as a source: follow their heads, prove each block, hand the chain on in order.

From every announced head the way back to the canonical chain is walked by headers, and the blocks
on it are then fetched, proven and sent oldest first: so a missed head, a gap after a restart and a
reorg of any depth are all the same case, and what was sent before a failure is not fetched again.
How far the chain is known is read from the sealer's fork tree at each start and then kept in step
with what is sent. A long way is walked in stages, so that no more than one of them is ever held.

One chain may have several endpoints. Blocks come from whoever proves them first. Whose head is
followed: everyone may extend the chain; to leave its head for another branch takes the endpoint
that was followed last, or a longer branch, so that one who lags or dreams does not take back what
the others stand on.
"""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

import attrs
import structlog
import trio

from qenus.chain import Chain, FinalityReverted, ForkTree, RecentHeaders, Rejected
from qenus.errors import RemoteProtocolError, TransientError
from qenus.observers.address import NodeAddress
from qenus.observers.alarms import AlarmLimits, ChainAlarms
from qenus.observers.endpoint import (
    Announced,
    Endpoint,
    EndpointReport,
    Watch,
    keep_connected,
    parse_header,
)
from qenus.observers.fetching import Fetcher
from qenus.observers.parcels import (
    parcel_of_alert,
    parcel_of_block,
    parcel_of_heads,
    parcel_of_rejection,
)
from qenus.observers.rpc import ConnectionLost, RpcSession, first_failure
from qenus.wire import Block, BlockRef
from supervisors import Cell, Outlet, ready, step

__all__ = ["new_alarms", "observe_node", "observe_nodes"]

# Blocks of a gap that are fetched at once; they are still sent one after another.
_PARALLEL: Final = 8
# Headers of a gap that are asked for in one batch.
_MAX_HEADERS: Final = 64
# A gap of so many blocks is fetched by turns instead of by all endpoints at once.
_BACKFILL_BLOCKS: Final = 4
# So many blocks of a gap are walked and fetched before the next of its headers are asked for.
_STAGE_BLOCKS: Final = 1024
# From so many heads in a row the way back was not to be had: it is given up.
_NOT_KEPT_HEADS: Final = 3
_LOOK_SECONDS: Final = 0.25
_REPORT_SECONDS: Final = 60.0
_TRY_AGAIN_SECONDS: Final = 0.1

_log = structlog.get_logger("node")


async def observe_node(
    found: Outlet[bytes],
    tree: Cell[ForkTree],
    *,
    url: str,
    chain: Chain,
    catch_up_blocks: int,
) -> None:
    """Follow the one node at `url`; see `observe_nodes`."""
    await observe_nodes(found, tree, urls=(url,), chain=chain, catch_up_blocks=catch_up_blocks)


async def observe_nodes(
    found: Outlet[bytes],
    tree: Cell[ForkTree],
    alarms: Cell[ChainAlarms] | None = None,
    reports: Cell[tuple[EndpointReport, ...]] | None = None,
    *,
    urls: Sequence[str | NodeAddress],
    chain: Chain,
    catch_up_blocks: int,
) -> None:
    """Follow the nodes at `urls` and send every block that becomes a head, proven.

    A gap of more than `catch_up_blocks`, or of blocks that a node no longer has, is left, and the
    chain begins anew behind it. Safe and finalized blocks are those that all connected endpoints
    have come to.

    A block that fails the ladder is sent to topic alerts as evidence against who gave it; with no
    other to give it, it is left and the next head is tried as if it had not been there. What people
    should know of the endpoints goes there too: `alarms` holds what they were told, over restarts,
    and `reports` what came of each endpoint.

    Cancellation closes the connections and leaves what was sent.
    """
    endpoints = [Endpoint(NodeAddress.of(url)) for url in urls]
    watch, connected = Watch(), trio.Event()
    try:
        async with trio.open_nursery() as nursery:
            for endpoint in endpoints:
                nursery.start_soon(keep_connected, endpoint, chain, watch, connected)
            fetcher = Fetcher(endpoints, chain, watch, nursery)
            follower = _Follower(
                endpoints, watch, fetcher, found, tree.value, chain, catch_up_blocks
            )
            nursery.start_soon(follower.run)
            nursery.start_soon(
                _watch_over,
                *(endpoints, follower, found, chain),
                alarms or Cell(f"{chain.name}:alarms", new_alarms(chain)),
                reports or Cell(f"{chain.name}:endpoints", ()),
            )
            await connected.wait()
            ready()
    except BaseExceptionGroup as group:
        raise first_failure(group) from None


def new_alarms(chain: Chain) -> ChainAlarms:
    """What a chain's alarms begin with."""
    return ChainAlarms(chain.name, AlarmLimits.of(chain))


async def _watch_over(
    endpoints: Sequence[Endpoint],
    follower: "_Follower",
    found: Outlet[bytes],
    chain: Chain,
    alarms: Cell[ChainAlarms],
    reports: Cell[tuple[EndpointReport, ...]],
) -> None:
    """Look at the endpoints over and over: tell people what begins and ends, and keep reports.

    Cancellation logs what came of each endpoint that was followed: its counts end with us.
    """
    due = trio.current_time() + _REPORT_SECONDS
    try:
        while True:
            now, tree = trio.current_time(), follower.tree
            views = [endpoint.view(now) for endpoint in endpoints]
            known, alerts = alarms.value.look(now, tree.head, tree.safe, tree.finalized, views)
            if alerts:
                # Told and known to be told, or neither: a crash in between tells nothing twice.
                async with step():
                    for alert in alerts:
                        await found.send(parcel_of_alert(_now(), alert))
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


def _log_reports(chain: Chain, endpoints: Sequence[Endpoint]) -> None:
    for endpoint in endpoints:
        values = attrs.asdict(endpoint.report())
        _log.info("endpoint", chain=chain.name, node=values.pop("name"), **values)


class _Follower:
    """The fork tree as it will be once the sealer took what was sent, and how it gets on."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        watch: Watch,
        fetcher: Fetcher,
        found: Outlet[bytes],
        tree: ForkTree,
        chain: Chain,
        catch_up_blocks: int,
    ) -> None:
        self._endpoints = endpoints
        self._watch = watch
        self._fetcher = fetcher
        self._found = found
        self._tree = tree
        self._chain = chain
        self._catch_up_blocks = catch_up_blocks
        self._walked: tuple[ForkTree | None, Mapping[bytes, BlockRef]] = (None, {})
        # Begins anew with us: the first block after a restart is not held against its parent.
        self._headers = RecentHeaders(chain, tree.window)
        self._leader: Endpoint | None = None
        self._not_kept = 0
        # One who announces a block and then says nothing more of it must not hold up the others.
        self._patience_seconds = 10.0 if len(endpoints) == 1 else 1.0

    @property
    def tree(self) -> ForkTree:
        """The chain as far as it was sent."""
        return self._tree

    async def run(self) -> None:
        """Do what the endpoints give reason to, for ever."""
        while True:
            await self._watch.wait()
            await self._say_what_was_seen()
            while self._watch.has_heads:
                await self._follow(*self._watch.take_head())
                await self._say_what_was_seen()
            if self._watch.finality_moved:
                self._watch.finality_moved = False
                await self._mark_finality()

    async def _say_what_was_seen(self) -> None:
        """Send the evidence that has come up."""
        while self._watch.evidence:
            endpoint, error = self._watch.evidence.popleft()
            _log.warning("rejected", chain=self._chain.name, node=endpoint.name, reason=str(error))
            await self._found.send(parcel_of_rejection(self._chain, _now(), endpoint.name, error))

    # -- heads -----------------------------------------------------------------------------------

    async def _follow(self, endpoint: Endpoint, head: Announced) -> None:
        """Send what leads from the canonical chain to an announced head."""
        if self._is_canonical(head.hash):
            return
        if not self._may_lead(endpoint, head):
            # Perhaps whom we follow has gone there too and what it said of that was lost.
            if self._leader is not None:
                self._leader.look_again()
            return
        try:
            while not self._is_canonical(head.hash):
                path = await self._next_stage(endpoint, head)
                if not path or not await self._fill(path):
                    break
                await self._say_what_was_seen()
            if self._is_canonical(head.hash):
                self._leader = endpoint
            elif self._leader is endpoint:
                self._leader = None
        except RemoteProtocolError as error:
            self._watch.accuse(endpoint, error)
        except TransientError as error:
            _log.warning("head not fetched", chain=self._chain.name, reason=str(error))
            # Unless something newer has been said, what was said still stands. Who is away says
            # where it stands once it is back.
            if endpoint.session is not None and not self._watch.has_heads:
                await trio.sleep(_TRY_AGAIN_SECONDS)
                if not self._watch.has_heads:
                    self._watch.announce(endpoint, head)

    def _may_lead(self, endpoint: Endpoint, head: Announced) -> bool:
        ours = self._tree.head
        return (
            ours is None
            or head.parent_hash == ours.hash
            or head.number > ours.number
            or self._leader is None
            or self._leader is endpoint
            or self._leader.session is None
        )

    def _is_canonical(self, block_hash: bytes) -> bool:
        return block_hash in self._canonical()

    def _canonical(self) -> Mapping[bytes, BlockRef]:
        """The head's chain by hash, oldest first; walked once for each state of the tree."""
        tree, by_hash = self._walked
        if tree is not self._tree:
            by_hash = {ref.hash: ref for ref in self._tree.canonical()}
            self._walked = self._tree, by_hash
        return by_hash

    async def _next_stage(self, endpoint: Endpoint, head: Announced) -> list[Announced]:
        """What to fetch next on the way to `head`, oldest first: all of a short way."""
        ours = self._tree.head
        if ours is None or head.number - ours.number <= _STAGE_BLOCKS:
            return await self._path_to(endpoint, head)
        left = head.number - ours.number > self._catch_up_blocks
        number = ours.number + _STAGE_BLOCKS
        if left:
            number = head.number - self._catch_up_blocks + 1
            _log.warning("gap left", chain=self._chain.name, behind=ours.number, next=number)
        session = _connected(endpoint)
        answer = await session.read(
            "eth_getBlockByNumber", hex(number), False, timeout_seconds=self._patience_seconds
        )
        if answer == b"null":
            # It says that it is beyond this block and does not have it: kept for a while only, or
            # lost in a reorg of all that was missed. The one goes on, the other does not.
            self._not_kept += 1
            if self._not_kept < _NOT_KEPT_HEADS:
                return []
            _log.warning("gap left", chain=self._chain.name, behind=ours.number, next=head.number)
            return [head]
        self._not_kept = 0
        # Only the way is taken from this: what lies on it is fetched by hash and proven.
        stage = parse_header(session, "eth_getBlockByNumber", answer)
        if stage.number != number:
            raise RemoteProtocolError(
                f"{session.endpoint}: eth_getBlockByNumber: expected block {number}, "
                f"found {stage.number}"
            )
        return [stage] if left else await self._path_to(endpoint, stage)

    async def _path_to(self, endpoint: Endpoint, head: Announced) -> list[Announced]:
        """The way to `head` from the canonical chain, not included; oldest first.

        It also begins where nothing older is known: at the first block of all, at a block that
        replaces the oldest one held, and `catch_up_blocks` before the head.
        """
        path = [head]
        ours = self._tree.head
        asked = 1
        oldest = next(iter(self._canonical().values()), None)
        while ours is not None and oldest is not None and path[-1].number > oldest.number:
            if self._is_canonical(path[-1].parent_hash):
                break
            room = self._catch_up_blocks - len(path)
            if room <= 0:
                _log.warning(
                    "gap left", chain=self._chain.name, behind=ours.number, next=path[-1].number
                )
                break
            session = _connected(endpoint)
            missing = path[-1].number - ours.number - 1
            asked = min(max(asked, missing), _MAX_HEADERS)
            more = await _headers_before(
                session, path[-1], min(asked, room), self._patience_seconds
            )
            if not more:
                # The node has moved on to another branch: the head that says so is on its way.
                return []
            for header in more:
                path.append(header)
                if self._is_canonical(header.parent_hash):
                    break
            asked = min(asked * 2, _MAX_HEADERS)
        return path[::-1]

    # -- blocks ----------------------------------------------------------------------------------

    async def _fill(self, path: Sequence[Announced]) -> bool:
        """Fetch, prove and send the blocks of a path in order; whether all of them came."""
        slots: deque[_Slot] = deque()
        backfill = len(path) > _BACKFILL_BLOCKS
        todo = iter(enumerate(path))
        try:
            async with trio.open_nursery() as nursery:

                def start(count: int) -> None:
                    for turn, wanted in islice(todo, count):
                        slots.append(_Slot(wanted, turn if backfill else None))
                        nursery.start_soon(slots[-1].fetch, self._fetcher)

                start(_PARALLEL)
                for number in range(len(path)):
                    slot = slots.popleft()
                    block = await slot.result()
                    if block is None:
                        nursery.cancel_scope.cancel()
                        return False
                    await self._send(slot.wanted, block, first=number == 0)
                    start(1)
        except BaseExceptionGroup as group:
            raise first_failure(group) from None
        return True

    async def _send(self, wanted: Announced, block: Block, *, first: bool) -> None:
        self._headers.check(block)
        change = self._tree.insert(block.block)
        tree = change.tree
        if tree.head != block.block:
            if not first:
                # Its header named another parent than the block itself has.
                raise Rejected(
                    "parent link",
                    where=f"block {block.block.number}",
                    expected=f"0x{wanted.parent_hash.hex()}",
                    found=f"0x{block.block.parent_hash.hex()}",
                    claimed_hash=block.block.hash,
                )
            tree = ForkTree(self._chain.chain_id, self._tree.window).insert(block.block).tree
        await self._found.send(parcel_of_block(self._chain, wanted.observed_ns, block))
        self._tree = tree
        self._headers.add(block)

    # -- finality --------------------------------------------------------------------------------

    async def _mark_finality(self) -> None:
        """Mark what all connected endpoints have come to, and say so to the sealer."""
        before = self._tree
        connected = [e for e in self._endpoints if e.session is not None]
        for marks, mark in (
            ([(e.finalized, e) for e in connected], ForkTree.mark_finalized),
            ([(e.safe, e) for e in connected], ForkTree.mark_safe),
        ):
            # Who claims too much is not believed for it, and who claims too little only delays.
            told = [(claimed, who) for claimed, who in marks if claimed is not None]
            if not told:
                continue
            lowest, who = min(told, key=lambda one: one[0].number)
            ref = self._canonical().get(lowest.hash)
            if ref is not None:
                try:
                    self._tree = mark(self._tree, ref).tree
                except FinalityReverted as error:
                    self._watch.accuse(who, error)
        heads = self._tree.heads()
        if heads is not None and self._tree is not before:
            await self._found.send(parcel_of_heads(self._chain, _now(), heads))


def _connected(endpoint: Endpoint) -> RpcSession:
    if endpoint.session is None:
        raise ConnectionLost(f"{endpoint.name}: the connection ended")
    return endpoint.session


class _Slot:
    """One block of a path on its way. `turn` says who is asked in a backfill, None asks all."""

    def __init__(self, wanted: Announced, turn: int | None) -> None:
        self.wanted = wanted
        self._turn = turn
        self._done = trio.Event()
        self._block: Block | None = None
        self._error: TransientError | None = None

    async def fetch(self, fetcher: Fetcher) -> None:
        try:
            if self._turn is None:
                self._block = await fetcher.newest(self.wanted)
            else:
                self._block = await fetcher.older(self.wanted, self._turn)
        except TransientError as error:
            # Its turn to be told comes after those before it: what they brought is sent first.
            self._error = error
        self._done.set()

    async def result(self) -> Block | None:
        await self._done.wait()
        if self._error is not None:
            raise self._error
        return self._block


async def _headers_before(
    session: RpcSession, child: Announced, count: int, patience_seconds: float
) -> list[Announced]:
    """Up to `count` ancestors of a block, its parent first, as the node tells them; or none."""
    if count > 1:
        numbers = range(child.number - 1, max(child.number - 1 - count, -1), -1)
        answers = await session.batch(
            [("eth_getBlockByNumber", (hex(number), False)) for number in numbers],
            timeout_seconds=patience_seconds,
        )
        headers: list[Announced] = []
        wanted = child.parent_hash
        for answer in answers:
            if not isinstance(answer, bytes) or answer == b"null":
                break
            header = parse_header(session, "eth_getBlockByNumber", answer)
            if header.hash != wanted:
                break
            headers.append(header)
            wanted = header.parent_hash
        if headers:
            return headers
    answer = await session.read(
        "eth_getBlockByHash",
        f"0x{child.parent_hash.hex()}",
        False,
        timeout_seconds=patience_seconds,
    )
    if answer == b"null":
        return []
    header = parse_header(session, "eth_getBlockByHash", answer)
    if header.hash != child.parent_hash:
        raise RemoteProtocolError(
            f"{session.endpoint}: eth_getBlockByHash: expected 0x{child.parent_hash.hex()}, "
            f"found 0x{header.hash.hex()}"
        )
    return [header]


def _now() -> int:
    return time.time_ns()
