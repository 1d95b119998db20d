"""What may be said of a node's address: keys stand in paths, queries and user names."""

from urllib.parse import urlsplit

__all__ = ["shown_address"]


def shown_address(url: str) -> str:
    """Give an address as logs, errors and subscribers may see it: scheme, host and port.

    A Unix socket's path is no secret and is kept. Of what has no scheme, what may be the host is.
    """
    if "://" not in url:
        return url.partition("/")[0].partition("?")[0].rpartition("@")[2]
    try:
        parts = urlsplit(url)
    except ValueError:
        # Brackets that are not a pair: what else it holds is anybody's guess.
        return f"{url.partition('://')[0]}://…"
    if parts.scheme == "unix":
        return url
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
