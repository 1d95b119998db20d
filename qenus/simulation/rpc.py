"""A demo node's JSON-RPC, without I/O: text in, text out, one session a connection.

Answers are geth's, errors carry the codes of JSON-RPC 2.0. Blocks and receipts are sent as the
bytes that were encoded when the block was built.
Source: JSON-RPC 2.0; EIP-1474 (-32005); ethereum/execution-apis; geth's eth_subscribe.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from qenus.chain.keccak import keccak256
from qenus.simulation import contracts
from qenus.simulation.blocks import DemoBlock
from qenus.simulation.lies import Liar, NodeBusy
from qenus.simulation.world import World

__all__ = ["MAX_BATCH", "MAX_SUBSCRIPTIONS", "RpcSession"]

MAX_BATCH = 100
MAX_SUBSCRIPTIONS = 32

_PARSE_ERROR = -32700
_INVALID_REQUEST = -32600
_METHOD_NOT_FOUND = -32601
_INVALID_PARAMS = -32602
_SERVER_ERROR = -32000
_LIMIT_EXCEEDED = -32005
_REVERTED = 3
_NULL = b"null"
_MAX_QUANTITY_DIGITS = 16


class _RpcFault(Exception):
    """A fault that is sent as a JSON-RPC error object."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class RpcSession:
    """One client's connection to a demo node: its answers and its subscriptions.

    A `liar` falsifies the answers.
    """

    def __init__(self, world: World, liar: Liar | None = None) -> None:
        self._world = world
        self._liar = liar
        self._subscriptions: dict[str, None] = {}
        self._opened = 0

    def answer(self, message: str | bytes) -> bytes | None:
        """Return the reply to one message, None for a message that gets no reply."""
        try:
            request = msgspec.json.decode(message)
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            return _error(None, _PARSE_ERROR, f"parse error: {error}")
        if not isinstance(request, list):
            return self._reply(request)
        if not request:
            return _error(None, _INVALID_REQUEST, "empty batch")
        if len(request) > MAX_BATCH:
            return _error(None, _INVALID_REQUEST, f"batch too large: at most {MAX_BATCH}")
        replies = [reply for reply in map(self._reply, request) if reply is not None]
        return b"[" + b",".join(replies) + b"]" if replies else None

    def heads(self, blocks: tuple[DemoBlock, ...]) -> Iterator[bytes]:
        """Yield the newHeads notifications of this session for new blocks, in order."""
        for block in blocks if self._liar is None else self._liar.heads(blocks):
            for subscription in self._subscriptions:
                yield (
                    b'{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"'
                    + subscription.encode()
                    + b'","result":'
                    + block.json.header
                    + b"}}"
                )

    def _reply(self, request: object) -> bytes | None:
        if not isinstance(request, dict):
            return _error(None, _INVALID_REQUEST, "invalid request: not an object")
        identity = request.get("id")
        if isinstance(identity, bool) or not isinstance(identity, int | float | str | None):
            return _error(None, _INVALID_REQUEST, "invalid request: id")
        method, params = request.get("method"), request.get("params", [])
        if request.get("jsonrpc") != "2.0" or not isinstance(method, str):
            return _error(identity, _INVALID_REQUEST, "invalid request")
        try:
            result = self._result(method, params)
        except _RpcFault as fault:
            reply = _error(identity, fault.code, fault.message)
        else:
            reply = b'{"jsonrpc":"2.0","id":' + msgspec.json.encode(identity)
            reply += b',"result":' + result + b"}"
        return reply if "id" in request else None

    def _result(self, method: str, params: object) -> bytes:
        handler = _METHODS.get(method)
        if handler is None:
            raise _RpcFault(
                _METHOD_NOT_FOUND, f"the method {method[:64]} does not exist/is not available"
            )
        if not isinstance(params, list):
            raise _RpcFault(_INVALID_PARAMS, "non-array args")
        truth = handler(self, _Params(params))
        if self._liar is None:
            return truth
        try:
            return self._liar.answer(method, truth)
        except NodeBusy:
            raise _RpcFault(_LIMIT_EXCEEDED, "daily request count exceeded") from None

    def _block(self, params: "_Params") -> bytes:
        found = self._world.block_by_hash(params.hash32(0))
        return _block_json(found, params.boolean(1))

    def _block_by_number(self, params: "_Params") -> bytes:
        found = self._at(params.text(0))
        return _block_json(found, params.boolean(1))

    def _block_receipts(self, params: "_Params") -> bytes:
        chosen = params.get(0)
        if isinstance(chosen, Mapping):
            found = self._by_object(chosen)
        elif isinstance(chosen, str) and len(chosen) == 66:
            found = self._world.block_by_hash(params.hash32(0))
        else:
            found = self._at(params.text(0))
        return _NULL if found is None else found.json.receipts

    def _by_object(self, chosen: Mapping[str, Any]) -> DemoBlock | None:
        """Return the block that an object names (EIP-1898)."""
        if ("blockHash" in chosen) == ("blockNumber" in chosen):
            raise _RpcFault(
                _INVALID_PARAMS, "specify blockHash or blockNumber, exactly one of them"
            )
        if "blockNumber" in chosen:
            return self._at(_Params([chosen["blockNumber"]]).text(0))
        found = self._world.block_by_hash(_Params([chosen["blockHash"]]).hash32(0))
        must_be_canonical = chosen.get("requireCanonical") is True
        if found is not None and must_be_canonical and not self._world.is_canonical(found):
            raise _RpcFault(_SERVER_ERROR, "hash is not currently canonical")
        return found

    def _call(self, params: "_Params") -> bytes:
        asked = params.get(0)
        if not isinstance(asked, Mapping):
            raise _RpcFault(_INVALID_PARAMS, "invalid argument 0: expected an object")
        to = _Params([asked.get("to")]).data(0)
        data = _Params([asked.get("data", asked.get("input", "0x"))]).data(0)
        chosen = params.get(1)
        found = (
            self._by_object(chosen)
            if isinstance(chosen, Mapping)
            else self._at(_Params([chosen]).text(0))
        )
        market = None if found is None else self._world.market_at(found.hash)
        if market is None:
            raise _RpcFault(_SERVER_ERROR, "missing trie node")
        try:
            return msgspec.json.encode(f"0x{contracts.call(market, to, data).hex()}")
        except contracts.Reverted:
            raise _RpcFault(_REVERTED, "execution reverted") from None

    def _receipt(self, params: "_Params") -> bytes:
        transaction_hash = params.hash32(0)
        block = self._world.block_of_transaction(transaction_hash)
        return _NULL if block is None else block.json.receipt_of[transaction_hash]

    def _at(self, tag: str) -> DemoBlock | None:
        world = self._world
        named = {
            # A node that builds no blocks answers its head for pending.
            "latest": world.head,
            "pending": world.head,
            "safe": world.safe,
            "finalized": world.finalized,
        }.get(tag)
        if named is not None:
            return named
        return world.block_by_number(0 if tag == "earliest" else _quantity(tag))

    def _subscribe(self, params: "_Params") -> bytes:
        kind = params.text(0)
        if kind != "newHeads":
            raise _RpcFault(_METHOD_NOT_FOUND, f'no "{kind[:64]}" subscription in eth namespace')
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            raise _RpcFault(_SERVER_ERROR, f"too many subscriptions: at most {MAX_SUBSCRIPTIONS}")
        self._opened += 1
        name = "0x" + keccak256(self._opened.to_bytes(8, "big"))[:16].hex()
        self._subscriptions[name] = None
        return msgspec.json.encode(name)

    def _unsubscribe(self, params: "_Params") -> bytes:
        name = params.text(0)
        if name not in self._subscriptions:
            raise _RpcFault(_SERVER_ERROR, "subscription not found")
        del self._subscriptions[name]
        return b"true"

    def _number(self, _: "_Params") -> bytes:
        return msgspec.json.encode(hex(self._world.head.number))

    def _chain_id(self, _: "_Params") -> bytes:
        return msgspec.json.encode(hex(self._world.chain.chain_id))

    def _network(self, _: "_Params") -> bytes:
        return msgspec.json.encode(str(self._world.chain.chain_id))


