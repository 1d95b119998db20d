"""Writes the decoders of one family's events: straight-line functions over a log's words.

The wire carries an integer at its type's own width, so decoding is cutting each word into padding
and value and looking at the padding. One `Struct.unpack` cuts the whole data field.
"""

import textwrap
from collections.abc import Iterator

import attrs

from tools.protogen.contract import Contract, ContractError, Message
from tools.protogen.event import Event, Parameter, event_of

__all__ = ["write_decoders"]


@attrs.frozen
class _Word:
    """How one word is cut: the struct format, the names it gives, the check, and the value."""

    format: str
    names: tuple[str, ...]
    check: str
    value: str


def write_decoders(contract: Contract, family: str) -> str:
    """Give the text of a family's module of decoders. Raises ContractError: two share a topic."""
    members = [each for each in contract.messages if contract.family_of(each) == family]
    events = [(each, event_of(each)) for each in members]
    topics = [event.topic0 for _, event in events]
    if len(set(topics)) != len(topics):
        raise ContractError(f"family {family}: two events have the same topic 0")
    functions = [_function(message, event) for message, event in events]
    pads = sorted({pad for _, used in functions for pad in used})
    return "".join(
        [
            _head(family, members),
            *(f"_{name} = {_PADDING[name[:4]]} * {name[5:]}\n" for name in pads),
            *(_layouts(message, event) for message, event in events),
            *("\n\n" + text for text, _ in functions),
            _table(events, _union(family)),
        ]
    )


_PADDING = {"ZERO": 'b"\\x00"', "ONES": 'b"\\xff"'}


def _head(family: str, members: list[Message]) -> str:
    imported = sorted(["Log", _union(family), *(each.name for each in members)])
    names = "".join(f"    {name},\n" for name in imported)
    return f'''"""Decoders of the events of family {family}.

Generated from proto/{family}.proto by `python -m tools.protogen`. Do not edit: change the .proto
file and run it again.

A topic word of an address is 12 zero bytes and 20 bytes; a narrower integer is padded to 32 bytes
with zeros, or with its sign. Anything else was not written by such an event, and is refused.
"""
# fmt: off

from collections.abc import Callable, Mapping
from struct import Struct

from qenus.extractors.refusal import Refusal
from qenus.wire import (
{names})

__all__ = ["EVENTS"]

'''


def _cut(parameter: Parameter, topic: str | None = None) -> _Word:
    """Say how the parameter's word is cut; a topic's padding and value are slices of that topic."""
    name, bits = parameter.name, parameter.bits
    size = 20 if parameter.type == "address" else bits // 8 or 32
    if 0 < bits <= 64:
        return _cut_narrow(parameter)
    pad = 32 - size
    value = name if topic is None else f"{topic}[{pad}:]" if pad else topic
    if not pad:
        return _Word("32s", (name,), "", value)
    above = f"{name}_pad" if topic is None else f"{topic}[:{pad}]"
    expected = f"_ZERO_{pad}"
    if parameter.signed:
        expected = f"(_ONES_{pad} if {value}[0] & 0x80 else _ZERO_{pad})"
    return _Word(f"{pad}s{size}s", (f"{name}_pad", name), f"{above} != {expected}", value)


def _cut_narrow(parameter: Parameter) -> _Word:
    """An integer that Python's struct reads as such: 32 or 64 bits, of which the type uses some."""
    name, bits = parameter.name, parameter.bits
    wide = 32 if bits <= 32 else 64
    code = {(32, True): "i", (32, False): "I", (64, True): "q", (64, False): "Q"}
    pad = 32 - wide // 8
    expected = (
        f"(_ONES_{pad} if {name} < 0 else _ZERO_{pad})" if parameter.signed else f"_ZERO_{pad}"
    )
    check = f"{name}_pad != {expected}"
    if bits < wide and parameter.signed:
        check += f" or not {-(2 ** (bits - 1))} <= {name} < {2 ** (bits - 1)}"
    elif bits < wide:
        check += f" or {name} >= {2**bits}"
    return _Word(f"{pad}s{code[wide, parameter.signed]}", (f"{name}_pad", name), check, name)


