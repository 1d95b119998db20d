"""Families of features as values: the batch message of each, derived from the contract.

A batch is a message that begins with an `Identity` and carries `features`; its family is the one
that its features name. A family added to proto/ needs no change here. A batch that only a later
version of the contract declares is recognised by the same shape, so that older subscribers can
count, digest and hand on what they cannot read.
"""

from collections.abc import Mapping
from typing import Any, Protocol, get_args

import msgspec

from qenus.errors import RemoteProtocolError
from qenus.wire import messages
from qenus.wire._declared import WireMessage
from qenus.wire._path import claimed_kind
from qenus.wire.codec import UnknownKind
from qenus.wire.messages import FIELDS, Family, Identity

__all__ = ["BATCHES", "Batch", "batch_family", "batch_identity", "family_name", "features_of"]


class Batch(Protocol):
    """The common part of every family's batch: its identity and its features."""

    @property
    def identity(self) -> Identity:
        """The block, the family, and the code that made the batch."""
        ...

    @property
    def features(self) -> tuple[WireMessage, ...]:
        """The block's features of the family, in the contract's order."""
        ...


class _Headed(msgspec.Struct, array_like=True, gc=False):
    """The first elements of any batch, whatever follows."""

    kind: int
    identity: Identity


def family_name(family: Family) -> str:
    """Name a family as topics and JSON do; `unknown_<n>` for one of a later version."""
    return family.name.lower()


def features_of(batch: type[WireMessage]) -> tuple[type[WireMessage], ...]:
    """Give the messages that a batch's features can be."""
    (kind,) = (each.type for each in FIELDS[batch] if each.name == "features")
    feature = getattr(messages, kind)
    members: tuple[type[WireMessage], ...] = get_args(feature) or (feature,)
    return members


def _families() -> dict[type[WireMessage], Family]:
    found: dict[type[WireMessage], Family] = {}
    for message, fields in FIELDS.items():
        names = [each.name for each in fields]
        if not fields or fields[0].type != "Identity" or "features" not in names:
            continue
        member: Any = features_of(message)[0]
        found[message] = Family[member.FAMILY.upper()]
    return found


# The batch messages of the contract, and the family of each.
BATCHES: Mapping[type[WireMessage], Family] = _families()
_FAMILY_OF_KIND = {message.KIND: family for message, family in BATCHES.items()}
_KINDS = frozenset(message.KIND for message in FIELDS)
_headed = msgspec.msgpack.Decoder(_Headed)


def batch_family(content: bytes) -> Family | None:
    """Give the family whose batch a content claims to be, from its head alone; None for no batch.

    Raises:
        UnknownKind: a later version's message that does not begin as a batch does.
        RemoteProtocolError: no message of any version.
    """
    kind = claimed_kind(content)
    if kind is None:
        raise RemoteProtocolError(
            f"content: expected an array that begins with its kind, found {len(content)} bytes"
        )
    family = _FAMILY_OF_KIND.get(kind)
    if family is not None or kind in _KINDS:
        return family
    return batch_identity(content, kind).family


def batch_identity(content: bytes, kind: int) -> Identity:
    """Read the identity of a batch of any version.

    Raises:
        UnknownKind: the content does not begin as a batch does.
    """
    try:
        return _headed.decode(content).identity
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnknownKind(kind) from None
