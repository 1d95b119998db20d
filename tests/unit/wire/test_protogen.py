"""The generator refuses what the contract's rules forbid; the lint reports what reviewers would."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from qenus.errors import LocalProtocolError, RemoteProtocolError
from qenus.protocols.solidity_events import read_event
from qenus.wire import decode
from tools.protogen.contract import Contract, ContractError, read_contract
from tools.protogen.event import check_events, events_of
from tools.protogen.lint import complaints
from tools.protogen.structs import write_structs

_PROTO = Path(__file__).resolve().parents[3] / "proto"
_HEAD = '// A file for a test.\nsyntax = "proto3";\npackage qenus;\n\nimport "options.proto";\n\n'


def _read(tmp_path: Path, body: str) -> Contract:
    (tmp_path / "options.proto").write_text((_PROTO / "options.proto").read_text())
    (tmp_path / "amm.proto").write_text(_HEAD + body)
    return read_contract(tmp_path)


def _message(fields: str, options: str = "option (kind) = 1;") -> str:
    return f"// A message.\nmessage Some {{\n  {options}\n{fields}\n}}\n"


def test_the_contracts_own_files_are_without_complaint() -> None:
    assert complaints(_PROTO, read_contract(_PROTO)) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (_message("uint32 a = 2;"), r"expected fields 1 to 1 in order, got \[2\]"),
        (_message("uint32 a = 1;\n  uint32 b = 3;"), r"got \[1, 3\]"),
        (_message("uint32 a = 1;", ""), r"Some: expected option \(kind\)"),
        (_message("bytes a = 1;"), "Some.a: expected max_bytes or an abi type"),
        (_message("repeated uint32 a = 1;"), "Some.a: max_count belongs to repeated"),
        (_message("uint32 a = 1 [(max_count) = 2];"), "Some.a: max_count belongs to repeated"),
        (_message('uint32 a = 1 [(abi) = "uint256"];'), "uint256 cannot travel as uint32"),
        (_message('bytes a = 1 [(abi) = "uint32"];'), "uint32 cannot travel as bytes"),
        (_message('bytes a = 1 [(abi) = "uint257"];'), "uint257 cannot travel as bytes"),
        (_message('bytes a = 1 [(abi) = "uint264"];'), "uint264 cannot travel as bytes"),
        (_message("double a = 1;"), "Some.a: expected one of uint64"),
        (_message("uint32 aB = 1;"), "Some.aB: expected a name in snake_case"),
        (
            _message("uint32 a = 1 [(since) = 2];\n  uint32 b = 2;"),
            "a later version stands before an earlier one",
        ),
        (
            _message("") + _message("").replace("Some", "Other"),
            "Other: kind is that of Some",
        ),
        ("enum Some { SOME_FIRST = 0; }", "expected SOME_UNSPECIFIED = 0 first"),
        ("enum Some { OTHER_UNSPECIFIED = 0; }", "expected the prefix SOME_"),
        ("enum Some { SOME_UNSPECIFIED = 0; SOME_B = 2; }", "SOME_B: expected number 1"),
        ("message Some { option (kind) = 1; Some a = 1; }", "Some contains itself"),
        ("message Some {", "protoc refuses"),
    ],
)
def test_a_declaration_that_breaks_a_rule_is_refused(
    tmp_path: Path, body: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ContractError, match=said):
        _read(tmp_path, body)
    capfd.readouterr()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (_message("uint32 a = 1;").replace("// A message.\n", ""), "Some: expected a comment"),
        (_message("uint32 a = 1;").replace("A message.", "a message."), "expected a sentence"),
        (_message("uint32 a = 1;").replace("A message.", "A message"), "expected a sentence"),
        (_message("// no sentence\nuint32 a = 1;"), "Some.a: expected a sentence"),
        (_message("uint64 amount = 1;"), "Some.amount: uint64 without a comment"),
        (_message('bytes price = 1 [(abi) = "uint160"];'), "uint160 without a comment"),
        (_message("optional uint32 a = 1;"), "Some.a: optional without a comment"),
        (_message("uint32 slot = 1;"), "Some.slot: uint32 without a comment"),
        (_message("bool a = 1;"), "Some.a: bool without a comment that says its meaning"),
        (
            _message("", "option (kind) = 60;"),
            "Some: kind 60 is reserved for lines.proto",
        ),
        (_message("", "option (kind) = 30000;"), "Some: kind 30000 is reserved for no family yet"),
        (_message("uint32 a = 1; "), "white space at the end"),
        (_message("// " + "x" * 99 + ".\nuint32 a = 1;"), "longer than 100 columns"),
        (_message("uint32 a = 1;").replace("Some", "SomeBatch"), "expected `Identity identity"),
        (
            _message("uint32 a = 1;", 'option (kind) = 1;\n  option (event) = "A(uint8 b)";'),
            "do not follow the event",
        ),
    ],
)
def test_the_lint_complains(tmp_path: Path, body: str, said: str) -> None:
    found = complaints(tmp_path, _read(tmp_path, body))
    assert any(said in complaint for complaint in found), found


def test_a_feature_outside_every_family_is_complained_of(tmp_path: Path) -> None:
    body = _message("uint32 a = 1;", 'option (kind) = 1;\n  option (feature) = "swap";')
    found = complaints(tmp_path, _read(tmp_path, body))
    assert any("amm is not in enum Family" in complaint for complaint in found)


@pytest.mark.parametrize(
    "declaration",
    [
        "Swap",
        "Swap(uint256)",
        "Swap(uint7 a)",
        "Swap(uint264 a)",
        "Swap(uint256[] indexed a)",
        "Swap(uint256[12] a)",
        "Swap(uint256[2][2] a)",
        "Swap(string[] a)",
        "Swap(bytes33 a)",
        "Swap((uint256 a, uint256[] b) c)",
        "Swap((uint256 a) indexed c)",
        "E(uint8 indexed a, uint8 indexed b, uint8 indexed c, uint8 indexed d)",
    ],
)
def test_an_event_that_no_decoder_is_made_for_is_refused(declaration: str) -> None:
    with pytest.raises(LocalProtocolError):
        read_event(declaration)


_PLACE = """
  bytes transaction_hash = 1 [(abi) = "bytes32"];
  uint32 transaction_index = 2;
  uint32 log_index = 3;
  // Who logged it.
  bytes address = 4 [(abi) = "address"];
