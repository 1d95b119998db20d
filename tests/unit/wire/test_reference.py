"""The reference page lets a foreign subscriber subscribe, join and repair: it says what we do."""

import re
from pathlib import Path

import pynng
import pytest

from qenus.chain import CHAINS
from qenus.simulation.blocks import DEMO_CHAIN
from qenus.wire import ALERTS, MAX_MESSAGE_BYTES, NODES, OPPORTUNITIES, repair_address
from tools.protogen.contract import read_contract

_PROTO = Path(__file__).resolve().parents[3] / "proto"
_PAGE = (_PROTO / "REFERENCE.md").read_text(encoding="utf-8")


def test_the_page_says_where_the_journal_answers() -> None:
    feed, journal = re.findall(r"`(ipc://[^`]+)` \| `ipc://[^`]+` \| `(ipc://[^`]+)`", _PAGE)[0]
    assert journal == repair_address(feed)
    assert "`tcp://host:` and the next port" in _PAGE
    assert repair_address("tcp://host:7000") == "tcp://host:7001"
    assert all(hasattr(pynng, kind) for kind in re.findall(r"\b(?:Sub|Pub|Req|Rep)0\b", _PAGE))
    assert MAX_MESSAGE_BYTES <= 68 << 20


def test_the_page_names_every_chain_by_its_topic_and_id() -> None:
    for chain in (*CHAINS.values(), DEMO_CHAIN):
        assert f"`{chain.name}` ({chain.chain_id})" in _PAGE


@pytest.mark.parametrize("topic", [ALERTS, NODES, OPPORTUNITIES])
def test_the_page_says_what_travels_on_a_topic(topic: str) -> None:
    assert f"| `{topic}` |" in _PAGE


def test_every_link_of_the_page_leads_somewhere() -> None:
    anchors = {name.lower() for name in re.findall(r"^### (\w+)$", _PAGE, re.MULTILINE)}
    assert set(re.findall(r"\]\(#(\w+)\)", _PAGE)) <= anchors


def test_every_batch_says_what_it_is_a_function_of() -> None:
    batches = [each for each in read_contract(_PROTO).messages if each.name.endswith("Batch")]
    assert len(batches) == 10
    for batch in batches:
        assert re.search(r"(Block|State)-pure\.", batch.comment), batch.name
        assert batch.comment in _PAGE
