"""Checking an answer that is larger than any honest one, in a process of its own.

A false body of tens of megabytes under a true header takes a second and more to refuse. In the
event loop nothing else would go on meanwhile, and a thread would hold the interpreter's lock for
most of it. So a process that lives for this one check does it: `python -m
qenus.observers.follow.large_proof` reads chain, hash and JSON from its input and writes its result.
"""

import pickle
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import trio

from qenus.chain import Chain, Rejected, seal
from qenus.errors import TransientError
from qenus.wire import Block, decode, encode

__all__ = ["LARGE_BYTES", "seal_apart"]

# Blocks of 60 million gas with their receipts stay below this.
LARGE_BYTES: Final = 8 << 20
_SECONDS: Final = 30.0


async def seal_apart(
    block_json: bytes, receipts_json: bytes, chain: Chain, requested_hash: bytes
) -> Block:
    """Verify a block as `seal` does, in a process of its own.

    Raises:
        Rejected: it is not what it claims.
        TransientError: the process did not come to an end with it.

    Cancellation ends the process.
    """
    head = pickle.dumps((chain, requested_hash, len(block_json), len(receipts_json)))
    said, status = b"", None
    with trio.move_on_after(_SECONDS):
        # What it is given goes piece by piece: nothing of it is copied at once.
        async with _process() as process:
            assert process.stdin is not None
            assert process.stdout is not None
            async with process.stdin:
                for part in (head, block_json, receipts_json):
                    await process.stdin.send_all(part)
            async for chunk in process.stdout:
                said += chunk
            status = await process.wait()
    if status == 0:
        proven, *found = pickle.loads(said)
        if proven:
            return decode(found[0], Block)
        step, where, expected, actual = found
        raise Rejected(
            step, where=where, expected=expected, found=actual, claimed_hash=requested_hash
        )
    raise TransientError(f"{len(block_json) + len(receipts_json)} bytes could not be checked")


@asynccontextmanager
async def _process() -> AsyncIterator[trio.Process]:
    """The process; it is over when the block is left, however it is left."""
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    except trio.BrokenResourceError:
        # It ended before it had read everything: its status says more.
        await process.wait()
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()


def _main() -> None:
    source = sys.stdin.buffer
    chain, requested_hash, block_bytes, receipts_bytes = pickle.load(source)
    block_json, receipts_json = source.read(block_bytes), source.read(receipts_bytes)
    try:
        block = seal(block_json, receipts_json, chain, requested_hash=requested_hash)
        found: tuple[object, ...] = True, encode(block)
    except Rejected as rejected:
        found = False, rejected.step, rejected.where, rejected.expected, rejected.found
    sys.stdout.buffer.write(pickle.dumps(found))


if __name__ == "__main__":
    _main()
