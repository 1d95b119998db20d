"""A node's address, which carries its keys and never shows them.

Keys stand in the path, the query, the user name and the password of a node's URL. `NodeAddress`
keeps the URL and prints only scheme, host and port, whatever prints it: a log, an error, a
traceback, a format string. What connects asks for `url_with_secrets()` by that name; what a server
said goes through `scrub`, which knows the keys in all their spellings. Pure.

Source: RFC 3986 (the parts of a URL); RFC 7617 (Basic credentials).
"""

import base64
import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, urlsplit

import attrs

from qenus.redaction import Redactor

__all__ = ["NodeAddress", "shown_address"]

_SCHEMES: Final = frozenset({"ws", "wss", "http", "https", "unix"})
# A name, in any script, or an IP address.
_HOST: Final = re.compile(r"[^\s/?#@\\<>\[\]^`{|}%\x00-\x20\x7f]+(%[A-Za-z0-9.-]+)?")
# What stands between the user and the path: a name or IP address, and a port.
_HOST_AND_PORT: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]*\]|[^:\[\]]*)(?P<port>:\d{1,5})?")
# Without a scheme, what has neither a dot nor a port may as well be a key.
_BARE_HOST: Final = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d{1,5})?|[A-Za-z0-9-]+:\d{1,5}")
_BARE_NAMES: Final = frozenset({"localhost", ""})
# Some providers put the key before the host's name.
_KEY_IN_HOST: Final = re.compile(r"(?<![^./@])[0-9A-Fa-f]{24,}(?=\.)")


@attrs.frozen(repr=False, eq=False)
class NodeAddress:
    """The address of a node. Any text makes one; whether it can be connected to is found there.

    Two are equal when their URLs are. str, repr, format and msgspec show none of its keys.
    """

    _url: str = attrs.field(validator=attrs.validators.instance_of(str))

    @classmethod
    def of(cls, url: "str | NodeAddress") -> "NodeAddress":
        """Give the address that a text names; an address is given back as it is."""
        return url if isinstance(url, NodeAddress) else cls(url)

    def __str__(self) -> str:
        return shown_address(self._url)

    def __repr__(self) -> str:
        return f"<NodeAddress {self}>"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NodeAddress) and self._url == other._url

    def __hash__(self) -> int:
        return hash(self._url)

    @property
    def scheme(self) -> str:
        """What stands before `://`, in lower case; empty where nothing does."""
        scheme, separator, _ = self._url.partition("://")
        return scheme.lower() if separator else ""

    def url_with_secrets(self) -> str:
        """Give the whole URL with its keys: for a connection, never for a text."""
        return self._url

    def scrub(self, text: str) -> str:
        """Give a text from outside without its keys, however they are spelled there."""
        return _redactor(self._url).redact(text)

    def authorization(self) -> str | None:
        """Give the Authorization header of its user name and password; None without either."""
        user_info, separator, _ = self._netloc().rpartition("@")
        if not separator:
            return None
        user, _, password = user_info.partition(":")
        return f"Basic {_basic(user, password)}"

    def check(self) -> None:
        """See that it can be connected to, without connecting.

        Raises:
            ValueError: it is of no scheme that is known, or names no host; without its keys.
        """
        if self.scheme not in _SCHEMES:
            raise ValueError("expected ws://, wss://, http://, https:// or unix:///path")
        if self.scheme == "unix":
            path = self._url.partition("://")[2]
            if not path or "\0" in path:
                raise ValueError("expected the path of a socket, as in unix:///run/geth.ipc")
            return
        try:
            parts = urlsplit(self._url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError("expected a host, and a port from 1 to 65535 if any") from None
        if not host or port == 0 or not _HOST.fullmatch(host):
            raise ValueError("expected a host, and a port other than 0 if any")

    def _netloc(self) -> str:
        try:
            return urlsplit(self._url).netloc
        except ValueError:
            return ""


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()


@lru_cache(maxsize=64)
def _redactor(url: str) -> Redactor:
    shown = shown_address(url)
    if "…" not in shown or "@" in url:
        return Redactor.of([url])
    # A key alone, or a password whose host was left out, is the address of nothing.
    unknown = url if shown == "…" else url.partition("://")[2].partition(":")[2]
    return Redactor.of([url], [unknown])


def shown_address(url: str | NodeAddress) -> str:
    """Give an address as logs, errors and subscribers may see it: scheme, host and port.

    A Unix socket's path is no secret and is kept. Of what has no scheme, what can only be a host
    is shown. A port that is none may be a password whose host was left out.
    """
    if isinstance(url, NodeAddress):
        return str(url)
    if "://" not in url:
        host = re.split("[/?#]", url)[0].rpartition("@")[2]
        return host if host in _BARE_NAMES or _BARE_HOST.fullmatch(host) else "…"
    scheme = url.partition("://")[0]
    if not re.fullmatch("[A-Za-z][A-Za-z0-9+.-]{0,15}", scheme):
        return "…"
    try:
        parts = urlsplit(url)
    except ValueError:
        # Brackets that are not a pair: nothing says where the host ends and a key begins.
        return f"{scheme}://…"
    if parts.scheme == "unix":
        return url
    authority = parts.netloc.rpartition("@")[2]
    if not _HOST_AND_PORT.fullmatch(authority):
        authority = authority.partition(":")[0].partition("[")[0] + ":…"
    return f"{parts.scheme}://{_KEY_IN_HOST.sub('…', authority)}"
