"""The contract only grows: the generator refuses what earlier versions could not live with."""

import json
import shutil
from pathlib import Path

import pytest

import tools.protogen.__main__ as protogen
from tools.protogen.compatibility import breaches, declaration
from tools.protogen.contract import Contract, ContractError, read_contract

_PROTO = Path(__file__).resolve().parents[3] / "proto"
_HEAD = '// For a test.\nsyntax = "proto3";\npackage qenus;\nimport "options.proto";\n'
_BODY = """
enum Colour { COLOUR_UNSPECIFIED = 0; COLOUR_RED = 1; }
message One {
  option (kind) = 1;
  option (feature) = "one";
  uint32 a = 1;
  string b = 2 [(max_bytes) = 8];
  repeated uint64 c = 3 [(max_count) = 4];
  Colour d = 4;
}
message Two { option (kind) = 2; }
message Either { oneof which { One one = 1; Two two = 2; } }
"""


def _found(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    (tmp_path / "options.proto").write_text((_PROTO / "options.proto").read_text())
    (tmp_path / "amm.proto").write_text(_HEAD + _BODY)
    before = json.loads(json.dumps(declaration(read_contract(tmp_path))))
    body = _BODY
    for old, new in changes:
        assert old in body
        body = body.replace(old, new)
    (tmp_path / "amm.proto").write_text(_HEAD + body)
    return breaches(read_contract(tmp_path), before)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  Colour d = 4;\n", "", "One.d: was field 4 before and is gone"),
        ("uint32 a = 1", "uint64 a = 1", "One.a: type"),
        ("uint32 a = 1", "uint32 z = 1", "One.a: name"),
        ("uint32 a = 1", "optional uint32 a = 1", "One.a: optional"),
        ("(max_bytes) = 8", "(max_bytes) = 7", "One.b: max_bytes: expected at least 8"),
        ("(max_count) = 4", "(max_count) = 3", "One.c: max_count: expected at least 4"),
        ("(kind) = 2", "(kind) = 3", "Two: kind: expected 2"),
        ('"one"', '"other"', "One: feature"),
        (" Two two = 2;", "", "Either: Two was a member before"),
        ("COLOUR_RED", "COLOUR_BLUE", "Colour: expected the values UNSPECIFIED, RED"),
        (" COLOUR_RED = 1;", "", "Colour: expected the values"),
        ("Colour d = 4;", "Colour d = 4;\n uint32 e = 5;", "One.e: a new field needs"),
        ("message Two", "message Three", "Two: was declared before and is gone"),
    ],
)
def test_a_break_with_an_earlier_version_is_reported(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    changes = [(old, new)]
    if new == "message Three":
        changes.append(("Two two", "Three two"))
    found = _found(tmp_path, *changes)
    assert any(said in each for each in found), found


def test_renumbering_is_reported(tmp_path: Path) -> None:
    found = _found(
        tmp_path,
        ("  uint32 a = 1;\n", ""),
        ("string b = 2 [(max_bytes) = 8];", "string b = 1 [(max_bytes) = 8];\n  uint32 a = 2;"),
    )
    assert len([each for each in found if ": name:" in each]) == 2


def test_growth_is_no_breach(tmp_path: Path) -> None:
    assert not _found(
        tmp_path,
        ("Colour d = 4;", "Colour d = 4;\n uint32 e = 5 [(since) = 2];"),
        ("(max_bytes) = 8", "(max_bytes) = 9"),
        ("(max_count) = 4", "(max_count) = 5"),
        ("COLOUR_RED = 1;", "COLOUR_RED = 1; COLOUR_BLUE = 2;"),
        ("message Two { option (kind) = 2; }",
         "message Two { option (kind) = 2; }\nmessage Three { option (kind) = 3; }"),
        ("Two two = 2;", "Two two = 2; Three three = 3;"),
    )  # fmt: skip


def test_the_contract_keeps_what_every_recorded_version_declares(tmp_path: Path) -> None:
    contract = read_contract(_PROTO)
    assert protogen.breached(contract, _PROTO / "golden") == []
    (tmp_path / "0.0.1.json").write_text('{"vectors": []}')
    assert protogen.breached(contract, tmp_path) == [
        "0.0.1.json: holds no declaration to compare with"
    ]


def test_the_generator_writes_nothing_when_a_bound_became_narrower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(_PROTO, tmp_path / "proto")
    monkeypatch.setattr(protogen, "_ROOT", tmp_path)
    path = tmp_path / "proto" / "blocks.proto"
    path.write_text(path.read_text().replace("(max_bytes) = 65536", "(max_bytes) = 65535"))
    before = {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}
    assert protogen.main([]) == protogen.main(["--check"]) == 2
    assert "Block.extra_data: max_bytes: expected at least 65536" in capsys.readouterr().err
    assert {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()} == before


def test_a_draft_may_still_change_and_what_is_kept_is_not_made_of_it(tmp_path: Path) -> None:
    (tmp_path / "options.proto").write_text((_PROTO / "options.proto").read_text())

    def read(body: str) -> Contract:
        (tmp_path / "amm.proto").write_text(_HEAD + body)
        return read_contract(tmp_path)

    option = "option (draft) = true;"
    draft = f"message A {{ option (kind) = 1; {option} uint32 a = 1; }}"
    before = declaration(read(draft))
    assert before["messages"] == {}
    changed = draft.replace("uint32 a = 1;", "string other = 1 [(max_bytes) = 9];")
    assert breaches(read(changed), before) == []
    # A producer has come: from now on it is kept, and is no draft again.
    recorded = declaration(read(draft.replace(option, "")))
    assert list(recorded["messages"]) == ["A"]
    assert breaches(read(draft), recorded) == ["A: was declared before and is gone"]
    with pytest.raises(ContractError, match=r"B\.a: A is a draft"):
        read(draft + "message B { option (kind) = 2; A a = 1; }")
