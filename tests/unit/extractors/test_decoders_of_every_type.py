"""From a declaration in a .proto to a decoded log: every type that Solidity's events have."""

from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from qenus.extractors import Refusal
from qenus.protocols import event_decoders
from qenus.protocols.event_decoders import EventDecoder, decoders_of
from qenus.wire import FIELDS, Log
from tools.protogen.contract import read_contract
from tools.protogen.event import check_events
from tools.protogen.structs import write_structs

_PROTO = Path(__file__).resolve().parents[3] / "proto"
_SIGNATURE = "Sent(bytes4,string,bytes,string,uint8[],bool[2],(address,uint96),bytes4[],int24[])"
_DECLARATION = (
    "Sent(bytes4 indexed selector, string indexed subject, bytes payload, string note, "
    "uint8[] kinds, bool[2] flags, (address owner, uint96 share) part, bytes4[] selectors, "
    "int24[] ticks)"
)
_DATA_TYPES = [
    "bytes", "string", "uint8[]", "bool[2]", "(address,uint96)", "bytes4[]", "int24[]",
]  # fmt: skip
_FILE = f"""// A file for a test.
syntax = "proto3";
package qenus;
import "options.proto";
// A message.
message Sent {{
  option (kind) = 31;
  option (feature) = "sent";
  option (protocol) = "test";
  option (event) = "{_DECLARATION}";
  bytes transaction_hash = 1 [(abi) = "bytes32"];
  uint32 transaction_index = 2;
  uint32 log_index = 3;
  bytes address = 4 [(abi) = "address"];
  bytes selector = 5 [(abi) = "bytes4"];
  bytes subject = 6 [(abi) = "bytes32"];
  bytes payload = 7 [(max_bytes) = 100];
  string note = 8 [(max_bytes) = 20];
  repeated uint32 kinds = 9 [(abi) = "uint8", (max_count) = 5];
  repeated bool flags = 10 [(max_count) = 2];
  bytes part_owner = 11 [(abi) = "address"];
  bytes part_share = 12 [(abi) = "uint96"];
  repeated bytes selectors = 13 [(abi) = "bytes4", (max_count) = 3];
  repeated sint32 ticks = 14 [(abi) = "int24", (max_count) = 3];
}}
"""


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The decoder of the message that the generator makes of the declaration."""
    folder = tmp_path_factory.mktemp("proto")
    (folder / "options.proto").write_text((_PROTO / "options.proto").read_text())
    (folder / "sent.proto").write_text(_FILE)
    contract = read_contract(folder)
    check_events(contract)
    made: dict[str, Any] = {"__name__": "made"}
    exec(compile(write_structs(contract)["sent.py"], "made", "exec"), made)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(event_decoders, "FIELDS", {**FIELDS, **made["FIELDS"]})
        (found,) = decoders_of(made["Sent"])
        # Compiled by its first log.
        with pytest.raises(Refusal):
            found.decode(Log(0, bytes(20), (), b""), bytes(32), 0)
        yield found


values = st.tuples(
    st.binary(max_size=100),
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.lists(st.integers(0, 255), max_size=5),
    st.tuples(st.booleans(), st.booleans()),
    st.tuples(st.binary(min_size=20, max_size=20), st.integers(0, 2**96 - 1)),
    st.lists(st.binary(min_size=4, max_size=4), max_size=3),
    st.lists(st.integers(-(2**23), 2**23 - 1), max_size=3),
)


def log_of(said: tuple[Any, ...], selector: bytes = b"\xa9\x05\x9c\xbb") -> Log:
    data = encode(_DATA_TYPES, [*said[:4], ("0x" + said[4][0].hex(), said[4][1]), *said[5:]])
    topics = keccak(text=_SIGNATURE), selector.ljust(32, b"\0"), keccak(text="subject")
    return Log(5, b"a" * 20, topics, data)


def test_it_is_filed_under_the_hash_of_its_signature(decoder: EventDecoder[Any]) -> None:
    assert decoder.topic0 == keccak(text=_SIGNATURE)
    assert decoder.layout is None


@settings(max_examples=100, deadline=None)
@given(said=values)
def test_what_eth_abi_encodes_is_decoded(decoder: EventDecoder[Any], said: Any) -> None:
    sent = decoder.decode(log_of(said), b"h" * 32, 3)
    payload, note, kinds, flags, (owner, share), selectors, ticks = said
    assert (sent.transaction_hash, sent.transaction_index, sent.log_index) == (b"h" * 32, 3, 5)
    assert (sent.selector, sent.subject) == (b"\xa9\x05\x9c\xbb", keccak(text="subject"))
    assert (sent.payload, sent.note, sent.kinds) == (payload, note, tuple(kinds))
    assert (sent.flags, sent.part_owner, sent.part_share) == (flags, owner, share)
    assert (sent.selectors, sent.ticks) == (tuple(selectors), tuple(ticks))


@settings(max_examples=200, deadline=None)
@given(said=values, at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_is_another_value(
    decoder: EventDecoder[Any], said: Any, at: int, bit: int
) -> None:
    log = log_of(said)
    data = bytearray(log.data)
    data[at % len(data)] ^= 1 << bit
    before = decoder.decode(log, bytes(32), 0)
    try:
        after = decoder.decode(Log(5, log.address, log.topics, bytes(data)), bytes(32), 0)
    except Refusal:
        return
    assert after != before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({0: b"p" * 101}, "payload: expected at most 100 bytes"),
        ({1: "n" * 21}, "note: expected at most 20 letters"),
        ({2: [1] * 6}, "kinds: expected at most 5 values"),
        ({5: [b"abcd"] * 4}, "selectors: expected at most 3 values"),
    ],
)
def test_what_is_beyond_a_bound_is_refused_by_name(
    decoder: EventDecoder[Any], change: dict[int, Any], said: str
) -> None:
    usual: list[Any] = [b"", "", [], (True, False), (bytes(20), 0), [], []]
    for at, value in change.items():
        usual[at] = value
    with pytest.raises(Refusal) as refusal:
        decoder.decode(log_of(tuple(usual)), bytes(32), 0)
    assert str(refusal.value).startswith(said)


def test_bytes_behind_a_selector_are_refused(decoder: EventDecoder[Any]) -> None:
    log = log_of((b"", "", [], (True, False), (bytes(20), 0), [], []), selector=b"abcde")
    with pytest.raises(Refusal, match="selector: expected bytes4"):
        decoder.decode(log, bytes(32), 0)
