"""Checking an answer that is larger than any honest one, in a process of its own.

A false body of tens of megabytes under a true header takes a second and more to refuse. In the
event loop nothing else would go on meanwhile, and a thread would hold the interpreter's lock for
most of it. So a process that lives for this one check does it: `python -m
qenus.observers.follow.large_proof` reads chain, hash and JSON from its input and writes its result.
"""

import pickle
import subprocess
import sys
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
    asked = pickle.dumps((chain, requested_hash, block_json, receipts_json))
    with trio.move_on_after(_SECONDS):
        done = await trio.run_process(
            [sys.executable, "-m", __name__],
            stdin=asked,
            capture_stdout=True,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode == 0:
            proven, *said = pickle.loads(done.stdout)
            if proven:
                return decode(said[0], Block)
            step, where, expected, found = said
            raise Rejected(
                step, where=where, expected=expected, found=found, claimed_hash=requested_hash
            )
    raise TransientError(f"{len(block_json) + len(receipts_json)} bytes could not be checked")


def _main() -> None:
    chain, requested_hash, block_json, receipts_json = pickle.load(sys.stdin.buffer)
    try:
        block = seal(block_json, receipts_json, chain, requested_hash=requested_hash)
        found: tuple[object, ...] = True, encode(block)
    except Rejected as rejected:
        found = False, rejected.step, rejected.where, rejected.expected, rejected.found
    sys.stdout.buffer.write(pickle.dumps(found))


if __name__ == "__main__":
    _main()
