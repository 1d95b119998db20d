"""State for an EVM in another process: reads by plain JSON-RPC over HTTP, answered by us.

pyrevm fetches what it needs by itself, over HTTP only. It is given the URL of this server, which
listens on the loopback, knows each state by a secret path, and answers from what has been read
before, what earlier transactions changed, and the node over whatever transport we have, pinned to
the block's hash; proven where that is asked for. So only we ask the node, and its failure is known
here and not guessed from words.
"""

import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Protocol

import attrs
import h11
import msgspec
import trio

from qenus.errors import QenusError, RemoteProtocolError
from qenus.observers.execution.simulations import AccountChange, AccountState
from qenus.observers.rpc import RpcSession
from qenus.observers.rpc.claims import parse_header
from qenus.observers.state.reader import StateReader

__all__ = ["GivenState", "NodeState", "ServedState", "StateGateway", "StateSource"]

_MAX_REQUEST_BYTES: Final = 64 << 10
_READ_BYTES: Final = 64 << 10
_IDLE_SECONDS: Final = 60.0
# Blocks that code can ask the hash of.
_BLOCKHASH_WINDOW: Final = 256
_DELEGATION: Final = bytes.fromhex("ef0100")


class StateSource(Protocol):
    """Where a state comes from."""

    block_hash: bytes

    async def account(self, address: bytes) -> AccountState:
        """Give an account; an empty one where there is none."""
        ...

    async def slot(self, address: bytes, slot: int) -> int:
        """Give what a slot holds."""
        ...

    async def header(self, number: int) -> bytes:
        """Give the JSON of an ancestor's header, `null` where it is not known."""
        ...


@attrs.define
class GivenState:
    """A state that is known as a whole: what is not in it is empty."""

    accounts: dict[bytes, AccountState]
    storage: dict[bytes, dict[int, int]]
    block_hash: bytes = bytes(32)

    async def account(self, address: bytes) -> AccountState:
        """Give an account."""
        return self.accounts.get(address, AccountState())

    async def slot(self, address: bytes, slot: int) -> int:
        """Give what a slot holds."""
        return self.storage.get(address, {}).get(slot, 0)

    async def header(self, _number: int) -> bytes:
        """None is known."""
        return b"null"


class NodeState:
    """The state after a block, as a node has it. With `prove` each read is proven."""

    def __init__(self, session: RpcSession, block_hash: bytes, *, prove: bool = False) -> None:
        self.block_hash = block_hash
        self._session = session
        self._prove = prove
        self._reader = StateReader(session, audit=1.0 if prove else 0.0)

    async def account(self, address: bytes) -> AccountState:
        """Read an account. Raises what StateReader.account raises."""
        return AccountState(
            *await self._reader.account(self.block_hash, address, prove=self._prove)
        )

    async def slot(self, address: bytes, slot: int) -> int:
        """Read a slot. Raises what StateReader.storage raises."""
        key = slot.to_bytes(32, "big")
        (value,) = await self._reader.storage(self.block_hash, address, [key])
        return value

    async def header(self, number: int) -> bytes:
        """Walk back from the block, by hash: a number may be another branch's."""
        name = f"0x{self.block_hash.hex()}"
        for _ in range(_BLOCKHASH_WINDOW + 1):
            text = await self._session.read("eth_getBlockByHash", name, False)
            if text == b"null":
                break
            header = parse_header(self._session, "eth_getBlockByHash", text)
            if header.number <= number:
                return text if header.number == number else b"null"
            name = f"0x{header.parent_hash.hex()}"
        return b"null"


class ServedState:
    """A source with what was read of it, and what transactions have changed since.

    `failure` is what the source failed with; `reads` counts what was asked of it. `delegating` are
    the accounts that delegate (EIP-7702): their delegate's code is served as theirs, for the EVM
    knows no delegation.
    """

    def __init__(self, source: StateSource, *, max_reads: int = 50_000) -> None:
        self.source = source
        self.failure: QenusError | None = None
        self.reads = 0
        self.delegating: set[bytes] = set()
        self._max_reads = max_reads
        self._accounts: dict[bytes, AccountState] = {}
        self._slots: dict[bytes, dict[int, int]] = {}
        self._headers: dict[int, bytes] = {}
        # Nonce, balance and code are asked for in three questions at once: one of them reads.
        self._reading = trio.Lock()

    def apply(self, changes: Iterable[AccountChange]) -> None:
        """Take over what a transaction changed."""
        for change in changes:
            code = change.after.code
            known = self._accounts.get(change.address)
            if change.code is None and known is not None:
                # For an account that delegates, the EVM has its delegate's.
                code = known.code
            self._accounts[change.address] = attrs.evolve(change.after, code=code)
            slots = self._slots.setdefault(change.address, {})
            slots |= {slot: after for slot, (_, after) in change.storage.items()}

    async def account(self, address: bytes) -> AccountState:
        """Give an account as it is now."""
        async with self._reading:
            known = self._accounts.get(address)
            if known is None:
                self._count()
                known = self._accounts[address] = await self.source.account(address)
        return known

    async def slot(self, address: bytes, slot: int) -> int:
        """Give what a slot holds now."""
        slots = self._slots.setdefault(address, {})
        if slot not in slots:
            self._count()
            slots[slot] = await self.source.slot(address, slot)
        return slots[slot]

    async def header(self, number: int) -> bytes:
        """Give the JSON of an ancestor's header."""
        if number not in self._headers:
            self._count()
            self._headers[number] = await self.source.header(number)
        return self._headers[number]

    async def code(self, account: bytes) -> bytes:
        """Give the code that runs in an account."""
        code = (await self.account(account)).code
        if not code.startswith(_DELEGATION):
            return code
        self.delegating.add(account)
        # A delegate that delegates itself is run as it stands, which halts.
        return (await self.account(code[len(_DELEGATION) :])).code

    async def may_send(self, account: bytes) -> bool:
        """Whether an account may send transactions: none with code of its own may (EIP-3607)."""
        code = (await self.account(account)).code
        return not code or code.startswith(_DELEGATION)

    def _count(self) -> None:
        self.reads += 1
        if self.reads > self._max_reads:
            raise RemoteProtocolError(f"expected at most {self._max_reads} reads of state")


