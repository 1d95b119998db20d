"""nng: a reader of the line that sends its frames, and an actor that answers from its journal.

`publish` sends its reader's messages on a Pub0 socket; `serve_journal` answers joins and repairs
on a Rep0 socket beside it. Line and reader outlive both: sockets belong to an actor and go with it,
sequence numbers and the journal do not. A crash costs subscribers a reconnect of some milliseconds
and, by repair, no frame.

A Pub0 socket never waits for a slow subscriber: nng silently drops messages that do not fit into
its buffer, which is why frames are numbered and the journal exists. nng counts that buffer in
messages; `FrameBudget` keeps the count such that the bytes are bounded. All subscribers' buffers
refer to the same frames, so the bound is one for all of them. `RepairPeers` bounds the replies that
the journal holds for its peers, and its answering takes a bounded share of the loop's time.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from functools import partial

import attrs
import pynng
import structlog
import trio

from qenus.config import QenusConfig
from qenus.errors import RemoteProtocolError
from qenus.line import Line, LineReader, Publisher
from qenus.publishers.ipc_paths import AddressError, prepare_ipc, socket_path
from qenus.publishers.limits import FeedLimits
from qenus.publishers.peer_log import PeerLog
from qenus.publishers.repair_peers import RepairPeers
from qenus.wire import (
    MAX_BUFFERED_FRAMES,
    MAX_MESSAGE_BYTES,
    MAX_TOPIC_BYTES,
    EndReason,
    FrameBudget,
    JoinRequest,
    RepairReply,
    RepairRequest,
    RepairStatus,
    decode,
    encode,
    repair_address,
)
from supervisors import Child, Inbox, Readiness, ready

__all__ = ["AddressError", "Feed", "nng_publisher", "publish", "serve_journal"]

_MAX_REQUEST_BYTES = 4096
# The largest frame and its topic fit into a reader's mailbox.
_LEAST_BYTES = MAX_MESSAGE_BYTES + MAX_TOPIC_BYTES + 1
_END_SECONDS = 0.02
# How long the end of a finite source may take: subscribers repair missed frames meanwhile.
_LINGER_SECONDS = 10.0
_SHUTDOWN_LINGER_SECONDS = 0.5
_RECONNECT_SECONDS = 5.0
_SHUTDOWN_RECONNECT_SECONDS = 0.25
# Answering takes at most one part in four of the loop's time, in turns of this length.
_ANSWERING_SECONDS = 0.002
_PAUSES_PER_TURN = 3
# How long a reply may wait for the one before it to be taken.
_TAKEN_SECONDS = 0.05

_log = structlog.get_logger("nng")


def _peer_log(feed: "Feed") -> PeerLog:
    return PeerLog(feed.limits.peer_log_lines_per_second, time.monotonic)


def _reader(feed: "Feed") -> LineReader:
    return LineReader(
        feed.line, "nng", capacity_bytes=max(_LEAST_BYTES, feed.limits.send_buffer_bytes)
    )


@attrs.frozen
class Feed:
    """The values that `publish` and `serve_journal` share: line, addresses, heartbeat, limits.

    At the end of its session a line waits for its subscribers to leave, so that they can repair
    what they missed of its last frames: up to `linger_seconds`, or `complete_linger_seconds` when
    nothing follows the session. `limits` bound the cost of subscribers.
    """

    line: Line
    listen: tuple[str, ...]
    heartbeat_ms: int
    linger_seconds: float
    complete_linger_seconds: float
    limits: FeedLimits = FeedLimits()
    # The feed's place in the line; its waiting bytes have the same bound as nng's buffer.
    reader: LineReader = attrs.field(default=attrs.Factory(_reader, takes_self=True))
    # Outlives the actors, so that a crash gives no peer a new budget of lines.
    peer_log: PeerLog = attrs.field(default=attrs.Factory(_peer_log, takes_self=True))


class _Door:
    """Admits connections to a socket up to a number, and counts the refused ones."""

    def __init__(self, socket: pynng.Socket, *, max_pipes: int) -> None:
        self._socket = socket
        self._max_pipes = max_pipes
        self._refused = 0
        socket.add_pre_pipe_connect_cb(self._admit)

    def _admit(self, pipe: pynng.Pipe) -> None:
        # On a thread of nng's. The new pipe is among the socket's already.
        if len(self._socket.pipes) > self._max_pipes:
            self._refused += 1
            pipe.close()

    def report(self, peer_log: PeerLog) -> None:
        """Log how many were refused since the last time."""
        if self._refused:
            refused, self._refused = self._refused, 0
            peer_log.write(
                _log.warning, "connections refused", refused=refused, at_most=self._max_pipes
            )


def _opened(kind: type[pynng.Socket]) -> pynng.Socket:
    return kind(send_buffer_size=MAX_BUFFERED_FRAMES, recv_max_size=_MAX_REQUEST_BYTES)


def _listen(socket: pynng.Socket, addresses: Iterable[str], mode: int) -> None:
    """Listen on all addresses; ipc sockets have these permissions from their first moment on.

    Raises:
        AddressError: an address cannot be listened on; the error names it.
    """
    for address in addresses:
        path = socket_path(address)
        if path is not None:
            prepare_ipc(path)
        # nng binds in this very call; chmod alone would come after others could have connected.
        umask = os.umask(0o777 & ~mode)
        try:
            socket.listen(address)
            if path is not None:
                os.chmod(path, mode)
        except (pynng.NNGException, OSError) as error:
            raise AddressError(
                f"cannot listen on {address}: {error}; does another node run there?"
            ) from error
        finally:
            os.umask(umask)


class _Sender:
    """Sends on a Pub0 socket, whose buffer follows from the sizes of the newest frames."""

    def __init__(self, socket: pynng.Socket, max_bytes: int) -> None:
        self._socket = socket
        self._budget = FrameBudget(max_bytes)

    def send(self, message: bytes) -> None:
        """Hand a message to nng, which buffers it for slow subscribers, or drops their oldest."""
        was = self._budget.count
        count = self._budget.passed(len(message))
        if count != was:
            self._socket.send_buffer_size = count
        self._socket.send(message, block=False)


def nng_publisher(line: Line, config: QenusConfig) -> Publisher:
    """The feed of section [feed]: its place in the line and its two actors."""
    section = config.feed
    limits = FeedLimits(**{name: getattr(section, name) for name in attrs.fields_dict(FeedLimits)})
    feed = Feed(
        line=line,
        listen=section.listen,
        heartbeat_ms=section.heartbeat_ms,
        linger_seconds=_SHUTDOWN_LINGER_SECONDS,
        complete_linger_seconds=_LINGER_SECONDS,
        limits=limits,
    )
    children = [
        Child("journal", serve_journal, feed=feed),
        Child("publisher", publish, feed.reader.inbox(), feed=feed).with_policy(
            shutdown_seconds=_LINGER_SECONDS + 1.0
        ),
    ]
    heard = [child.with_policy(readiness=Readiness.EXPLICIT) for child in children]
    return Publisher(feed.reader, heard, linger_seconds=_LINGER_SECONDS)


async def publish(inbox: Inbox[bytes], *, feed: Feed) -> None:
    """Send every frame of the line on the feed's addresses, and heartbeats between.

    `inbox` is that of the feed's reader. When no frame can come any more, it ends the
    session and lingers.

    Raises:
        AddressError: an address cannot be listened on.

    Cancellation closes the socket; frames that were not acknowledged are sent again.
    """
    with _opened(pynng.Pub0) as socket:
        door = _Door(socket, max_pipes=feed.limits.max_subscribers)
        _listen(socket, feed.listen, feed.limits.socket_mode)
        sender = _Sender(socket, feed.limits.send_buffer_bytes)
        ready()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_beat, feed, socket, sender, door)
            async for message in inbox:
                sender.send(message)
            nursery.cancel_scope.cancel()
        await _end_session(feed, socket, sender)


async def _end_session(feed: Feed, socket: pynng.Socket, sender: _Sender) -> None:
    """Announce the session's end until every subscriber has left, or the linger time is over.

    The announcement is repeated, for a while even without subscribers: after a crash of ours they
    may just be reconnecting, and without it they would wait for ever.
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
            sender.send(line.end(now_ns=time.time_ns()))
            await trio.sleep(_END_SECONDS)


