"""How long a full L1 block takes from JSON bytes to a subscriber, the whole ladder included.

Ours is the real pipeline: the block is parsed and proven as the observer does it, then goes through
the supervised sealer, extractor, line and publisher with their mailboxes and atomic steps, and is
there when its BlockEnd has come out of an nng socket of a subscriber. The baseline is web3.py with
eth-abi on the same block's Uniswap logs: only decoding, from receipts that it was given parsed.
It parses no JSON, proves nothing and publishes nothing.
"""

import json
import logging
import time
from collections.abc import Callable
from importlib.metadata import version
from statistics import median, quantiles
from typing import Any

import pynng
import structlog
import trio
from hexbytes import HexBytes
from web3 import Web3
from web3.contract import Contract
from web3.datastructures import AttributeDict

from qenus.chain import ETHEREUM, ForkTree, seal
from qenus.extractors import amm_batch, block_pure_contents, extractor_version
from qenus.extractors.actor import extract
from qenus.extractors.amm import EVENTS
from qenus.line import Line, keep_line
from qenus.mailboxes import ChainMailboxes, line_mailbox
from qenus.observers.sealer import seal_blocks
from qenus.publishers.nng import Feed, publish
from qenus.wire import Observed, subscription
from supervisors import Cell, Child, Readiness, Strategy, Supervisor, Tree
from tools.bench.recorded import recorded_block

__all__ = ["measure"]

_BLOCK = 22431083
# A block that comes again is dropped: this one is sent in between and not measured.
_BETWEEN = 14764013
_ROUNDS = 300
_WARM_UP_ROUNDS = 20
_BASELINE_EVERY = 10
_ADDRESS = "inproc://qenus-bench-pipeline"
_BAR_MS = 25.0


def measure() -> dict[str, Any]:
    """Time both on the recorded block.

    Raises:
        RecordedFileError: it is not there.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    block_json, receipts_json = recorded_block(_BLOCK)
    decode_with_web3 = _web3_decoder(receipts_json)
    batch = amm_batch(seal(block_json, receipts_json, ETHEREUM), extractor_version())
    baseline_features = decode_with_web3()
    if baseline_features != len(batch.features):
        raise AssertionError(f"ours {len(batch.features)} features, web3 {baseline_features}")
    ours, baseline = trio.run(_rounds, block_json, receipts_json, decode_with_web3)
    percentiles = quantiles(ours, n=100)
    return {
        "name": "pipeline",
        "unit": "ms",
        "ours": round(median(ours), 2),
        "baseline": round(median(baseline), 2),
        "ratio": round(median(baseline) / median(ours), 2),
        "runs": len(ours),
        "detail": {
            "what": f"mainnet block {_BLOCK}, JSON bytes to a subscriber's socket, verified",
            "baseline": f"web3.py {version('web3')} + eth-abi {version('eth-abi')}, decoding only",
            "transactions": 139,
            "logs": 949,
            "features": len(batch.features),
            "p99_ms": round(percentiles[98], 2),
            "p99_bar_ms": _BAR_MS,
            "baseline_p99_ms": round(quantiles(baseline, n=100)[98], 2),
            "parts_ms": _parts(block_json, receipts_json),
        },
    }


async def _rounds(
    block_json: bytes, receipts_json: bytes, baseline: Callable[[], int]
) -> tuple[list[float], list[float]]:
    """Milliseconds of each round of ours, and of the baseline's rounds in between."""
    between = seal(*recorded_block(_BETWEEN), ETHEREUM)
    mailboxes, out = ChainMailboxes(ETHEREUM.name), line_mailbox()
    found, sealed = mailboxes.found(), mailboxes.sealed()
    line = Line("bench", bytes(16), journal_bytes=64 << 20)
    feed = Feed(line, (_ADDRESS,), 1000, linger_seconds=0.0, complete_linger_seconds=0.0)
    tree = Cell("tree", ForkTree(ETHEREUM.chain_id))
    root = Supervisor(
        "bench",
        [
            Child("line", keep_line, out.inbox(), feed.reader.mailbox.outlet(), line=line),
            Child("publisher", publish, feed.reader.inbox(), feed=feed).with_policy(
                readiness=Readiness.EXPLICIT
            ),
            Child("sealer", seal_blocks, found.inbox(), sealed.outlet(), tree, chain=ETHEREUM),
            Child("extractor", extract, sealed.inbox(), out.outlet(), chain=ETHEREUM.name),
        ],
        strategy=Strategy.REST_FOR_ONE,
    )
    ours: list[float] = []
    theirs: list[float] = []
    async with trio.open_nursery() as nursery:
        running = Tree(root)
        await nursery.start(running.run)
        with pynng.Sub0(dial=_ADDRESS, recv_buffer_size=8192) as subscriber:
            # A block's last frames on its topic: its BlockEnd and then Heads.
            subscriber.subscribe(subscription("blocks.ethereum"))
            for at in range(_WARM_UP_ROUNDS + _ROUNDS):
                await found.send(Observed(0, between))
                await _both_frames(subscriber)
                started = time.perf_counter()
                block = seal(block_json, receipts_json, ETHEREUM)
                await found.send(Observed(time.time_ns(), block))
                await _both_frames(subscriber)
                took_ms = (time.perf_counter() - started) * 1e3
                if at >= _WARM_UP_ROUNDS:
                    ours.append(took_ms)
                    if at % _BASELINE_EVERY == 0:
                        started = time.perf_counter()
                        baseline()
                        theirs.append((time.perf_counter() - started) * 1e3)
        running.stop()
    return ours, theirs


