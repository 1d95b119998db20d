"""Reads of a chain's state, each pinned to one block by its hash, and proven on request.

A read by number may see two branches in two questions; one by hash cannot (EIP-1898). What a node
answers is believed only as far as the caller likes: `proven` checks accounts and slots against the
state root of the block's own header, and `audit` holds plain reads against such proofs.
"""

import random
from collections.abc import Sequence
from typing import Final

import msgspec

from qenus.chain import ProvenState, Rejected, check_state_proof
from qenus.chain.headers import header_rlp, read_header
from qenus.chain.keccak import keccak256
from qenus.chain.rpc_shapes import parse_header
from qenus.errors import RemoteProtocolError
from qenus.observers.rpc import RpcError, RpcSession

__all__ = ["StateReader"]

# Questions in one message; more are split.
_BATCH: Final = 100
_MAX_ROOTS: Final = 64
# What a call may return: no contract that is read here gives more.
_MAX_RETURN_BYTES: Final = 4 << 20

_text: Final = msgspec.json.Decoder(str)


class StateReader:
    """Reads over one session. `audit` is the share of plain storage reads that are proven too."""

    def __init__(
        self, session: RpcSession, *, audit: float = 0.0, rng: random.Random | None = None
    ) -> None:
        self._session = session
        self._audit = audit
        self._rng = rng or random.Random()
        self._roots: dict[bytes, bytes] = {}

    async def call(self, block_hash: bytes, to: bytes, data: bytes) -> bytes:
        """Call a contract on the state after a block and give what it returns.

        Raises:
            RpcError: the call reverted, or the node does not have that state.
            RemoteProtocolError: the answer is no bytes.

        Cancellation leaves nothing.
        """
        (answer,) = await self.calls(block_hash, [(to, data)])
        if isinstance(answer, RpcError):
            raise answer
        return answer

    async def calls(
        self, block_hash: bytes, calls: Sequence[tuple[bytes, bytes]]
    ) -> list[bytes | RpcError]:
        """Make calls of (contract, data) in batches; give what each returns, or its failure.

        Raises:
            RpcTimeout, ConnectionLost: the node cannot be asked now.
            RemoteProtocolError: an answer is no bytes.

        Cancellation leaves nothing.
        """
        asked = [
            ("eth_call", ({"to": _hex(to), "data": _hex(data)}, _pinned(block_hash)))
            for to, data in calls
        ]
        return [
            answer if isinstance(answer, RpcError) else self._bytes("eth_call", answer)
            for answer in await self._batches(asked)
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
        state = check_state_proof(answer, root, address)
        for slot in slots:
            if slot not in state.storage:
                raise Rejected(
                    "proof",
                    where=f"storage {_hex(slot)}",
                    expected="a proof",
                    found="none",
                    claimed_hash=block_hash,
                )
        return state

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
        while len(self._roots) >= _MAX_ROOTS:
            del self._roots[next(iter(self._roots))]
        self._roots[block_hash] = header.state_root
        return header.state_root

    async def _batches(
        self, asked: Sequence[tuple[str, Sequence[object]]]
    ) -> list[bytes | RpcError]:
        answers: list[bytes | RpcError] = []
        for start in range(0, len(asked), _BATCH):
            answers += await self._session.batch(asked[start : start + _BATCH])
        return answers

    def _bytes(self, method: str, answer: bytes) -> bytes:
        try:
            if len(answer) > 2 * _MAX_RETURN_BYTES:
                raise ValueError(f"more than {_MAX_RETURN_BYTES} bytes")
            text = _text.decode(answer)
            if not text.startswith("0x"):
                raise ValueError("no 0x")
            return bytes.fromhex(text[2:])
        except (msgspec.DecodeError, ValueError) as error:
            raise RemoteProtocolError(
                f"{self._session.endpoint}: {method}: expected hex bytes: {error}"
            ) from None

    def _number(self, method: str, answer: bytes) -> int:
        try:
            value = int(_text.decode(answer), 16)
            if not 0 <= value < 1 << 256:
                raise ValueError(f"{value} is no uint256")
        except (msgspec.DecodeError, ValueError) as error:
            raise RemoteProtocolError(
                f"{self._session.endpoint}: {method}: expected a quantity: {error}"
            ) from None
        return value


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