def _layouts(message: Message, event: Event) -> str:
    lines = []
    if event.in_data:
        layout = "".join(_cut(each).format for each in event.in_data)
        lines.append(f'_{message.snake_name.upper()}_DATA = Struct(">{layout}").unpack\n')
    for each in event.indexed:
        if 0 < each.bits <= 64:
            name = f"_{message.snake_name.upper()}_{each.name.upper()}"
            lines.append(f'{name} = Struct(">{_cut(each).format}").unpack\n')
    return "".join(lines)


def _function(message: Message, event: Event) -> tuple[str, set[str]]:
    lines = [
        f"def _{message.snake_name}(",
        "    log: Log, transaction_hash: bytes, transaction_index: int",
        f") -> {message.name}:",
        *_shape(event),
        *_body(message, event),
        f"    return {message.name}(",
        *_arguments(event),
        "    )",
    ]
    text = "\n".join(lines) + "\n"
    pads = {f"{kind}_{n}" for kind in ("ZERO", "ONES") for n in range(33) if f"_{kind}_{n}" in text}
    return text, {pad for pad in pads if _uses(text, pad)}


def _uses(text: str, pad: str) -> bool:
    return any(f"_{pad}{end}" in text for end in (":", " ", ")"))


def _shape(event: Event) -> Iterator[str]:
    topics, size = len(event.indexed) + 1, 32 * len(event.in_data)
    yield "    topics, data = log.topics, log.data"
    yield f"    if len(topics) != {topics}:"
    yield f'        raise Refusal("topics", "{topics}", len(topics))'
    yield f"    if len(data) != {size}:"
    yield f'        raise Refusal("data", "{size} bytes", len(data))'


def _body(message: Message, event: Event) -> Iterator[str]:
    prefix = f"_{message.snake_name.upper()}"
    if event.in_data:
        names = [name for each in event.in_data for name in _cut(each).names]
        yield "    ("
        yield from _wrapped(names)
        yield f"    ) = {prefix}_DATA(data)"
    for number, parameter in enumerate(event.indexed, start=1):
        word = _cut(parameter, f"topics[{number}]")
        if 0 < parameter.bits <= 64:
            unpack = f"{prefix}_{parameter.name.upper()}"
            yield f"    {', '.join(word.names)} = {unpack}(topics[{number}])"
        yield from _checked(parameter, word, f"topics[{number}]")
    for position, parameter in enumerate(event.in_data):
        where = f"data[{32 * position}:{32 * position + 32}]"
        yield from _checked(parameter, _cut(parameter), where)


def _checked(parameter: Parameter, word: _Word, where: str) -> Iterator[str]:
    if word.check:
        range_check = " or "
        if range_check in word.check:
            padding, within = word.check.split(range_check)
            yield from ("    if (", f"        {padding}", f"        or {within}", "    ):")
        else:
            yield f"    if {word.check}:"
        yield f'        raise Refusal("{parameter.name}", "{parameter.type}", {where})'


def _arguments(event: Event) -> Iterator[str]:
    yield "        transaction_hash, transaction_index, log.log_index, log.address,"
    topics = {each.name: f"topics[{n}]" for n, each in enumerate(event.indexed, start=1)}
    values = [_cut(each, topics.get(each.name)).value for each in event.parameters]
    yield from _wrapped(values)


def _wrapped(values: list[str]) -> list[str]:
    text = ", ".join(values) + ","
    return textwrap.wrap(text, 98, initial_indent="        ", subsequent_indent="        ")


def _union(family: str) -> str:
    return f"{family.title().replace('_', '')}Feature"


def _table(events: list[tuple[Message, Event]], union: str) -> str:
    lines = [
        "\n",
        "# By topic 0: the message that the event becomes, and its decoder, which raises Refusal.",
        f"EVENTS: Mapping[bytes, tuple[type[{union}], Callable[[Log, bytes, int], {union}]]] = {{",
    ]
    for message, event in events:
        lines.append(f"    # {event.signature}")
        lines.append(f'    bytes.fromhex("{event.topic0.hex()}"): (')
        lines.append(f"        {message.name}, _{message.snake_name},")
        lines.append("    ),")
    return "\n".join([*lines, "}"]) + "\n"
