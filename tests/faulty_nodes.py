"""How nodes really misbehave, and how hostile ones may: faults that begin and end.

Each was reported by users of such nodes, or tried as an attack. `NODE_FAULTS` are those of honest
nodes, after which a chain's only node is followed again; `ATTACKS` are what only a hostile node
does. A test runs through all of them, and so does `qenus bench faults`.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import attrs
import trio

from tests.scripted_node import HANG_UP, ScriptedNode, Wire, error, http_reply, result

__all__ = ["ATTACKS", "NODE_FAULTS", "Fault", "announce", "large_bodies"]

_LATE_SECONDS = 0.3
_AHEAD = 900
_FUTURE_HEADS_SECONDS = 0.05
_TAGS = ("latest", "pending", "safe", "finalized")


@attrs.frozen
class Fault:
    """`begin` makes a node faulty; `end` makes it good again. `act` does something meanwhile."""

    begin: Callable[[ScriptedNode], None]
    act: Callable[[ScriptedNode], Any] | None = None
    transport: str = "ws"

    def end(self, node: ScriptedNode) -> None:
        node.answer = node.batch = node.head = node.refusal = None


def _refused(*head: str, body: bytes = b"no") -> Fault:
    def begin(node: ScriptedNode) -> None:
        node.refusal = http_reply(*[head[0], body, *head[1:]], close=True)
        node.disconnect()

    return Fault(begin)


def _shut(wire: Wire) -> Fault:
    def begin(node: ScriptedNode) -> None:
        node.refusal = wire
        node.disconnect()

    return Fault(begin)


def _answers(hook: Callable[[str, list[Any], dict[str, Any]], Any], **more: Any) -> Fault:
    def begin(node: ScriptedNode) -> None:
        node.answer = hook

    return Fault(begin, **more)


def _late(methods: tuple[str, ...], say: Callable[[dict[str, Any]], Any], **more: Any) -> Fault:
    """What is asked for by hash is not there in the first moments after it was first asked for."""

    def begin(node: ScriptedNode) -> None:
        first: dict[str, float] = {}

        def hook(method: str, params: list[Any], truth: dict[str, Any]) -> Any:
            if method not in methods:
                return truth
            asked = first.setdefault(json.dumps(params[0]), trio.current_time())
            return say(truth) if trio.current_time() - asked < _LATE_SECONDS else truth

        node.answer = hook

    return Fault(begin, **more)


def _by_hash(params: list[Any]) -> bool:
    return isinstance(params[0], str) and len(params[0]) == 66


def _receipts_by_hash_refused(method: str, params: list[Any], truth: dict[str, Any]) -> Any:
    if method == "eth_getBlockReceipts" and _by_hash(params):
        return error(truth, -32602, "invalid argument 0: hex number > 64 bits")
    return truth


def _no_block_receipts(method: str, _params: list[Any], truth: dict[str, Any]) -> Any:
    if method == "eth_getBlockReceipts":
        words = "the method eth_getBlockReceipts does not exist/is not available"
        return error(truth, -32601, words)
    return truth


def _short_receipts(method: str, _params: list[Any], truth: dict[str, Any]) -> Any:
    if method == "eth_getBlockReceipts" and truth.get("result"):
        return result(truth, truth["result"][:-1])
    return truth


def _tags_fail(method: str, params: list[Any], truth: dict[str, Any]) -> Any:
    if method == "eth_getBlockByNumber" and params[0] in _TAGS[1:]:
        return error(truth, -32000, "the node is starting")
    return truth


def _busy(code: int, words: str) -> Callable[[str, list[Any], dict[str, Any]], Any]:
    return lambda _method, _params, truth: error(truth, code, words)


def _nothing_answered(_method: str, _params: list[Any], _truth: dict[str, Any]) -> Any:
    return None


def _silent_subscription() -> Fault:
    def begin(node: ScriptedNode) -> None:
        node.head = lambda _head: None

    return Fault(begin)


def _endless_chain_id(method: str, _params: list[Any], truth: dict[str, Any]) -> Any:
    return result(truth, "0x" + "9" * 4000) if method == "eth_chainId" else truth


def _endless_chain() -> Fault:
    def begin(node: ScriptedNode) -> None:
        node.answer = _endless_chain_id
        node.disconnect()

    return Fault(begin)


NODE_FAULTS: dict[str, Fault] = {
    "handshake refused with 429": _refused("429 Too Many Requests"),
    "handshake refused with 401": _refused("401 Unauthorized"),
    "handshake refused with 403": _refused("403 Forbidden"),
    "handshake refused with 301": _refused("301 Moved Permanently", "location: http://127.0.0.1/"),
    "handshake refused with 502": _refused("502 Bad Gateway"),
    "handshake refused with 200": _refused("200 OK"),
    "hang-up during the handshake": _shut(HANG_UP),
    "no answer to the handshake": _shut(Wire(b"")),
    "receipts null at first": _late(("eth_getBlockReceipts",), lambda t: result(t, None)),
    "receipts [] at first": _late(("eth_getBlockReceipts",), lambda t: result(t, [])),
    "block null at first": _late(
        ("eth_getBlockReceipts", "eth_getBlockByHash"), lambda t: result(t, None)
    ),
    "block unknown at first": _late(
        ("eth_getBlockReceipts", "eth_getBlockByHash"),
        lambda t: error(t, -32000, "header not found"),
    ),
    "block null at first, over HTTP": _late(
        ("eth_getBlockReceipts", "eth_getBlockByHash"),
        lambda t: result(t, None),
        transport="http",
    ),
    "receipts by hash refused": _answers(_receipts_by_hash_refused),
    "no eth_getBlockReceipts": _answers(_no_block_receipts),
    "receipts short for good": _answers(_short_receipts),
    "a silent subscription": _silent_subscription(),
    "tags answered with errors": _answers(_tags_fail),
    "busy with -32005": _answers(_busy(-32005, "limit exceeded")),
    "busy with 429": _answers(_busy(429, "too many requests")),
    "no answer to anything": _answers(_nothing_answered),
    "a chain id of 4,000 digits": _endless_chain(),
}


# -- attacks --------------------------------------------------------------------------------------


def _name(number: int) -> str:
    return "0x" + hashlib.sha256(b"%d" % number).hexdigest()


def _invented(number: int) -> dict[str, Any]:
    return {"hash": _name(number), "number": hex(number), "parentHash": _name(number - 1)}


async def _announce_ahead(node: ScriptedNode, *, again: bool) -> None:
    """Announce invented heads: each client is subscribed under a name that its session knows."""
    at = node.world.head.number + _AHEAD
    while True:
        at += 1
        announce(node, _invented(at))
        await trio.sleep(_FUTURE_HEADS_SECONDS if again else 1.0)


def announce(node: ScriptedNode, head: dict[str, Any]) -> None:
    """Announce a head of one's own making to all that subscribed."""
    for client in list(node._clients):
        for name in client.session._subscriptions:
            params = {"subscription": name, "result": head}
            said = {"jsonrpc": "2.0", "method": "eth_subscription", "params": params}
            client.outbox.send_nowait(json.dumps(said).encode())


