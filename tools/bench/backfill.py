"""How fast a gap is filled with proven blocks, beside ethereum-etl's export from the same node.

The node is anvil with Uniswap's own contracts (tools/devnet). Ours is the observer that finds the
chain so many blocks behind: headers walked back, every block fetched, proven by the whole ladder
and handed on in order, over the node's Unix socket and over its WebSocket. The baseline exports
the same blocks, transactions, receipts and logs to CSV and verifies none; it runs in an environment
of its own over the same socket, and what it takes for a single block, its start above all, is
taken off its time.
"""

import csv
import json
import subprocess
import sys
import tempfile
import time
import venv
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import structlog
import trio

from qenus.chain import ETHEREUM, ForkTree
from qenus.observers.node import observe_nodes
from qenus.wire import Block, BlockRef, Parcel, decode
from supervisors import Cell, Child, Inbox, Mailbox, Supervisor, Tree
from tools.devnet import DevnetChain, devnet

__all__ = ["measure"]

_BASELINE = "ethereum-etl==2.4.2"
# What it asks for itself no longer imports on the Pythons of today.
_REPAIRS = ("setuptools<81", "parsimonious==0.10.0", "regex")
_INSTALL_SECONDS = 600
_EXPORT_SECONDS = 300
_BLOCKS = 150
_TRANSACTIONS = 60
_RUNS = 3


def measure() -> dict[str, Any]:
    """Time both on the same node. Raises DevnetUnavailable where anvil cannot be had."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    return trio.run(_measure)


async def _measure() -> dict[str, Any]:
    program = await trio.to_thread.run_sync(_environment)
    seconds: dict[str, list[float]] = {"unix": [], "ws": [], "etl": []}
    async with devnet("ethereum", protocols=("uniswap_v2", "uniswap_v3")) as net:
        node = net["ethereum"]
        first = await node.block_number()
        await node.trade_blocks(_BLOCKS, _TRANSACTIONS)
        start = await _ref(node, first)
        for _ in range(_RUNS):
            seconds["unix"].append(await _fill(f"unix://{node.ipc_path}", start))
            seconds["ws"].append(await _fill(node.ws_url, start))
            export = partial(_export, program, node.ipc_path, first + 1)
            one = await trio.to_thread.run_sync(export, first + 1)
            seconds["etl"].append(await trio.to_thread.run_sync(export, first + _BLOCKS) - one)
    rates = {name: _BLOCKS / median(times) for name, times in seconds.items()}
    ratios = [etl / ours for etl, ours in zip(seconds["etl"], seconds["unix"], strict=True)]
    return {
        "name": "backfill",
        "unit": "blocks/s",
        "ours": round(rates["unix"], 1),
        "baseline": round(rates["etl"], 1),
        "ratio": round(median(ratios), 2),
        "runs": _RUNS,
        "detail": {
            "what": f"{_BLOCKS} blocks of {_TRANSACTIONS} swaps and mints, proven, in order",
            "baseline": f"{_BASELINE}: blocks, transactions, receipts and logs, not verified; "
            "its start-up taken off",
            "ours_over_websocket": round(rates["ws"], 1),
            "ratio_over_websocket": round(rates["ws"] / rates["etl"], 2),
            "ratio_lowest_run": round(min(ratios), 2),
        },
    }


async def _ref(node: DevnetChain, number: int) -> BlockRef:
    block = await node.rpc.call("eth_getBlockByNumber", hex(number), False)
    own, parent = (bytes.fromhex(block[name][2:]) for name in ("hash", "parentHash"))
    return BlockRef(ETHEREUM.chain_id, number, own, parent)


async def _fill(url: str, start: BlockRef) -> float:
    """Let the observer catch up from `start`; give the seconds until the last block is there."""
    found = Mailbox[bytes]("found")
    tree = Cell("tree", ForkTree(ETHEREUM.chain_id).insert(start).tree)
    filled = trio.Event()

    async def note(parcels: Inbox[bytes]) -> None:
        expected = start
        async for message in parcels:
            content = decode(decode(message, Parcel).content)
            if isinstance(content, Block):
                assert content.block.parent_hash == expected.hash
                expected = content.block
                if expected.number == start.number + _BLOCKS:
                    filled.set()

    observe = partial(observe_nodes, urls=(url,), chain=ETHEREUM, catch_up_blocks=2 * _BLOCKS)
    children = [
        Child("observer", observe, found.outlet(), tree),
        Child("note", note, found.inbox()),
    ]
    async with trio.open_nursery() as nursery:
        began = time.perf_counter()
        await nursery.start(Tree(Supervisor("bench", children)).run)
        await filled.wait()
        seconds = time.perf_counter() - began
        nursery.cancel_scope.cancel()
    return seconds


def _export(program: Path, ipc_path: str, first: int, last: int) -> float:
    """Let ethereum-etl export a range as its documentation says; give the seconds it took."""
    provider = ("--provider-uri", f"file://{ipc_path}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        _run(
            *(program, "export_blocks_and_transactions", *provider),
            *("--start-block", str(first), "--end-block", str(last)),
            *("--blocks-output", folder / "blocks.csv"),
            *("--transactions-output", folder / "transactions.csv"),
        )
        seconds = time.perf_counter() - began
        with (folder / "transactions.csv").open() as file:
            hashes = [row["hash"] for row in csv.DictReader(file)]
        (folder / "hashes.txt").write_text("\n".join(hashes) + "\n")
        assert len(hashes) > (last - first) * _TRANSACTIONS * 3 // 4
        began = time.perf_counter()
        _run(
            *(program, "export_receipts_and_logs", *provider),
            *("--transaction-hashes", folder / "hashes.txt"),
            *("--receipts-output", folder / "receipts.csv"),
            *("--logs-output", folder / "logs.csv"),
        )
        return seconds + time.perf_counter() - began


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=_EXPORT_SECONDS)


def _environment() -> Path:
    """Give ethereum-etl's own command, in an environment that is made when it is not there yet."""
    folder = Path(tempfile.gettempdir()) / f"qenus-bench-{_BASELINE.replace('==', '-')}"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = (folder / "bin" / "python", "-m", "pip", "install", "--quiet")
        for wanted in ((_BASELINE,), ("--no-deps", *_REPAIRS)):
            subprocess.run(
                [*pip, *wanted], check=True, capture_output=True, timeout=_INSTALL_SECONDS
            )
        (folder / "complete").touch()
    return folder / "bin" / "ethereumetl"


if __name__ == "__main__":
    print(json.dumps(measure()))
