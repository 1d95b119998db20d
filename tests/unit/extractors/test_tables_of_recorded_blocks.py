"""The archive's tables of recorded blocks hold exactly what the blocks' batches say."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from qenus.extractors import amm_batch
from qenus.wire import FIELDS, AmmBatch, Block, Log, Tier

pa = pytest.importorskip("pyarrow")
pytest.importorskip("numpy")

from qenus.extractors.amm.tables import amm_tables  # noqa: E402  needs the extra

Recorded = dict[int, tuple[Block, list[dict[str, Any]]]]


def _rows(batches: list[AmmBatch]) -> Iterator[tuple[str, dict[str, Any]]]:
    for batch in batches:
        block = batch.identity.block
        in_front = {
            "chain_id": block.chain_id,
            "block_number": block.number,
            "block_hash": block.hash,
            "parent_hash": block.parent_hash,
            "tier": batch.identity.tier.name.lower(),
            "extractor_version": batch.identity.extractor_version,
        }
        for feature in batch.features:
            values = {each.name: getattr(feature, each.attribute) for each in FIELDS[type(feature)]}
            own = {n: list(v) if isinstance(v, tuple) else v for n, v in values.items()}
            yield feature.NAME, in_front | own


def _expected(blocks: list[Block], tier: Tier) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = {}
    for name, row in _rows([amm_batch(block, "v", tier) for block in blocks]):
        tables.setdefault(name, []).append(row)
    return tables


def test_every_recorded_feature_stands_in_its_table_in_order(recorded: Recorded) -> None:
    blocks = [block for block, _ in recorded.values()]
    found = amm_tables(blocks, "v", Tier.SAFE)
    for table in found.tables.values():
        table.validate(full=True)
    said = {name: table.to_pylist() for name, table in found.tables.items()}
    assert said == _expected(blocks, Tier.SAFE)
    assert found.refused == ()
    # Enough logs of one topic that they were decoded at once.
    assert len(said["uniswap_v3_swap"]) == 224


def test_refused_logs_are_those_of_the_batches_and_say_their_block(recorded: Recorded) -> None:
    def spoil(log: Log) -> Log:
        return replace(log, data=log.data[:-1]) if log.log_index % 3 == 0 and log.data else log

    def spoiled(block: Block) -> Block:
        transactions = tuple(
            replace(each, logs=tuple(spoil(log) for log in each.logs))
            for each in block.transactions
        )
        return replace(block, transactions=transactions)

    blocks = [spoiled(block) for block, _ in recorded.values()]
    found = amm_tables(blocks, "v")
    batches = [amm_batch(block, "v") for block in blocks]
    expected = [(at, each) for at, batch in enumerate(batches) for each in batch.refused]
    assert list(found.refused) == expected
    assert len(expected) > 100
    said = {name: table.to_pylist() for name, table in found.tables.items()}
    assert said == _expected(blocks, Tier.INCLUDED)


def test_no_block_gives_no_table() -> None:
    found = amm_tables([], "v")
    assert (found.tables, found.refused) == ({}, ())
