"""What is measured of a node beyond single answers: receipts, batches, announcements, errors.

Each gives what was found in words, or raises `Shortcoming` with what to do about it.
"""

from typing import Final

import msgspec
import trio

from qenus.errors import RemoteProtocolError, TransientError
from qenus.observers.doctor.findings import Shortcoming
from qenus.observers.rpc import RpcError, RpcSession
from qenus.observers.rpc.claims import Announced
from qenus.observers.rpc.node_limits import MAX_BATCH, BatchLimit
from qenus.observers.rpc.receipt_ways import NotThere, ReceiptWay, read_receipts

__all__ = ["check_announcements", "check_batches", "check_errors", "find_receipts"]

# An announced block that is there within this is no later than others are.
_PROMPT_SECONDS: Final = 0.1
_LATEST_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.02
# Qenus asks for so many at once where it can.
_WANTED_BATCH: Final = 100
_MAX_PROBES: Final = 10
_NO_METHOD: Final = "qenus_noSuchMethod"

_SMALL_BATCHES: Final = (
    "Qenus sends smaller messages: state reads and backfill take longer. A node of your own has a "
    "setting: --rpc-max-batch-size (besu), --rpc.batch-request-limit (geth), --rpc.batch.limit "
    "(erigon)."
)
_ONE_WAY: Final = "Qenus asks in that way: blocks come a round trip later, or more."
_LATE: Final = (
    "It announces blocks before it can give them, as load balancers do. Qenus asks again; another "
    "node beside it (other_nodes) takes the delay away."
)
_SILENT: Final = (
    "Its subscription is dead. Qenus polls for its heads; restart the node, or ask the provider."
)
_ODD_ERRORS: Final = "Qenus reads such errors by their words: a refusal may be taken for a pause."


class _Header(msgspec.Struct):
    number: str
    hash: str


async def find_receipts(
    session: RpcSession, head: Announced, block_json: bytes
) -> tuple[ReceiptWay, bytes, list[str]]:
    """Find the first way that gives a block's receipts, with them and why others do not.

    Raises:
        RemoteProtocolError: there is none.
    """
    refusals: list[str] = []
    for way in ReceiptWay:
        try:
            return way, await read_receipts(session, way, head, block_json), refusals
        except (NotThere, RpcError, RemoteProtocolError) as error:
            refusals.append(f"{way.value}: {str(error)[:100]}")
    raise RemoteProtocolError("; ".join(refusals))


def one_way_only(way: ReceiptWay, refusals: list[str]) -> Shortcoming:
    """Say that only another way than the usual one gives receipts."""
    return Shortcoming(f"by {way.value} only; {'; '.join(refusals)}", _ONE_WAY)


async def check_batches(session: RpcSession) -> str:
    """Measure how many calls the node takes in one message."""
    for answer in await session.batch([("eth_chainId", ())] * MAX_BATCH):
        if isinstance(answer, RpcError):
            raise answer
    limit = session.limits.batch
    for _ in range(_MAX_PROBES):
        if limit.refused is None or limit.refused - limit.accepted <= 1:
            break
        await session.takes((limit.refused + limit.accepted) // 2)
    return _batches(limit)


def _batches(limit: BatchLimit) -> str:
    if limit.refused is None:
        return f"{limit.accepted} calls in a message, and perhaps more"
    found = f"{limit.accepted} calls in a message, {limit.refused} are refused"
    if limit.accepted < _WANTED_BATCH:
        raise Shortcoming(found, _SMALL_BATCHES)
    return found


async def check_announcements(session: RpcSession, patience_seconds: float) -> str:
    """See that heads are announced, and how soon an announced block and its receipts are there."""
    before = await _head_number(session)
    heads = await session.subscribe("newHeads")
    with trio.move_on_after(patience_seconds):
        async for head in heads:
            return await _promptness(session, head)
    moved = await _head_number(session) - before
    if moved > 0:
        raise Shortcoming(
            f"newHeads was taken, the head moved by {moved} within {patience_seconds:.0f} s and "
            "none was announced",
            _SILENT,
        )
    raise RemoteProtocolError(f"newHeads was taken, and none came within {patience_seconds:.0f} s")


async def _promptness(session: RpcSession, head: bytes) -> str:
    name = msgspec.json.decode(head, type=_Header).hash[:66]
    began = trio.current_time()
    missing: dict[str, tuple[str, tuple[object, ...]]] = {
        "its block": ("eth_getBlockByHash", (True,)),
        "its receipts": (_RECEIPTS, ()),
    }
    late: list[str] = []
    while missing and trio.current_time() - began < _LATEST_SECONDS:
        for what, (method, more) in list(missing.items()):
            answer = await _given(session, method, name, *more)
            if answer:
                del missing[what]
                seconds = trio.current_time() - began
                if seconds > _PROMPT_SECONDS:
                    late.append(f"{what} {seconds:.2f} s")
        await trio.sleep(_LOOK_SECONDS)
    late += [f"{what} more than {_LATEST_SECONDS:.0f} s" for what in missing]
    if late:
        raise Shortcoming(f"newHeads, but {' and '.join(late)} after the announcement", _LATE)
    return "newHeads, and one came, with its block and receipts"


_RECEIPTS: Final = "eth_getBlockReceipts"


async def _given(session: RpcSession, method: str, *params: object) -> bool:
    """Whether it is there. A refusal is another question's finding."""
    try:
        return await session.read(method, *params) not in (b"null", b"")
    except RpcError as error:
        return method == _RECEIPTS and not error.busy
    except (RemoteProtocolError, TransientError):
        return False


async def _head_number(session: RpcSession) -> int:
    answer = await session.read("eth_blockNumber")
    text = msgspec.json.decode(answer, type=str)
    if not text.startswith("0x") or len(text) > 18:
        raise RemoteProtocolError(f"eth_blockNumber: expected a quantity, found {text[:40]!r}")
    return int(text, 16)


async def check_errors(session: RpcSession) -> str:
    """See that an error has the shape of one."""
    try:
        await session.call(_NO_METHOD)
    except RpcError as error:
        if error.code == 0 or not error.message:
            what = "no code" if error.code == 0 else "no words"
            found = f"an error with {what}: {error.message[:100]!r}"
            raise Shortcoming(found, _ODD_ERRORS) from None
        return f"a method that does not exist is refused with {error.code}"
    raise Shortcoming("a method that does not exist is answered with a result", _ODD_ERRORS)