async def _beat(feed: Feed, socket: pynng.Socket, sender: _Sender, door: _Door) -> None:
    while True:
        feed.line.listeners = len(socket.pipes)
        sender.send(
            feed.line.heartbeat(
                now_ns=time.time_ns(),
                interval_ms=feed.heartbeat_ms,
                positions=feed.reader.positions(),
            )
        )
        door.report(feed.peer_log)
        await trio.sleep(feed.heartbeat_ms / 1000)


async def serve_journal(*, feed: Feed) -> None:
    """Answer joins and repairs, one at a time; a malformed request gets status BAD_REQUEST.

    Raises:
        AddressError: an address cannot be listened on.

    Cancellation closes the socket; a subscriber that waits for an answer asks again.
    """
    limits = feed.limits
    addresses = [repair_address(address) for address in feed.listen]
    with _opened(pynng.Rep0) as socket:
        # Twice as many may be open for a moment, until the peers closed for newer ones are gone.
        door = _Door(socket, max_pipes=2 * limits.max_repair_connections)
        peers = _Peers(limits)
        peers.watch(socket)
        _listen(socket, addresses, limits.socket_mode)
        ready()
        turn_seconds = 0.0
        while True:
            request = await socket.arecv_msg()
            began = time.perf_counter()
            reply = _answer(feed, request.bytes)
            if request.pipe is not None:
                peers.reply(request.pipe, len(reply))
            turn_seconds += time.perf_counter() - began
            # nng may hold the reply before for a moment longer than the peer that has read it and
            # asks again. What waits longer is a peer that does not read: closed, it asks again
            # when it can.
            with trio.move_on_after(_TAKEN_SECONDS) as sending:
                await socket.asend(reply)
            if sending.cancelled_caught:
                feed.peer_log.write(_log.warning, "repair reply not taken", bytes=len(reply))
                peers.close(request.pipe)
            door.report(feed.peer_log)
            if turn_seconds > _ANSWERING_SECONDS:
                # A peer that asks without pause delays other peers of the journal, and no chain.
                await trio.sleep(_PAUSES_PER_TURN * turn_seconds)
                turn_seconds = 0.0


