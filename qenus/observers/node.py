"""A node as a source: follow its heads, fetch each block by hash, prove it, hand it on in order.

For every announced head the path back to the canonical chain is walked by parent hash, and the
blocks are sent oldest first: so a missed head, a gap after a restart and a reorg of any depth are
all the same case. How far the chain is known is read from the sealer's fork tree at each start and
then kept in step with what is sent.
"""

import time

import msgspec
import structlog
import trio

from qenus.chain import Chain, ForkTree, Rejected, seal
from qenus.errors import RemoteProtocolError
from qenus.observers.parcels import parcel_of_block, parcel_of_rejection
from qenus.observers.rpc import ConnectionLost, RpcSession, open_session
from qenus.wire import Block
from supervisors import Cell, Outlet, ready

__all__ = ["WrongChain", "observe_node"]

_log = structlog.get_logger("node")


class WrongChain(RemoteProtocolError):
    """The node serves another chain than the one that it is configured for."""


class _Head(msgspec.Struct):
    hash: str
    number: str


_head = msgspec.json.Decoder(_Head)
_quantity = msgspec.json.Decoder(str)


async def observe_node(
    found: Outlet[bytes], tree: Cell[ForkTree], *, url: str, chain: Chain, catch_up_blocks: int
) -> None:
    """Follow the node at `url` (ws:// or wss://) and send every block that it calls a head, proven.

    A gap of more than `catch_up_blocks` is left, and the chain begins anew behind it.

    A block that fails the ladder is sent to topic alerts as evidence and left; the next head is
    tried as if it had not been there.

    Raises:
        ConnectionLost, RpcTimeout, RpcError: the node cannot be followed now.
        WrongChain: it is another chain's node.

    Cancellation closes the connection and leaves what was sent.
    """
    async with open_session(url) as session:
        await _check_chain(session, chain)
        heads = await session.subscribe("newHeads")
        ready()
        _log.info("following", chain=chain.name, node=url)
        follower = _Follower(session, found, tree.value, chain, catch_up_blocks)
        newest = await session.call("eth_getBlockByNumber", "latest", False)
        await follower.follow(newest)
        async for head in heads:
            await follower.follow(head)
    raise ConnectionLost(f"{url}: the connection ended")


async def _check_chain(session: RpcSession, chain: Chain) -> None:
    answer = await session.call("eth_chainId")
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


class _Follower:
    """One connection's view: the fork tree as it will be once the sealer took what was sent."""

    def __init__(
        self,
        session: RpcSession,
        found: Outlet[bytes],
        tree: ForkTree,
        chain: Chain,
        catch_up_blocks: int,
    ) -> None:
        self._session = session
        self._found = found
        self._tree = tree
        self._chain = chain
        self._catch_up_blocks = catch_up_blocks

    async def follow(self, head: bytes) -> None:
        """Send what leads from the canonical chain to an announced head."""
        observed_ns = time.time_ns()
        try:
            wanted = _hash_of(_head.decode(head).hash)
        except (msgspec.DecodeError, RecursionError, ValueError) as error:
            raise RemoteProtocolError(
                f"{self._session.endpoint}: newHeads: expected a header: {error}"
            ) from None
        try:
            path = await self._path_to(wanted)
        except Rejected as rejected:
            _log.warning("rejected", chain=self._chain.name, reason=str(rejected))
            await self._found.send(
                parcel_of_rejection(self._chain, observed_ns, self._session.endpoint, rejected)
            )
            return
        for block in reversed(path):
            await self._found.send(parcel_of_block(self._chain, observed_ns, block))
            self._note(block)

    async def _path_to(self, wanted: bytes) -> list[Block]:
        """The blocks from `wanted` back to, not including, a canonical one; newest first.

        It also ends where nothing older is known: at the first block of all, at a block that
        replaces the oldest one held, and after `catch_up_blocks`.
        """
        path: list[Block] = []
        held = self._tree.canonical()
        while not self._is_canonical(wanted):
            block = await self._fetch(wanted)
            if block is None:
                # The node has moved on to another branch: the head that says so is on its way.
                return []
            path.append(block)
            if not held or block.block.number <= held[0].number:
                break
            if len(path) >= self._catch_up_blocks:
                _log.warning("gap left", chain=self._chain.name, next=block.block.number)
                break
            wanted = block.block.parent_hash
        return path

    def _is_canonical(self, block_hash: bytes) -> bool:
        ref = self._tree.get(block_hash)
        return ref is not None and ref in self._tree.canonical()

    async def _fetch(self, block_hash: bytes) -> Block | None:
        name = f"0x{block_hash.hex()}"
        answers: dict[str, bytes] = {}

        async def ask(method: str, *params: object) -> None:
            answers[method] = await self._session.call(method, *params)

        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ask, "eth_getBlockByHash", name, True)
                nursery.start_soon(ask, "eth_getBlockReceipts", name)
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None
        block_json = answers["eth_getBlockByHash"]
        receipts_json = answers["eth_getBlockReceipts"]
        if block_json == b"null" or receipts_json == b"null":
            return None
        return seal(block_json, receipts_json, self._chain, requested_hash=block_hash)

    def _note(self, block: Block) -> None:
        change = self._tree.insert(block.block)
        if change.tree.head != block.block:
            change = ForkTree(self._chain.chain_id).insert(block.block)
        self._tree = change.tree


def _hash_of(text: str) -> bytes:
    value = bytes.fromhex(text.removeprefix("0x"))
    if len(value) != 32:
        raise ValueError(f"hash: expected 32 bytes, found {len(value)}")
    return value
