"""How soon a head is a proven block: announcement to sealed frame, beside web3.py's AsyncWeb3.

Both follow the same real node (anvil with Uniswap's own contracts, from tools/devnet) over its
WebSocket, each in a process of its own, in turns. Ours ends when the parcel with the proven block
can be taken from the observer's mailbox; the baseline ends when AsyncWeb3 has given the same block
with its transactions and its receipts, of which it verifies nothing. Both begin when the client has
the announcement in hand.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import attrs
import structlog
import trio

from qenus.chain import ETHEREUM, ForkTree
from qenus.mailboxes import ChainMailboxes, line_mailbox
from qenus.observers.follow.node import observe_nodes
from qenus.wire import Block, Heads, Observed
from supervisors import Cell, Child, Inbox, Supervisor, Tree
from tools.devnet import DevnetChain, devnet

__all__ = ["measure"]

# As anvil plays it: with several blocks a second of one timestamp.
_CHAIN = attrs.evolve(ETHEREUM, header_rules=False)

_ROOT = Path(__file__).resolve().parents[2]
_ROUNDS = 3
_BLOCKS = 30
_WARM_UP = 3
_TRANSACTIONS = 100
_REST_SECONDS = 0.05
_CLIENTS = ("ours", "web3")


def measure() -> dict[str, Any]:
    """Time both on the same node.

    Raises:
        DevnetUnavailable: anvil cannot be had.
    """
    return trio.run(_measure)


async def _measure() -> dict[str, Any]:
    milliseconds: dict[str, list[float]] = {client: [] for client in _CLIENTS}
    rounds: list[float] = []
    async with devnet("ethereum", protocols=("uniswap_v2", "uniswap_v3")) as net:
        node = net["ethereum"]
        for _ in range(_ROUNDS):
            of_round = {client: await _time(client, node) for client in _CLIENTS}
            rounds.append(median(of_round["web3"]) / median(of_round["ours"]))
            for client, times in of_round.items():
                milliseconds[client] += times
        logs = await node.rpc.call("eth_getLogs", {"fromBlock": "latest", "toBlock": "latest"})
    ours, theirs = milliseconds["ours"], milliseconds["web3"]
    return {
        "name": "head",
        "unit": "ms",
        "ours": round(median(ours), 2),
        "baseline": round(median(theirs), 2),
        "ratio": round(median(theirs) / median(ours), 2),
        "runs": _ROUNDS,
        "detail": {
            "what": f"announcement to proven block, {_TRANSACTIONS} swaps and mints a block",
            "baseline": f"AsyncWeb3 of web3.py {version('web3')}, the same fetched, not verified",
            "blocks": len(ours),
            "logs_in_the_last_block": len(logs),
            "ours_p99": round(_p99(ours), 2),
            "baseline_p99": round(_p99(theirs), 2),
            "ratio_p99": round(_p99(theirs) / _p99(ours), 2),
            "ratio_lowest_round": round(min(rounds), 2),
        },
    }


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]


async def _time(client: str, node: DevnetChain) -> list[float]:
    """Let one client follow some blocks; give its milliseconds for each."""
    async with _started(client, node.ws_url) as process:
        lines = _lines(process)
        assert await anext(lines) == "ready"
        for _ in range(_WARM_UP + _BLOCKS):
            await node.trade(_TRANSACTIONS)
            await anext(lines)
            await trio.sleep(_REST_SECONDS)
        assert process.stdin is not None
        await process.stdin.aclose()
        times: list[float] = json.loads(await anext(lines))
    return times[_WARM_UP:]


@asynccontextmanager
async def _started(client: str, url: str) -> AsyncIterator[trio.Process]:
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "tools.bench.head", client, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
    )
    try:
        yield process
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()


async def _lines(process: trio.Process) -> AsyncIterator[str]:
    assert process.stdout is not None
    held = b""
    async for chunk in process.stdout:
        *lines, held = (held + chunk).split(b"\n")
        for line in lines:
            yield line.decode()


# -- the clients, each in its own process ---------------------------------------------------------


async def _follow_ours(url: str) -> None:
    # What is logged would be read as a time.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    times: list[float] = []
    found = ChainMailboxes(ETHEREUM.name).found()
    tree = Cell("tree", ForkTree(ETHEREUM.chain_id))

    async def note(blocks: Inbox[Observed[Block | Heads]]) -> None:
        following = False
        async for observed in blocks:
            now = time.time_ns()
            content = observed.content
            if isinstance(content, Block) and not following:
                # The head that was there already.
                following = True
                print("ready", flush=True)
            elif isinstance(content, Block):
                times.append((now - observed.observed_ns) / 1e6)
                print(len(times), flush=True)

    observe = partial(observe_nodes, urls=(url,), chain=_CHAIN, catch_up_blocks=64)
    root = Supervisor(
        "bench",
        [
            Child("observer", observe, found.outlet(), line_mailbox().outlet(), tree),
            Child("note", note, found.inbox()),
        ],
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(Tree(root).run)
        await trio.to_thread.run_sync(sys.stdin.read)
        nursery.cancel_scope.cancel()
    print(json.dumps(times), flush=True)


async def _follow_web3(url: str) -> None:
    from web3 import AsyncWeb3, WebSocketProvider

    times: list[float] = []
    provider = WebSocketProvider(url, max_connection_retries=1)
    async with AsyncWeb3(provider) as w3:
        await w3.eth.subscribe("newHeads")
        print("ready", flush=True)
        async for head in w3.socket.process_subscriptions():
            began = time.perf_counter()
            name = head["result"]["hash"]
            block, receipts = await asyncio.gather(
                w3.eth.get_block(name, full_transactions=True), w3.eth.get_block_receipts(name)
            )
            times.append((time.perf_counter() - began) * 1e3)
            assert len(block["transactions"]) == len(receipts)
            print(len(times), flush=True)
            if len(times) == _WARM_UP + _BLOCKS:
                break
    print(json.dumps(times), flush=True)


def _be(client: str, url: str) -> None:
    if client == "ours":
        trio.run(_follow_ours, url)
    else:
        asyncio.run(_follow_web3(url))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _be(*sys.argv[1:])
    else:
        print(json.dumps(measure()))