"""


def _event_message(fields: str, *events: str) -> str:
    options = "".join(f'\n  option (event) = "{event}";' for event in events)
    return _message(_PLACE + fields, 'option (kind) = 31;\n  option (feature) = "a";' + options)


def test_one_message_serves_several_ways_of_writing_an_event(tmp_path: Path) -> None:
    body = _event_message(
        """
  repeated bytes amounts = 5 [(abi) = "uint256", (max_count) = 8];
  uint32 fee = 6 [(abi) = "uint16"];
  optional bytes supply = 7 [(abi) = "uint256"];""",
        "Add(uint256[2] amounts, uint16 fee)",
        "Add(uint256[] amounts, uint8 fee, uint256 supply)",
    )
    contract = _read(tmp_path, body)
    first, second = events_of(contract.message("Some"))
    assert (first.signature, second.signature) == (
        "Add(uint256[2],uint16)",
        "Add(uint256[],uint8,uint256)",
    )
    assert (first.head_bytes, second.head_bytes) == (96, 96)
    assert (first.is_dynamic, second.is_dynamic) == (False, True)
    check_events(contract)


@pytest.mark.parametrize(
    ("fields", "events", "said"),
    [
        (
            'bytes a = 5 [(abi) = "uint256"];\n  bytes b = 6 [(abi) = "uint256"];',
            ["E(uint256 a, uint256 b)", "E(uint256 a)"],
            "b: optional is what only some events say",
        ),
        (
            'optional bytes a = 5 [(abi) = "uint256"];',
            ["E(uint256 a)"],
            "a: optional is what only some events say",
        ),
        (
            'bytes a = 5 [(abi) = "uint256"];\n  optional bytes b = 6 [(abi) = "uint256"];',
            ["E(uint256 a)"],
            "b: optional is what only some events say",
        ),
        (
            'bytes a = 5 [(abi) = "uint256"];\n  bytes b = 6 [(abi) = "uint256"];',
            ["E(uint256 b, uint256 a)"],
            "do not follow the event",
        ),
        ('bytes a = 5 [(abi) = "uint256"];', ["E(int256 a)"], "does not follow the event's int256"),
        ('uint32 a = 5 [(abi) = "uint8"];', ["E(uint16 a)"], "does not follow the event's uint16"),
        ('sint32 a = 5 [(abi) = "int24"];', ["E(uint16 a)"], "does not follow the event's uint16"),
        ('bytes a = 5 [(abi) = "uint256"];', ["E(uint128 a)"], "does not follow the event's uint1"),
        ('bytes a = 5 [(abi) = "uint256"];', ["E(uint256[2] a)"], "does not follow the event's u"),
        (
            'repeated bytes a = 5 [(abi) = "uint256", (max_count) = 2];',
            ["E(uint256[3] a)"],
            r"does not follow the event's uint256\[3\]",
        ),
    ],
)
def test_fields_that_do_not_follow_all_events_are_complained_of(
    tmp_path: Path, fields: str, events: list[str], said: str
) -> None:
    contract = _read(tmp_path, _event_message(fields, *events))
    with pytest.raises(ContractError, match=said):
        events_of(contract.message("Some"))


def test_events_of_one_topic_differ_in_indexed_fields_or_are_refused(tmp_path: Path) -> None:
    field = "bool state = 5;"
    body = _event_message(field, "Stop(bool indexed state)", "Stop(bool state)")
    check_events(_read(tmp_path, body))
    body = _event_message(field, "Stop(bool state)", "Stop(bool state)")
    with pytest.raises(ContractError, match="two events have the same topic 0"):
        check_events(_read(tmp_path, body))


def test_a_familys_files_begin_with_its_name(tmp_path: Path) -> None:
    enum = (
        "// Families.\nenum Family { FAMILY_UNSPECIFIED = 0; FAMILY_AMM = 1; FAMILY_AMM_SIDE = 2; }"
    )
    (tmp_path / "options.proto").write_text((_PROTO / "options.proto").read_text())
    (tmp_path / "blocks.proto").write_text(_HEAD + enum)
    for number, stem in enumerate(("amm", "amm_curve", "amm_side", "ammonia"), start=1):
        body = _message("", f'option (kind) = {number};\n  option (feature) = "a";')
        text = _HEAD + body.replace("Some", f"Some{number}")
        (tmp_path / f"{stem}.proto").write_text(text)
    contract = read_contract(tmp_path)
    families = {each.name: contract.family_of(each) for each in contract.messages}
    assert families == {"Some1": "amm", "Some2": "amm", "Some3": "amm_side", "Some4": "ammonia"}


def test_two_events_of_a_family_cannot_share_a_topic(tmp_path: Path) -> None:
    place = """
  bytes transaction_hash = 1 [(abi) = "bytes32"];
  uint32 transaction_index = 2;
  uint32 log_index = 3;
  bytes address = 4 [(abi) = "address"];
  bytes owner = 5 [(abi) = "address"];"""
    options = """option (kind) = {};
  option (feature) = "a";
  option (event) = "Same(address owner)";"""
    one = _message(place, options.format(1))
    other = _message(place, options.format(2)).replace("Some", "Other")
    contract = _read(tmp_path, one + other)
    (event,) = events_of(contract.message("Some"))
    assert event.signature == "Same(address)"
    with pytest.raises(ContractError, match="two events have the same topic 0"):
        check_events(contract)


def test_a_field_of_a_later_version_takes_its_types_zero_from_an_older_sender(
    tmp_path: Path,
) -> None:
    fields = """
  uint32 a = 1;
  uint32 number = 2 [(since) = 2];
  optional uint32 maybe = 3 [(since) = 2];
  bytes amount = 4 [(abi) = "uint256", (since) = 2];
  bytes owner = 5 [(abi) = "address", (since) = 2];
  string text = 6 [(max_bytes) = 8, (since) = 3];
  repeated uint32 many = 7 [(max_count) = 2, (since) = 3];
  Colour colour = 8 [(since) = 3];
  bool yes = 9 [(since) = 3];"""
    enum = "// A colour.\nenum Colour { COLOUR_UNSPECIFIED = 0; COLOUR_RED = 1; }\n"
    text = write_structs(_read(tmp_path, _message(fields) + enum))["amm.py"]
    made: dict[str, Any] = {"__name__": "made"}
    exec(compile(text, "made", "exec"), made)
    some = made["Some"]
    older = decode(msgspec.msgpack.encode([1, 7]), some)
    assert older == some(
        7, 0, None, bytes(32), bytes(20), "", (), made["Colour"].UNSPECIFIED, False
    )
    assert older.amount == 0
    with pytest.raises(RemoteProtocolError, match="at least length 2"):
        decode(msgspec.msgpack.encode([1]), some)
