"""A line as a node keeps it, blocks of any family on it, and a subscriber that settles with it."""

from sent_line import SentLine

from qenus.client import Assembler, BlockClosed, Event
from qenus.wire import (
    BlockEnd,
    BlockRef,
    Family,
    FamilyCount,
    Identity,
    JoinRequest,
    Parcel,
    Purity,
    Tier,
    blocks_topic,
    encode,
    features_topic,
    rolling_digest,
)

SESSION = bytes(range(16))


def ref_of(number: int) -> BlockRef:
    return BlockRef(1, number, (number + 1).to_bytes(32, "big"), number.to_bytes(32, "big"))


def identity_of(number: int, family: Family) -> Identity:
    return Identity(ref_of(number), Tier.INCLUDED, family, "v")


def closed_by(
    number: int, family: Family, batches: list[bytes], *, purity: Purity, name: str, features: int
) -> list[Parcel]:
    """The batches of one family and the BlockEnd that closes them."""
    digest = rolling_digest(batches)
    count = FamilyCount(family, len(batches), features, 0, digest)
    end = BlockEnd(ref_of(number), Tier.INCLUDED, purity, "v", (count,), digest)
    parcels = [Parcel(features_topic(name, "demo"), 5, batch) for batch in batches]
    return [*parcels, Parcel(blocks_topic("demo"), 5, encode(end))]


def empty_block(number: int) -> list[Parcel]:
    return closed_by(number, Family.AMM, [], purity=Purity.BLOCK, name="amm", features=0)


def new_line(session: bytes = SESSION) -> SentLine:
    return SentLine("a", session, journal_bytes=1 << 20)


def append(line: SentLine, parcels: list[Parcel]) -> list[bytes]:
    """Put parcels on the line; give the messages that it sends of them."""
    for parcel in parcels:
        line.append(line._last_step + 1, parcel, now_ns=7)
    return list(line.sent)[-len(parcels) :]


def settle(assembler: Assembler, line: SentLine) -> list[Event]:
    """Ask the journal for all that is missing, as the subscription does."""
    events: list[Event] = []
    while (request := assembler.wanted()) is not None:
        reply = line.answer(request)
        if isinstance(request, JoinRequest):
            events += assembler.joined(reply)
        else:
            events += assembler.repaired(request, reply)
    return events


def received(assembler: Assembler, messages: list[bytes]) -> list[Event]:
    return [event for message in messages for event in assembler.receive(message)]


def closed(events: list[Event]) -> list[tuple[int, Purity]]:
    return [(one.block.number, one.purity) for one in events if isinstance(one, BlockClosed)]
