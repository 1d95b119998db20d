"""Runs in tiders' own environment: its event decoder over pipes, for `tools.bench.decode_columns`.

The first line of input is the columns of hex; each further one says how often to decode them, from
lists of strings or from Arrow's. The answer is the seconds that each time took. At the end the last
result is written to the file that the last line names.
"""

import json
import sys
import time
from typing import Any

import pyarrow as pa
import tiders_core  # type: ignore[import-not-found]


def _decode(columns: dict[str, Any], event: str) -> pa.RecordBatch:
    """Read the hex and decode the event; everything stays exact, as binary."""
    read = {name: tiders_core.prefix_hex_decode_column(column) for name, column in columns.items()}
    count = len(read["data"])
    names = ["topic0", "topic1", "topic2", "data"]
    logs = pa.RecordBatch.from_arrays(
        [*(read[name] for name in names), pa.nulls(count, pa.binary())], names=[*names, "topic3"]
    )
    decoded = tiders_core.evm_decode_events(event, logs, large_int_as_binary=True)
    beside = ["address", "transaction_hash"]
    return pa.RecordBatch.from_arrays(
        [*(read[name] for name in beside), *decoded.columns], names=[*beside, *decoded.schema.names]
    )


def main() -> None:
    """Answer each line with the seconds that every time took."""
    asked = json.loads(sys.stdin.readline())
    lists, event = asked["columns"], asked["event"]
    arrays = {name: pa.array(column, pa.string()) for name, column in lists.items()}
    result = _decode(arrays, event)
    print("true", flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        if "write" in question:
            with (
                pa.OSFile(question["write"], "wb") as file,
                pa.ipc.new_file(file, result.schema) as writer,
            ):
                writer.write_batch(result)
            print("true", flush=True)
            continue
        seconds = []
        for _ in range(question["times"]):
            start = time.perf_counter()
            if question["from"] == "lists":
                given = {name: pa.array(column, pa.string()) for name, column in lists.items()}
            else:
                given = arrays
            result = _decode(given, event)
            seconds.append(time.perf_counter() - start)
        print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    main()
