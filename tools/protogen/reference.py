"""Writes proto/REFERENCE.md: what a subscriber in any language has to know, message by message."""

from collections.abc import Callable

from tools.protogen.contract import Contract, Field, Message

__all__ = ["write_reference"]

_HEAD = """\
<!-- Generated from proto/*.proto by `python -m tools.protogen`. Do not edit. -->
# Reference of the wire

What travels on a line, for subscribers in any language. A worked example in JavaScript is
`tools/peers/js/read_frames.mjs`; Python subscribers import `qenus.client`.

## From the socket to a message

1. A line is an nng publisher. Each of its messages is a topic in ASCII, a zero byte, and a frame.
   Topics: `features.<family>.<chain>`, `blocks.<chain>`, `opportunities`, `alerts`, `nodes`.
   Subscribe to a topic with its zero byte, or `blocks.base` brings `blocks.base-sepolia` too.
2. A frame is one [Frame](#frame) in MessagePack: an [Envelope](#envelope) and the content, which
   is one message in MessagePack again, as bytes. Digests run over exactly these content bytes.
3. Every message is a MessagePack **array**. Position 0 is the message's **kind**, by which to tell
   messages apart; position *n* is field number *n* of the tables below.

## How values are written

| type | in MessagePack | in JSON |
|---|---|---|
| `address`, `bytes32`, `bytes16`, `bytes48` | bin of 20, 32, 16, 48 bytes | 0x-hex |
| integers beyond 64 bits (`uint112`, `uint160`, `int256` …) | bin, big-endian, of exactly the \
type's width; signed: two's complement | decimal string |
| `uint64` | integer: read it as 64 bits, not as a double | number, a decimal string above 2^53 |
| other integers | integer | number |
| `bytes`, `string`, `bool` | bin, str, bool | 0x-hex, string, boolean |
| enum | integer | name in lower case |
| message | array | object |
| optional and absent | nil | null |
| repeated | array | array |

A union (`AmmFeature` and its like) is not wrapped: the member itself stands there, and its kind
tells which it is.

## What stays and what may come

The contract only grows. Kinds and field numbers are never used again. A later version may append
fields to a message: ignore elements beyond those that you know. It may append values to an enum:
keep the number. It may add kinds: ignore a content whose kind you do not know. A kind that is new
within a batch comes with a new `extractor_version`; read the release notes before the node's
upgrade. `proto/golden/` holds vectors of every version, which every later version reads alike.

## How a block is closed

A block's batches are followed by one BlockEnd on `blocks.<chain>`. For each family that it lists:
`digest = sha256(digest so far ‖ content)`, from 32 zero bytes, over the family's batches; the
BlockEnd's own digest runs over all of its purity's batches in order of family. Apply a block only
when counts and digests agree; otherwise ask for a repair.
"""


def write_reference(contract: Contract) -> str:
    """Give the text of the page."""
    parts = [_HEAD, "\n## Enums\n"]
    for enum in contract.enums:
        parts.append(f"\n### {enum.name}\n\n{enum.comment}\n\n")
        parts.append("| value | name | meaning |\n|---|---|---|\n")
        for value in enum.values:
            parts.append(f"| {value.number} | {value.name.lower()} | {value.comment} |\n")
    parts.append("\n## Messages\n")
    for message in sorted(contract.messages, key=_order(contract)):
        parts += _section(contract, message)
    return "".join(parts)


def _order(contract: Contract) -> Callable[[Message], tuple[int, int]]:
    """Files in order of their least kind, messages by kind, a union before its members' batch."""
    least: dict[str, int] = {}
    for message in contract.messages:
        if message.kind:
            least[message.file] = min(least.get(message.file, message.kind), message.kind)

    def key(message: Message) -> tuple[int, int]:
        inside = [contract.message(name).kind for name in message.members]
        return least[message.file], message.kind or max(inside)

    return key


def _section(contract: Contract, message: Message) -> list[str]:
    if message.members:
        names = ", ".join(f"[{name}](#{name.lower()})" for name in message.members)
        return [f"\n### {message.name}\n\n{message.comment}\n\nOne of: {names}.\n"]
    said = [f"kind **{message.kind}**"]
    if message.feature:
        said.append(f"family `{contract.family_of(message)}`, feature `{message.feature}`")
    if message.protocol:
        said.append(f"protocol `{message.protocol}`")
    parts = [f"\n### {message.name}\n\n{message.comment}\n\n{'; '.join(said)}\n"]
    if message.event:
        parts.append(f"\n    event {message.event};\n")
    parts.append("\n| # | field | type | meaning |\n|---|---|---|---|\n")
    for field in message.fields:
        parts.append(f"| {field.number} | {field.name} | {_type(field)} | {field.comment} |\n")
    return parts


def _type(field: Field) -> str:
    name = f"[{field.type}](#{field.type.lower()})" if field.type[0].isupper() else field.type
    if field.max_bytes and field.type in ("bytes", "string"):
        name += f" ≤ {field.max_bytes}"
    if field.repeated:
        name += f", repeated ≤ {field.max_count}"
    return name + (", optional" if field.optional else "")
