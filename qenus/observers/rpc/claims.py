"""What a node claims of its chain and of blocks: read within bounds, and not proven.

Numbers from outside have at most 64 bits here before anything is done with them: no text is long
enough to be slow to read, and no number too large to be formatted, compared or slept for.
"""

import time
from typing import Final

import attrs
import msgspec

from qenus.chain import Chain
from qenus.errors import RemoteProtocolError
from qenus.observers.rpc.session import RpcSession

__all__ = ["Announced", "WrongChain", "check_chain", "parse_header", "parse_height", "quantity"]

_MAX_QUANTITY_CHARACTERS: Final = len("0x") + 16
_MAX_SHOWN: Final = 40


class WrongChain(RemoteProtocolError):
    """The node serves another chain than the one that it is configured for."""


@attrs.frozen
class Announced:
    """What an endpoint says of a block, unproven. `observed_ns` is Unix time."""

    number: int
    hash: bytes
    parent_hash: bytes
    observed_ns: int


class _Header(msgspec.Struct):
    hash: str
    number: str
    parent_hash: str = msgspec.field(name="parentHash")


class _Height(msgspec.Struct):
    """A block that is still being built has no hash."""

    number: str | None = None


_header = msgspec.json.Decoder(_Header)
_height = msgspec.json.Decoder(_Height | None)
_text = msgspec.json.Decoder(str)


def quantity(text: str) -> int:
    """Read a quantity of at most 64 bits. Raises ValueError."""
    digits = text[2:]
    if not text.startswith("0x") or len(text) > _MAX_QUANTITY_CHARACTERS or not digits.isalnum():
        raise ValueError(f"expected a quantity of at most 64 bits, found {text[:_MAX_SHOWN]!r}")
    return int(digits, 16)


def _hash_of(text: str) -> bytes:
    if len(text) != 66:
        raise ValueError(f"hash: expected 32 bytes in hex, found {len(text)} characters")
    value = bytes.fromhex(text.removeprefix("0x"))
    if len(value) != 32:
        raise ValueError(f"hash: expected 32 bytes, found {len(value)}")
    return value


def parse_header(session: RpcSession, method: str, answer: bytes) -> Announced:
    """Read number, hash and parent hash out of a header's JSON.

    Raises:
        RemoteProtocolError: it is none.
    """
    try:
        header = _header.decode(answer)
        return Announced(
            quantity(header.number),
            _hash_of(header.hash),
            _hash_of(header.parent_hash),
            time.time_ns(),
        )
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise RemoteProtocolError(
            f"{session.endpoint}: {method}: expected a header: {error}"
        ) from None


def parse_height(session: RpcSession, answer: bytes) -> int | None:
    """Read the number of a block that may still be built; None where there is none.

    Raises:
        RemoteProtocolError: it is no block.
    """
    try:
        block = _height.decode(answer)
        return None if block is None or block.number is None else quantity(block.number)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise RemoteProtocolError(
            f"{session.endpoint}: eth_getBlockByNumber: expected a block: {error}"
        ) from None


async def check_chain(session: RpcSession, chain: Chain) -> None:
    """Ask which chain a node serves.

    Raises:
        WrongChain: it is another one.
        RemoteProtocolError: the answer is no chain id.
        RpcError, RpcTimeout, ConnectionLost: it cannot be asked now.
    """
    answer = await session.read("eth_chainId")
    try:
        chain_id = quantity(_text.decode(answer))
    except (msgspec.DecodeError, ValueError):
        raise RemoteProtocolError(
            f"{session.endpoint}: eth_chainId: expected a quantity of at most 64 bits, "
            f"found {answer[:_MAX_SHOWN]!r}"
        ) from None
    if chain_id != chain.chain_id:
        raise WrongChain(
            f"{session.endpoint}: expected chain id {chain.chain_id} ({chain.name}), "
            f"found {chain_id}"
        )
