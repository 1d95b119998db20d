"""Reads of a chain's state, each pinned to one block by its hash, and proven on request.

A read by number may see two branches in two questions; one by hash cannot (EIP-1898). What a node
answers is believed only as far as the caller likes: `proven` checks accounts and slots against the
state root of the block's own header, and `audit` holds plain reads against such proofs.

Many calls go out as few where the block has Multicall3. What fails there is asked for once more by
itself, so that a failure is the node's own word for that one call, and never that of a neighbour
that took the gas.
"""

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias, TypeVar

import msgspec
import trio

from qenus.chain import ProvenState, Rejected, check_state_proof
from qenus.chain.headers import header_rlp, read_header
from qenus.chain.keccak import keccak256
from qenus.chain.rpc_shapes import parse_header
from qenus.errors import RemoteProtocolError
from qenus.observers.rpc import CallReverted, RpcError, RpcSession, first_failure
from qenus.observers.state.multicall import (
    CODE_HASH,
    MULTICALL3,
    MalformedAggregate,
    encode_aggregate,
    encoded_bytes,
    read_aggregate,
)

__all__ = ["StateReader", "returned_bytes"]

# Questions in one message; more are split.
_BATCH: Final = 100
_MAX_BLOCKS: Final = 64
# What a call may return: no contract that is read here gives more.
_MAX_RETURN_BYTES: Final = 4 << 20
# Fewer calls than these are not worth asking whether the block has Multicall3.
_FEW: Final = 8
# Calls of one aggregate, and the bytes that they may take. A read of a cold slot costs about
# 6,000 gas with what Multicall3 adds: so many stay far below the 50 million that nodes allow.
_AGGREGATE: Final = 500
_MAX_AGGREGATE_BYTES: Final = 128 << 10
# 0x and the digits of a uint256.
_MAX_WORD_CHARACTERS: Final = 2 + 64
# Messages on their way at once.
_PARALLEL: Final = 4

_Call: TypeAlias = tuple[bytes, bytes]
_T = TypeVar("_T")
_V = TypeVar("_V")

_text: Final = msgspec.json.Decoder(str)


