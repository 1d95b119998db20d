"""Encodes and decodes messages: the only place where wire bytes are made and validated.

Encoding is MessagePack in its shortest form with every message as an array, so equal messages give
equal bytes and a digest over them means something. Decoding accepts arbitrary bytes: it gives a
message within the contract's bounds or raises RemoteProtocolError, and nothing else. Elements that
a later version appended to a message are skipped.
"""

from functools import lru_cache
from typing import Any, TypeVar, overload

import msgspec

from qenus.errors import RemoteProtocolError
from qenus.wire._declared import WireMessage
from qenus.wire._path import claimed_kind, named_path
from qenus.wire.messages import FIELDS, Envelope, Frame, Message

__all__ = ["MAX_MESSAGE_BYTES", "UnknownKind", "decode", "encode", "frame"]

# A Frame or Parcel whose content has its greatest size, with room for the rest.
MAX_MESSAGE_BYTES = 64 * 2**20 + 64 * 2**10

_KINDS = frozenset(message.KIND for message in FIELDS)
_M = TypeVar("_M", bound=WireMessage)
_encoder = msgspec.msgpack.Encoder()

# The bytes of one message of the contract. Equal messages give equal bytes.
encode = _encoder.encode


class UnknownKind(RemoteProtocolError):
    """A message of a kind that only a later version of the contract has.

    The sender is not at fault: a reader may skip unknown messages until its own upgrade.
    """

    def __init__(self, kind: int) -> None:
        """Name the kind that stands at position 0."""
        super().__init__(f"message.kind: {kind} is of a later version of the contract")
        self.kind = kind


def frame(envelope: Envelope, content: bytes) -> bytes:
    """Put content bytes, as they are, behind an envelope, as they travel after the topic."""
    return encode(Frame(envelope, content))


@overload
def decode(data: bytes, kind: type[_M], *, max_bytes: int = ...) -> _M: ...
@overload
def decode(data: bytes, kind: object = ..., *, max_bytes: int = ...) -> Any: ...
def decode(data: bytes, kind: Any = Message, *, max_bytes: int = MAX_MESSAGE_BYTES) -> Any:
    """Read one message of the given type, or union of types, from exactly these bytes.

    Raises:
        RemoteProtocolError: the bytes are not such a message within the contract's bounds; the
            error names the field, what was expected and what was found.
        UnknownKind: the message's own kind belongs to a later version; a RemoteProtocolError too.
    """
    if len(data) > max_bytes:
        raise RemoteProtocolError(
            f"{_name(kind)}: expected at most {max_bytes} bytes, found {len(data)}"
        )
    try:
        return _decoder(kind).decode(data)
    except msgspec.ValidationError as error:
        claimed = claimed_kind(data)
        if claimed and claimed not in _KINDS:
            raise UnknownKind(claimed) from None
        raise RemoteProtocolError(named_path(str(error), data, kind)) from None
    except RecursionError:
        raise RemoteProtocolError(f"{_name(kind)}: nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RemoteProtocolError(
            f"{_name(kind)}: expected MessagePack, found {len(data)} bytes: {error}"
        ) from None


@lru_cache(maxsize=256)
def _decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind)


def _name(kind: Any) -> str:
    return getattr(kind, "__name__", "message")
