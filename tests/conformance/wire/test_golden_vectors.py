"""What any released version wrote, this version reads the same way."""

import json
from pathlib import Path
from typing import Any

import msgpack
import pytest

from qenus import __version__, wire
from qenus.wire import FIELDS, as_json, decode, encode

_GOLDEN = Path(__file__).resolve().parents[3] / "proto" / "golden"
_VERSIONS = sorted(path.stem for path in _GOLDEN.glob("*.json"))


def _vectors(version: str) -> list[dict[str, Any]]:
    read = json.loads((_GOLDEN / f"{version}.json").read_text(encoding="utf-8"))
    assert read["version"] == version
    vectors: list[dict[str, Any]] = read["vectors"]
    return vectors


def _assert_holds(said: Any, shown: Any, where: str) -> None:
    """All that was said then is said now; what was appended since may stand beside it."""
    if isinstance(said, dict):
        assert isinstance(shown, dict), where
        for name, value in said.items():
            assert name in shown, f"{where}.{name}"
            _assert_holds(value, shown[name], f"{where}.{name}")
    elif isinstance(said, list):
        assert len(said) == len(shown), where
        for index, (one, other) in enumerate(zip(said, shown, strict=True)):
            _assert_holds(one, other, f"{where}[{index}]")
    else:
        assert said == shown, where


@pytest.mark.parametrize("version", _VERSIONS)
def test_every_vector_of_every_version_is_read_alike(version: str) -> None:
    for vector in _vectors(version):
        data = bytes.fromhex(vector["hex"])
        kind = getattr(wire, vector["message"])
        message = decode(data, kind)
        assert decode(data) == message
        _assert_holds(vector["json"], as_json(message), vector["message"])


def test_what_was_appended_since_may_be_missing() -> None:
    """The vector of a message as it was before its later fields is read with their zeros."""
    held = json.loads((_GOLDEN / f"{__version__}.json").read_text(encoding="utf-8"))
    read = 0
    for vector in held["vectors"]:
        fields = held["contract"]["messages"][vector["message"]]["fields"]
        first = [field for field in fields if not field["since"]]
        if len(first) == len(fields):
            continue
        packed = msgpack.packb(
            msgpack.unpackb(bytes.fromhex(vector["hex"]))[: 1 + len(first)], use_bin_type=True
        )
        shown = as_json(decode(packed, getattr(wire, vector["message"])))
        for field in first:
            assert shown[field["name"]] == vector["json"][field["name"]]
        read += 1
    assert read >= 2


def test_this_versions_vectors_cover_every_message_to_the_byte() -> None:
    vectors = _vectors(__version__)
    kept = {kind.__name__ for kind in FIELDS if not hasattr(kind, "DRAFT")}
    assert {vector["message"] for vector in vectors} == kept
    for vector in vectors:
        message = decode(bytes.fromhex(vector["hex"]), getattr(wire, vector["message"]))
        assert as_json(message) == vector["json"]
        assert encode(message).hex() == vector["hex"]
