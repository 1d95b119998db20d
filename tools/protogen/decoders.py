"""Writes the decoders of one family's events: straight-line functions over a log's words.

The wire carries an integer at its type's own width, so decoding is cutting each word into padding
and value and looking at the padding. One `Struct.unpack` cuts the whole data field, or its first
part where arrays of any length follow, which qenus/extractors/abi_array.py reads.
"""

import textwrap
from collections.abc import Iterator

import attrs

from tools.protogen.contract import Contract, ContractError, Message
from tools.protogen.event import Event, Parameter, events_of

__all__ = ["write_decoders"]


@attrs.frozen
class _Word:
    """How one word is cut: the struct format, the names it gives, the check, and the value."""

    format: str
    names: tuple[str, ...]
    check: str
    value: str


@attrs.frozen
class _Case:
    """One event of one message: what becomes one function."""

    message: Message
    event: Event
    # The function's name, without the underscore that it begins with.
    name: str


def write_decoders(contract: Contract, family: str) -> dict[str, str]:
    """Give the texts of a family's modules of decoders by file name.

    One for each .proto, one over all of them, and one that says where values stand.

    Raises ContractError: two events share a topic.
    """
    cases = [
        case
        for message in contract.messages
        if contract.family_of(message) == family
        for case in _cases(message)
    ]
    twins = _twins(family, cases)
    files = sorted({case.message.file for case in cases})
    union = f"{family.title().replace('_', '')}Feature"
    modules = {
        f"_{_stem(file)}.py": _write_file(
            file, union, [each for each in cases if _of(each, file)], twins
        )
        for file in files
    }
    modules["_decoders.py"] = _write_all(family, union, files)
    alone = [each for each in cases if each.event.topic0 not in twins]
    modules["_layouts.py"] = _write_layouts(family, alone)
    return modules


def _twins(family: str, cases: list[_Case]) -> dict[bytes, list[_Case]]:
    """Give the events of one topic that differ in what is indexed: the number of topics tells.

    Raises ContractError: two events share a topic that are of two messages, or look alike.
    """
    by_topic: dict[bytes, list[_Case]] = {}
    for case in cases:
        by_topic.setdefault(case.event.topic0, []).append(case)
    twins = {topic0: own for topic0, own in by_topic.items() if len(own) > 1}
    for own in twins.values():
        counts = {len(case.event.indexed) for case in own}
        if len({case.message.name for case in own}) > 1 or len(counts) < len(own):
            raise ContractError(f"family {family}: two events have the same topic 0")
    return twins


def _stem(file: str) -> str:
    return file.removesuffix(".proto")


def _of(case: _Case, file: str) -> bool:
    return case.message.file == file


def _cases(message: Message) -> Iterator[_Case]:
    events = events_of(message)
    for number, event in enumerate(events, start=1):
        # Some events of some messages: the first, the second …
        ordinal = f"_{number}" if len(events) > 1 else ""
        yield _Case(message, event, f"{message.snake_name}{ordinal}")


# The type of a table of decoders.
_TABLE = "Mapping[bytes, tuple[type[{union}], Callable[[Log, bytes, int], {union}], str]]"


def _write_file(file: str, union: str, cases: list[_Case], twins: dict[bytes, list[_Case]]) -> str:
    functions = [_function(case) for case in cases]
    functions += [(_choice(own), set()) for own in twins.values() if _of(own[0], file)]
    pads = sorted({pad for _, used in functions for pad in used})
    return "".join(
        [
            _head(file, union, cases, "".join(text for text, _ in functions)),
            *(f"_{name} = {_PADDING[name[:4]]} * {name[5:]}\n" for name in pads),
            *(_layouts(case) for case in cases),
            *("\n\n" + text for text, _ in functions),
            _table(cases, union, twins),
        ]
    )


_PADDING = {"ZERO": 'b"\\x00"', "ONES": 'b"\\xff"'}


