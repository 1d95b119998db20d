"""Sections [quarantine], [watchdog] and [log] of the configuration: how a node is watched."""

import attrs

from qenus.config_fields import integer, text

__all__ = ["LogConfig", "QuarantineConfig", "WatchdogConfig"]


@attrs.frozen
class QuarantineConfig:
    """Where messages are kept that no actor can work on, until somebody decides.

    With a `folder` they survive the process, in files that only this user can read and that hold
    no secret of a node's address; without one they are kept in memory.
    `capacity_bytes` bounds what is kept.
    """

    folder: str = text(r"/\S{1,200}|", "an absolute path, or nothing for memory", default="")
    capacity_bytes: int = integer(1 << 20, 64 << 30, default=256 << 20)


@attrs.frozen
class WatchdogConfig:
    """What happens when the event loop does not come round, in milliseconds.

    After `warn_ms` the stacks of all threads are logged. After `exit_ms` the process ends with
    status 1, for its service manager to start it again; 0 never ends it.
    """

    warn_ms: int = integer(100, 60_000, default=1_000)
    exit_ms: int = integer(0, 3_600_000, default=0)

    def __attrs_post_init__(self) -> None:
        if 0 < self.exit_ms <= self.warn_ms:
            raise ValueError(
                f"expected exit_ms above warn_ms, or 0, found {self.exit_ms} and {self.warn_ms}"
            )


@attrs.frozen
class LogConfig:
    """What the log may take: lines and bytes that wait to be written, and its pace.

    Of one kind of event `burst` lines come through at once and then `lines_per_second`; the others
    are left out and counted.
    """

    max_lines: int = integer(16, 1_000_000, default=4096)
    max_bytes: int = integer(64 << 10, 1 << 30, default=4 << 20)
    lines_per_second: int = integer(1, 100_000, default=10)
    burst: int = integer(1, 1_000_000, default=100)
