"""A subscriber in JavaScript, with npm's @msgpack/msgpack, reads what our lines carry."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgpack
import pytest
from recorded_blocks import block_of, read_recorded

from qenus.extractors import block_pure_contents
from qenus.wire import (
    EMPTY_DIGEST,
    AmmBatch,
    BlockEnd,
    BlockRef,
    Envelope,
    EscrowBatch,
    Family,
    FamilyCount,
    GasBatch,
    Identity,
    Purity,
    Retract,
    Tier,
    as_json,
    blocks_topic,
    decode,
    encode,
    features_topic,
    frame,
    pack,
    rolling_digest,
)
from tools.protogen.contract import read_contract

pytestmark = pytest.mark.interop
_ROOT = Path(__file__).resolve().parents[2]
_PEER = _ROOT / "tools" / "peers" / "js"


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with its one dependency installed beside it, outside the checkout."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        pytest.skip("no node or npm on this machine")
    folder = tmp_path_factory.mktemp("js")
    for name in ("package.json", "read_frames.mjs"):
        shutil.copy(_PEER / name, folder)
    command = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
    try:
        installed = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90)
    except subprocess.TimeoutExpired:
        pytest.skip("npm did not install @msgpack/msgpack within 90 s")
    if installed.returncode:
        pytest.skip(f"npm could not install @msgpack/msgpack: {installed.stderr[-200:]}")
    return folder


def _read(peer: Path, messages: list[bytes]) -> list[dict[str, Any]]:
    lines = "".join(message.hex() + "\n" for message in messages)
    command = ["node", "read_frames.mjs"]
    done = subprocess.run(
        command, cwd=peer, input=lines, capture_output=True, text=True, timeout=60, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _sent(contents: list[tuple[str, bytes]]) -> list[bytes]:
    return [
        pack(topic, frame(Envelope("A", bytes(16), 2**64 - 1 - seq, 1, 2, 0), content))
        for seq, (topic, content) in enumerate(contents)
    ]


def _shown(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and value > 2**53:
        return str(value)
    return value


def test_the_swaps_of_a_recorded_block_read_the_same_and_its_digest_agrees(
    peer: Path, data: Path
) -> None:
    block = block_of(read_recorded(data / "l1" / "blocks" / "22431083.json.gz"))
    contents = block_pure_contents(block, "ethereum", "interop")
    batch, end = _read(peer, _sent(contents))
    features = decode(contents[0][1], AmmBatch).features
    rows = [as_json(each) for each in features if each.NAME == "uniswap_v3_swap"]
    for row in rows:
        del row["family"], row["kind"], row["protocol"]
    assert len(rows) == 110
    assert batch["swaps"] == rows
    assert batch["topic"] == "features.amm.ethereum"
    assert batch["seq"] == str(2**64 - 1)
    assert end["topic"] == "blocks.ethereum"
    assert end["digest_agrees"] is True


def test_a_missing_batch_shows_in_the_digest(peer: Path, data: Path) -> None:
    block = block_of(read_recorded(data / "l1" / "blocks" / "22431083.json.gz"))
    (end,) = _read(peer, _sent(block_pure_contents(block, "ethereum", "interop"))[1:])
    assert end["digest_agrees"] is False


_REF = BlockRef(1, 7, b"\x07" * 32, bytes(32))
_AMM, _GAS, _ESCROW = (
    encode(kind(Identity(_REF, Tier.INCLUDED, family, "v"), (), *refused))
    for kind, family, refused in (
        (AmmBatch, Family.AMM, ((),)),
        (GasBatch, Family.GAS, ()),
        (EscrowBatch, Family.BRIDGE, ()),
    )
)
_BATCHES = [
    (features_topic("amm", "ethereum"), _AMM),
    (features_topic("bridge", "ethereum"), _ESCROW),
    (features_topic("gas", "ethereum"), _GAS),
]


def _end(purity: Purity, *families: tuple[Family, bytes | None]) -> tuple[str, bytes]:
    counts = tuple(
        FamilyCount(family, content is not None, 0, 0, rolling_digest([content] if content else []))
        for family, content in families
    )
    digest = rolling_digest([content for _, content in families if content])
    end = BlockEnd(_REF, Tier.INCLUDED, purity, "v", counts, digest)
    return blocks_topic("ethereum"), encode(end)


def _frames(numbered: list[tuple[int, str, bytes]]) -> list[bytes]:
    return [
        pack(topic, frame(Envelope("A", bytes(16), seq, 1, 2, 0), content))
        for seq, topic, content in numbered
    ]


def test_each_family_and_each_purity_has_its_own_digest(peer: Path) -> None:
    block_pure = _end(Purity.BLOCK, (Family.AMM, _AMM), (Family.BRIDGE, None), (Family.GAS, _GAS))
    state_pure = _end(Purity.STATE, (Family.BRIDGE, _ESCROW))
    contents = [*_BATCHES, block_pure, state_pure]
    first, second = _read(
        peer, _frames([(0, *each) for each in contents[:4]] + [(1, *state_pure)])
    )[3:]
    assert first["families_agree"] == {"1": True, "3": True, "4": True}
    assert second["families_agree"] == {"3": True}
    assert first["digest_agrees"] is second["digest_agrees"] is True
    # Without the gas batch its family and the whole disagree, the others do not.
    (end,) = _read(peer, _frames([(0, *each) for each in (*_BATCHES[:2], block_pure)]))[2:]
    assert end["families_agree"] == {"1": True, "3": True, "4": False}
    assert end["digest_agrees"] is False
    # An empty block that says what it has not.
    counts = (FamilyCount(Family.AMM, 1, 0, 0, EMPTY_DIGEST),)
    lie = encode(BlockEnd(_REF, Tier.INCLUDED, Purity.BLOCK, "v", counts, EMPTY_DIGEST))
    (end,) = _read(peer, _frames([(0, blocks_topic("ethereum"), lie)]))
    assert end["digest_agrees"] is False


def test_gaps_doubles_and_retracts_are_seen(peer: Path) -> None:
    topic, amm = _BATCHES[0]
    blocks, end = _end(Purity.BLOCK, (Family.AMM, _AMM))
    retract = encode(Retract(_REF))
    said = _read(
        peer,
        _frames(
            [
                (4, topic, amm),
                (4, topic, amm),
                (0, blocks, end),
                (5, topic, amm),
                (1, blocks, retract),
                (7, topic, amm),
                (2, blocks, end),
            ]
        ),
    )
    assert said[1]["duplicate"] is True
    assert said[2]["digest_agrees"] is True
    assert said[4]["retracted"] == "0x" + "07" * 32
    assert said[5]["missing"] == {"first_seq": 6, "count": 1}
    assert said[6]["digest_agrees"] is True, "what was taken back is no part of the block"


def test_the_example_knows_the_purity_of_every_batch() -> None:
    listed = re.findall(
        r"\[(\d+), (BLOCK|STATE)_PURE\], // (\w+)", (_PEER / "read_frames.mjs").read_text()
    )
    batches = [
        each for each in read_contract(_ROOT / "proto").messages if each.name.endswith("Batch")
    ]
    assert sorted(listed, key=lambda each: int(each[0])) == sorted(
        (
            (str(each.kind), "STATE" if "State-pure." in each.comment else "BLOCK", each.name)
            for each in batches
        ),
        key=lambda each: int(each[0]),
    )


def test_every_golden_vector_has_the_same_values_in_javascript(peer: Path) -> None:
    golden = sorted((_ROOT / "proto" / "golden").glob("*.json"))
    vectors = [
        bytes.fromhex(vector["hex"])
        for path in golden
        for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]
    ]
    read = _read(peer, _sent([("nodes", vector) for vector in vectors]))
    assert [each["content"] for each in read] == [
        _shown(msgpack.unpackb(vector)) for vector in vectors
    ]