def _head(file: str, union: str, cases: list[_Case], body: str) -> str:
    imported = sorted({"Log", union, *(each.message.name for each in cases)})
    names = "".join(f"    {name},\n" for name in imported)
    arrays = [name for name in ("addresses", "read_words") if f"{name}(" in body]
    arrays_line = f"from qenus.extractors.abi_array import {', '.join(arrays)}\n" if arrays else ""
    return f'''"""Decoders of the events of {file}.

Generated from proto/{file} by `python -m tools.protogen`.
Do not edit: change the .proto file and run it again.

A topic word of an address is 12 zero bytes and 20 bytes; a narrower integer is padded to 32 bytes
with zeros, or with its sign. Anything else was not written by such an event, and is refused.
"""
# fmt: off

from collections.abc import Callable, Mapping
from struct import Struct

{arrays_line}from qenus.extractors.refusal import Refusal
from qenus.wire import (
{names})

__all__ = ["EVENTS"]

'''


def _write_all(family: str, union: str, files: list[str]) -> str:
    package = f"qenus.extractors.{family}"
    modules = "".join(f"    _{_stem(file)},\n" for file in files)
    tables = "".join(f"    **_{_stem(file)}.EVENTS,\n" for file in files)
    return f'''"""Decoders of the events of family {family}, all of them by topic.

Generated from proto/{family}*.proto by `python -m tools.protogen`. Do not edit: change the .proto
files and run it again.
"""
# fmt: off

from collections.abc import Callable, Mapping

from {package} import (
{modules})
from qenus.wire import {union}, Log

__all__ = ["DECLARATIONS", "EVENTS"]

# By topic 0: the message that the event becomes, its decoder, which raises Refusal, and the
# event's declaration in Solidity.
_ALL: {_TABLE.format(union=union)} = {{
{tables}}}
# By topic 0: the message that the event becomes, and its decoder, which raises Refusal.
EVENTS: Mapping[bytes, tuple[type[{union}], Callable[[Log, bytes, int], {union}]]] = {{
    topic0: (kind, decode) for topic0, (kind, decode, _) in _ALL.items()
}}
# By topic 0: the event's declaration in Solidity.
DECLARATIONS: Mapping[bytes, str] = {{
    topic0: declaration for topic0, (_, _, declaration) in _ALL.items()
}}
'''


def _write_layouts(family: str, cases: list[_Case]) -> str:
    lines = []
    for case in cases:
        if case.event.is_dynamic:
            continue
        lines.append(f"    # {case.event.signature}")
        lines.append(f'    bytes.fromhex("{case.event.topic0.hex()}"): (')
        lines.append(f"        {len(case.event.indexed)}, {case.event.head_bytes // 32}, (")
        for name, kind, word, count in _columns(case.event):
            lines.append(f'            ("{name}", "{kind}", {word}, {count}),')
        lines += ["        ),", "    ),"]
    table = "\n".join(lines)
    return f'''"""Where events of family {family} keep their values, to decode many logs at once.

Generated from proto/{family}*.proto by `python -m tools.protogen`. Do not edit: change the .proto
files and run it again.
"""
# fmt: off

from collections.abc import Mapping

__all__ = ["LAYOUTS"]

# By topic 0, for every event without arrays of any length that is alone with its topic: how many
# topics follow, how many words the data has, and of each field its name, type, word and count. The
# words are those of the topics and then of the data, counted from 0; count is how many words an
# array of fixed length takes, 0 for a single value.
LAYOUTS: Mapping[bytes, tuple[int, int, tuple[tuple[str, str, int, int], ...]]] = {{
{table}
}}
'''


def _columns(event: Event) -> Iterator[tuple[str, str, int, int]]:
    word = 0
    for each in (*event.indexed, *event.in_data):
        yield each.name, each.type, word, each.count or 0
        word += each.head_words


