"""How fast batches of 2,000 logs become Arrow columns from hex, beside tiders in the same run.

Both read the same hex: topics, data, address and transaction hash of recorded Uniswap V3 swaps, and
both give exact columns of all of it. They begin with lists of strings, as JSON gives them, and with
Arrow's strings, as tiders' own ingestion does. They take turns. Ours also looks at every word's
padding; what tiders does about it is its own affair. What comes out is compared value for value.
tiders runs in an environment of its own.
"""

import json
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa

from qenus.extractors.amm import EVENTS
from qenus.extractors.amm.columns import decode_hex_columns
from qenus.extractors.amm.hex_logs import HexLogs

__all__ = ["measure_columns"]

_BASELINE = ("tiders-core==0.4.0", "pyarrow>=17")
_BATCH = 2000
_RUNS = 15
_TIMES = 10
_INSTALL_SECONDS = 600
_FIXED = ("address", "sender", "recipient", "transaction_hash")


def measure_columns(topic0: bytes, recorded: list[dict[str, Any]]) -> dict[str, Any]:
    """Time both on a batch made of a node's logs of that topic; ours alone where tiders is not."""
    logs = (recorded * (_BATCH // len(recorded) + 1))[:_BATCH]
    lists = HexLogs.of(logs)
    arrow = _in_arrow(lists)
    starts = {"lists": lists, "arrow": arrow}
    try:
        with _tiders(topic0, logs) as ask:
            series = {name: _compare(topic0, given, name, ask) for name, given in starts.items()}
            _check_agreement(topic0, arrow, ask)
        worst = min(series.values(), key=lambda one: float(one["ratio"]))
        return {"baseline": _BASELINE[0], "batch": _BATCH, "ratio": worst["ratio"], "from": series}
    except (OSError, subprocess.SubprocessError) as failure:
        alone = {
            name: round(median(_seconds(topic0, given)) * 1e3, 3) for name, given in starts.items()
        }
        return {"baseline": f"none: {failure}", "batch": _BATCH, "ratio": None, "ours_ms": alone}


_Ask = Callable[[object], Any]


def _in_arrow(logs: HexLogs) -> HexLogs:
    return HexLogs(
        pa.array(logs.transaction_hash, pa.string()),
        np.array(logs.transaction_index, np.uint32),
        np.array(logs.log_index, np.uint32),
        pa.array(logs.address, pa.string()),
        [pa.array(column, pa.string()) for column in logs.topics],
        pa.array(logs.data, pa.string()),
    )


def _seconds(topic0: bytes, logs: HexLogs) -> list[float]:
    taken = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        decode_hex_columns(topic0, logs)
        taken.append(time.perf_counter() - start)
    return taken


def _compare(topic0: bytes, logs: HexLogs, given: str, ask: _Ask) -> dict[str, Any]:
    ours, theirs, ratios = [], [], []
    for _ in range(_RUNS):
        mine = median(_seconds(topic0, logs))
        other = median(ask({"times": _TIMES, "from": given}))
        ours.append(mine)
        theirs.append(other)
        ratios.append(other / mine)
    return {
        "ours_ms": round(median(ours) * 1e3, 3),
        "baseline_ms": round(median(theirs) * 1e3, 3),
        "ratio": round(median(ratios), 2),
        "ratio_lowest_run": round(min(ratios), 2),
    }


def _check_agreement(topic0: bytes, logs: HexLogs, ask: _Ask) -> None:
    """A measurement of two decoders that disagree would say nothing."""
    mine = decode_hex_columns(topic0, logs).batch
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "tiders.arrow")
        ask({"write": path})
        with pa.memory_map(path) as file:
            other = pa.ipc.open_file(file).read_all()
    assert other.num_rows == mine.num_rows == _BATCH
    names = {"sqrtPriceX96": "sqrt_price_x96"}
    for name in other.schema.names:
        theirs, ours = other[name].to_pylist(), mine[names.get(name, name)].to_pylist()
        if name not in (*_FIXED, "tick"):
            # The same number in 32 bytes there, in the type's own width here.
            signed = name.startswith("amount")
            theirs, ours = (
                [int.from_bytes(each, "big", signed=signed) for each in column]
                for column in (theirs, ours)
            )
        if theirs != ours:
            raise AssertionError(f"{name}: ours and tiders' values differ")


@contextmanager
def _tiders(topic0: bytes, logs: list[dict[str, Any]]) -> Iterator[_Ask]:
    program = Path(__file__).with_name("tiders_decode.py")
    process = subprocess.Popen(
        [_environment(), program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def ask(question: object) -> Any:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise OSError("tiders' process ended")
        return json.loads(line)

    columns = {f"topic{at}": [log["topics"][at] for log in logs] for at in range(3)}
    columns["data"] = [log["data"] for log in logs]
    columns["address"] = [log["address"] for log in logs]
    columns["transaction_hash"] = [log["transactionHash"] for log in logs]
    try:
        ask({"columns": columns, "event": EVENTS[topic0].declarations[0]})
        yield ask
    finally:
        process.kill()
        process.communicate()


def _environment() -> Path:
    """Return the interpreter of tiders' own environment, made when it is not there yet."""
    folder = Path(tempfile.gettempdir()) / f"qenus-bench-{_BASELINE[0].replace('==', '-')}"
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *_BASELINE],
            check=True, timeout=_INSTALL_SECONDS, capture_output=True,
        )  # fmt: skip
        (folder / "complete").touch()
    return python
