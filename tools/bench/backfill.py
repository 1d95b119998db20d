"""How fast a range of blocks is fetched and proven, beside ethereum-etl's export of the same.

The node is anvil with Uniswap's own contracts (tools/devnet). Ours is what `qenus record` and a
program use for a range (`observers.history.backfill`): blocks and receipts fetched over several
connections, proven by the whole ladder and handed on in order, over the node's Unix socket and over
its WebSocket. The baseline exports the same blocks, transactions, receipts and logs to CSV and
verifies none, with its own defaults (batches of 100, five workers), over HTTP and over the Unix
socket: we are compared with the faster of the two. It runs in an environment of its own,
and its time for a single block, mostly its start, is subtracted.

The node's own ceiling is measured too: the same answers read over several sockets and thrown away;
no client of these calls can be faster. So is an observer that starts that many blocks behind and
catches up over its one connection.
"""

import csv
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
import venv
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import attrs
import structlog
import trio

from qenus.chain import ETHEREUM, ForkTree, check_parent_link
from qenus.mailboxes import ChainMailboxes, line_mailbox
from qenus.observers.follow.node import observe_nodes
from qenus.observers.history.backfill import CONNECTIONS, open_backfill
from qenus.wire import Block, BlockRef, Heads, Observed
from supervisors import Cell, Child, Inbox, Supervisor, Tree
from tools.devnet import DevnetChain, devnet

__all__ = ["measure"]

# As anvil plays it: with several blocks a second of one timestamp.
_CHAIN = attrs.evolve(ETHEREUM, header_rules=False)

_BASELINE = "ethereum-etl==2.4.2"
# Its own pinned dependencies no longer import on current Pythons.
_REPAIRS = ("setuptools<81", "parsimonious==0.10.0", "regex")
_INSTALL_SECONDS = 600
_EXPORT_SECONDS = 300
_BLOCKS = 75
_TRANSACTIONS = 120
_RUNS = 3
# The ceiling's connections, and the requests in flight on each.
_CEILING = ((1, 4), (2, 4), (4, 4))
_READ_BYTES = 1 << 20


def measure() -> dict[str, Any]:
    """Time all on the same node.

    Raises:
        DevnetUnavailable: anvil cannot be had.
    """
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    return trio.run(_measure)


async def _measure() -> dict[str, Any]:
    program = await trio.to_thread.run_sync(_environment)
    rates: dict[str, list[float]] = {
        name: [] for name in ("unix", "ws", "observer", "etl http", "etl unix", "ceiling")
    }
    cpu_ms: dict[str, list[float]] = {"ours": [], "node": [], "etl http": [], "etl unix": []}
    async with devnet("ethereum", protocols=("uniswap_v2", "uniswap_v3")) as net:
        node = net["ethereum"]
        first = await node.block_number()
        await node.trade_blocks(_BLOCKS, _TRANSACTIONS)
        start = await _ref(node, first)
        unix_url = f"unix://{node.ipc_path}"
        for _ in range(_RUNS):
            rates["ceiling"].append(await _ceiling(node, first))
            before = time.process_time(), _cpu_seconds(node)
            rates["unix"].append(_BLOCKS / await _backfill(unix_url, start))
            for name, spent in zip(
                ("ours", "node"),
                (time.process_time() - before[0], _cpu_seconds(node) - before[1]),
                strict=True,
            ):
                cpu_ms[name].append(spent / _BLOCKS * 1e3)
            rates["ws"].append(_BLOCKS / await _backfill(node.ws_url, start))
            rates["observer"].append(_BLOCKS / await _catch_up(unix_url, start))
            for name, uri in (
                ("etl http", node.http_url),
                ("etl unix", f"file://{node.ipc_path}"),
            ):
                export = partial(_export, program, uri, first + 1)
                one = await trio.to_thread.run_sync(export, first + 1)
                all_of_them = await trio.to_thread.run_sync(export, first + _BLOCKS)
                rates[name].append(_BLOCKS / (all_of_them[0] - one[0]))
                cpu_ms[name].append((all_of_them[1] - one[1]) / _BLOCKS * 1e3)
    return _result(rates, cpu_ms)


