"""Logs decoded many at once are what they are one at a time: the same values, the same refusals."""

import random
from typing import Any

import pytest
from contract_events import CONTRACT_EVENTS, ContractEvent
from edge_logs import bits_of, edge_logs
from eth_abi.abi import encode
from msgspec.structs import replace

from qenus.errors import RemoteProtocolError
from qenus.extractors import Refusal
from qenus.extractors.amm import EVENTS
from qenus.wire import FIELDS, Log

pa = pytest.importorskip("pyarrow")
pytest.importorskip("numpy")

from qenus.extractors.amm.columns import (  # noqa: E402  needs the extra
    FEW,
    Decoded,
    decode_columns,
    decode_hex_columns,
)
from qenus.extractors.amm.hex_logs import HexLogs  # noqa: E402

_MANY = 2 * FEW
_WORD = 32
_FEES = next(event for event in CONTRACT_EVENTS if str(event).startswith("solidly-fees"))
_SWAP = next(event for event in CONTRACT_EVENTS if str(event).startswith("uniswap_v3-swap"))


def _value(rng: random.Random, kind: str) -> Any:
    if kind.endswith("]"):
        inside, _, count = kind[:-1].partition("[")
        return [_value(rng, inside) for _ in range(int(count or rng.randrange(4)))]
    bits = bits_of(kind)
    half = 2 ** (bits - 1)
    low, high = (-half, half - 1) if kind.startswith("int") else (0, 2 * half - 1)
    number = rng.choice([low, high, 0, rng.randint(low, high), rng.randint(low, high)])
    if kind in ("address", "bytes32"):
        return number.to_bytes(bits // 8, "big")
    return bool(number) if kind == "bool" else number


def _log(rng: random.Random, event: ContractEvent, index: int, harm: float) -> Log:
    """Make a log as the contract writes it, or one of which something is not so."""
    topics = [encode([kind], [_value(rng, kind)]) for kind, _ in event.indexed]
    kinds = [kind for kind, _ in event.in_data]
    data = encode(kinds, [_value(rng, kind) for kind in kinds])
    if rng.random() < harm:
        topics, data = _harmed(rng, topics, data)
    return Log(index, rng.randbytes(20), (event.topic, *topics), data)


def _harmed(rng: random.Random, topics: list[bytes], data: bytes) -> tuple[list[bytes], bytes]:
    whole = b"".join(topics) + data
    what = rng.randrange(5)
    if what == 0 and len(topics) < 3:
        return [*topics, bytes(_WORD)], data
    if what == 1 and topics:
        return topics[:-1], data
    if what == 2:
        return topics, data[: rng.randrange(len(data) + 1)] + bytes(rng.randrange(3))
    if whole:
        # One bit anywhere, or a word of nothing but ones.
        at = rng.randrange(len(whole))
        if what == 3:
            whole = whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :]
        else:
            at -= at % _WORD
            whole = whole[:at] + b"\xff" * _WORD + whole[at + _WORD :]
    cut = _WORD * len(topics)
    return [whole[at : at + _WORD] for at in range(0, cut, _WORD)], whole[cut:]


def _logs(event: ContractEvent, seed: int, harm: float) -> tuple[list[Log], list[bytes], list[int]]:
    rng = random.Random(f"{event.signature} {seed}")
    logs = [_log(rng, event, index, harm) for index in range(_MANY)]
    return logs, [rng.randbytes(32) for _ in logs], [rng.randrange(2**32) for _ in logs]


def _one_at_a_time(
    event: ContractEvent, logs: list[Log], hashes: list[bytes], indexes: list[int]
) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
    kind, decode = EVENTS[event.topic].message, EVENTS[event.topic].decode
    rows, refusals = [], []
    for row, (log, transaction_hash, index) in enumerate(zip(logs, hashes, indexes, strict=True)):
        try:
            feature = decode(log, transaction_hash, index)
        except Refusal as refusal:
            refusals.append((row, str(refusal)))
            continue
        values = {each.name: getattr(feature, each.attribute) for each in FIELDS[kind]}
        rows.append({n: list(v) if isinstance(v, tuple) else v for n, v in values.items()})
    return rows, refusals


def _said(decoded: Decoded) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
    decoded.batch.validate(full=True)
    rows: list[dict[str, Any]] = decoded.batch.to_pylist()
    return rows, [(row, str(refusal)) for row, refusal in decoded.refusals]


def _as_json(logs: list[Log], hashes: list[bytes], indexes: list[int]) -> list[dict[str, Any]]:
    return [
        {
            "transactionHash": f"0x{transaction_hash.hex()}",
            "transactionIndex": hex(index),
            "logIndex": hex(log.log_index),
            "address": f"0x{log.address.hex()}",
            "topics": [f"0x{topic.hex()}" for topic in log.topics],
            "data": f"0x{log.data.hex()}",
        }
        for log, transaction_hash, index in zip(logs, hashes, indexes, strict=True)
    ]


def _in_arrow(logs: HexLogs) -> HexLogs:
    return HexLogs(
        pa.array(logs.transaction_hash),
        logs.transaction_index,
        logs.log_index,
        pa.array(logs.address),
        [pa.array(column, pa.string()) for column in logs.topics],
        pa.array(logs.data),
    )


@pytest.mark.parametrize("harm", [0, 0.05, 0.6])
@pytest.mark.parametrize("event", CONTRACT_EVENTS, ids=str)
def test_many_at_once_are_what_they_are_one_at_a_time(event: ContractEvent, harm: float) -> None:
    columns = _logs(event, 1, harm)
    expected = _one_at_a_time(event, *columns)
    assert len(expected[0]) + len(expected[1]) == _MANY
    # A few harms do none: a bit of an amount, say.
    assert bool(expected[1]) == (harm > 0.5) or 0 < harm < 0.5
    assert _said(decode_columns(event.topic, *columns)) == expected
    hex_logs = HexLogs.of(_as_json(*columns))
    assert _said(decode_hex_columns(event.topic, hex_logs)) == expected
    assert _said(decode_hex_columns(event.topic, _in_arrow(hex_logs))) == expected