def _cut(parameter: Parameter, topic: str | None = None) -> _Word:
    """Say how the parameter's word is cut; a topic's padding and value are slices of that topic."""
    name, bits = parameter.name, parameter.bits
    if parameter.is_dynamic:
        # Its offset, which is read where the array is.
        return _Word("32x", (), "", "")
    if 0 < bits <= 64 or parameter.type == "bool":
        return _cut_narrow(parameter)
    size = 20 if parameter.type == "address" else bits // 8 or 32
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
    name, bits = parameter.name, parameter.bits or 1
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
    value = f"{name} == 1" if parameter.type == "bool" else name
    return _Word(f"{pad}s{code[wide, parameter.signed]}", (f"{name}_pad", name), check, value)


def _elements(parameter: Parameter) -> list[Parameter]:
    """Give the parameters whose words stand in the data's first part: T[n] is n of them."""
    if parameter.count is None or parameter.is_dynamic:
        return [parameter]
    return [
        attrs.evolve(parameter, name=f"{parameter.name}_{number}", count=None)
        for number in range(parameter.count)
    ]


def _needs_unpacking(parameter: Parameter) -> bool:
    return 0 < parameter.bits <= 64 or parameter.type == "bool"


def _layouts(case: _Case) -> str:
    lines = []
    event, prefix = case.event, f"_{case.name.upper()}"
    if _cuts_data(event):
        layout = "".join(_cut(word).format for each in event.in_data for word in _elements(each))
        lines.append(f'{prefix}_DATA = Struct(">{layout}").unpack\n')
    for each in event.indexed:
        if _needs_unpacking(each):
            lines.append(f'{prefix}_{each.name.upper()} = Struct(">{_cut(each).format}").unpack\n')
    return "".join(lines)


def _cuts_data(event: Event) -> bool:
    """Whether anything but offsets stands in the data's first part."""
    return any(not each.is_dynamic for each in event.in_data)


def _function(case: _Case) -> tuple[str, set[str]]:
    lines = [
        f"def _{case.name}(",
        "    log: Log, transaction_hash: bytes, transaction_index: int",
        f") -> {case.message.name}:",
        *_shape(case.event),
        *_body(case),
        *_arrays(case),
        f"    return {case.message.name}(",
        *_arguments(case),
        "    )",
    ]
    text = "\n".join(lines) + "\n"
    pads = {f"{kind}_{n}" for kind in ("ZERO", "ONES") for n in range(33) if f"_{kind}_{n}" in text}
    return text, {pad for pad in pads if _uses(text, pad)}


def _choice(own: list[_Case]) -> str:
    """Write the decoder that chooses between events of one topic by the number of topics."""
    message = own[0].message
    lines = [
        f"def _{message.snake_name}(",
        "    log: Log, transaction_hash: bytes, transaction_index: int",
        f") -> {message.name}:",
    ]
    given = "(log, transaction_hash, transaction_index)"
    for case in own[:-1]:
        lines.append(f"    if len(log.topics) == {len(case.event.indexed) + 1}:")
        lines.append(f"        return _{case.name}{given}")
    lines.append(f"    return _{own[-1].name}{given}")
    return "\n".join(lines) + "\n"


def _uses(text: str, pad: str) -> bool:
    return any(f"_{pad}{end}" in text for end in (":", " ", ")", "\n"))


def _shape(event: Event) -> Iterator[str]:
    topics, size = len(event.indexed) + 1, event.head_bytes
    yield "    topics, data = log.topics, log.data"
    yield f"    if len(topics) != {topics}:"
    yield f'        raise Refusal("topics", "{topics}", len(topics))'
    if event.is_dynamic:
        yield f"    if len(data) < {size}:"
        yield f'        raise Refusal("data", "at least {size} bytes", len(data))'
    else:
        yield f"    if len(data) != {size}:"
        yield f'        raise Refusal("data", "{size} bytes", len(data))'


