"""A WebSocket proxy before a real node that tells one kind of lie, and counts how often it did."""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import trio
from trio_websocket import (
    ConnectionClosed,
    WebSocketConnection,
    WebSocketRequest,
    open_websocket_url,
    serve_websocket,
)

__all__ = ["LIES", "LyingProxy"]

_MAX_BYTES = 80 << 20
# A lie: given the method asked for (newHeads for a head announced), the answer and the proxy, what
# to send in its place. None is silence; bytes are sent as they are.
Lie = Callable[[str, dict[str, Any], "LyingProxy"], dict[str, Any] | bytes | None]


class LyingProxy:
    """Passes everything through to the node at `url`, but for its lie."""

    def __init__(self, url: str, lie: Lie | None) -> None:
        self.url = url
        self.lie = lie
        self.told = 0
        self.delay_seconds = 0.0
        self.rng = random.Random(1)
        self.heads: list[dict[str, Any]] = []

    async def serve(self, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled; started with the address."""
        async with trio.open_nursery() as nursery:
            server = await nursery.start(
                partial(
                    serve_websocket,
                    *(self._client, "127.0.0.1", 0, None),
                    max_message_size=_MAX_BYTES,
                )
            )
            task_status.started(f"ws://127.0.0.1:{server.port}")

    async def _client(self, request: WebSocketRequest) -> None:
        client = await request.accept()
        asked: dict[int, str] = {}
        with suppress(ConnectionClosed, OSError):
            async with (
                open_websocket_url(self.url, max_message_size=_MAX_BYTES) as node,
                trio.open_nursery() as nursery,
            ):
                nursery.start_soon(self._upwards, client, node, asked, nursery.cancel_scope)
                await self._downwards(node, client, asked)
                nursery.cancel_scope.cancel()

    async def _upwards(
        self,
        client: WebSocketConnection,
        node: WebSocketConnection,
        asked: dict[int, str],
        scope: trio.CancelScope,
    ) -> None:
        with suppress(ConnectionClosed):
            while True:
                message = await client.get_message()
                request = json.loads(message)
                for one in request if isinstance(request, list) else [request]:
                    asked[one["id"]] = one["method"]
                await node.send_message(message)
        scope.cancel()

    async def _downwards(
        self, node: WebSocketConnection, client: WebSocketConnection, asked: dict[int, str]
    ) -> None:
        with suppress(ConnectionClosed):
            while True:
                message = await node.get_message()
                answer = json.loads(message)
                if isinstance(answer, list) and self.lie is not None:
                    told = [self.lie(asked.pop(one["id"], ""), one, self) for one in answer]
                    # In a batch a lie is another answer: silence and noise are for single ones.
                    message = json.dumps(
                        [
                            lie if isinstance(lie, dict) else one
                            for lie, one in zip(told, answer, strict=True)
                        ]
                    )
                elif isinstance(answer, dict) and self.lie is not None:
                    method = "newHeads" if "method" in answer else asked.pop(answer["id"], "")
                    lie = self.lie(method, answer, self)
                    if lie is None:
                        self.told += 1
                        continue
                    if lie is not answer:
                        self.told += 1
                        message = lie.decode() if isinstance(lie, bytes) else json.dumps(lie)
                await trio.sleep(self.delay_seconds)
                await client.send_message(message)


def _changed(answer: dict[str, Any], change: Callable[[Any], None]) -> dict[str, Any]:
    """A copy of an answer with its result changed; the answer itself when there is nothing to."""
    copy = json.loads(json.dumps(answer))
    if not copy.get("result"):
        return answer
    change(copy["result"])
    return answer if copy == answer else copy


def _receipts(change: Callable[[list[dict[str, Any]]], None]) -> Lie:
    def lie(method: str, answer: dict[str, Any], _proxy: LyingProxy) -> Any:
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
    """Announce a head far ahead that nobody has."""
    if method != "newHeads" or proxy.rng.random() < 0.5:
        return answer
    head = dict(answer["params"]["result"])
    head["number"] = hex(int(head["number"], 16) + 1000)
    head["hash"] = f"0x{proxy.rng.randbytes(32).hex()}"
    return {**answer, "params": {**answer["params"], "result": head}}


def _invented_header(method: str, answer: dict[str, Any], proxy: LyingProxy) -> Any:
    """Give a block whose header was changed, under its old hash."""
    return (
        _changed(answer, lambda block: block.update(gasUsed="0x1"))
        if method == "eth_getBlockByHash"
        else answer
    )


def _no_json(method: str, answer: dict[str, Any], _proxy: LyingProxy) -> Any:
    return b'{"jsonrpc": "2.0", "id": ' if method == "eth_getBlockReceipts" else answer


def _oversized(method: str, answer: dict[str, Any], _proxy: LyingProxy) -> Any:
    if method != "eth_getBlockReceipts":
        return answer
    return b'{"jsonrpc":"2.0","id":%d,"result":"%s"}' % (answer["id"], b"0" * (65 << 20))


def _too_many_requests(method: str, answer: dict[str, Any], proxy: LyingProxy) -> Any:
    if not method.startswith("eth_getBlock") or proxy.rng.random() < 0.3:
        return answer
    error = {"code": 429, "message": "too many requests"}
    return {"jsonrpc": "2.0", "id": answer["id"], "error": error}


def _silence(method: str, answer: dict[str, Any], _proxy: LyingProxy) -> Any:
    return None if method == "eth_getBlockReceipts" else answer


# By name: the lie, and what it must be found out by (a step of the ladder), None where there is
# nothing to accuse anybody of.
LIES: dict[str, tuple[Lie, str | None]] = {
    "an omitted log": (_receipts(_omit_log), "receipts root"),
    "a changed amount": (_receipts(_change_amount), "receipts root"),
    "a log from another block": (_receipts(_foreign_log), "positions"),
    "a null block": (_null_block, None),
    "another valid block": (_another_block, "header hash"),
    "a changed header": (_invented_header, "header hash"),
    "skipped heads": (_skip_heads, None),
    "old heads again": (_old_heads, None),
    "a longer chain that nobody has": (_longer_chain, None),
    "no JSON": (_no_json, None),
    "an oversized reply": (_oversized, None),
    "too many requests": (_too_many_requests, None),
    "silence": (_silence, None),
}
