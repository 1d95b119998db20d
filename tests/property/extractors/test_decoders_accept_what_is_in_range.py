"""A decoder accepts exactly what eth-abi reads strictly and would write alike, with its values."""

from typing import Any

import pytest
from contract_events import CONTRACT_EVENTS, MAX_VALUES, TWINS, ContractEvent, decode_with_eth_abi
from edge_logs import bits_of, edge_logs, word_kinds
from eth_abi.abi import encode
from eth_abi.exceptions import DecodingError
from hypothesis import given, settings
from hypothesis import strategies as st

from qenus.extractors import Refusal
from qenus.extractors.amm import EVENTS
from qenus.wire import FIELDS, Log

_WORD = 32
_EXAMPLES = 25
# The types whose every word is a value.
_WHOLE_WORDS = ("uint256", "int256", "bytes32")


def _in_range(kind: str) -> st.SearchStrategy[bytes]:
    bits = bits_of(kind)
    if kind.startswith("int"):
        half = 2 ** (bits - 1)
        values = st.one_of(st.integers(-half, half - 1), st.sampled_from([-half, -1, half - 1]))
    else:
        values = st.one_of(st.integers(0, 2**bits - 1), st.just(2**bits - 1))
    return values.map(lambda value: (value % 2**256).to_bytes(_WORD, "big"))


@st.composite
def _anything(draw: st.DrawFn, kind: str) -> bytes:
    """Draw a word that is just beyond the range, off by one bit, or of any bytes."""
    bits = bits_of(kind)
    beyond = [2**bits, 2 ** (bits - 1), -(2 ** (bits - 1)) - 1, 2**255, 2**256 - 1, -(2**bits)]
    edge = st.sampled_from(beyond).map(lambda value: (int(value) % 2**256).to_bytes(_WORD, "big"))
    flip = st.tuples(_in_range(kind), st.integers(0, 255)).map(
        lambda pair: (int.from_bytes(pair[0], "big") ^ 1 << pair[1]).to_bytes(_WORD, "big")
    )
    return draw(st.one_of(edge, flip, st.binary(min_size=_WORD, max_size=_WORD)))


@st.composite
def _words(draw: st.DrawFn, kinds: list[str], spoiled: int) -> list[bytes]:
    """Draw words in range, and up to `spoiled` of those with a range that may not be."""
    words = [draw(_in_range(kind)) for kind in kinds]
    ranged = [at for at, kind in enumerate(kinds) if kind not in _WHOLE_WORDS]
    for at in draw(st.lists(st.sampled_from(ranged), max_size=spoiled)) if ranged else ():
        words[at] = draw(_anything(kinds[at]))
    return words


@st.composite
def _static_log(draw: st.DrawFn, event: ContractEvent) -> Log:
    topics = word_kinds([kind for kind, _ in event.indexed])
    words = draw(_words(topics + word_kinds([kind for kind, _ in event.in_data]), 2))
    own = (event.topic, *words[: len(topics)])
    return Log(0, bytes(20), own, b"".join(words[len(topics) :]))


def _values(kind: str, protocol: str) -> st.SearchStrategy[Any]:
    if kind.endswith("[]"):
        longest = MAX_VALUES[protocol] + 1
        inside = _values(kind[:-2], protocol)
        few = st.lists(inside, max_size=4)
        return st.one_of(few, few, inside.map(lambda value: [value] * longest))
    if kind == "address":
        return st.binary(min_size=20, max_size=20)
    half = 2 ** (bits_of(kind) - 1)
    return st.integers(-half, half - 1) if kind.startswith("int") else st.integers(0, 2 * half - 1)


@st.composite
def _dynamic_log(draw: st.DrawFn, event: ContractEvent) -> Log:
    """Draw a log as its contract writes it, then do harm to up to two places of the data."""
    topics = draw(_words([kind for kind, _ in event.indexed], 1 if draw(st.booleans()) else 0))
    kinds = [kind for kind, _ in event.in_data]
    data = encode(kinds, [draw(_values(kind, event.protocol)) for kind in kinds])
    for _ in range(draw(st.integers(0, 2))):
        data = draw(_harmed(data))
    return Log(0, bytes(20), (event.topic, *topics), data)


def _harmed(data: bytes) -> st.SearchStrategy[bytes]:
    words = len(data) // _WORD
    place = st.integers(0, min(words, 12)).map(lambda at: at * _WORD)
    small = st.integers(0, 20).map(lambda n: (32 * n).to_bytes(_WORD, "big"))
    counts = st.integers(0, 300).map(lambda n: n.to_bytes(_WORD, "big"))
    word = st.one_of(small, counts, _anything("uint256"))
    return st.one_of(
        st.tuples(place, word).map(lambda to: data[: to[0]] + to[1] + data[to[0] + _WORD :]),
        st.tuples(place, word).map(lambda to: data[: to[0]] + to[1] + data[to[0] :]),
        place.map(lambda at: data[:at] + data[at + _WORD :]),
        st.integers(0, len(data)).map(lambda at: data[:at]),
        st.binary(min_size=1, max_size=_WORD).map(lambda more: data + more),
    )