class _Request(msgspec.Struct):
    id: int
    method: str
    params: list[Any] = []


_request = msgspec.json.Decoder(_Request)


class StateGateway:
    """The server; made by `StateGateway.open`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._states: dict[str, ServedState] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["StateGateway"]:
        """Listen on the loopback until the block is left."""
        async with trio.open_nursery() as nursery:
            (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
            gateway = cls(listener.socket.getsockname()[1])
            nursery.start_soon(trio.serve_listeners, gateway._serve, [listener])
            yield gateway
            nursery.cancel_scope.cancel()

    def add(self, state: ServedState) -> str:
        """Serve a state; give its URL, which cannot be guessed."""
        token = secrets.token_hex(16)
        self._states[token] = state
        return f"http://127.0.0.1:{self._port}/{token}"

    def remove(self, url: str) -> None:
        """Serve it no longer."""
        self._states.pop(url.rpartition("/")[2], None)

    async def _serve(self, stream: trio.SocketStream) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_REQUEST_BYTES)
        # Who breaks the rules, goes away or says nothing for long is let go.
        gone = (trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError)
        with suppress(*gone, h11.RemoteProtocolError):
            async with stream:
                while True:
                    with trio.fail_after(_IDLE_SECONDS):
                        asked = await _receive(stream, connection)
                    if asked is None:
                        return
                    path, body = asked
                    answer = await self._answer(path, body)
                    await _send(stream, connection, answer)
                    connection.start_next_cycle()

    async def _answer(self, path: str, body: bytes) -> bytes:
        state = self._states.get(path.lstrip("/"))
        try:
            request = _request.decode(body)
        except msgspec.DecodeError:
            request = _Request(0, "")
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": request.id}
        try:
            if state is None:
                raise RemoteProtocolError("no such state")
            answer["result"] = await _ask(state, request)
        except QenusError as error:
            if state is not None and state.failure is None:
                state.failure = error
            answer["error"] = {"code": -32000, "message": str(error)[:200]}
        return msgspec.json.encode(answer)


async def _ask(state: ServedState, request: _Request) -> object:
    try:
        what = request.params[0]
        if request.method == "eth_getBlockByNumber":
            return msgspec.Raw(await state.header(int(what, 16)))
        address = bytes.fromhex(what[2:])
        if request.method == "eth_getBalance":
            return hex((await state.account(address)).balance)
        if request.method == "eth_getTransactionCount":
            return hex((await state.account(address)).nonce)
        if request.method == "eth_getCode":
            return f"0x{(await state.code(address)).hex()}"
        if request.method == "eth_getStorageAt":
            return f"0x{await state.slot(address, int(request.params[1], 16)):064x}"
    except (IndexError, TypeError, ValueError) as error:
        raise RemoteProtocolError(f"{request.method}: {error}") from None
    raise RemoteProtocolError(f"{request.method}: not served here")


async def _receive(
    stream: trio.SocketStream, connection: h11.Connection
) -> tuple[str, bytes] | None:
    """The path and the body of the next request, None at the end."""
    path, body = "", bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await stream.receive_some(_READ_BYTES))
        elif isinstance(event, h11.Request):
            path = event.target.decode("ascii", "replace")
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > _MAX_REQUEST_BYTES:
                return None
        elif isinstance(event, h11.EndOfMessage):
            return path, bytes(body)
        else:
            return None


async def _send(stream: trio.SocketStream, connection: h11.Connection, body: bytes) -> None:
    headers = [("content-type", "application/json"), ("content-length", str(len(body)))]
    parts = [
        connection.send(h11.Response(status_code=200, headers=headers)),
        connection.send(h11.Data(data=body)),
        connection.send(h11.EndOfMessage()),
    ]
    await stream.send_all(b"".join(part for part in parts if part))