class _Peers:
    """Closes those connections to the journal that `RepairPeers` gives up."""

    def __init__(self, limits: FeedLimits) -> None:
        self._pipes: dict[int, pynng.Pipe] = {}
        self._peers = RepairPeers(
            max_peers=limits.max_repair_connections, max_bytes=limits.repair_buffer_bytes
        )

    def watch(self, socket: pynng.Socket) -> None:
        """Watch connections and their ends from now on; nng calls back on its own threads."""
        token = trio.lowlevel.current_trio_token()

        def hand_over(note: Callable[[pynng.Pipe], None], pipe: pynng.Pipe) -> None:
            # The loop may have ended; then the note is not needed.
            with contextlib.suppress(trio.RunFinishedError):
                token.run_sync_soon(note, pipe)

        socket.add_post_pipe_connect_cb(partial(hand_over, self._connected))
        socket.add_post_pipe_remove_cb(partial(hand_over, self._left))

    def reply(self, pipe: pynng.Pipe, size: int) -> None:
        """Make room for a reply to the peer that just asked."""
        self._pipes.setdefault(pipe.id, pipe)
        self._close(self._peers.replying(pipe.id, size))

    def _connected(self, pipe: pynng.Pipe) -> None:
        self._pipes.setdefault(pipe.id, pipe)
        self._close(self._peers.connected(pipe.id))

    def _left(self, pipe: pynng.Pipe) -> None:
        self._pipes.pop(pipe.id, None)
        self._peers.left(pipe.id)

    def close(self, pipe: pynng.Pipe | None) -> None:
        """Close a connection whose peer does not take its reply."""
        if pipe is not None:
            self._close([pipe.id])

    def _close(self, peers: Iterable[int]) -> None:
        for peer in peers:
            pipe = self._pipes.pop(peer, None)
            if pipe is not None:
                # It may have left by itself by now.
                with contextlib.suppress(pynng.NNGException):
                    pipe.close()


def _answer(feed: Feed, request: bytes) -> bytes:
    try:
        asked = decode(request, JoinRequest | RepairRequest)
    except RemoteProtocolError as error:
        feed.peer_log.write(_log.warning, "bad request", error=str(error))
        return encode(RepairReply(RepairStatus.BAD_REQUEST, ()))
    if isinstance(asked, JoinRequest):
        feed.peer_log.write(_log.info, "joined", subscriber=asked.subscriber)
    return encode(feed.line.answer(asked, max_bytes=feed.limits.repair_reply_bytes))
