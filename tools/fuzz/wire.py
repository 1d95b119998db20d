"""Fuzzes the wire's decoder with atheris: `python -m tools.fuzz.wire [libFuzzer options]`.

Whatever the bytes, decoding gives a message that encodes and decodes to itself, or raises
RemoteProtocolError; it never raises anything else, hangs, or takes memory out of proportion. The
golden vectors are the first corpus. Ends with the first finding, or after -runs or
-max_total_time; exit status 0 only when nothing was found. Needs the package atheris.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["qenus"]):  # pyright: ignore[reportAttributeAccessIssue]
    from qenus.errors import RemoteProtocolError
    from qenus.wire import AmmBatch, Block, Frame, Message, as_json, decode, encode, split

_GOLDEN = Path(__file__).resolve().parents[2] / "proto" / "golden"
# libFuzzer's own guards: seconds for one input, and megabytes for the process.
_GUARDS = ["-timeout=5", "-rss_limit_mb=512", "-max_len=4096"]


def answer(data: bytes) -> None:
    """Decode as each of several types; anything but a message or a refusal escapes."""
    for kind in (Message, AmmBatch, Block, Frame):
        try:
            message = decode(data, kind)
        except RemoteProtocolError:
            continue
        if decode(encode(message), kind) != message:
            raise AssertionError(f"{type(message).__name__} does not survive its own bytes")
        as_json(message)
    try:
        split(data)
    except RemoteProtocolError:
        return


def _seeds() -> Iterator[bytes]:
    for path in sorted(_GOLDEN.glob("*.json")):
        for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]:
            yield bytes.fromhex(vector["hex"])


def main(options: list[str]) -> None:
    """Fuzz until a finding or a limit; libFuzzer ends the process itself."""
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(_seeds()):
            (Path(corpus) / f"{number:04}").write_bytes(seed)
        atheris.Setup([sys.argv[0], *_GUARDS, *options, corpus], answer)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
