"""Topics: the prefixes that subscribers filter by, and how topic and frame share a message.

`features.<family>.<chain>`, `blocks.<chain>`, `opportunities`, `alerts` and `nodes`. A topic is
followed by a zero byte and the frame; subscribing to the topic with that zero byte keeps
`blocks.base` apart from `blocks.base-sepolia`.
"""

import re

import msgspec

from qenus.errors import LocalProtocolError, RemoteProtocolError

__all__ = [
    "ALERTS",
    "MAX_TOPIC_BYTES",
    "NODES",
    "OPPORTUNITIES",
    "Topic",
    "blocks_topic",
    "features_topic",
    "pack",
    "parse_topic",
    "split",
    "subscription",
]

ALERTS = "alerts"
NODES = "nodes"
OPPORTUNITIES = "opportunities"
# As proto/envelope.proto bounds it.
MAX_TOPIC_BYTES = 128

_NAME = r"[a-z0-9](?:[a-z0-9_-]{0,46}[a-z0-9])?"
_FEATURES = re.compile(rf"features\.({_NAME})\.({_NAME})")
_BLOCKS = re.compile(rf"blocks\.({_NAME})")
_PLAIN = frozenset((ALERTS, NODES, OPPORTUNITIES))


class Topic(msgspec.Struct, frozen=True):
    """A topic taken apart: its first word, and family and chain where it has them."""

    subject: str
    family: str | None = None
    chain: str | None = None

    def __str__(self) -> str:
        return ".".join(part for part in (self.subject, self.family, self.chain) if part)


def features_topic(family: str, chain: str) -> str:
    """Name the topic of one family's features on one chain.

    Raises:
        LocalProtocolError: family or chain is not a lower-case name of 1 to 48 characters.
    """
    return _formed(f"features.{family}.{chain}", _FEATURES)


def blocks_topic(chain: str) -> str:
    """Name the topic of one chain's BlockEnd, Retract and Heads.

    Raises:
        LocalProtocolError: chain is not a lower-case name of 1 to 48 characters.
    """
    return _formed(f"blocks.{chain}", _BLOCKS)


def parse_topic(text: str) -> Topic:
    """Parse a topic.

    Raises:
        RemoteProtocolError: it is none of the contract's topics.
    """
    if text in _PLAIN:
        return Topic(text)
    if found := _FEATURES.fullmatch(text):
        return Topic("features", found[1], found[2])
    if found := _BLOCKS.fullmatch(text):
        return Topic("blocks", None, found[1])
    raise RemoteProtocolError(
        "topic: expected features.<family>.<chain>, blocks.<chain>, opportunities, alerts or "
        f"nodes, found {text[:MAX_TOPIC_BYTES]!r}"
    )


def subscription(topic: str) -> bytes:
    """Give the prefix that selects exactly this topic."""
    return topic.encode("ascii") + b"\0"


def pack(topic: str, frame: bytes) -> bytes:
    """Join topic and frame to one message of a line."""
    return topic.encode("ascii") + b"\0" + frame


def split(message: bytes) -> tuple[str, bytes]:
    """Split a line's message into topic and frame bytes.

    Raises:
        RemoteProtocolError: no topic ends within the bound, or it is none of the contract's.
    """
    end = message.find(b"\0", 0, MAX_TOPIC_BYTES + 1)
    if end < 0:
        raise RemoteProtocolError(
            f"topic: expected a zero byte within {MAX_TOPIC_BYTES + 1} bytes, found none"
        )
    topic = message[:end].decode("latin-1")
    parse_topic(topic)
    return topic, message[end + 1 :]


def _formed(topic: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(topic):
        raise LocalProtocolError(f"topic: expected {pattern.pattern}, found {topic!r}")
    return topic