class _Params:
    """A request's positional parameters, each read as what the method needs."""

    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def get(self, at: int) -> Any:
        """Return a parameter that must be there."""
        if at >= len(self._values):
            raise _RpcFault(_INVALID_PARAMS, f"missing value for required argument {at}")
        return self._values[at]

    def text(self, at: int) -> str:
        """Return a parameter that must be a string."""
        value = self.get(at)
        if not isinstance(value, str):
            raise _RpcFault(_INVALID_PARAMS, f"invalid argument {at}: expected a string")
        return value

    def boolean(self, at: int) -> bool:
        """Return a parameter that must be true or false."""
        value = self.get(at)
        if not isinstance(value, bool):
            raise _RpcFault(_INVALID_PARAMS, f"invalid argument {at}: expected a boolean")
        return value

    def data(self, at: int) -> bytes:
        """Return a parameter that must be bytes in hex."""
        value = self.text(at)
        if value.startswith("0x"):
            try:
                return bytes.fromhex(value[2:])
            except ValueError:
                pass
        raise _RpcFault(_INVALID_PARAMS, f"invalid argument {at}: expected bytes in hex")

    def hash32(self, at: int) -> bytes:
        """Return a parameter that must be a 32-byte hash in hex."""
        value = self.text(at)
        if len(value) == 66 and value.startswith("0x"):
            try:
                return bytes.fromhex(value[2:])
            except ValueError:
                pass
        raise _RpcFault(_INVALID_PARAMS, f"invalid argument {at}: expected 32 bytes in hex")


def _block_json(block: DemoBlock | None, whole_transactions: bool) -> bytes:
    if block is None:
        return _NULL
    return block.json.full if whole_transactions else block.json.hashes


def _quantity(text: str) -> int:
    digits = text[2:]
    if (
        text.startswith("0x")
        and 0 < len(digits) <= _MAX_QUANTITY_DIGITS
        and (digits == "0" or digits[0] != "0")
    ):
        try:
            return int(digits, 16)
        except ValueError:
            pass
    raise _RpcFault(_INVALID_PARAMS, "invalid argument 0: expected a quantity in hex or a tag")


def _error(identity: int | float | str | None, code: int, message: str) -> bytes:
    return msgspec.json.encode(
        {"jsonrpc": "2.0", "id": identity, "error": {"code": code, "message": message}}
    )


_METHODS: Mapping[str, Callable[[RpcSession, _Params], bytes]] = {
    "eth_blockNumber": RpcSession._number,
    "eth_call": RpcSession._call,
    "eth_chainId": RpcSession._chain_id,
    "eth_getBlockByHash": RpcSession._block,
    "eth_getBlockByNumber": RpcSession._block_by_number,
    "eth_getBlockReceipts": RpcSession._block_receipts,
    # No EVM executes here: no account has code.
    "eth_getCode": lambda *_: b'"0x"',
    "eth_getTransactionReceipt": RpcSession._receipt,
    "eth_subscribe": RpcSession._subscribe,
    "eth_syncing": lambda *_: b"false",
    "eth_unsubscribe": RpcSession._unsubscribe,
    "net_version": RpcSession._network,
    "web3_clientVersion": lambda *_: b'"QenusDemo/v0.1.0"',
}
