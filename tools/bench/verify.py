"""How long a full L1 block takes through the whole ladder, beside rlp, trie and eth-hash.

Ours is `seal` on the JSON bytes of mainnet block 22431083. The cache of bloom bits holds the
entries of the recorded block next to it: a node sees no block twice, so a cache that knows this
block would flatter us. The baseline does the same work on the same bytes with the PyPI packages and
comes to the same sealed block. Beside that: the receipts of several blocks put together to 200 and
to 1,000, from JSON bytes to their root; what Keccak alone takes for what one block hashes, which no
ladder can go below; and the memory that one block takes. All of it is pure computation on one core,
so it is the processor's time that is counted: what else runs on the machine does not.
"""

import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from importlib.metadata import version
from statistics import median, quantiles
from typing import Any

import msgspec

from qenus.chain import ETHEREUM, seal
from qenus.chain.bloom import forget
from qenus.chain.chain_rules import encode_receipt_of
from qenus.chain.chains import ChainKind
from qenus.chain.keccak import keccak256
from qenus.chain.ordered_trie import ordered_root
from qenus.chain.rpc_shapes import parse_receipts
from tools.bench.recorded import recorded_block
from tools.bench.reference_ladder import reference_receipts_root, verify_by_reference

__all__ = ["measure"]

_BLOCK = 22431083
_NEIGHBOUR = 22431084
_RUNS = 60
_BASELINE_EVERY = 3
# Blocks of ordinary make-up whose receipts are put together.
_RECEIPTS_FROM = (22431083, 22431084, 22162263, 17062257, 17034870, 12505500, 12900060)
_BARS_MS = {200: 8.0, 1000: 35.0}


def measure() -> dict[str, Any]:
    """Time both on the recorded block.

    Raises:
        RecordedFileError: it is not there.
    """
    block_json, receipts_json = recorded_block(_BLOCK)
    neighbour = recorded_block(_NEIGHBOUR)
    sealed = seal(block_json, receipts_json, ETHEREUM)
    if verify_by_reference(block_json, receipts_json) != sealed:
        raise AssertionError("ours and the baseline's sealed blocks differ")
    # As a daemon does when it has started: what was imported is not searched for garbage again.
    gc.collect()
    gc.freeze()
    ours, cold, warm, baseline, ratios = [], [], [], [], []
    for at in range(_RUNS):
        forget()
        seal(*neighbour, ETHEREUM)
        ours.append(_milliseconds(lambda: seal(block_json, receipts_json, ETHEREUM)))
        warm.append(_milliseconds(lambda: seal(block_json, receipts_json, ETHEREUM)))
        forget()
        cold.append(_milliseconds(lambda: seal(block_json, receipts_json, ETHEREUM)))
        if at % _BASELINE_EVERY == 0:
            baseline.append(_milliseconds(lambda: verify_by_reference(block_json, receipts_json)))
            ratios.append(baseline[-1] / ours[-1])
    hashing_ms, hashes, hashed_bytes = _keccak_alone(block_json, receipts_json)
    return {
        "name": "verify",
        "unit": "ms",
        "ours": round(median(ours), 2),
        "baseline": round(median(baseline), 2),
        "ratio": round(median(ratios), 1),
        "runs": _RUNS,
        "detail": {
            "what": f"mainnet block {_BLOCK}, JSON bytes to sealed block, the whole ladder",
            "baseline": ", ".join(
                f"{name} {version(name)}" for name in ("rlp", "trie", "eth-hash", "safe-pysha3")
            ),
            "transactions": len(sealed.transactions),
            "logs": sum(len(tx.logs) for tx in sealed.transactions),
            "fastest_ms": round(min(ours), 2),
            "p99_ms": round(quantiles(ours, n=100)[98], 2),
            "baseline_fastest_ms": round(min(baseline), 2),
            "ratio_of_fastest_runs": round(min(baseline) / min(ours), 1),
            "all_bloom_bits_forgotten_ms": round(median(cold), 2),
            "all_bloom_bits_remembered_ms": round(median(warm), 2),
            "keccak_alone_ms": round(hashing_ms, 2),
            "keccak_share": round(hashing_ms / median(ours), 2),
            "times_the_keccak_bound": round(median(ours) / hashing_ms, 1),
            "keccak_calls": hashes,
            "keccak_bytes": hashed_bytes,
            "receipts_to_root_ms": _receipts_to_root(),
            "memory": _memory(block_json, receipts_json),
        },
    }


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1e3


