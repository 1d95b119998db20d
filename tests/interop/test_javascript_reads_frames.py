"""A subscriber in JavaScript, with npm's @msgpack/msgpack, reads what our lines carry."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgpack
import pytest
from recorded_blocks import block_of, read_recorded

from qenus.extractors import block_pure_contents
from qenus.wire import AmmBatch, Envelope, as_json, decode, frame, pack

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
