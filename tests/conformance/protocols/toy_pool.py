"""A family of pools in a folder of a test: one price, which its owner sets by an event.

It tells its state in the words of a message that the contract has.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from qenus.chain.keccak import keccak256
from qenus.protocols.pool_family import FactoryFamily, PoolProtocol
from qenus.protocols.reads import Call, Plan, call_data, words_of
from qenus.protocols.records import Decimals, PoolRecord, price_x128, words
from qenus.protocols.venue import Venue
from qenus.wire import Block, Log, PoolStateFeature, UniswapV2PoolState

__all__ = ["PROTOCOL", "ToyFamily"]

_PRICED = keccak256(b"Priced(uint256)")
_PRICE = call_data("price()")
ToyRecord = PoolRecord[int, None]


class ToyFamily(FactoryFamily[int, None, int]):
    """The family toy: `spread_pips` is each venue's."""

    NAME = "toy"
    CREATED = keccak256(b"Made(address,address,address)")
    TOUCHING = frozenset({_PRICED})
    REGISTRY_KEYS = frozenset({"spread_pips"})

    def venue_terms(self, where: str, table: Mapping[str, Any], errors: list[str]) -> int:
        spread = table.get("spread_pips")
        if type(spread) is not int:
            errors.append(f"{where}.spread_pips: expected an integer, found {spread!r}")
            return 0
        return spread

    def created(self, venue: Venue[int], log: Log) -> ToyRecord | None:
        tokens = log.topics[1][12:], log.topics[2][12:]
        return self.claimed(venue, log.topics[3][12:], tokens, ())

    def claimed(
        self, venue: Venue[int], address: bytes, tokens: tuple[bytes, bytes], claims: Sequence[int]
    ) -> ToyRecord:
        return PoolRecord(venue, address, *tokens, None, pool=1)

    def salt(self, record: ToyRecord) -> bytes:
        return bytes(32)

    def factory_call(self, record: ToyRecord) -> bytes:
        return call_data("poolOf(address,address)", record.token0, record.token1)

    def load(self, record: ToyRecord, block_hash: bytes) -> Plan[ToyRecord]:
        (answer,) = yield [Call(block_hash, record.address, _PRICE)]
        (price,) = words(answer, 1, "price")
        return attrs.evolve(record, pool=price)

    def apply(self, record: ToyRecord, log: Log, block: Block) -> ToyRecord:
        return attrs.evolve(record, pool=int.from_bytes(log.data, "big"))

    def probe(self, record: ToyRecord, block_hash: bytes) -> Plan[tuple[int, ...] | None]:
        (answer,) = yield [Call(block_hash, record.address, _PRICE)]
        return words_of(answer, 1)

    def facts(self, record: ToyRecord) -> tuple[int, ...]:
        return (record.state,)

    def feature(self, record: ToyRecord, decimals: Decimals) -> PoolStateFeature:
        return UniswapV2PoolState(
            record.address, record.token0, record.token1, *decimals, bytes(14), bytes(14),
            record.venue.terms, record.venue.name, price_x128((record.state, 1)), None,
        )  # fmt: skip


PROTOCOL = PoolProtocol("toy", families=lambda: (ToyFamily(),))