def _ancestors(how: str) -> Callable[[str, list[Any], dict[str, Any]], Any]:
    """Answer for invented blocks: one header at a time, each just before patience ends."""

    async def hook(method: str, params: list[Any], truth: dict[str, Any]) -> Any:
        header = method in ("eth_getBlockByNumber", "eth_getBlockByHash") and params[1] is False
        if not header or params[0] in _TAGS or truth.get("result") is not None:
            return truth
        if how == "busy":
            return error(truth, 429, "busy", retry_after_seconds=0.99)
        if how == "never":
            return None
        await trio.sleep(0.9)
        return result(truth, None if _by_hash(params) else _invented(int(params[0], 16)))

    return hook


def _ahead(how: str, *, again: bool = False) -> Fault:
    def begin(node: ScriptedNode) -> None:
        node.answer = _ancestors(how)

    async def act(node: ScriptedNode) -> None:
        await _announce_ahead(node, again=again)

    return Fault(begin, act)


async def _flood(node: ScriptedNode) -> None:
    while True:
        for _ in range(200):
            announce(node, _invented(node.world.head.number + 5))
        await trio.sleep(0.01)


async def _next_heads(node: ScriptedNode) -> None:
    """Announce children of the true head that nobody has, and hold back every answer about them."""
    at = 0
    while True:
        at += 1
        head = node.world.head
        invented = {
            "hash": _name(1_000_000 + at),
            "number": hex(head.number + 1),
            "parentHash": f"0x{head.hash.hex()}",
        }
        announce(node, invented)
        await trio.sleep(_FUTURE_HEADS_SECONDS)


def _withheld(method: str, params: list[Any], truth: dict[str, Any]) -> Any:
    hidden = method in ("eth_getBlockByHash", "eth_getBlockReceipts") and not truth.get("result")
    return None if hidden else truth


def large_bodies(size: int) -> Fault:
    """A true header over far more transactions than it stands for, once a second."""
    last = -1.0

    def begin(node: ScriptedNode) -> None:
        nonlocal last
        last = -1.0
        node.answer = hook

    def hook(method: str, params: list[Any], truth: dict[str, Any]) -> Any:
        nonlocal last
        if method != "eth_getBlockByHash" or not params[1] or not truth.get("result"):
            return truth
        transactions = truth["result"]["transactions"]
        if not transactions or trio.current_time() - last < 1:
            return truth
        last = trio.current_time()
        one = json.dumps(transactions[0]).encode() + b","
        message = json.dumps(result(truth, {**truth["result"], "transactions": ["more"]}))
        return message.encode().replace(b'"more"', (one * (size // len(one))).removesuffix(b","))

    return Fault(begin)


def _false_receipts(method: str, _params: list[Any], truth: dict[str, Any]) -> Any:
    if method == "eth_getBlockReceipts" and truth.get("result"):
        receipts = json.loads(json.dumps(truth["result"]))
        receipts[-1]["cumulativeGasUsed"] = "0x1"
        return result(truth, receipts)
    return truth


ATTACKS: dict[str, Fault] = {
    "ancestors one by one": _ahead("slow"),
    "ancestors never": _ahead("never"),
    "ancestors busy for ever": _ahead("busy"),
    "future heads at 20 a second": _ahead("slow", again=True),
    "next heads that nobody has": _answers(_withheld, act=_next_heads),
    "heads at wire speed": _answers(lambda _m, _p, truth: truth, act=_flood),
    "false receipts": _answers(_false_receipts),
    # More takes this process longer to send than to refuse.
    "a false body of 12 MiB": large_bodies(12 << 20),
}