class StateReader:
    """Reads over one session. `audit` is the share of plain storage reads that are proven too.

    With `multicall`, calls are gathered in Multicall3. They must be views then: none that asks who
    calls it or how much gas is left, and none whose writes another one would see.
    """

    def __init__(
        self,
        session: RpcSession,
        *,
        audit: float = 0.0,
        rng: random.Random | None = None,
        multicall: bool = True,
    ) -> None:
        self._session = session
        self._audit = audit
        self._rng = rng or random.Random()
        self._multicall = multicall
        self._roots: dict[bytes, bytes] = {}
        self._gathers: dict[bytes, bool] = {}

    async def call(self, block_hash: bytes, to: bytes, data: bytes) -> bytes:
        """Call a contract on the state after a block and give what it returns.

        Raises:
            CallReverted: the contract reverts on that state.
            RpcError: the node does not have that state, or refuses the call.
            RemoteProtocolError: the answer is no bytes.

        Cancellation leaves nothing.
        """
        (answer,) = await self.calls(block_hash, [(to, data)])
        if isinstance(answer, RpcError):
            raise CallReverted(str(answer)) if answer.reverted else answer
        return answer

    async def calls(
        self, block_hash: bytes, calls: Sequence[tuple[bytes, bytes]]
    ) -> list[bytes | RpcError]:
        """Make calls of (contract, data); give what each returns, or its failure.

        They go through Multicall3 where the block has it, else as batches; what is given is the
        same.

        Raises:
            RpcTimeout, ConnectionLost: the node cannot be asked now.
            RemoteProtocolError: an answer is no bytes, or is not what Multicall3 returns.

        Cancellation leaves nothing.
        """
        if not (self._multicall and len(calls) >= _FEW and await self._has_multicall(block_hash)):
            return await self._singly(block_hash, calls)
        answers: list[bytes | RpcError | None] = [None] * len(calls)

        async def gather(group: range) -> None:
            for at, answer in zip(
                group,
                await self._aggregate(block_hash, calls[group.start : group.stop]),
                strict=True,
            ):
                answers[at] = answer

        await _at_once(gather, _groups(calls))
        failed = [at for at, answer in enumerate(answers) if answer is None]
        again = await self._singly(block_hash, [calls[at] for at in failed])
        for at, answer in zip(failed, again, strict=True):
            answers[at] = answer
        return [answer for answer in answers if answer is not None]

    async def _aggregate(
        self, block_hash: bytes, calls: Sequence[_Call]
    ) -> list[bytes | RpcError | None]:
        """Make calls in one, or in smaller ones where that is refused; None is not known yet."""
        if len(calls) < _FEW:
            return [None] * len(calls)
        try:
            answer = await self._session.read(
                *_asked(block_hash, MULTICALL3, encode_aggregate(calls))
            )
        except RpcError as error:
            if error.busy:
                return [error] * len(calls)
        else:
            if len(answer) <= 2 * _MAX_RETURN_BYTES:
                try:
                    return [*read_aggregate(self._bytes("eth_call", answer), len(calls))]
                except MalformedAggregate as error:
                    raise RemoteProtocolError(
                        f"{self._session.endpoint}: eth_call: aggregate3 of Multicall3: {error}"
                    ) from None
        # Too much gas, too much to return, or nothing that the node has: less will tell.
        half = len(calls) // 2
        return [
            *await self._aggregate(block_hash, calls[:half]),
            *await self._aggregate(block_hash, calls[half:]),
        ]

    async def _has_multicall(self, block_hash: bytes) -> bool:
        known = self._gathers.get(block_hash)
        if known is None:
            try:
                answer = await self._session.read(
                    "eth_getCode", _hex(MULTICALL3), _pinned(block_hash)
                )
            except RpcError:
                # The calls will fail the same way, and each has the reason.
                return False
            known = keccak256(self._bytes("eth_getCode", answer)) == CODE_HASH
            _make_room(self._gathers)
            self._gathers[block_hash] = known
        return known

    async def _singly(self, block_hash: bytes, calls: Sequence[_Call]) -> list[bytes | RpcError]:
        asked = [_asked(block_hash, to, data) for to, data in calls]
        return [
            answer if isinstance(answer, RpcError) else self._bytes("eth_call", answer)
            for answer in await self._batches([(method, params) for method, *params in asked])
        ]

    async def balances(self, block_hash: bytes, addresses: Sequence[bytes]) -> list[int]:
        """Read balances in wei.

        Raises:
            RpcError: the node does not have that state.
            RpcTimeout, ConnectionLost: it cannot be asked now.
            RemoteProtocolError: an answer is no quantity.

        Cancellation leaves nothing.
        """
        asked = [("eth_getBalance", (_hex(address), _pinned(block_hash))) for address in addresses]
        return [self._number("eth_getBalance", a) for a in _all(await self._batches(asked))]

    async def account(
        self, block_hash: bytes, address: bytes, *, prove: bool = False
    ) -> tuple[int, int, bytes]:
        """Read an account: nonce, balance in wei, code. With `prove`, against the state root.

        Raises:
            Rejected: the node's proof does not hold, or its code is not the account's.
            RpcError: the node does not have that state.
            RpcTimeout, ConnectionLost: it cannot be asked now.
            RemoteProtocolError: an answer is no quantity or no bytes.

        Cancellation leaves nothing.
        """
        where = (_hex(address), _pinned(block_hash))
        nonce, balance, code = _all(
            await self._session.batch(
                [
                    ("eth_getTransactionCount", where),
                    ("eth_getBalance", where),
                    ("eth_getCode", where),
                ]
            )
        )
        found = (
            self._number("eth_getTransactionCount", nonce),
            self._number("eth_getBalance", balance),
            self._bytes("eth_getCode", code),
        )
        if prove:
            account = (await self.proven(block_hash, address)).account
            proven = account.nonce, account.balance, account.code_hash
            if proven != (*found[:2], keccak256(found[2])):
                raise Rejected(
                    "proof",
                    where=f"account {_hex(address)}",
                    expected=proven,
                    found=found,
                    claimed_hash=block_hash,
                )
        return found

    async def storage(self, block_hash: bytes, address: bytes, slots: Sequence[bytes]) -> list[int]:
        """Read slots (32-byte keys) of a contract.

        Raises:
            Rejected: audited, and the node's answer is not what its own proof says.
            RpcError: the node does not have that state.
            RpcTimeout, ConnectionLost: it cannot be asked now.
            RemoteProtocolError: an answer is no word.

        Cancellation leaves nothing.
        """
        asked = [
            ("eth_getStorageAt", (_hex(address), _hex(slot), _pinned(block_hash))) for slot in slots
        ]
        values = [self._number("eth_getStorageAt", a) for a in _all(await self._batches(asked))]
        if slots and self._rng.random() < self._audit:
            proven = await self.proven(block_hash, address, slots)
            for slot, value in zip(slots, values, strict=True):
                if proven.storage[slot] != value:
                    raise Rejected(
                        "proof",
                        where=f"storage {_hex(slot)} of {_hex(address)}",
                        expected=proven.storage[slot],
                        found=value,
                        claimed_hash=block_hash,
                    )
        return values

    async def proven(
        self, block_hash: bytes, address: bytes, slots: Sequence[bytes] = ()
    ) -> ProvenState:
        """Read an account and slots of it, proven against the block's own state root.

        Raises:
            Rejected: the node's header or proof does not hold, or a slot is missing from it.
            RpcError: it gives no proofs, or does not have that state.
            RpcTimeout, ConnectionLost: it cannot be asked now.

        Cancellation leaves nothing.
        """
        root = await self._state_root(block_hash)
        answer = await self._session.read(
            "eth_getProof", _hex(address), [_hex(slot) for slot in slots], _pinned(block_hash)
        )
        try:
            return check_state_proof(answer, root, address, frozenset(slots))
        except Rejected as rejected:
            rejected.claimed_hash = block_hash
            raise

    async def _state_root(self, block_hash: bytes) -> bytes:
        known = self._roots.get(block_hash)
        if known is not None:
            return known
        answer = await self._session.read("eth_getBlockByHash", _hex(block_hash), False)
        if answer == b"null":
            raise RemoteProtocolError(
                f"{self._session.endpoint}: it has no block {_hex(block_hash)}"
            )
        header = read_header(parse_header(answer))
        found = keccak256(header_rlp(header))
        if found != block_hash:
            raise Rejected("header hash", expected=block_hash, found=found, claimed_hash=block_hash)
        _make_room(self._roots)
        self._roots[block_hash] = header.state_root
        return header.state_root

    async def _batches(
        self, asked: Sequence[tuple[str, Sequence[object]]]
    ) -> list[bytes | RpcError]:
        answers: dict[int, list[bytes | RpcError]] = {}

        async def ask(start: int) -> None:
            answers[start] = await self._session.batch(asked[start : start + _BATCH])

        starts = range(0, len(asked), _BATCH)
        await _at_once(ask, starts)
        return [answer for start in starts for answer in answers[start]]

    def _bytes(self, method: str, answer: bytes) -> bytes:
        return returned_bytes(self._session, method, answer, _MAX_RETURN_BYTES)

    def _number(self, method: str, answer: bytes) -> int:
        try:
            text = _text.decode(answer)
            # Before it is a number: one of thousands of digits cannot even be printed.
            if (
                not text.startswith("0x")
                or not text[2:].isalnum()
                or len(text) > _MAX_WORD_CHARACTERS
            ):
                raise ValueError(f"{text[:70]!r} is no uint256")
            value = int(text[2:], 16)
        except (msgspec.DecodeError, ValueError) as error:
            raise RemoteProtocolError(
                f"{self._session.endpoint}: {method}: expected a quantity: {error}"
            ) from None
        return value