def _result(rates: dict[str, list[float]], cpu_ms: dict[str, list[float]]) -> dict[str, Any]:
    rate = {name: round(median(values), 1) for name, values in rates.items()}
    theirs = max(("etl http", "etl unix"), key=lambda name: rate[name])

    def ratio(ours: str, other: str) -> float:
        pairs = zip(rates[ours], rates[other], strict=True)
        return round(median(one / two for one, two in pairs), 2)

    return {
        "name": "backfill",
        "unit": "blocks/s",
        "ours": rate["unix"],
        "baseline": rate[theirs],
        "ratio": ratio("unix", theirs),
        "runs": _RUNS,
        "detail": {
            "what": f"{_BLOCKS} blocks of {_TRANSACTIONS} swaps and mints, proven, in order, "
            f"over {CONNECTIONS} connections",
            "baseline": f"{_BASELINE}: blocks, transactions, receipts and logs, not verified, over "
            f"{theirs.removeprefix('etl ')}; its start-up taken off",
            "ours_over_websocket": rate["ws"],
            "ratio_over_websocket": ratio("ws", theirs),
            "baseline_over_http": rate["etl http"],
            "baseline_over_unix_socket": rate["etl unix"],
            "ratio_unix_socket_to_unix_socket": ratio("unix", "etl unix"),
            "observer_catching_up_over_one_connection": rate["observer"],
            "node_ceiling": rate["ceiling"],
            "share_of_the_ceiling": ratio("unix", "ceiling"),
            "baseline_share_of_the_ceiling": ratio(theirs, "ceiling"),
            "node_cpu_ms_a_block": round(median(cpu_ms["node"]), 2),
            "our_cpu_ms_a_block": round(median(cpu_ms["ours"]), 2),
            "baseline_cpu_ms_a_block": round(median(cpu_ms[theirs]), 2),
        },
    }


async def _backfill(url: str, start: BlockRef) -> float:
    """Fetch the range; give the seconds it took."""
    numbers = range(start.number + 1, start.number + _BLOCKS + 1)
    before, count = start, 0
    began = time.perf_counter()
    async with open_backfill(url, ETHEREUM, numbers) as blocks:
        async for fetched in blocks:
            check_parent_link(fetched.block.block, before)
            before = fetched.block.block
            count += 1
    seconds = time.perf_counter() - began
    assert count == _BLOCKS
    return seconds


async def _ceiling(node: DevnetChain, first: int) -> float:
    """Give the most blocks a second that the node serves to any client of these calls."""
    hashes = await node.block_hashes(first + 1, first + _BLOCKS)
    questions = [
        json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()
        for number, name in enumerate(f"0x{one.hex()}" for one in hashes)
        for method, params in (
            ("eth_getBlockByHash", [name, True]),
            ("eth_getBlockReceipts", [name]),
        )
    ]
    rates = []
    for connections, window in _CEILING:
        shares = [questions[number::connections] for number in range(connections)]
        read = partial(_read_and_forget, node.ipc_path, window)

        def all_of_them(read: Any = read, shares: Any = shares) -> float:
            began = time.perf_counter()
            with ThreadPoolExecutor(len(shares)) as threads:
                list(threads.map(read, shares))
            return time.perf_counter() - began

        rates.append(_BLOCKS / await trio.to_thread.run_sync(all_of_them))
    return max(rates)


def _read_and_forget(path: str, window: int, questions: list[bytes]) -> None:
    """Keep so many requests in flight and count the answers, one a line."""
    with socket.socket(socket.AF_UNIX) as stream:
        stream.connect(path)
        asked = answered = 0
        while answered < len(questions):
            while asked < len(questions) and asked - answered < window:
                stream.sendall(questions[asked] + b"\n")
                asked += 1
            chunk = stream.recv(_READ_BYTES)
            assert chunk
            answered += chunk.count(b"\n")


def _cpu_seconds(node: DevnetChain) -> float:
    fields = Path(f"/proc/{node.process.pid}/stat").read_text().rpartition(")")[2].split()
    # User and system time, fields 14 and 15 of proc(5).
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _ref(node: DevnetChain, number: int) -> BlockRef:
    block = await node.rpc.call("eth_getBlockByNumber", hex(number), False)
    own, parent = (bytes.fromhex(block[name][2:]) for name in ("hash", "parentHash"))
    return BlockRef(ETHEREUM.chain_id, number, own, parent)


async def _catch_up(url: str, start: BlockRef) -> float:
    """Let the observer catch up from `start`; give the seconds until the last block is there."""
    found = ChainMailboxes(ETHEREUM.name).found()
    tree = Cell("tree", ForkTree(ETHEREUM.chain_id).insert(start).tree)
    filled = trio.Event()

    async def note(blocks: Inbox[Observed[Block | Heads]]) -> None:
        expected = start
        async for observed in blocks:
            content = observed.content
            if isinstance(content, Block):
                assert content.block.parent_hash == expected.hash
                expected = content.block
                if expected.number == start.number + _BLOCKS:
                    filled.set()

    observe = partial(observe_nodes, urls=(url,), chain=_CHAIN, catch_up_blocks=2 * _BLOCKS)
    children = [
        Child("observer", observe, found.outlet(), line_mailbox().outlet(), tree),
        Child("note", note, found.inbox()),
    ]
    async with trio.open_nursery() as nursery:
        began = time.perf_counter()
        await nursery.start(Tree(Supervisor("bench", children)).run)
        await filled.wait()
        seconds = time.perf_counter() - began
        nursery.cancel_scope.cancel()
    return seconds


def _export(program: Path, uri: str, first: int, last: int) -> tuple[float, float]:
    """Let ethereum-etl export a range as its documentation says; give its seconds, and of CPU."""
    cpu_before = _children_cpu_seconds()
    provider = ("--provider-uri", uri)
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
        seconds += time.perf_counter() - began
    return seconds, _children_cpu_seconds() - cpu_before


def _children_cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


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
