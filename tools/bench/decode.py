"""How fast logs become features: single ones beside eth-abi, batches beside tiders, whole blocks.

The logs are the recorded ones of mainnet block 22431083, one call a log as they come in live. The
baseline decodes the same log's data and its two address topics with eth-abi's own `decode`. Both
take turns, so that whatever else the machine does falls on both. Ours leaves the integers beyond 64
bits as the bytes that the wire carries; the detail says what is left of the ratio when all are
read as ints too, what batches of 2,000 give beside tiders (tools/bench/decode_columns.py), and how
long the features of whole recorded blocks take once the block is sealed.
"""

import gzip
import json
import os
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from eth_abi.abi import decode as decode_abi

from qenus.chain import ETHEREUM, seal
from qenus.extractors import amm_batch, block_pure_contents, extractor_version
from qenus.extractors.amm import EVENTS
from qenus.observers.history.recorded_files import read_recorded
from qenus.wire import Log, UniswapV3Swap
from tools.bench.decode_columns import measure_columns

__all__ = ["measure"]

_BLOCK = "22431083.json.gz"
_LARGEST = 4
_BLOCK_PASSES = 300
_DATA_TYPES = ["int256", "int256", "uint160", "uint128", "int24"]
_RUNS = 15
_PASSES_OURS = 100
_PASSES_BASELINE = 4


def measure() -> dict[str, Any]:
    """Time both decoders on every V3 swap log of the block.

    Raises:
        FileNotFoundError: no data.
    """
    logs = _swap_logs()
    event = EVENTS[logs[0].topics[0]]
    event.decode(logs[0], bytes(32), 0)
    # The compiled one: the first call made it.
    decode = event.decode
    transaction_hash = bytes(32)

    def ours() -> None:
        for log in logs:
            decode(log, transaction_hash, 0)

    def integers_read() -> None:
        for log in logs:
            swap = decode(log, transaction_hash, 0)
            assert isinstance(swap, UniswapV3Swap)
            _ = swap.amount0, swap.amount1, swap.sqrt_price_x96, swap.liquidity

    def baseline() -> None:
        for log in logs:
            decode_abi(_DATA_TYPES, log.data)
            decode_abi(["address"], log.topics[1])
            decode_abi(["address"], log.topics[2])

    def data_only() -> None:
        for log in logs:
            decode_abi(_DATA_TYPES, log.data)

    recorded = {path: _recorded(path) for path in sorted(_folder().glob("*.json.gz"))}
    swaps = [
        log
        for _, receipts in recorded.values()
        for receipt in receipts
        for log in receipt["logs"]
        if log["topics"] and log["topics"][0] == f"0x{logs[0].topics[0].hex()}"
    ]
    _check_agreement(logs)
    ratios, read_ratios, data_ratios, rates = [], [], [], []
    for _ in range(_RUNS):
        mine = _rate(ours, len(logs), _PASSES_OURS)
        read = _rate(integers_read, len(logs), _PASSES_OURS)
        theirs = _rate(baseline, len(logs), _PASSES_BASELINE)
        rates.append((mine, theirs))
        ratios.append(mine / theirs)
        read_ratios.append(read / theirs)
        data_ratios.append(mine / _rate(data_only, len(logs), _PASSES_BASELINE))
    return {
        "name": "decode",
        "unit": "logs/s",
        "ours": round(median(mine for mine, _ in rates)),
        "baseline": round(median(theirs for _, theirs in rates)),
        "ratio": round(median(ratios), 1),
        "runs": _RUNS,
        "detail": {
            "what": "Uniswap V3 Swap logs of mainnet block 22431083, one call a log",
            "baseline": f"eth-abi {version('eth-abi')}, data and both address topics",
            "logs": len(logs),
            "ratio_lowest_run": round(min(ratios), 1),
            "ratio_with_every_wide_integer_read": round(median(read_ratios), 1),
            "ratio_against_data_words_only": round(median(data_ratios), 1),
            "batches_from_hex": measure_columns(logs[0].topics[0], swaps),
            "blocks": _blocks(recorded),
        },
    }


def _folder() -> Path:
    root = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("QENUS_DATA", root / ".." / "shared" / "data")) / "l1" / "blocks"


def _recorded(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    with gzip.open(path) as file:
        held = json.load(file)
    return held["block"], held["receipts"]


def _blocks(recorded: dict[Path, tuple[dict[str, Any], list[dict[str, Any]]]]) -> dict[str, Any]:
    """Time `block_pure_contents` of the largest recorded blocks, once they are sealed."""
    sizes = {
        path: sum(len(receipt["logs"]) for receipt in receipts)
        for path, (_, receipts) in recorded.items()
    }
    version_ = extractor_version()
    found = {}
    for path in sorted(sizes, key=lambda each: -sizes[each])[:_LARGEST]:
        block = seal(*read_recorded(path), ETHEREUM)
        seconds, processor = [], []
        for _ in range(_BLOCK_PASSES):
            start, used = time.perf_counter(), time.process_time()
            block_pure_contents(block, ETHEREUM.name, version_)
            processor.append(time.process_time() - used)
            seconds.append(time.perf_counter() - start)
        seconds.sort()
        processor.sort()
        found[path.name.split(".")[0]] = {
            "logs": sizes[path],
            "features": len(amm_batch(block, version_).features),
            "median_ms": round(median(seconds) * 1e3, 3),
            "p99_ms": round(seconds[int(0.99 * len(seconds))] * 1e3, 3),
            # Without what other programs took of the machine meanwhile.
            "p99_processor_ms": round(processor[int(0.99 * len(processor))] * 1e3, 3),
        }
    return found


def _swap_logs() -> list[Log]:
    _, receipts = _recorded(_folder() / _BLOCK)
    topic0 = next(topic for topic, event in EVENTS.items() if event.message is UniswapV3Swap)
    logs = [
        Log(
            int(log["logIndex"], 16),
            bytes.fromhex(log["address"][2:]),
            tuple(bytes.fromhex(topic[2:]) for topic in log["topics"]),
            bytes.fromhex(log["data"][2:]),
        )
        for receipt in receipts
        for log in receipt["logs"]
    ]
    return [log for log in logs if log.topics and log.topics[0] == topic0]


def _check_agreement(logs: list[Log]) -> None:
    """A measurement of two decoders that disagree would say nothing."""
    for log in logs:
        feature = EVENTS[log.topics[0]].decode(log, bytes(32), 0)
        assert isinstance(feature, UniswapV3Swap)
        found = (feature.amount0, feature.amount1, feature.sqrt_price_x96, feature.liquidity)
        if (*found, feature.tick) != decode_abi(_DATA_TYPES, log.data):
            raise AssertionError(f"log {log.log_index}: the two decoders disagree")


def _rate(work: Callable[[], None], logs: int, passes: int) -> float:
    start = time.perf_counter()
    for _ in range(passes):
        work()
    return logs * passes / (time.perf_counter() - start)


if __name__ == "__main__":
    print(json.dumps(measure()))
