"""What an examination of a node comes to: findings, each with a verdict and what to do."""

from enum import Enum
from typing import Final

import attrs

from qenus.errors import QenusError, RemoteProtocolError
from qenus.observers.rpc import ConnectionLost, RpcError

__all__ = ["Examination", "Finding", "Shortcoming", "Verdict", "connection_finding"]

_UNREACHED: Final = "Check address, port and firewall."
_NO_RPC: Final = "Is it this port, and this scheme (ws or wss, http or https)?"
_BY_STATUS: Final = {
    401: "The key, or user name and password, in the address are not accepted.",
    402: "The provider wants to be paid: look at the account.",
    403: "This key or host may not ask: look at the provider's settings, and at allowed hosts.",
    404: "There is no node at that path: check the path, and the key in it.",
    405: "There is a web server, but no node at that path: check the path.",
    429: "The provider limits connections or calls: use fewer, or a larger plan.",
}


class Verdict(Enum):
    """How an answer is to be taken."""

    GOOD = "good"
    # It works without, at a price that the advice names.
    LACKING = "lacking"
    # A source of Qenus must have this.
    BAD = "bad"


@attrs.frozen
class Finding:
    """One thing looked at: its name, what was found, and what to do about it."""

    name: str
    verdict: Verdict
    found: str
    advice: str = ""


@attrs.frozen
class Examination:
    """All of it. `fit`: the node can be a source."""

    node: str
    findings: tuple[Finding, ...]

    @property
    def fit(self) -> bool:
        """Whether nothing is bad."""
        return all(finding.verdict is not Verdict.BAD for finding in self.findings)


class Shortcoming(QenusError):
    """Something works, but not as it should: `advice` says what to do."""

    def __init__(self, found: str, advice: str) -> None:
        super().__init__(found)
        self.advice = advice


def connection_finding(error: QenusError) -> Finding:
    """Say why a node cannot be asked at all, and what to do."""
    status = error.status if isinstance(error, ConnectionLost) else None
    if isinstance(error, RpcError) and 100 <= error.code < 600:
        status = error.code
    advice = _UNREACHED if status is None else _advice_on(status)
    if isinstance(error, RemoteProtocolError):
        advice = _NO_RPC
    return Finding("connection", Verdict.BAD, str(error), advice)


def _advice_on(status: int) -> str:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 300 <= status < 400:
        return "Give the address that it points to: redirects are not followed."
    if status >= 500:
        return "The gateway has no node behind it now: ask the provider. Qenus tries again."
    return "There is a web server, but no WebSocket: has it an http:// or https:// address?"
