"""Features go into Arrow by the generated schemas and come out of Parquet as they went in."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded_blocks import block_of, read_recorded
from wire_values import MESSAGES, messages

from qenus.extractors import amm_batch
from qenus.wire import FIELDS, OpenEnum, WireMessage

pa = pytest.importorskip("pyarrow", reason="the archive's extra is not installed")
parquet = pytest.importorskip("pyarrow.parquet")

from qenus.wire.arrow_schemas import SCHEMAS  # noqa: E402  needs pyarrow

_FEATURES = {name: kind for name, kind in MESSAGES.items() if hasattr(kind, "FEATURE")}


def _columns(message: WireMessage) -> dict[str, Any]:
    return {each.name: _plain(getattr(message, each.attribute)) for each in FIELDS[type(message)]}


def _plain(value: Any) -> Any:
    if isinstance(value, WireMessage):
        return _columns(value)
    if isinstance(value, OpenEnum):
        # The archive keeps the name, as JSON does: it can be read without the contract.
        return value.name.lower()
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def test_every_feature_has_a_schema_with_all_its_fields() -> None:
    assert set(SCHEMAS) == {kind.NAME for kind in _FEATURES.values()}
    for kind in _FEATURES.values():
        names = [each.name for each in FIELDS[kind]]
        assert SCHEMAS[kind.NAME].names[-len(names) :] == names
        for each in FIELDS[kind]:
            assert SCHEMAS[kind.NAME].field(each.name).metadata == {b"type": each.type.encode()}


@pytest.mark.parametrize("name", sorted(_FEATURES))
@settings(max_examples=5, deadline=None)
@given(drawn=st.data())
def test_any_feature_fits_its_schema_exactly(name: str, drawn: st.DataObject) -> None:
    feature = drawn.draw(messages(name))
    names = [each.name for each in FIELDS[type(feature)]]
    schema = pa.schema([SCHEMAS[feature.NAME].field(name) for name in names])
    table = pa.Table.from_pylist([_columns(feature)], schema=schema)
    table.validate(full=True)
    assert table.to_pylist() == [_columns(feature)]


def test_a_recorded_blocks_swaps_come_out_of_parquet_as_they_went_in(
    data: Path, tmp_path: Path
) -> None:
    block = block_of(read_recorded(data / "l1" / "blocks" / "22431083.json.gz"))
    batch = amm_batch(block, "test")
    where = {
        "chain_id": 1,
        "block_number": block.block.number,
        "block_hash": block.block.hash,
        "parent_hash": block.block.parent_hash,
        "tier": "included",
        "extractor_version": "test",
    }
    rows = [where | _columns(each) for each in batch.features if each.NAME == "uniswap_v3_swap"]
    table = pa.Table.from_pylist(rows, schema=SCHEMAS["uniswap_v3_swap"])
    parquet.write_table(table, tmp_path / "swaps.parquet")
    assert len(rows) == 110
    assert parquet.read_table(tmp_path / "swaps.parquet").to_pylist() == rows
