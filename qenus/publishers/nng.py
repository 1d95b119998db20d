"""nng: two actors that carry a line out of the house.

`publish` takes parcels from its inbox and sends them on a Pub0 socket; `serve_journal` answers
joins and repairs on a Rep0 socket beside it. Both share one `Line`, which outlives them: sockets
belong to an actor and go with it, sequence numbers and the journal do not. A crash costs
subscribers a reconnect of some milliseconds and, by repair, no frame.

A Pub0 socket never waits for a slow subscriber: what does not fit into its buffer is dropped by
nng in silence, which is why frames are numbered and the journal exists.
"""

import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import pynng
import structlog
import trio

from qenus.errors import QenusError, RemoteProtocolError
from qenus.publishers.line import Line
from qenus.wire import (
    EndReason,
    JoinRequest,
    Parcel,
    RepairReply,
    RepairRequest,
    RepairStatus,
    decode,
    encode,
    repair_address,
)
from supervisors import Inbox, ready

__all__ = ["AddressError", "Feed", "publish", "serve_journal"]

# nng caps its buffers at this many messages.
_BUFFER_FRAMES = 8192
_MAX_REQUEST_BYTES = 4096
_END_SECONDS = 0.02
_RECONNECT_SECONDS = 5.0
_SHUTDOWN_RECONNECT_SECONDS = 0.25

_log = structlog.get_logger("nng")


class AddressError(QenusError):
    """An address cannot be listened on."""


@attrs.frozen
class Feed:
    """What `publish` and `serve_journal` share: the line, where it is heard, and its heartbeat.

    At the end of its session a line waits for its subscribers to leave, so that they can repair
    what they missed of its last frames: up to `linger_seconds`, or `complete_linger_seconds` when
    nothing follows the session.
    """

    line: Line
    listen: tuple[str, ...]
    heartbeat_ms: int
    linger_seconds: float
    complete_linger_seconds: float


@contextmanager
def _listening(kind: type[pynng.Socket], addresses: Iterable[str]) -> Iterator[pynng.Socket]:
    """A socket that listens on all addresses.

    Raises:
        AddressError: naming the address that cannot be had.
    """
    with ExitStack() as stack:
        socket = stack.enter_context(
            kind(send_buffer_size=_BUFFER_FRAMES, recv_max_size=_MAX_REQUEST_BYTES)
        )
        for address in addresses:
            _make_folder(address)
            try:
                socket.listen(address)
            except pynng.NNGException as error:
                raise AddressError(
                    f"cannot listen on {address}: {error}; does another node run there?"
                ) from error
        yield socket


def _make_folder(address: str) -> None:
    """Make an ipc address's folder, for its owner alone, where it is missing."""
    if address.startswith("ipc://"):
        folder = Path(address.removeprefix("ipc://")).parent
        try:
            folder.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
        except OSError as error:
            raise AddressError(f"cannot make the folder of {address}: {error}") from error


async def publish(inbox: Inbox[bytes], *, feed: Feed) -> None:
    """Send every parcel on the feed's addresses, numbered and journalled, and heartbeats between.

    When no parcel can come any more, ends the session and lingers.

    Raises:
        AddressError: an address cannot be listened on.

    Cancellation closes the socket; parcels that were not acknowledged come again.
    """
    line = feed.line
    with _listening(pynng.Pub0, feed.listen) as socket:
        ready()
        _send_unsent(line, socket)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_beat, feed, socket)
            async for message in inbox:
                line.append(inbox.lease_id, decode(message, Parcel), now_ns=time.time_ns())
                _send_unsent(line, socket)
            nursery.cancel_scope.cancel()
        await _end_session(feed, socket)


async def _end_session(feed: Feed, socket: pynng.Socket) -> None:
    """Say that the session ended until every subscriber has left, or the time to linger is over.

    Said more than once, and for a while also to nobody: after a crash of ours, subscribers may
    just be reconnecting, and they would wait for ever for what they do not know has ended.
    """
    line = feed.line
    if line.end_reason is EndReason.COMPLETE:
        linger_seconds, reconnect_seconds = feed.complete_linger_seconds, _RECONNECT_SECONDS
    else:
        linger_seconds, reconnect_seconds = feed.linger_seconds, _SHUTDOWN_RECONNECT_SECONDS
    waits_until = trio.current_time() + (reconnect_seconds if line.joined else 0.0)
    heard = False
    with trio.move_on_after(linger_seconds):
        while socket.pipes or (not heard and trio.current_time() < waits_until):
            heard = heard or bool(socket.pipes)
            socket.send(line.end(now_ns=time.time_ns()), block=False)
            await trio.sleep(_END_SECONDS)


def _send_unsent(line: Line, socket: pynng.Socket) -> None:
    while line.unsent:
        socket.send(line.unsent[0], block=False)
        line.sent()


async def _beat(feed: Feed, socket: pynng.Socket) -> None:
    while True:
        feed.line.listeners = len(socket.pipes)
        beat = feed.line.heartbeat(now_ns=time.time_ns(), interval_ms=feed.heartbeat_ms)
        socket.send(beat, block=False)
        await trio.sleep(feed.heartbeat_ms / 1000)


async def serve_journal(*, feed: Feed) -> None:
    """Answer joins and repairs, one at a time; a request that cannot be read is told so.

    Raises:
        AddressError: an address cannot be listened on.

    Cancellation closes the socket; a subscriber that waits for an answer asks again.
    """
    addresses = [repair_address(address) for address in feed.listen]
    with _listening(pynng.Rep0, addresses) as socket:
        ready()
        while True:
            request = await socket.arecv()
            reply = _answer(feed.line, request)
            try:
                socket.send(reply, block=False)
            except pynng.TryAgain:
                # The peer does not take its answer; it asks again when it can.
                _log.warning("repair reply not taken", bytes=len(reply))


def _answer(line: Line, request: bytes) -> bytes:
    try:
        asked = decode(request, JoinRequest | RepairRequest)
    except RemoteProtocolError as error:
        _log.warning("bad request", error=str(error))
        return encode(RepairReply(RepairStatus.BAD_REQUEST, ()))
    if isinstance(asked, JoinRequest):
        _log.info("joined", subscriber=asked.subscriber)
    return encode(line.answer(asked))