def _body(case: _Case) -> Iterator[str]:
    event, prefix = case.event, f"_{case.name.upper()}"
    words = [(each, word) for each in event.in_data for word in _elements(each)]
    if _cuts_data(event):
        names = [name for _, word in words for name in _cut(word).names]
        yield "    ("
        yield from _wrapped(names)
        yield f"    ) = {prefix}_DATA(data{f'[:{event.head_bytes}]' if event.is_dynamic else ''})"
    for number, parameter in enumerate(event.indexed, start=1):
        cut = _cut(parameter, f"topics[{number}]")
        if _needs_unpacking(parameter):
            unpack = f"{prefix}_{parameter.name.upper()}"
            yield f"    {', '.join(cut.names)} = {unpack}(topics[{number}])"
        yield from _checked(parameter, cut, f"topics[{number}]")
    for position, (parameter, word) in enumerate(words):
        where = f"data[{32 * position}:{32 * position + 32}]"
        yield from _checked(parameter, _cut(word), where)


def _checked(parameter: Parameter, word: _Word, where: str) -> Iterator[str]:
    if word.check:
        range_check = " or "
        if range_check in word.check:
            padding, within = word.check.split(range_check)
            yield from ("    if (", f"        {padding}", f"        or {within}", "    ):")
        else:
            yield f"    if {word.check}:"
        yield f'        raise Refusal("{parameter.name}", "{parameter.type}", {where})'


def _arrays(case: _Case) -> Iterator[str]:
    """Read what stands behind the first part, each array where the one before it ends."""
    head, tail = 0, str(case.event.head_bytes)
    bounds = {field.name: field.max_count for field in case.message.fields}
    for each in case.event.in_data:
        if each.is_dynamic:
            name = each.name
            place = f'data, "{name}", {head}, {tail}, {bounds[name]}'
            yield f"    {name}, end = read_words({place})"
            if each.type == "address":
                yield f'    {name} = addresses("{name}", {name})'
            tail = "end"
        head += 32 * each.head_words
    if case.event.is_dynamic:
        yield "    if len(data) != end:"
        yield '        raise Refusal("data", f"{end} bytes", len(data))'


def _arguments(case: _Case) -> Iterator[str]:
    yield "        transaction_hash, transaction_index, log.log_index, log.address,"
    topics = {each.name: f"topics[{n}]" for n, each in enumerate(case.event.indexed, start=1)}
    said = {each.name: each for each in case.event.parameters}
    values = []
    for field in case.message.fields[4:]:
        parameter = said.get(field.name)
        values.append("None" if parameter is None else _value(parameter, topics))
    if values:
        yield from _wrapped(values)


def _value(parameter: Parameter, topics: dict[str, str]) -> str:
    if parameter.is_dynamic:
        return parameter.name
    if parameter.count is None:
        return _cut(parameter, topics.get(parameter.name)).value
    values = [_cut(each).value for each in _elements(parameter)]
    return f"({', '.join(values)}{',' if len(values) == 1 else ''})"


def _wrapped(values: list[str]) -> list[str]:
    text = ", ".join(values) + ","
    return textwrap.wrap(text, 98, initial_indent="        ", subsequent_indent="        ")


def _table(cases: list[_Case], union: str, twins: dict[bytes, list[_Case]]) -> str:
    lines = ["\n", "# By topic 0: the message, its decoder, and the event's declaration."]
    lines.append(f"EVENTS: {_TABLE.format(union=union)} = {{")
    for case in cases:
        own = twins.get(case.event.topic0, [case])
        if case is not own[0]:
            continue
        function = case.message.snake_name if len(own) > 1 else case.name
        lines.append(f"    # {case.event.signature}")
        lines.append(f'    bytes.fromhex("{case.event.topic0.hex()}"): (')
        lines.append(f"        {case.message.name}, _{function},")
        pieces = textwrap.wrap(case.event.declaration, 85, drop_whitespace=False)
        lines += [f'        "{piece}"' for piece in pieces[:-1]]
        lines.append(f'        "{pieces[-1]}",')
        lines.append("    ),")
    return "\n".join([*lines, "}"]) + "\n"