def _keccak_alone(block_json: bytes, receipts_json: bytes) -> tuple[float, int, int]:
    """Give what hashing alone takes for one block (ms), and how much it hashes."""
    inputs: list[bytes] = []

    def listening(data: bytes) -> bytes:
        inputs.append(data)
        return keccak256(data)

    users = [
        module
        for name, module in sys.modules.items()
        if name.startswith("qenus.chain.") and getattr(module, "keccak256", None) is keccak256
    ]
    forget()
    for module in users:
        vars(module)["keccak256"] = listening
    try:
        seal(block_json, receipts_json, ETHEREUM)
    finally:
        for module in users:
            vars(module)["keccak256"] = keccak256

    def hash_all() -> None:
        for data in inputs:
            keccak256(data)

    took = median(_milliseconds(hash_all) for _ in range(_RUNS))
    return took, len(inputs), sum(map(len, inputs))


def _receipts_to_root() -> dict[str, dict[str, float]]:
    """Time receipts from JSON bytes to their root, blooms included."""
    return {str(count): _time_receipts(count, bar_ms) for count, bar_ms in _BARS_MS.items()}


def _time_receipts(count: int, bar_ms: float) -> dict[str, float]:
    receipts_json = _joined_receipts(count)
    if _root(receipts_json) != reference_receipts_root(receipts_json):
        raise AssertionError(f"{count} receipts: ours and the baseline's roots differ")
    took = []
    for _ in range(_RUNS // 2):
        forget()
        took.append(_milliseconds(lambda: _root(receipts_json)))
    theirs = [_milliseconds(lambda: reference_receipts_root(receipts_json)) for _ in range(3)]
    return {
        "ours": round(median(took), 2),
        "bar": bar_ms,
        "baseline": round(median(theirs), 2),
        "logs": sum(len(receipt.logs or ()) for receipt in parse_receipts(receipts_json)),
    }


def _joined_receipts(count: int) -> bytes:
    joined: list[Any] = []
    for number in _RECEIPTS_FROM:
        joined += msgspec.json.decode(recorded_block(number)[1])
    return msgspec.json.encode(joined[:count])


def _root(receipts_json: bytes) -> bytes:
    encoded = []
    logs = 0
    for receipt in parse_receipts(receipts_json):
        kind = int(receipt.type or "0x0", 16)
        one = encode_receipt_of(receipt, kind, logs, ChainKind.ETHEREUM)
        logs += len(one.logs)
        encoded.append(one.encoded)
    return ordered_root(encoded)


def _memory(block_json: bytes, receipts_json: bytes) -> dict[str, float]:
    """Give what sealing takes at its peak and what stays, in MiB; the bloom memory starts empty."""
    forget()
    tracemalloc.start()
    try:
        sealed = seal(block_json, receipts_json, ETHEREUM)
        kept, peak = tracemalloc.get_traced_memory()
        with_blooms = kept
        forget()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    mib = 1024 * 1024
    return {
        "json_mib": round((len(block_json) + len(receipts_json)) / mib, 2),
        "peak_mib": round(peak / mib, 2),
        "sealed_block_mib": round(kept / mib, 2),
        "bloom_bits_of_this_block_mib": round((with_blooms - kept) / mib, 2),
        "transactions": len(sealed.transactions),
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
