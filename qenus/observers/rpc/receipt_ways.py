"""The ways in which a node may give a block's receipts, and what its refusals mean.

All of them are proven against the header in the same way, so that any will do:

    BY_HASH     eth_getBlockReceipts of the hash: one question, the same block for certain
    BY_NUMBER   of the number, as some nodes want it (erigon once); each names its block's hash
    BY_OBJECT   of {"blockHash": …}, as EIP-1898 writes it
    SINGLY      eth_getTransactionReceipt of each transaction, in batches
"""

from collections.abc import Sequence
from enum import Enum
from typing import Final

import msgspec

from qenus.chain.ordered_trie import EMPTY_ROOT
from qenus.errors import RemoteProtocolError
from qenus.observers.rpc.claims import Announced
from qenus.observers.rpc.errors import RpcError
from qenus.observers.rpc.session import RpcSession

__all__ = [
    "NotThere",
    "ReceiptWay",
    "has_transactions",
    "is_unsupported",
    "read_receipts",
    "refuses_parameters",
]

_BATCH: Final = 100
_MAX_TRANSACTIONS: Final = 1 << 16
# JSON-RPC 2.0: method not found, invalid params; EIP-1474: method not supported.
_NO_METHOD: Final = frozenset({-32601, -32004})
_INVALID_PARAMS: Final = -32602
_NO_METHOD_WORDS: Final = (
    "method not found", "does not exist", "not supported", "unsupported", "not available",
    "not allowed", "not whitelisted", "unknown method",
)  # fmt: skip
_INVALID_WORDS: Final = ("invalid argument", "invalid param", "hex number", "cannot unmarshal")


class ReceiptWay(Enum):
    """How to ask for a block's receipts; the cheapest first."""

    BY_HASH = "eth_getBlockReceipts by hash"
    BY_NUMBER = "eth_getBlockReceipts by number"
    BY_OBJECT = "eth_getBlockReceipts by {blockHash}"
    SINGLY = "eth_getTransactionReceipt of each"

    def refused_with(self, error: RpcError) -> tuple["ReceiptWay", ...]:
        """Give the ways that an error refuses for good, none where it may pass."""
        if error.busy:
            return ()
        if is_unsupported(error):
            return (self,) if self is ReceiptWay.SINGLY else _OF_A_BLOCK
        return (self,) if refuses_parameters(error) else ()


_OF_A_BLOCK: Final = (ReceiptWay.BY_HASH, ReceiptWay.BY_NUMBER, ReceiptWay.BY_OBJECT)


class NotThere(Exception):
    """The node does not have all of it, now: what is missing, in words."""


def is_unsupported(error: RpcError) -> bool:
    """Whether a node refuses a method as such."""
    text = str(error).lower()
    return error.code in _NO_METHOD or (
        any(word in text for word in _NO_METHOD_WORDS) and "method" in text
    )


def refuses_parameters(error: RpcError) -> bool:
    """Whether a node refuses the form in which a block was named."""
    text = str(error).lower()
    return error.code == _INVALID_PARAMS or any(word in text for word in _INVALID_WORDS)


class _Root(msgspec.Struct):
    transactions_root: str = msgspec.field(name="transactionsRoot", default="")


class _Named(msgspec.Struct):
    block_hash: str = msgspec.field(name="blockHash", default="")


class _Transaction(msgspec.Struct):
    hash: str


class _Block(msgspec.Struct):
    transactions: list[_Transaction] = []


_root = msgspec.json.Decoder(_Root)
_named = msgspec.json.Decoder(list[_Named])
_block = msgspec.json.Decoder(_Block)
_EMPTY_ROOT_TEXT: Final = f"0x{EMPTY_ROOT.hex()}"


def has_transactions(block_json: bytes) -> bool:
    """Whether a block's header says that it has transactions; False where that cannot be read."""
    try:
        return _root.decode(block_json).transactions_root not in ("", _EMPTY_ROOT_TEXT)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False


async def read_receipts(
    session: RpcSession, way: ReceiptWay, wanted: Announced, block_json: bytes | None = None
) -> bytes:
    """Ask for a block's receipts, as JSON of a list; SINGLY needs the block.

    Raises:
        NotThere: the node does not have them now, or has another block at that number.
        RpcError: it refuses.
        RpcTimeout, ConnectionLost: it cannot be asked now.
        RemoteProtocolError: its answer is no list of receipts.

    Cancellation leaves the session usable.
    """
    name = f"0x{wanted.hash.hex()}"
    if way is ReceiptWay.SINGLY:
        assert block_json is not None
        return await _singly(session, block_json)
    asked: object = name
    if way is ReceiptWay.BY_NUMBER:
        asked = hex(wanted.number)
    elif way is ReceiptWay.BY_OBJECT:
        asked = {"blockHash": name}
    receipts = await session.read("eth_getBlockReceipts", asked)
    if receipts == b"null":
        raise NotThere(f"{way.value}: null")
    if way is ReceiptWay.BY_NUMBER and not _all_of(session, receipts, name):
        raise NotThere(f"{way.value}: those of another block")
    return receipts


def _all_of(session: RpcSession, receipts: bytes, name: str) -> bool:
    try:
        return all(one.block_hash.lower() == name for one in _named.decode(receipts))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise RemoteProtocolError(
            f"{session.endpoint}: eth_getBlockReceipts: expected receipts: {error}"
        ) from None


async def _singly(session: RpcSession, block_json: bytes) -> bytes:
    """Ask for the receipt of each transaction that the block has."""
    try:
        transactions = _block.decode(block_json).transactions
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise RemoteProtocolError(
            f"{session.endpoint}: eth_getBlockByHash: expected whole transactions: {error}"
        ) from None
    if len(transactions) > _MAX_TRANSACTIONS:
        raise RemoteProtocolError(
            f"{session.endpoint}: expected at most {_MAX_TRANSACTIONS} transactions in a block, "
            f"found {len(transactions)}"
        )
    found: list[bytes] = []
    for start in range(0, len(transactions), _BATCH):
        asked: Sequence[tuple[str, Sequence[object]]] = [
            ("eth_getTransactionReceipt", (one.hash,)) for one in transactions[start:][:_BATCH]
        ]
        for answer in await session.batch(asked):
            if isinstance(answer, RpcError):
                raise answer
            if answer == b"null":
                raise NotThere(f"{ReceiptWay.SINGLY.value}: null")
            found.append(answer)
    return b"[" + b",".join(found) + b"]"