async def _at_once(do: Callable[[_T], Awaitable[None]], things: Sequence[_T]) -> None:
    """Do something with each, a few at a time; the first failure ends the others."""
    if len(things) == 1:
        return await do(things[0])
    todo = iter(things)

    async def work() -> None:
        for thing in todo:
            await do(thing)

    try:
        async with trio.open_nursery() as nursery:
            for _ in range(min(_PARALLEL, len(things))):
                nursery.start_soon(work)
    except BaseExceptionGroup as group:
        raise first_failure(group) from None


def _groups(calls: Sequence[_Call]) -> list[range]:
    """Cut calls into runs that one aggregate may hold."""
    groups: list[range] = []
    start = size = 0
    for at, (_, data) in enumerate(calls):
        more = encoded_bytes(data)
        if at > start and (at - start == _AGGREGATE or size + more > _MAX_AGGREGATE_BYTES):
            groups.append(range(start, at))
            start, size = at, 0
        size += more
    return [*groups, range(start, len(calls))]


def _asked(block_hash: bytes, to: bytes, data: bytes) -> tuple[str, dict[str, object], object]:
    return "eth_call", {"to": _hex(to), "data": _hex(data)}, _pinned(block_hash)


def _make_room(blocks: dict[bytes, _V]) -> None:
    while len(blocks) >= _MAX_BLOCKS:
        del blocks[next(iter(blocks))]


def returned_bytes(session: RpcSession, method: str, answer: bytes, max_bytes: int) -> bytes:
    """Read an answer that is hex bytes, about `max_bytes` of them at the most.

    Raises:
        RemoteProtocolError: it is none, or longer.
    """
    try:
        if len(answer) > 2 * max_bytes:
            raise ValueError(f"more than {max_bytes} bytes")
        text = _text.decode(answer)
        if not text.startswith("0x"):
            raise ValueError("no 0x")
        return bytes.fromhex(text[2:])
    except (msgspec.DecodeError, ValueError) as error:
        raise RemoteProtocolError(
            f"{session.endpoint}: {method}: expected hex bytes: {error}"
        ) from None


def _all(answers: Sequence[bytes | RpcError]) -> list[bytes]:
    """The answers, when all of them are some."""
    given: list[bytes] = []
    for answer in answers:
        if isinstance(answer, RpcError):
            raise answer
        given.append(answer)
    return given


def _hex(value: bytes) -> str:
    return f"0x{value.hex()}"


def _pinned(block_hash: bytes) -> dict[str, object]:
    # Not required to be canonical: a block that was orphaned a moment ago has a state as well.
    return {"blockHash": _hex(block_hash), "requireCanonical": False}
