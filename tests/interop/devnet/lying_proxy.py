"""A proxy in front of a real node that falsifies answers in one way, and counts the lies.

It speaks as the node does: over a WebSocket, over HTTP or over a Unix socket.
"""

import itertools
import json
import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import trio
from broken_wires import Fault, Gone, HttpWire, SocketWire, WebSocketWire, Wire
from trio_websocket import ConnectionClosed, WebSocketRequest, open_websocket_url, serve_websocket

__all__ = ["LIES", "LyingProxy", "instead_of"]

_MAX_BYTES = 80 << 20
Answer = dict[str, Any]
# A lie: given the method asked for (newHeads for a head announced), the answer and the proxy, what
# to send in its place. None is silence; bytes are sent as they are; of several one after another;
# a fault does what it likes to the connection.
Lie = Callable[[str, Answer, "LyingProxy"], Answer | bytes | list[Any] | Fault | None]


class LyingProxy:
    """Passes everything through to the node at `url`, but for its lie.

    `batch_lie` is what it makes of a whole batch of answers.
    """

    def __init__(self, url: str, lie: Lie | None) -> None:
        self.url = url
        self.lie = lie
        self.batch_lie: Callable[[list[Answer]], list[Answer]] | None = None
        self.lies = 0
        self.delay_seconds = 0.0
        self.rng = random.Random(1)
        self.heads: list[Answer] = []
        self.invented: dict[str, Answer] = {}
        self.params: list[Any] = []

    async def serve(self, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
        """Serve WebSockets until cancelled; started with the address."""
        async with trio.open_nursery() as nursery:
            server = await nursery.start(
                partial(
                    serve_websocket,
                    *(self._accept, "127.0.0.1", 0, None),
                    max_message_size=_MAX_BYTES,
                )
            )
            task_status.started(f"ws://127.0.0.1:{server.port}")

    async def serve_http(self, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
        """Serve HTTP until cancelled; started with the address."""
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listener.socket.getsockname()[1]
        task_status.started(f"http://127.0.0.1:{port}")
        await trio.serve_listeners(lambda stream: self._answer(HttpWire(stream)), [listener])

    async def serve_unix(self, folder: Path, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
        """Serve a Unix socket until cancelled; started with the address."""
        path = next(
            path for at in itertools.count() if not (path := folder / f"liar{at}.ipc").exists()
        )
        bound = trio.socket.socket(trio.socket.AF_UNIX)
        await bound.bind(str(path))
        bound.listen()
        listener = trio.SocketListener(bound)
        task_status.started(f"unix://{path}")
        await trio.serve_listeners(lambda stream: self._answer(SocketWire(stream)), [listener])

    async def _accept(self, request: WebSocketRequest) -> None:
        await self._answer(WebSocketWire(await request.accept()))

    async def _answer(self, wire: Wire) -> None:
        asked: dict[Any, Any] = {}
        with suppress(Gone, ConnectionClosed, OSError):
            if not wire.pushes:
                await self._by_request(wire, asked)
                return
            async with (
                open_websocket_url(self.url, max_message_size=_MAX_BYTES) as node,
                trio.open_nursery() as nursery,
            ):
                nursery.start_soon(self._upwards, wire, node, asked, nursery.cancel_scope)
                with suppress(Gone, ConnectionClosed):
                    while True:
                        await self._pass_on(wire, await node.get_message(), asked)
                nursery.cancel_scope.cancel()

    async def _by_request(self, wire: Wire, asked: dict[Any, Any]) -> None:
        url = self.url.replace("ws://", "http://")
        async with httpx.AsyncClient(trust_env=False, timeout=60) as node:
            while True:
                message = await wire.receive()
                _note(message, asked)
                answer = await node.post(
                    url, content=message, headers={"content-type": "application/json"}
                )
                await self._pass_on(wire, answer.text, asked)

    async def _upwards(
        self, wire: Wire, node: Any, asked: dict[Any, Any], scope: trio.CancelScope
    ) -> None:
        with suppress(Gone, ConnectionClosed):
            while True:
                message = await wire.receive()
                _note(message, asked)
                await node.send_message(message)
        scope.cancel()

    async def _pass_on(self, wire: Wire, message: str, asked: dict[Any, Any]) -> None:
        answer = json.loads(message)
        await trio.sleep(self.delay_seconds)
        if isinstance(answer, list):
            await wire.send(json.dumps(self._batch(answer, asked)))
            return
        method = "newHeads" if "method" in answer else self._asked(asked, answer)
        lie = answer if self.lie is None else self.lie(method, answer, self)
        if lie is answer:
            await wire.send(message)
            return
        self.lies += 1
        if callable(lie):
            await lie(wire, message.encode())
            return
        for one in lie if isinstance(lie, list) else [] if lie is None else [lie]:
            await wire.send(one.decode() if isinstance(one, bytes) else json.dumps(one))

    def _batch(self, answers: list[Answer], asked: dict[Any, Any]) -> list[Answer]:
        sent = []
        for one in answers:
            method = self._asked(asked, one)
            lie = self.lie(method, one, self) if self.lie else one
            # In a batch a lie is another answer: silence and noise are for single ones.
            sent.append(lie if isinstance(lie, dict) else one)
        if self.batch_lie is not None:
            sent = self.batch_lie(sent)
        self.lies += sent != answers
        return sent

    def _asked(self, asked: dict[Any, Any], answer: Answer) -> str:
        """What this is the answer to; `params` is what was asked with."""
        method, self.params = asked.pop(answer["id"], ("", []))
        return method


def _note(message: str, asked: dict[Any, Any]) -> None:
    request = json.loads(message)
    for one in request if isinstance(request, list) else [request]:
        asked[one["id"]] = one["method"], one["params"]


def instead_of(method: str, fault: Fault) -> Lie:
    """The lie that does `fault` to every answer to a method."""
    return lambda asked, answer, _proxy: fault if asked == method else answer


def _changed(answer: dict[str, Any], change: Callable[[Any], None]) -> dict[str, Any]:
    """A copy of an answer with its result changed; the answer itself when there is nothing to."""
    copy = json.loads(json.dumps(answer))
    if not copy.get("result"):
        return answer
    change(copy["result"])
    return answer if copy == answer else copy


def _receipts(change: Callable[[list[dict[str, Any]]], None]) -> Lie:
    def lie(method: str, answer: dict[str, Any], _proxy: LyingProxy) -> Any:
        if method == "eth_getTransactionReceipt":
            # The same lie by every way.
            return _changed(answer, lambda receipt: change([receipt]))
        return _changed(answer, change) if method == "eth_getBlockReceipts" else answer

    return lie


def _with_logs(receipts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [receipt for receipt in receipts if receipt["logs"]]


def _omit_log(receipts: list[dict[str, Any]]) -> None:
    for receipt in _with_logs(receipts)[:1]:
        receipt["logs"].pop()


def _change_amount(receipts: list[dict[str, Any]]) -> None:
    for receipt in _with_logs(receipts)[:1]:
        log = receipt["logs"][-1]
        log["data"] = log["data"][:-1] + ("0" if log["data"][-1] != "0" else "1")


def _foreign_log(receipts: list[dict[str, Any]]) -> None:
    for receipt in _with_logs(receipts)[:1]:
        receipt["logs"][0]["blockHash"] = "0x" + "ab" * 32


def _null_block(method: str, answer: dict[str, Any], _proxy: LyingProxy) -> Any:
    return {**answer, "result": None} if method == "eth_getBlockByHash" else answer


def _another_block(method: str, answer: dict[str, Any], proxy: LyingProxy) -> Any:
    """Answer with a block of before, whole and valid."""
    if method != "eth_getBlockByHash" or not answer.get("result"):
        return answer
    proxy.heads.append(answer["result"])
    return {**answer, "result": proxy.heads[0]}


def _skip_heads(method: str, answer: dict[str, Any], proxy: LyingProxy) -> Any:
    return None if method == "newHeads" and proxy.rng.random() < 0.6 else answer


def _old_heads(method: str, answer: dict[str, Any], proxy: LyingProxy) -> Any:
    """Announce some earlier head in place of every other one."""
    if method != "newHeads":
        return answer
    proxy.heads.append(answer["params"]["result"])
    if proxy.rng.random() < 0.5:
        return answer
    old = proxy.rng.choice(proxy.heads)
    return {**answer, "params": {**answer["params"], "result": old}}


def _longer_chain(method: str, answer: dict[str, Any], proxy: LyingProxy) -> Any:
    """Announce a head far ahead that no node has."""
    if method != "newHeads" or proxy.rng.random() < 0.5:
        return answer
    head = dict(answer["params"]["result"])
    head["number"] = hex(int(head["number"], 16) + 1000)
    head["hash"] = f"0x{proxy.rng.randbytes(32).hex()}"
    return {**answer, "params": {**answer["params"], "result": head}}


def _invented_chain(method: str, answer: dict[str, Any], proxy: LyingProxy) -> Any:
    """Announce heads of a longer chain of its own, and answer for each of its blocks.

    Its headers are linked and lead back to the node's chain; that none of them has the hash that
    it is named by is found out with the first block.
    """
    if method in ("eth_getBlockByHash", "eth_getBlockByNumber"):
        return {**answer, "result": proxy.invented.get(proxy.params[0], answer["result"])}
    if method == "eth_getBlockReceipts" and str(proxy.params[0]) in proxy.invented:
        return {**answer, "result": []}
    if method != "newHeads":
        return answer
    head = dict(answer["params"]["result"])
    proxy.invented.clear()
    for number in range(int(head["number"], 16) + 1, int(head["number"], 16) + 7):
        head = {
            **head,
            "number": hex(number),
            "parentHash": head["hash"],
            "hash": f"0x{proxy.rng.randbytes(32).hex()}",
            "transactions": [],
            "uncles": [],
        }
        proxy.invented[head["hash"]] = proxy.invented[head["number"]] = head
    return [answer, {**answer, "params": {**answer["params"], "result": head}}]


def _doubled_heads(method: str, answer: dict[str, Any], proxy: LyingProxy) -> Any:
    return [answer, answer, answer] if method == "newHeads" else answer


def _reordered_heads(method: str, answer: dict[str, Any], proxy: LyingProxy) -> Any:
    """Announce them four at a time, in any order but their own."""
    if method != "newHeads":
        return answer
    proxy.heads.append(answer)
    if len(proxy.heads) < 4:
        return None
    heads, proxy.heads = proxy.heads[::-1], []
    proxy.rng.shuffle(heads)
    return heads


def _invented_header(method: str, answer: dict[str, Any], proxy: LyingProxy) -> Any:
    """Give a block whose header was changed, under its old hash."""
    return (
        _changed(answer, lambda block: block.update(gasUsed="0x1"))
        if method == "eth_getBlockByHash"
        else answer
    )


def _too_many_requests(code: int) -> Lie:
    def lie(method: str, answer: dict[str, Any], proxy: LyingProxy) -> Any:
        if not method.startswith("eth_getBlock") or proxy.rng.random() < 0.3:
            return answer
        error = {"code": code, "message": "too many requests"}
        return {"jsonrpc": "2.0", "id": answer["id"], "error": error}

    return lie


def _silence(method: str, answer: dict[str, Any], _proxy: LyingProxy) -> Any:
    return None if method == "eth_getBlockReceipts" else answer


def _another_id(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "id": answer["id"] + 1_000_000}


def _about_receipts(change: Callable[[dict[str, Any]], Any]) -> Lie:
    def lie(method: str, answer: dict[str, Any], _proxy: LyingProxy) -> Any:
        return change(answer) if method == "eth_getBlockReceipts" else answer

    return lie


# By name: the lie, and the check that must reject it (a step of the ladder, "shape" for what breaks
# the protocol's own rules), None where there is nothing to reject.
LIES: dict[str, tuple[Lie, str | None]] = {
    "an omitted log": (_receipts(_omit_log), "receipts root"),
    "a changed amount": (_receipts(_change_amount), "receipts root"),
    "a log from another block": (_receipts(_foreign_log), "positions"),
    "a null block": (_null_block, None),
    "another valid block": (_another_block, "header hash"),
    "a changed header": (_invented_header, "header hash"),
    "doubled heads": (_doubled_heads, None),
    "skipped heads": (_skip_heads, None),
    "reordered heads": (_reordered_heads, None),
    "old heads again": (_old_heads, None),
    "a longer chain that no node has": (_longer_chain, None),
    "a longer chain of its own": (_invented_chain, "header hash"),
    "a second answer": (_about_receipts(lambda answer: [answer, answer]), "shape"),
    "an answer to no question": (
        _about_receipts(lambda answer: [_another_id(answer), answer]),
        "shape",
    ),
    "another id": (_about_receipts(_another_id), "shape"),
    "an id that is an object": (
        _about_receipts(lambda answer: {**answer, "id": {"number": answer["id"]}}),
        "shape",
    ),
    # It can only be the number that was asked with.
    "an id as text": (_about_receipts(lambda answer: {**answer, "id": str(answer["id"])}), None),
    # It is the error of a call that it may be meant for.
    "an answer without an id": (
        _about_receipts(lambda answer: {"jsonrpc": "2.0", "id": None, "error": {"code": -1}}),
        None,
    ),
    "too many requests": (_too_many_requests(429), None),
    "a limit exceeded": (_too_many_requests(-32005), None),
    "silence": (_silence, None),
}