async def _both_frames(subscriber: pynng.Sub0) -> None:
    for _ in range(2):
        await trio.lowlevel.wait_readable(subscriber.recv_fd)
        subscriber.recv(block=False)


def _parts(block_json: bytes, receipts_json: bytes) -> dict[str, float]:
    """Medians of the parts on their own; what is left of `ours` is mailboxes, steps and nng."""
    block = seal(block_json, receipts_json, ETHEREUM)
    version_ = extractor_version()
    return {
        "ladder": _median_ms(lambda: seal(block_json, receipts_json, ETHEREUM)),
        "extract": _median_ms(lambda: block_pure_contents(block, ETHEREUM.name, version_)),
    }


def _median_ms(work: Callable[[], object], rounds: int = 60) -> float:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1e3)
    return round(median(times), 2)


def _web3_decoder(receipts_json: bytes) -> Callable[[], int]:
    """A function that decodes the block's logs of our events with web3.py and counts them."""
    web3 = Web3()
    contracts = {topic0: _contract(web3, event.declarations[0]) for topic0, event in EVENTS.items()}
    work: list[tuple[Any, Any]] = []
    for receipt in json.loads(receipts_json):
        for log in receipt["logs"]:
            topics = [HexBytes(topic) for topic in log["topics"]]
            if topics and bytes(topics[0]) in contracts:
                entry = AttributeDict(
                    {
                        "address": Web3.to_checksum_address(log["address"]),
                        "topics": topics,
                        "data": HexBytes(log["data"]),
                        "blockNumber": int(log["blockNumber"], 16),
                        "blockHash": HexBytes(log["blockHash"]),
                        "transactionHash": HexBytes(log["transactionHash"]),
                        "transactionIndex": int(log["transactionIndex"], 16),
                        "logIndex": int(log["logIndex"], 16),
                    }
                )
                work.append((contracts[bytes(topics[0])], entry))

    def decode() -> int:
        for event, entry in work:
            event.process_log(entry)
        return len(work)

    return decode


def _contract(web3: Web3, declaration: str) -> Any:
    """The web3.py event of a declaration such as "Swap(address indexed sender, …)"."""
    name, _, rest = declaration.partition("(")
    inputs = []
    for part in filter(None, rest.rstrip(")").split(", ")):
        words = part.split(" ")
        inputs.append({"type": words[0], "indexed": "indexed" in words, "name": words[-1]})
    abi = [{"type": "event", "anonymous": False, "name": name, "inputs": inputs}]
    contract: type[Contract] = web3.eth.contract(abi=abi)
    return contract.events[name]()
