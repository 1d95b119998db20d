"""The way from an announced head back to the canonical chain, by headers of the same endpoint.

The headers are only believed as a way: what lies on it is fetched by hash and proven. A long way is
walked in stages, so that no more than one of them is ever held, and each stage has a budget of
time: an endpoint that gives its ancestors one by one, each just in time, comes to no end with it.
"""

from typing import Final

import structlog
import trio

from qenus.errors import RemoteProtocolError, TransientError
from qenus.observers.follow.canonical import CanonicalChain
from qenus.observers.follow.endpoint import Endpoint
from qenus.observers.rpc import ConnectionLost, RpcSession
from qenus.observers.rpc.claims import Announced, parse_header

__all__ = ["Walker", "WayLost"]

# Headers of a gap that are asked for in one batch.
_MAX_HEADERS: Final = 64
# So many blocks of a gap are walked and fetched before the next of its headers are asked for.
_STAGE_BLOCKS: Final = 1024
# From so many heads in a row the way back was not to be had: it is given up.
_NOT_KEPT_HEADS: Final = 3
# A question of a walk, and all of one stage.
_QUESTION_SECONDS: Final = 10.0
_STAGE_SECONDS: Final = 30.0

_log = structlog.get_logger("node")


class WayLost(TransientError):
    """The endpoint does not lead back from its head to the chain, now."""


class Walker:
    """Walks for one endpoint. `may_begin_anew` says whether a gap may be left behind a head."""

    def __init__(
        self, endpoint: Endpoint, canonical: CanonicalChain, chain_name: str, catch_up_blocks: int
    ) -> None:
        self._endpoint = endpoint
        self._canonical = canonical
        self._chain_name = chain_name
        self._catch_up_blocks = catch_up_blocks
        self._not_kept = 0
        self._deadline = 0.0

    async def next_stage(self, head: Announced, *, suspect: bool) -> list[Announced]:
        """Give what to fetch next on the way to `head`, oldest first: all of a short way.

        A gap of more than `catch_up_blocks`, or of blocks that the endpoint no longer has, is left;
        not for a head that is `suspect`.

        Raises:
            WayLost: the endpoint has moved on to another branch, or comes to no end.
            RpcError, RpcTimeout, ConnectionLost: it cannot be asked now.
            RemoteProtocolError: it answers with something else.
        """
        self._deadline = trio.current_time() + _STAGE_SECONDS
        ours = self._canonical.tree.head
        if ours is None or head.number - ours.number <= _STAGE_BLOCKS:
            return await self._path_to(head, suspect)
        leave = head.number - ours.number > self._catch_up_blocks
        number = ours.number + _STAGE_BLOCKS
        if leave:
            number = head.number - self._catch_up_blocks + 1
            self._leave_gap(ours.number, number, head, suspect)
        session = self._session()
        answer = await session.read(
            "eth_getBlockByNumber", hex(number), False, timeout_seconds=self._patience()
        )
        if answer == b"null":
            # It says that it is beyond this block and does not have it: kept for a while only, or
            # lost in a reorg of all that was missed. The one goes on, the other does not.
            self._not_kept += 1
            if self._not_kept < _NOT_KEPT_HEADS:
                raise WayLost(f"{session.endpoint}: it has no block {number}")
            self._leave_gap(ours.number, head.number, head, suspect)
            return [head]
        self._not_kept = 0
        # Only the way is taken from this: what lies on it is fetched by hash and proven.
        stage = parse_header(session, "eth_getBlockByNumber", answer)
        if stage.number != number:
            raise RemoteProtocolError(
                f"{session.endpoint}: eth_getBlockByNumber: expected block {number}, "
                f"found {stage.number}"
            )
        return [stage] if leave else await self._path_to(stage, suspect)

    def _leave_gap(self, behind: int, after: int, head: Announced, suspect: bool) -> None:
        if suspect:
            raise WayLost(
                f"{self._endpoint.name}: head {head.number} is far ahead of what other endpoints "
                "announce: expected a way from the chain to it"
            )
        _log.warning("gap left", chain=self._chain_name, behind=behind, next=after)

    async def _path_to(self, head: Announced, suspect: bool) -> list[Announced]:
        """The way to `head` from the canonical chain, not included; oldest first.

        It also begins where nothing older is known: at the first block of all, at a block that
        replaces the oldest one held, and `catch_up_blocks` before the head.
        """
        path = [head]
        ours = self._canonical.tree.head
        asked = 1
        oldest = next(iter(self._canonical.by_hash().values()), None)
        while ours is not None and oldest is not None and path[-1].number > oldest.number:
            if self._canonical.holds(path[-1].parent_hash):
                break
            room = self._catch_up_blocks - len(path)
            if room <= 0:
                self._leave_gap(ours.number, path[-1].number, head, suspect)
                break
            missing = path[-1].number - ours.number - 1
            asked = min(max(asked, missing), _MAX_HEADERS)
            more = await self._headers_before(path[-1], min(asked, room))
            if not more:
                # The head that says where it has moved on to is on its way.
                raise WayLost(
                    f"{self._endpoint.name}: it has no block 0x{path[-1].parent_hash.hex()}, "
                    f"the parent of its block {path[-1].number}"
                )
            for header in more:
                path.append(header)
                if self._canonical.holds(header.parent_hash):
                    break
            asked = min(asked * 2, _MAX_HEADERS)
        return path[::-1]

    async def _headers_before(self, child: Announced, count: int) -> list[Announced]:
        """Up to `count` ancestors of a block, its parent first, as the node gives them; or none."""
        session = self._session()
        if count > 1:
            numbers = range(child.number - 1, max(child.number - 1 - count, -1), -1)
            answers = await session.batch(
                [("eth_getBlockByNumber", (hex(number), False)) for number in numbers],
                timeout_seconds=self._patience(),
            )
            headers: list[Announced] = []
            before = child
            for answer in answers:
                if not isinstance(answer, bytes | bytearray) or answer == b"null":
                    break
                header = parse_header(session, "eth_getBlockByNumber", answer)
                if header.hash != before.parent_hash:
                    break
                headers.append(_parent(session, before, header))
                before = header
            if headers:
                return headers
        answer = await session.read(
            "eth_getBlockByHash",
            f"0x{child.parent_hash.hex()}",
            False,
            timeout_seconds=self._patience(),
        )
        if answer == b"null":
            return []
        header = parse_header(session, "eth_getBlockByHash", answer)
        if header.hash != child.parent_hash:
            raise RemoteProtocolError(
                f"{session.endpoint}: eth_getBlockByHash: expected 0x{child.parent_hash.hex()}, "
                f"found 0x{header.hash.hex()}"
            )
        return [_parent(session, child, header)]

    def _session(self) -> RpcSession:
        session = self._endpoint.session
        if session is None:
            raise ConnectionLost(f"{self._endpoint.name}: the connection ended")
        return session

    def _patience(self) -> float:
        """How long the next question may take."""
        left = self._deadline - trio.current_time()
        if left <= 0:
            raise WayLost(
                f"{self._endpoint.name}: the way back from its head took more than "
                f"{_STAGE_SECONDS:.0f} s"
            )
        return min(left, _QUESTION_SECONDS)


def _parent(session: RpcSession, child: Announced, header: Announced) -> Announced:
    """The header of a block's parent, which is one number below it."""
    if header.number != child.number - 1:
        raise RemoteProtocolError(
            f"{session.endpoint}: expected number {child.number - 1} for the parent of block "
            f"{child.number}, found {header.number}"
        )
    return header
