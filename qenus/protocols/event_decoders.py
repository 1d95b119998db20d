"""Decoders of events, compiled from their declarations when the first log of each comes.

A message of the contract says in Solidity which events it is read from; its fields bear the
parameters' names. The decoder of an event is one straight-line function over the log's words: the
wire carries an integer at its type's own width, so decoding is cutting each word into padding and
value and looking at the padding. One `Struct.unpack` cuts the whole data field, or its first part
where values of any length follow, which `abi_values` reads. The function is written as Python text
and compiled, as attrs does with its methods.

A topic word of an address is 12 zero bytes and 20 bytes; a narrower integer is padded to 32 bytes
with zeros, or with its sign. Anything else was not written by such an event, and is refused.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from struct import Struct
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import attrs
import msgspec

from qenus.errors import LocalProtocolError
from qenus.protocols import abi_values
from qenus.protocols.refusal import Refusal
from qenus.protocols.solidity_events import Event, Parameter, read_event
from qenus.wire import FIELDS, Log, WireMessage

__all__ = [
    "Column",
    "Decode",
    "EventDecoder",
    "Layout",
    "by_topic",
    "decoders_of",
]

F = TypeVar("F", bound=WireMessage)
F_co = TypeVar("F_co", bound=WireMessage, covariant=True)
# Of a log, the hash of its transaction and that one's place in the block. Raises Refusal.
Decode: TypeAlias = Callable[[Log, bytes, int], F]
# transaction_hash, transaction_index, log_index and address say where the log stands.
_FIELDS_OF_THE_LOG = 4
_READ_AS_WORDS = ("uint256", "int256", "bytes32")


class Column(NamedTuple):
    """Where a field's values stand.

    `word` is the first, those of the topics counted before the data's; `length` how many words an
    array of fixed length takes, 0 for a single value.
    """

    name: str
    type: str
    word: int
    length: int


class Layout(NamedTuple):
    """How logs of an event look: how many topics follow, how many words the data has, and where."""

    topics: int
    data_words: int
    columns: tuple[Column, ...]


class EventDecoder(Generic[F_co]):
    """One event by its topic 0: what it becomes, and how.

    `declarations` are several where contracts differ in what they index: the number of topics
    decides. `decode` gives the feature of a log, or raises Refusal: the log cannot be this event.
    """

    __slots__ = ("_events", "decode", "message", "topic0")

    def __init__(self, message: type[F_co], events: tuple[Event, ...]) -> None:
        self.message = message
        self.topic0 = events[0].topic0
        self._events = events
        self.decode: Decode[F_co] = self._compile_first

    def __repr__(self) -> str:
        return f"<decoder of {self._events[0].signature} to {self.message.__name__}>"

    @property
    def declarations(self) -> tuple[str, ...]:
        """The event's declarations in Solidity."""
        return tuple(event.declaration for event in self._events)

    @property
    def layout(self) -> Layout | None:
        """Where the values stand; None where that differs from log to log."""
        event, *others = self._events
        if others or event.is_dynamic:
            return None
        columns = tuple(_columns(event))
        return Layout(len(event.indexed), event.head_bytes // 32, columns)

    def _compile_first(self, log: Log, transaction_hash: bytes, transaction_index: int) -> F_co:
        """Put the compiled function in the place of this one."""
        # Two threads that come here at once make the same function twice.
        self.decode = _compiled(self.message, self._events)
        return self.decode(log, transaction_hash, transaction_index)


def decoders_of(message: type[F]) -> tuple[EventDecoder[F], ...]:
    """Give the decoders of the events that a message is read from, one for each topic.

    Raises:
        LocalProtocolError: a declaration cannot be read, or two look alike in a log.
    """
    declared: tuple[str, ...] = message.EVENTS  # type: ignore[attr-defined]
    topics: dict[bytes, list[Event]] = {}
    for each in declared:
        event = read_event(each)
        topics.setdefault(event.topic0, []).append(event)
    for events in topics.values():
        if len({len(event.indexed) for event in events}) < len(events):
            raise LocalProtocolError(
                f"{message.__name__}: two events have the same topic 0 and look alike: "
                f"{events[0].declaration}"
            )
    return tuple(EventDecoder(message, tuple(events)) for events in topics.values())


def by_topic(decoders: Iterable[EventDecoder[F]]) -> Mapping[bytes, EventDecoder[F]]:
    """Give decoders by their topic 0.

    Raises:
        LocalProtocolError: two have the same topic 0.
    """
    found: dict[bytes, EventDecoder[F]] = {}
    for each in decoders:
        other = found.setdefault(each.topic0, each)
        if other is not each:
            raise LocalProtocolError(f"two events have the same topic 0: {other!r}, {each!r}")
    return found


def _columns(event: Event) -> Iterator[Column]:
    word = 0
    for each in (*event.indexed, *event.in_data):
        yield Column(each.name, each.type, word, each.count or 0)
        word += each.head_words


def _compiled(message: type[F], events: tuple[Event, ...]) -> Decode[F]:
    """Compile the decoder of events that share their topic 0."""
    sources = [_Source(message, event, number) for number, event in enumerate(events)]
    names: dict[str, Any] = {**_NAMES, "Message": message}
    lines: list[str] = []
    for source in sources:
        lines += source.lines()
        names |= source.layouts()
    lines.append("def decode(log, transaction_hash, transaction_index):")
    for source in sources[:-1]:
        lines.append(f"    if len(log.topics) == {len(source.event.indexed) + 1}:")
        lines.append(f"        return {source.name}(log, transaction_hash, transaction_index)")
    lines.append(f"    return {sources[-1].name}(log, transaction_hash, transaction_index)")
    where = f"<decoder of {events[0].signature}>"
    exec(compile("\n".join(lines), where, "exec"), names)
    decode: Decode[F] = names["decode" if len(sources) > 1 else sources[0].name]
    return decode


class _Word(NamedTuple):
    """How one word is cut: the struct format, the names it gives, the check, and the value."""

    format: str
    names: tuple[str, ...]
    check: str
    value: str


@attrs.frozen
class _Source:
    """The text of one event's function, and the `Struct`s that it uses."""

    message: type[WireMessage]
    event: Event
    number: int

    @property
    def name(self) -> str:
        return f"decode_{self.number}"

    def layouts(self) -> dict[str, Any]:
        """Give the functions that cut the data and those topics that are numbers."""
        found: dict[str, Any] = {}
        if self._cuts_data():
            text = "".join(
                _cut(word).format for each in self.event.in_data for word in _elements(each)
            )
            found[f"CUT_DATA_{self.number}"] = Struct(f">{text}").unpack
        for at, each in enumerate(self.event.indexed, start=1):
            if _is_number(each):
                found[f"CUT_TOPIC_{at}_{self.number}"] = Struct(f">{_cut(each).format}").unpack
        return found

    def lines(self) -> Iterator[str]:
        """Write the function."""
        yield f"def {self.name}(log, transaction_hash, transaction_index):"
        for part in (self._shape(), self._words(), self._behind(), self._message()):
            yield from (f"    {line}" for line in part)

    def _cuts_data(self) -> bool:
        """Whether anything but offsets stands in the data's first part."""
        return any(not each.is_dynamic for each in self.event.in_data)

    def _shape(self) -> Iterator[str]:
        event = self.event
        topics, size = len(event.indexed) + 1, event.head_bytes
        yield "topics, data = log.topics, log.data"
        yield f"if len(topics) != {topics}:"
        yield f'    raise Refusal("topics", "{topics}", len(topics))'
        least = "at least " if event.is_dynamic else ""
        yield f"if len(data) {'<' if least else '!='} {size}:"
        yield f'    raise Refusal("data", "{least}{size} bytes", len(data))'

    def _words(self) -> Iterator[str]:
        event = self.event
        words = [(each, word) for each in event.in_data for word in _elements(each)]
        if self._cuts_data():
            names = ", ".join(name for _, word in words for name in _cut(word).names)
            part = f"[:{event.head_bytes}]" if event.is_dynamic else ""
            yield f"{names}, = CUT_DATA_{self.number}(data{part})"
        for number, parameter in enumerate(event.indexed, start=1):
            topic = f"topics[{number}]"
            cut = _cut(parameter, topic)
            if _is_number(parameter):
                yield f"{', '.join(cut.names)} = CUT_TOPIC_{number}_{self.number}({topic})"
            yield from _checked(parameter, cut, topic)
        for position, (parameter, word) in enumerate(words):
            where = f"data[{32 * position}:{32 * position + 32}]"
            yield from _checked(parameter, _cut(word), where)

    def _behind(self) -> Iterator[str]:
        """Read what stands behind the first part, each value where the one before it ends."""
        event = self.event
        if not event.is_dynamic:
            return
        head, tail = 0, str(event.head_bytes)
        bounds = _bounds(self.message)
        for each in event.in_data:
            if each.is_dynamic:
                name = each.name
                place = f'data, "{name}", {head}, {tail}, {bounds[name]}'
                read = {"bytes": "read_bytes", "string": "read_text"}.get(each.type, "read_words")
                yield f"{name}, end = {read}({place})"
                if each.type == "address":
                    yield f'{name} = addresses("{name}", {name})'
                elif not each.is_text and each.type not in _READ_AS_WORDS:
                    yield f'{name} = narrow_values("{name}", "{each.type}", {name})'
                tail = "end"
            head += 32 * each.head_words
        yield "if len(data) != end:"
        yield '    raise Refusal("data", f"{end} bytes", len(data))'

    def _message(self) -> Iterator[str]:
        topics = {each.name: f"topics[{n}]" for n, each in enumerate(self.event.indexed, start=1)}
        said = {each.name: each for each in self.event.parameters}
        values = ["transaction_hash", "transaction_index", "log.log_index", "log.address"]
        for field in FIELDS[self.message][_FIELDS_OF_THE_LOG:]:
            parameter = said.get(field.name)
            values.append("None" if parameter is None else _value(parameter, topics))
        yield f"return Message({', '.join(values)})"


def _bounds(message: type[WireMessage]) -> dict[str, int]:
    """Give the most values, bytes or letters of the fields of any length."""
    types = {each.name: each.type for each in msgspec.inspect.type_info(message).fields}  # type: ignore[attr-defined]
    return {
        field.name: most
        for field in FIELDS[message]
        if (most := getattr(types[field.attribute], "max_length", None)) is not None
    }


def _cut(parameter: Parameter, topic: str | None = None) -> _Word:
    """Say how the parameter's word is cut; a topic's padding and value are slices of that topic."""
    name, bits = parameter.name, parameter.bits
    if parameter.is_dynamic:
        # Its offset, which is read where the values are.
        return _Word("32x", (), "", "")
    if _is_number(parameter):
        return _cut_number(parameter)
    if parameter.is_text or parameter.type == "bytes32":
        # Of a text that is indexed, the topic is its hash.
        return _Word("32s", (name,), "", name if topic is None else topic)
    if parameter.type.startswith("bytes"):
        return _cut_left(parameter, topic)
    size = 20 if parameter.type == "address" else bits // 8
    pad = 32 - size
    value = name if topic is None else f"{topic}[{pad}:]" if pad else topic
    if not pad:
        return _Word("32s", (name,), "", value)
    above = f"{name}_pad" if topic is None else f"{topic}[:{pad}]"
    expected = f"ZERO_{pad}"
    if parameter.signed:
        expected = f"(ONES_{pad} if {value}[0] & 0x80 else ZERO_{pad})"
    return _Word(f"{pad}s{size}s", (f"{name}_pad", name), f"{above} != {expected}", value)


def _cut_left(parameter: Parameter, topic: str | None) -> _Word:
    """Bytes of a fixed size stand at the word's beginning, zeros behind them."""
    name, size = parameter.name, int(parameter.type[5:])
    value = name if topic is None else f"{topic}[:{size}]"
    behind = f"{name}_pad" if topic is None else f"{topic}[{size}:]"
    names = name, f"{name}_pad"
    return _Word(f"{size}s{32 - size}s", names, f"{behind} != ZERO_{32 - size}", value)


def _cut_number(parameter: Parameter) -> _Word:
    """An integer that Python's struct reads as such: 32 or 64 bits, of which the type uses some."""
    name, bits = parameter.name, parameter.bits or 1
    wide = 32 if bits <= 32 else 64
    code = {(32, True): "i", (32, False): "I", (64, True): "q", (64, False): "Q"}
    pad = 32 - wide // 8
    expected = f"(ONES_{pad} if {name} < 0 else ZERO_{pad})" if parameter.signed else f"ZERO_{pad}"
    check = f"{name}_pad != {expected}"
    if bits < wide and parameter.signed:
        check += f" or not {-(2 ** (bits - 1))} <= {name} < {2 ** (bits - 1)}"
    elif bits < wide:
        check += f" or {name} >= {2**bits}"
    value = f"{name} == 1" if parameter.type == "bool" else name
    return _Word(f"{pad}s{code[wide, parameter.signed]}", (f"{name}_pad", name), check, value)


def _is_number(parameter: Parameter) -> bool:
    return 0 < parameter.bits <= 64 or parameter.type == "bool"


def _elements(parameter: Parameter) -> list[Parameter]:
    """Give the parameters whose words stand in the data's first part: T[n] is n of them."""
    if parameter.count is None or parameter.is_dynamic:
        return [parameter]
    return [
        attrs.evolve(parameter, name=f"{parameter.name}_{number}", count=None)
        for number in range(parameter.count)
    ]


def _checked(parameter: Parameter, word: _Word, where: str) -> Iterator[str]:
    if word.check:
        yield f"if {word.check}:"
        yield f'    raise Refusal("{parameter.name}", "{parameter.type}", {where})'


def _value(parameter: Parameter, topics: Mapping[str, str]) -> str:
    if parameter.is_dynamic:
        return parameter.name
    if parameter.count is None:
        return _cut(parameter, topics.get(parameter.name)).value
    return f"({', '.join(_cut(each).value for each in _elements(parameter))},)"


# What the functions use beside their own: padding, and what reads values of any length.
_NAMES: Mapping[str, Any] = {
    "Refusal": Refusal,
    **{name: getattr(abi_values, name) for name in abi_values.__all__},
    **{f"ZERO_{size}": bytes(size) for size in range(1, 32)},
    **{f"ONES_{size}": b"\xff" * size for size in range(1, 32)},
}
