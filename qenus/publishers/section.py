"""Section [feed] of the configuration: the nng feed, and the journal that answers beside it."""

import attrs

from qenus.config_fields import PORT, integer, texts

__all__ = ["FeedConfig"]


@attrs.frozen
class FeedConfig:
    """The nng feed and the journal that answers beside it.

    `listen` has the feed's addresses; the journal answers at `<path>.repair` or at the next port.
    `journal_bytes` bounds what it keeps, `heartbeat_ms` is the longest silence on an idle line.
    What follows bounds what peers can cost; `qenus.publishers.limits` says what each one bounds.
    """

    listen: tuple[str, ...] = texts(
        rf"ipc:///\S{{1,90}}|tcp://[^\s:/]+:{PORT}",
        "ipc:///path or tcp://host:port, port 1 to 65534",
        most=16,
    )
    journal_bytes: int = integer(1 << 20, 64 << 30, default=256 << 20)
    heartbeat_ms: int = integer(10, 60_000, default=100)
    socket_mode: int = integer(0o000, 0o777, default=0o600)
    max_subscribers: int = integer(1, 65_536, default=256)
    send_buffer_bytes: int = integer(1 << 20, 64 << 30, default=64 << 20)
    max_repair_connections: int = integer(1, 65_536, default=256)
    repair_reply_bytes: int = integer(1 << 10, 64 << 20, default=1 << 20)
    repair_buffer_bytes: int = integer(1 << 20, 64 << 30, default=64 << 20)
    peer_log_lines_per_second: int = integer(1, 1000, default=5)
