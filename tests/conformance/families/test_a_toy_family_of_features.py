"""A new block-pure family is its module and a line of the families: extracted, sent and tailed."""

import json
from pathlib import Path

import pytest
from recorded_blocks import block_of, read_recorded
from toy_family import TOY

from qenus.chain import ETHEREUM
from qenus.cli.console import Lines
from qenus.cli.extract import extract_files
from qenus.client import Assembler, BlockClosed
from qenus.extractors import FAMILIES, block_pure_contents, extractor_version
from qenus.wire import BlockGas, Family, GasBatch, Parcel
from tests.unit.client.line_of_blocks import append, new_line, received, settle

# The line of the families.
WITH_TOY = (*FAMILIES, TOY)


def contents(data: Path) -> list[tuple[str, bytes]]:
    block = block_of(read_recorded(data / "l1" / "blocks" / "22431083.json.gz"))
    version = extractor_version(WITH_TOY)
    return block_pure_contents(block, "demo", version, families=WITH_TOY)


def test_its_rules_decide_the_version():
    assert extractor_version(WITH_TOY) != extractor_version()


def test_it_is_published_after_the_families_before_it_and_closed_with_them(data: Path):
    topics = [topic for topic, _ in contents(data)]
    assert topics == ["features.amm.demo", "features.gas.demo", "blocks.demo"]


def test_a_subscriber_gets_it_proven_and_the_tail_prints_it(
    data: Path, capsys: pytest.CaptureFixture[str]
):
    line, assembler = new_line(), Assembler()
    settle(assembler, line)
    parcels = [Parcel(topic, 5, content) for topic, content in contents(data)]
    events = received(assembler, append(line, parcels))
    (block,) = (event for event in events if isinstance(event, BlockClosed))
    counts = [(each.family, each.batches, each.features) for each in block.end.families]
    assert counts == [(Family.AMM, 1, 136), (Family.GAS, 1, 1)]
    (batch,) = (each for each in block.batches if isinstance(each, GasBatch))
    (gas,) = batch.features
    assert isinstance(gas, BlockGas)
    recorded = read_recorded(data / "l1" / "blocks" / "22431083.json.gz")
    assert gas.gas_used == int(recorded["block"]["gasUsed"], 16)
    lines = Lines(json=True)
    for event in events:
        lines.show(event)
    printed = capsys.readouterr().out
    assert f'"gas_used":{gas.gas_used}' in printed


def test_a_subscriber_to_it_alone_gets_it_alone(data: Path):
    line, assembler = new_line(), Assembler(families=["gas"])
    settle(assembler, line)
    parcels = [Parcel(topic, 5, content) for topic, content in contents(data)]
    events = received(assembler, append(line, parcels))
    (block,) = (event for event in events if isinstance(event, BlockClosed))
    assert [type(each) for each in block.batches] == [GasBatch]


def test_extract_prints_it_beside_the_families_of_the_house(
    data: Path, capsys: pytest.CaptureFixture[str]
):
    path = data / "l1" / "blocks" / "22431083.json.gz"
    assert extract_files([path], ETHEREUM, families=WITH_TOY, as_json=True) == 0
    printed = capsys.readouterr()
    rows = [json.loads(line) for line in printed.out.splitlines()]
    assert [row["family"] for row in rows] == ["amm"] * 136 + ["gas"]
    assert rows[-1]["gas_used"] == int(read_recorded(path)["block"]["gasUsed"], 16)
    assert "1 of 1 blocks, 137 features" in printed.err
