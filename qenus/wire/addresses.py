"""Addresses of a line: the feed's own, and the journal's beside it."""

__all__ = ["repair_address"]


def repair_address(feed: str) -> str:
    """Give the address at which the journal of a feed answers.

    `ipc:///path` answers at `ipc:///path.repair`, `tcp://host:port` at the next port.
    """
    if feed.startswith("tcp://"):
        host, _, port = feed.rpartition(":")
        return f"{host}:{int(port) + 1}"
    return f"{feed}.repair"