@pytest.mark.parametrize(
    "event", [event for event in CONTRACT_EVENTS if not event.is_dynamic], ids=str
)
def test_many_at_once_draw_the_line_where_single_ones_do(event: ContractEvent) -> None:
    logs = list(edge_logs(event)) * 5
    if not event.parameters:
        return
    columns = logs, [bytes(32)] * len(logs), [0] * len(logs)
    assert len(logs) >= FEW
    assert _said(decode_columns(event.topic, *columns)) == _one_at_a_time(event, *columns)


@pytest.mark.parametrize("count", [0, 1, FEW - 1, FEW, FEW + 1])
def test_any_number_of_logs_is_decoded(count: int) -> None:
    columns = tuple(column[:count] for column in _logs(_SWAP, 2, 0.2))
    expected = _one_at_a_time(_SWAP, *columns)
    assert _said(decode_columns(_SWAP.topic, *columns)) == expected
    hex_logs = HexLogs.of(_as_json(*columns))
    assert _said(decode_hex_columns(_SWAP.topic, hex_logs)) == expected


def test_a_slice_of_an_arrow_array_is_read_from_where_it_begins() -> None:
    columns = _logs(_SWAP, 3, 0)
    whole = _in_arrow(HexLogs.of(_as_json(*columns)))
    part = HexLogs(
        whole.transaction_hash[20:90],
        whole.transaction_index[20:90],
        whole.log_index[20:90],
        whole.address[20:90],
        [column[20:90] for column in whole.topics],
        whole.data[20:90],
    )
    expected = _one_at_a_time(_SWAP, *(column[20:90] for column in columns))
    assert _said(decode_hex_columns(_SWAP.topic, part)) == expected


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("data", "0x" + "zz" * 160, r"data\[7\]: expected 0x and hex digits in pairs, found '0xzz"),
        ("data", "00" * 161, r"data\[7\]: expected 0x"),
        ("data", "0x" + "0" * 319, r"data\[7\]: expected 0x"),
        ("data", "0x" + " " * 320, r"data\[7\]: expected 0x"),
        ("data", "0x" + "é0" * 160, r"data\[7\]: expected 0x"),
        ("data", "0x" + "00" * 79 + "\n0x" + "00" * 79 + "0", r"data\[7\]: expected 0x"),
        ("data", "0x" + "00" * 160 + "\n0x" + "00" * 160, r"data\[7\]: expected 0x"),
        ("data", None, r"data\[7\]: expected 0x and hex digits in pairs, found 'None'"),
        ("address", "0x" + "00" * 19, r"address\[7\]: expected 0x and 40 hex digits, found '0x00"),
        ("address", "0x" + "00" * 19 + "0x", r"address\[7\]: expected 0x and 40 hex digits"),
        ("transactionHash", "0X" + "00" * 32, r"transaction_hash\[7\]: expected 0x and 64"),
    ],
)
@pytest.mark.parametrize("shift", [False, True])
def test_what_is_no_hex_of_its_size_is_an_error_that_says_where(
    field: str, text: str | None, said: str, shift: bool
) -> None:
    rows = _as_json(*_logs(_SWAP, 4, 0))
    if shift and text is not None:
        # Lengths that make up for each other must not shift one value into the next.
        rows[8][field] = rows[8][field] + rows[7][field][len(text) :]
    rows[7][field] = text
    with pytest.raises(RemoteProtocolError, match=said):
        decode_hex_columns(_SWAP.topic, HexLogs.of(rows))


@pytest.mark.parametrize("text", ["0x100000000", "7", "0x", "0xg", " 0x1", 7, None])
@pytest.mark.parametrize("field", ["logIndex", "transactionIndex"])
def test_an_index_that_is_no_quantity_of_32_bits_is_an_error(field: str, text: Any) -> None:
    rows = _as_json(*_logs(_SWAP, 6, 0))
    rows[5][field] = text
    with pytest.raises(RemoteProtocolError, match=r"index\[5\]: expected 0x and 1 to 8 digits"):
        HexLogs.of(rows)


def test_logs_that_all_have_one_topic_too_many_are_all_refused() -> None:
    # An event whose words have no ranges: nothing else would tell.
    logs, hashes, indexes = _logs(_FEES, 7, 0)
    logs = [replace(log, topics=(*log.topics, bytes(32))) for log in logs]
    expected = _one_at_a_time(_FEES, logs, hashes, indexes)
    assert (len(expected[0]), len(expected[1])) == (0, _MANY)
    assert _said(decode_columns(_FEES.topic, logs, hashes, indexes)) == expected
    hex_logs = HexLogs.of(_as_json(logs, hashes, indexes))
    assert _said(decode_hex_columns(_FEES.topic, hex_logs)) == expected


def test_a_topic_in_the_middle_cannot_be_absent() -> None:
    logs = HexLogs.of(_as_json(*_logs(_SWAP, 5, 0)))
    logs.topics[0][3] = None  # type: ignore[index]
    with pytest.raises(RemoteProtocolError, match=r"topics\[3\]: expected 0x and 64 hex digits"):
        decode_hex_columns(_SWAP.topic, logs)


def test_a_topic_of_no_event_is_not_decoded() -> None:
    with pytest.raises(KeyError):
        decode_columns(bytes(32), [], [], [])