def _expected(event: ContractEvent, log: Log) -> dict[str, Any] | None:
    """Give what eth-abi reads in the log; None where it, or the bound on arrays, refuses it."""
    try:
        values = decode_with_eth_abi(event, list(log.topics), log.data)
    except (DecodingError, ValueError, OverflowError):
        return None
    most = MAX_VALUES.get(event.protocol, 0)
    arrays = [value for value in values.values() if isinstance(value, tuple)]
    return None if any(len(value) > most for value in arrays) else values


def _as_eth_abi_gives(value: Any, kind: str) -> Any:
    if isinstance(value, tuple):
        return tuple(_as_eth_abi_gives(each, kind.partition("[")[0]) for each in value)
    return "0x" + value.hex() if kind == "address" else value


@pytest.mark.parametrize("event", CONTRACT_EVENTS, ids=str)
def test_a_decoder_accepts_exactly_what_eth_abi_reads_and_writes(event: ContractEvent) -> None:
    kind, decoder = EVENTS[event.topic].message, EVENTS[event.topic].decode
    outcomes = {"accepted": 0, "refused": 0}
    parameters = {name for _, name, _ in event.parameters}
    logs = _dynamic_log(event) if event.is_dynamic else _static_log(event)

    @settings(max_examples=_EXAMPLES, deadline=None, derandomize=True)
    @given(logs)
    def check(log: Log) -> None:
        values = _expected(event, log)
        if values is None:
            with pytest.raises(Refusal) as refusal:
                decoder(log, bytes(32), 0)
            assert refusal.value.field in parameters | {"data"}
            outcomes["refused"] += 1
            return
        feature = decoder(log, bytes(32), 0)
        assert type(feature) is kind
        for type_name, name, _ in event.parameters:
            found = _as_eth_abi_gives(getattr(feature, name), type_name)
            assert found == values[name]
            assert type(found) is type(values[name])
        for field in FIELDS[kind][4:]:
            assert field.name in values or getattr(feature, field.name) is None
        outcomes["accepted"] += 1

    check()
    assert outcomes["accepted"] > 0
    # What is refused of the others is tested word by word below.
    assert outcomes["refused"] > 0 or not event.is_dynamic


@pytest.mark.parametrize(
    "event", [event for event in CONTRACT_EVENTS if not event.is_dynamic], ids=str
)
def test_a_decoder_draws_the_line_where_eth_abi_does(event: ContractEvent) -> None:
    decoder = EVENTS[event.topic].decode
    refused = 0
    for log in edge_logs(event):
        values = _expected(event, log)
        if values is None:
            refused += 1
            with pytest.raises(Refusal):
                decoder(log, bytes(32), 0)
            continue
        feature = decoder(log, bytes(32), 0)
        for type_name, name, _ in event.parameters:
            assert _as_eth_abi_gives(getattr(feature, name), type_name) == values[name]
    own = word_kinds([each for each, _, _ in event.parameters])
    has_ranges = any(each not in _WHOLE_WORDS for each in own)
    assert (refused > 0) == has_ranges


@pytest.mark.parametrize("event", CONTRACT_EVENTS, ids=str)
def test_a_decoder_accepts_only_its_own_number_of_topics_and_bytes(event: ContractEvent) -> None:
    decoder = EVENTS[event.topic].decode
    own_topics = 1 + len(event.indexed)
    kinds = [kind for kind, _ in event.in_data]
    empty = encode(kinds, [_nothing(kind) for kind in kinds])
    for topics in range(1, 5):
        for data in (b"", empty[:-32], empty[:-1], empty, empty + b"\0", empty + bytes(32)):
            log = Log(0, bytes(20), (event.topic, *[bytes(32)] * (topics - 1)), data)
            if (topics == own_topics and data == empty) or _is_its_twins(event, log):
                assert decoder(log, bytes(32), 0).log_index == 0
                continue
            with pytest.raises(Refusal) as refusal:
                decoder(log, bytes(32), 0)
            wrong = ("data",) if topics == own_topics else ("topics",)
            assert refusal.value.field in (("data", "topics") if event in TWINS else wrong)


def _is_its_twins(event: ContractEvent, log: Log) -> bool:
    return event in TWINS and _expected(TWINS[event], log) is not None


def _nothing(kind: str) -> Any:
    inside, bracket, count = kind.removesuffix("]").partition("[")
    if bracket:
        return [_nothing(inside)] * int(count or 0)
    return {"address": bytes(20), "bytes32": bytes(32), "bool": False}.get(inside, 0)
