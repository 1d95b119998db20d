"""The failures of the whole house, by what has to be done about them.

A policy reads the type, never the text: a supervisor retries a `TransientError`, quarantines the
message that raised a `PoisonError` or `RemoteProtocolError`, and stops acting on a `FencedError`.
The split into local and remote follows h11: the type says who broke the rule.
"""

__all__ = [
    "FencedError",
    "LocalProtocolError",
    "PoisonError",
    "QenusError",
    "RemoteProtocolError",
    "TransientError",
]


class QenusError(Exception):
    """Base of every failure that Qenus raises on purpose."""


class LocalProtocolError(QenusError):
    """We broke a rule: a bug of ours. Crash loudly."""


class RemoteProtocolError(QenusError):
    """They broke a rule: reject what they sent, keep the evidence, prefer another source."""


class TransientError(QenusError):
    """It may work the next time: try again, with backoff."""


class PoisonError(QenusError):
    """This input can never succeed: quarantine it and go on."""


class FencedError(QenusError):
    """We lost the right to act: stop acting."""
