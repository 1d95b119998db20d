"""Blocks to the archive's tables of family amm, a topic at a time over all of them.

Each message becomes one table with the block's columns in front, in order of block and log; a
message's several ways of being written come together in it. Rows and refused logs are those of
`amm_batch`, block for block. Needs the extra `archive`; nothing else of this package imports it.
"""

from collections.abc import Iterable, Mapping, Sequence

import attrs
import numpy as np
import pyarrow as pa

from qenus.extractors.amm import EVENTS
from qenus.extractors.amm.columns import decode_columns
from qenus.wire import Block, Log, RefusedLog, Tier
from qenus.wire.arrow_schemas import SCHEMAS

__all__ = ["Tables", "amm_tables"]


@attrs.frozen
class Tables:
    """By message name (uniswap_v3_swap) a table of the archive's schema; refused logs by block."""

    tables: Mapping[str, pa.Table]
    # In order of block and log: the place of the block among those given, and what was refused.
    refused: tuple[tuple[int, RefusedLog], ...]


@attrs.define
class _Logs:
    """The logs of one topic: a column each."""

    logs: list[Log] = attrs.field(factory=list)
    hashes: list[bytes] = attrs.field(factory=list)
    indexes: list[int] = attrs.field(factory=list)
    blocks: list[int] = attrs.field(factory=list)


def amm_tables(blocks: Iterable[Block], version: str, tier: Tier = Tier.INCLUDED) -> Tables:
    """Decode every log of the blocks that bears the topic of an event of family amm.

    `version` names the extractor as in the batches' Identity. Blocks may come in any order; rows
    stand in theirs.
    """
    seen = list(blocks)
    found: dict[str, list[tuple[pa.RecordBatch, list[int]]]] = {}
    refused: list[tuple[int, RefusedLog]] = []
    for topic0, own in _by_topic(seen).items():
        kind = EVENTS[topic0].message
        decoded = decode_columns(topic0, own.logs, own.hashes, own.indexes)
        for row, refusal in decoded.refusals:
            log = own.logs[row]
            place = (own.hashes[row], log.log_index, log.address)
            refused_log = RefusedLog(*place, kind.PROTOCOL, kind.FEATURE, str(refusal))
            refused.append((own.blocks[row], refused_log))
        gone = {row for row, _ in decoded.refusals}
        kept = [at for row, at in enumerate(own.blocks) if row not in gone]
        if kept:
            found.setdefault(kind.NAME, []).append((decoded.batch, kept))
    refused.sort(key=lambda one: (one[0], one[1].log_index))
    tables = {
        name: _table(name, parts, seen, version, tier) for name, parts in sorted(found.items())
    }
    return Tables(tables, tuple(refused))


def _by_topic(blocks: Sequence[Block]) -> dict[bytes, _Logs]:
    found: dict[bytes, _Logs] = {}
    for at, block in enumerate(blocks):
        for position, transaction in enumerate(block.transactions):
            for log in transaction.logs:
                topic0 = log.topics[0] if log.topics else b""
                if topic0 not in EVENTS:
                    continue
                own = found.get(topic0)
                if own is None:
                    own = found[topic0] = _Logs()
                own.logs.append(log)
                own.hashes.append(transaction.hash)
                own.indexes.append(position)
                own.blocks.append(at)
    return found


def _table(
    name: str,
    parts: Sequence[tuple[pa.RecordBatch, list[int]]],
    blocks: Sequence[Block],
    version: str,
    tier: Tier,
) -> pa.Table:
    schema = SCHEMAS[name]
    events = pa.Table.from_batches([batch for batch, _ in parts])
    at = np.concatenate([np.array(own, np.int64) for _, own in parts])
    order = np.lexsort((events["log_index"].to_numpy(), at))
    events = events.take(pa.array(order)).combine_chunks()
    references = [block.block for block in blocks]
    in_front = {
        "chain_id": [each.chain_id for each in references],
        "block_number": [each.number for each in references],
        "block_hash": [each.hash for each in references],
        "parent_hash": [each.parent_hash for each in references],
    }
    rows = pa.array(at[order])
    columns = {
        word: pa.array(values, schema.field(word).type).take(rows)
        for word, values in in_front.items()
    }
    columns["tier"] = _constant(schema.field("tier").type, tier.name.lower(), len(rows))
    columns["extractor_version"] = _constant(
        schema.field("extractor_version").type, version, len(rows)
    )
    arrays = [columns[each] if each in columns else events[each] for each in schema.names]
    return pa.Table.from_arrays(arrays, schema=schema)


def _constant(kind: pa.DataType, value: str, rows: int) -> pa.Array:
    indices = pa.array(np.zeros(rows, np.int8), kind.index_type)
    return pa.DictionaryArray.from_arrays(indices, pa.array([value], kind.value_type))
