"""Recorded files as a source: their blocks are proven as a node's are and give the same frames."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import attrs
import structlog
import trio

from qenus.chain import Chain, RecentHeaders, seal
from qenus.errors import RemoteProtocolError
from qenus.observers.alerts import alert_parcel, rejection_of
from qenus.observers.history.recorded_files import RecordedFileError, read_recorded
from qenus.wire import Block, Heads, Observed, Parcel, Rejection
from supervisors import Cell, Outlet, step

__all__ = ["Progress", "observe_recorded"]

# So many blocks may lie between a block and its child, of another branch say.
_HEADERS: Final = 256

_log = structlog.get_logger("recorded")


@attrs.frozen
class Progress:
    """How far a replay has come: files done, how many of them were rejected, the newest block."""

    files: int = 0
    rejected: int = 0
    number: int = -1


async def observe_recorded(
    found: Outlet[Observed[Block | Heads]],
    alerts: Outlet[Parcel],
    progress: Cell[Progress],
    *,
    files: Sequence[Path],
    chain: Chain,
) -> None:
    """Prove and send the block of each file, in the order given, then end.

    A file that holds no block, one that fails the ladder and one that is older than the last are
    reported on `alerts`, as rejections with evidence; the others go on. `progress` counts what is
    done, so that a crash repeats none of it.

    Cancellation leaves the blocks that were sent so far.
    """
    headers = RecentHeaders(chain, _HEADERS)
    for path in files[progress.value.files :]:
        done = progress.value
        observed_ns = time.time_ns()
        try:
            block_json, receipts_json = await trio.to_thread.run_sync(read_recorded, path)
            block = seal(block_json, receipts_json, chain)
            if block.block.number < done.number:
                raise RecordedFileError(
                    f"{path}: expected blocks in ascending order, found {block.block.number} "
                    f"after {done.number}"
                )
            headers.check(block)
            headers.add(block)
            content: Block | Rejection = block
            done = attrs.evolve(done, number=block.block.number)
        except RemoteProtocolError as error:
            _log.warning("rejected", chain=chain.name, source=path.name, reason=str(error))
            content = rejection_of(chain, path.name, error)
            done = attrs.evolve(done, rejected=done.rejected + 1)
        async with step():
            if isinstance(content, Block):
                await found.send(Observed(observed_ns, content))
            else:
                await alerts.send(alert_parcel(observed_ns, content))
            progress.set(attrs.evolve(done, files=done.files + 1))
