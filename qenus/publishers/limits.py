"""The limits of what a feed holds for its subscribers: for each of them and for all together."""

import attrs

__all__ = ["FeedLimits"]


@attrs.frozen
class FeedLimits:
    """The bounds of one feed, all of them configurable in section [feed].

    max_subscribers: connections to the feed; further ones are refused. Each may hold one frame
        that is under way.
    send_buffer_bytes: frames that wait for slow subscribers. Subscribers share them: it is the
        bound for all together. Older ones are dropped and repaired from the journal.
    max_repair_connections: connections to the journal; beyond it the one that has asked for nothing
        for longest is closed, and may connect again.
    repair_reply_bytes: one reply of the journal, unless a single frame is larger. A subscriber asks
        again for what is missing then.
    repair_buffer_bytes: replies that their subscribers may not have taken yet, all together.
    socket_mode: the permissions of ipc sockets, whatever the umask.
    peer_log_lines_per_second: log lines that peers can cause by what they send; the rest is
        counted.
    """

    max_subscribers: int = 256
    send_buffer_bytes: int = 64 << 20
    max_repair_connections: int = 256
    repair_reply_bytes: int = 1 << 20
    repair_buffer_bytes: int = 64 << 20
    socket_mode: int = 0o600
    peer_log_lines_per_second: int = 5
