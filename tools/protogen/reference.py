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
   Subscribe to a topic with its zero byte, or `blocks.base` brings `blocks.base-sepolia` too.
2. A frame is one [Frame](#frame) in MessagePack: an [Envelope](#envelope) and the content, which
   is one message in MessagePack again, as bytes. Digests run over exactly these content bytes.
3. Every message is a MessagePack **array**. Position 0 is the message's **kind**, by which to tell
   messages apart; position *n* is field number *n* of the tables below.

| topic | what travels on it |
|---|---|
| `features.<family>.<chain>` | a family's batches, block-pure and state-pure; of `mev` also \
[Bid](#bid) and [PendingTransaction](#pendingtransaction) |
| `blocks.<chain>` | [BlockEnd](#blockend), [Retract](#retract), [Heads](#heads) |
| `opportunities` | [Opportunity](#opportunity), [OpportunityGone](#opportunitygone) |
| `alerts` | [Alert](#alert), [Rejection](#rejection) |
| `nodes` | [Heartbeat](#heartbeat), [EndOfSession](#endofsession) |

Families are named as [Family](#family) names them, in lower case. Chains: `ethereum` (1),
`arbitrum` (42161), `optimism` (10), `base` (8453), `op-sepolia` (11155420), in parentheses the
EIP-155 id that [BlockRef](#blockref) carries; a simulated node's chain is `demo` (1337).

## How to subscribe, join and repair

A node listens at two addresses, that of its feed and that of its journal beside it:

| | feed | journal |
|---|---|---|
| nng socket of the subscriber | Sub0 | Req0 |
| nng socket of the node | Pub0 | Rep0 |
| `ipc:///run/qenus/a` | `ipc:///run/qenus/a` | `ipc:///run/qenus/a.repair` |
| `tcp://host:port` | `tcp://host:port` | `tcp://host:` and the next port |

What goes over the journal's socket is one bare message in MessagePack, without topic and Frame: a
request of at most 4096 bytes and its answer. One request at a time; one that stays unanswered may
be asked again.

1. **Dial** the feed and subscribe to your topics and to `nodes`. Frames may come from now on: keep
   them. Let the socket take messages of 68 MiB.
2. **Join**: send a [JoinRequest](#joinrequest) to the journal. The [JoinReply](#joinreply) names
   the session and a [Position](#position) for each topic that the session has used.
3. From `next_seq` of its position on, take every frame of a topic; drop those before. All
   positions stand between two blocks. A topic without a position begins at 0. Who wants what is
   past begins at `oldest_seq` instead and asks for the frames from there.
4. **Number by topic**: [Envelope](#envelope)`.seq` counts the frames of one topic within one
   session, without gaps. A seq that came before is a double: drop it. A seq beyond the expected one
   is a gap: frames of other topics may be handed on, those of this one wait.
5. **Heartbeat** and **EndOfSession** come on `nodes` with seq 0 and are not numbered: no gap, no
   double, no repair. Their positions tell of frames that were lost at a topic's end. A node that
   stays silent for several times `interval_ms` is in trouble.
6. **Repair**: send a [RepairRequest](#repairrequest) with session, topic, the first missing seq and
   how many. The [RepairReply](#repairreply) holds the Frames as they were sent, encoded, fewer than
   asked for when they are large: ask on. `gone`: the journal no longer has them; `other_session`:
   another session runs. In both cases join anew, and treat what you hold as out of date.
7. **Another session** in an Envelope means that the node started anew: sequences begin at 0. A
   session that was heard from its first frame on needs no join.
8. **Retract** takes back a block, the newest first; until the next BlockEnd of its successor the
   chain stands at its parent.

A snapshot to begin with, when the journal no longer reaches back, is [Snapshot](#snapshot): gRPC,
service `qenus.Snapshots`, method `Take`, with [SnapshotRequest](#snapshotrequest), declared in
`proto/snapshot.proto`. **No node of this version serves it yet**; the declaration stands so that
subscribers can be written.

## How values are written

| type | in MessagePack | in JSON |
|---|---|---|
| `address`, `bytesN` | bin of 20 bytes, of N bytes | 0x-hex |
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

A block's batches are followed by one BlockEnd of their [Purity](#purity) on `blocks.<chain>`: one
closes what is a function of the block alone, another what is one of the state too, and a family may
have batches of both. Each batch's own section says which it is. For each family that the BlockEnd
lists: `digest = sha256(digest so far ‖ content)`, from 32 zero bytes, over the family's batches of
that block and purity; the BlockEnd's own digest runs over all of its purity's batches in order of
family. Apply a block only when counts and digests agree; otherwise ask for a repair. Who subscribed
to some families only checks those.
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
    if message.draft:
        said.append("draft: nothing fills it yet, and it may still change")
    if message.feature:
        said.append(f"family `{contract.family_of(message)}`, feature `{message.feature}`")
    if message.protocol:
        said.append(f"protocol `{message.protocol}`")
    parts = [f"\n### {message.name}\n\n{message.comment}\n\n{'; '.join(said)}\n"]
    if message.events:
        parts.append("\n" + "".join(f"    event {event};\n" for event in message.events))
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
