"""The JSON-RPC messages of a node, read as far as they can be attributed. Pure.

`read_message` gives the answers and notices of a message. What keeps to the rules is read in one
pass; what does not is read again, field by field: an error that is only a text, a code that is a
text, an id that is one. A malformed answer whose id can be read is that one call's failure. Numbers
have a range, texts a length and batches a count before anything is made of them.

Source: the JSON-RPC 2.0 specification; geth's documentation of eth_subscribe.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Final, cast

import attrs
import msgspec
from msgspec import Meta, Raw

from qenus.observers.rpc.connection import LARGE_BYTES
from qenus.observers.rpc.dialects import NodeError
from qenus.observers.rpc.node_limits import MAX_BATCH
from qenus.observers.rpc.retry_after import bounded_seconds

__all__ = ["Answer", "MalformedMessage", "Notice", "read_message"]

_MAX_ID: Final = 2**53
_MAX_CODE: Final = 2**31
_MAX_WORDS: Final = 1_000
# An error of more bytes than this is only counted: the words that matter stand at its beginning.
_MAX_ERROR_BYTES: Final = 64 << 10
_MAX_ID_BYTES: Final = 32
_MAX_SUBSCRIPTION_BYTES: Final = 128
_SPACE: Final = b" \t\r\n"
# What nodes write before a result and behind it, in whichever order.
_MAX_ENVELOPE_BYTES: Final = 128
_BEFORE_RESULT: Final = re.compile(
    rb'\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?(?:"id"\s*:\s*([0-9]{1,15})\s*,\s*)?"result"\s*:\s*'
)
_AFTER_RESULT: Final = re.compile(
    rb'\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?(?:,\s*"id"\s*:\s*([0-9]{1,15})\s*)?\}\s*\Z'
)
_WHOLE: Final = re.compile(r"[0-9]{1,16}(?:\.0{1,4})?")
_CODE: Final = re.compile(r"-?[0-9]{1,10}")


class MalformedMessage(ValueError):
    """It is no JSON-RPC message, and the call that it answers is not known."""


@attrs.frozen
class Answer:
    """What a node answers to one call: `number` is None where it names none.

    `outcome` is the result as JSON, an error, or the words for what else it is. `irregular`: it
    breaks the rules of JSON-RPC, and can be read all the same.
    """

    number: int | None
    outcome: bytes | NodeError | str
    irregular: bool = False


@attrs.frozen
class Notice:
    """What a node says unasked; `subscription` is empty where it belongs to none."""

    subscription: str
    result: bytes


class _Error(msgspec.Struct):
    code: Annotated[int, Meta(ge=-_MAX_CODE, le=_MAX_CODE)]
    message: str
    data: Raw = Raw(b"")


class _Params(msgspec.Struct):
    subscription: str
    result: Raw


class _Message(msgspec.Struct):
    id: Annotated[int, Meta(ge=0, le=_MAX_ID)] | None = None
    result: Raw = Raw(b"")
    error: _Error | None = None
    method: str | None = None
    params: _Params | None = None


class _LooseMessage(msgspec.Struct):
    """Any object; each field is looked at on its own."""

    id: Raw = Raw(b"")
    result: Raw = Raw(b"")
    error: Raw = Raw(b"")
    method: Raw = Raw(b"")
    params: Raw = Raw(b"")


class _LooseError(msgspec.Struct):
    code: Raw = Raw(b"")
    message: Raw = Raw(b"")
    data: Raw = Raw(b"")


class _LooseParams(msgspec.Struct):
    subscription: Raw = Raw(b"")
    result: Raw = Raw(b"null")


class _Rate(msgspec.Struct):
    backoff_seconds: float = 0.0


class _BusyData(msgspec.Struct):
    """What Infura adds to -32005."""

    rate: _Rate


# An array that is refused with its first element too many, however long it is: a list would be
# built whole before its length is looked at.
_Batch = msgspec.defstruct(
    "_Batch",
    [(f"element{number}", Raw, Raw(b"")) for number in range(MAX_BATCH)],
    array_like=True,
    forbid_unknown_fields=True,
)
_FIELDS: Final = tuple(f"element{number}" for number in range(MAX_BATCH))
_message = msgspec.json.Decoder(_Message)
_loose_message = msgspec.json.Decoder(_LooseMessage)
_loose_error = msgspec.json.Decoder(_LooseError)
_loose_params = msgspec.json.Decoder(_LooseParams)
_busy_data = msgspec.json.Decoder(_BusyData)
_batch = msgspec.json.Decoder(_Batch)


def read_message(message: bytes) -> tuple[Answer | Notice | None, ...] | Answer | Notice | None:
    """Read a message: one answer or notice, or a tuple of those of a batch.

    None stands for what asks or says something that is not for us.

    Raises:
        MalformedMessage: it is no JSON, holds too many answers, or one that names no call.
    """
    try:
        if len(message) > LARGE_BYTES and (large := _read_large(message)) is not None:
            return large
        if message[:_MAX_ENVELOPE_BYTES].lstrip(_SPACE)[:1] == b"[":
            return tuple(_read_element(bytes(element)) for element in _elements(message))
        return _read_one(message)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedMessage(str(error)[:_MAX_WORDS] or type(error).__name__) from None


def _read_large(message: bytes | bytearray) -> Answer | None:
    """Read the result of a large answer by what stands around it; None: it is written otherwise.

    What is inside is not read through: whatever takes it as JSON finds out what it is. A bytearray
    is cut to the result, without copying it.
    """
    head = _BEFORE_RESULT.match(bytes(message[:_MAX_ENVELOPE_BYTES]))
    tail = bytes(message[-_MAX_ENVELOPE_BYTES:])
    behind = _AFTER_RESULT.search(tail)
    if head is None or behind is None:
        return None
    number = head[1] or behind[1]
    if number is None:
        return None
    start, end = head.end(), len(message) - len(tail) + behind.start()
    if isinstance(message, bytearray):
        del message[end:]
        del message[:start]
        # Whatever reads bytes reads it too, and nothing else holds it.
        return Answer(int(number), cast("bytes", message))
    return Answer(int(number), message[start:end])


def _elements(message: bytes) -> Iterator[Raw]:
    batch = _batch.decode(message)
    for field in _FIELDS:
        element = getattr(batch, field)
        if not len(element):
            return
        yield element


def _read_element(element: bytes) -> Answer | Notice | None:
    """Read one answer of several: that it is unreadable says nothing of the others."""
    try:
        return _read_one(element)
    except (msgspec.DecodeError, MalformedMessage) as error:
        return Answer(None, str(error)[:_MAX_WORDS])


def _read_one(message: bytes) -> Answer | Notice | None:
    try:
        said = _message.decode(message)
    except msgspec.ValidationError:
        return _read_loosely(message)
    if said.method is not None:
        if said.method == "eth_subscription" and said.params is not None:
            return Notice(said.params.subscription, bytes(said.params.result))
        return None
    if said.error is not None:
        error = said.error
        after = _backoff(error.data)
        return Answer(said.id, NodeError(error.code, error.message[:_MAX_WORDS], after))
    if not len(said.result):
        return Answer(said.id, "expected a result or an error, found neither")
    return Answer(said.id, bytes(said.result))


def _read_loosely(message: bytes) -> Answer | Notice | None:
    said = _loose_message.decode(message)
    if len(said.method):
        if not len(said.params):
            return None
        if not bytes(said.params).startswith(b"{"):
            return None
        params = _loose_params.decode(said.params)
        subscription = _text(params.subscription, _MAX_SUBSCRIPTION_BYTES)
        return Notice(subscription, bytes(params.result)) if subscription else None
    number = _number(said.id)
    absent = not len(said.error) or _is_null(said.error)
    if not absent and not (_is_empty(said.error) and len(said.result)):
        return Answer(number, _loose(said.error), irregular=True)
    if not len(said.result):
        return Answer(number, "expected a result or an error, found neither", irregular=True)
    return Answer(number, bytes(said.result), irregular=True)


def _number(raw: Raw) -> int | None:
    """Read an id that may be a number, a text of one, or a float without a fraction.

    Raises:
        MalformedMessage: it is neither that nor null: it names no call of ours.
    """
    if not len(raw) or _is_null(raw):
        return None
    text = _text(raw, _MAX_ID_BYTES)
    if _WHOLE.fullmatch(text):
        return int(text.partition(".")[0])
    raise MalformedMessage(f"expected the id of a call, found {text or 'something longer'!r}")


def _loose(raw: Raw) -> NodeError:
    """Read an error of any shape."""
    if len(raw) > _MAX_ERROR_BYTES:
        return NodeError(0, f"an error of {len(raw)} bytes")
    if not bytes(raw).startswith(b"{"):
        text = _text(raw, _MAX_ERROR_BYTES)
        return NodeError(int(text), "") if _is_code(text) else NodeError(0, text)
    error = _loose_error.decode(raw)
    code = _text(error.code, _MAX_ID_BYTES)
    message = "" if _is_null(error.message) else _text(error.message, _MAX_ERROR_BYTES)
    return NodeError(int(code) if _is_code(code) else 0, message, _backoff(error.data))


def _is_empty(raw: Raw) -> bool:
    """Whether it says that there is no error, as some write it."""
    return len(raw) <= 5 and bytes(raw) in (b"null", b'""', b"{}", b"false", b"0")


def _is_null(raw: Raw) -> bool:
    return len(raw) == 4 and bytes(raw) == b"null"


def _is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None and abs(int(text)) <= _MAX_CODE


def _text(raw: Raw, longest: int) -> str:
    """A JSON text's words, or what else stands there as it is; "" where it is too long."""
    if not len(raw) or len(raw) > longest:
        return ""
    written = bytes(raw)
    if written.startswith(b'"'):
        return msgspec.json.decode(written, type=str)[:_MAX_WORDS]
    return written.decode("utf-8", "replace")[:_MAX_WORDS]


def _backoff(data: Raw) -> float | None:
    """For how long a provider wants to be left alone, where its error says so."""
    if not len(data) or len(data) > _MAX_ERROR_BYTES or b"backoff_seconds" not in bytes(data):
        return None
    try:
        return bounded_seconds(_busy_data.decode(data).rate.backoff_seconds)
    except (msgspec.DecodeError, RecursionError):
        return None
