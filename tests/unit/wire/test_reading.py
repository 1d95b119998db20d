"""What people and JSON readers see of a message."""

import json

from qenus.wire import (
    AmmBatch,
    BlockRef,
    Envelope,
    Family,
    Heads,
    Identity,
    Log,
    RefusedLog,
    Tier,
    UniswapV3Mint,
    UniswapV3Swap,
    as_json,
    decode,
    encode,
    feature_rows,
)

_REF = BlockRef(1, 2**53, b"\xab" * 32, b"\xcd" * 32)
_MINT = UniswapV3Mint(
    transaction_hash=b"\x01" * 32,
    transaction_index=2,
    log_index=3,
    address=b"\x04" * 20,
    sender=b"\x05" * 20,
    owner=b"\x06" * 20,
    tick_lower=-887220,
    tick_upper=887220,
    amount_be=(2**128 - 1).to_bytes(16, "big"),
    amount0_be=(0).to_bytes(32, "big"),
    amount1_be=(2**256 - 1).to_bytes(32, "big"),
)


def test_a_feature_says_its_family_kind_and_protocol_and_bears_the_contracts_names() -> None:
    assert as_json(_MINT) == {
        "family": "amm",
        "kind": "mint",
        "protocol": "uniswap_v3",
        "transaction_hash": "0x" + "01" * 32,
        "transaction_index": 2,
        "log_index": 3,
        "address": "0x" + "04" * 20,
        "sender": "0x" + "05" * 20,
        "owner": "0x" + "06" * 20,
        "tick_lower": -887220,
        "tick_upper": 887220,
        "amount": "340282366920938463463374607431768211455",
        "amount0": "0",
        "amount1": "115792089237316195423570985008687907853269984665640564039457584007913129639935",
    }


def test_an_integer_that_javascript_cannot_hold_is_a_decimal_string() -> None:
    assert as_json(_REF)["number"] == 9007199254740992
    beyond = BlockRef(1, 2**53 + 1, bytes(32), bytes(32))
    assert as_json(beyond)["number"] == "9007199254740993"
    envelope = Envelope("A", bytes(16), 2**64 - 1, 0, 0, 0)
    assert as_json(envelope)["seq"] == "18446744073709551615"


def test_a_signed_amount_keeps_its_sign() -> None:
    swap = UniswapV3Swap(
        bytes(32), 0, 0, bytes(20), bytes(20), bytes(20), b"\xff" * 32, b"\x80" + bytes(31),
        bytes(20), bytes(16), -1,
    )  # fmt: skip
    shown = as_json(swap)
    assert (shown["amount0"], shown["amount1"]) == ("-1", str(-(2**255)))


def test_enums_are_lower_case_names_and_absent_is_null() -> None:
    identity = Identity(_REF, Tier.PRECONFIRMED, Family.AMM, "v")
    assert as_json(identity)["tier"] == "preconfirmed"
    assert as_json(Heads(1, _REF))["safe"] is None
    assert as_json(Heads(1, _REF))["latest"]["hash"] == "0x" + "ab" * 32


def test_an_unknown_number_of_an_enum_still_shows() -> None:
    raw = encode(Identity(_REF, Tier.FINALIZED, Family.AMM, "v"))
    later = decode(raw.replace(b"\x05\x01\xa1v", b"\x63\x01\xa1v"), Identity)
    assert as_json(later)["tier"] == "unknown_99"


def test_repeated_fields_are_lists() -> None:
    log = Log(0, bytes(20), (b"\x01" * 32, b"\x02" * 32), b"")
    assert as_json(log)["topics"] == ["0x" + "01" * 32, "0x" + "02" * 32]
    assert as_json(log)["data"] == "0x"


def test_a_row_is_a_feature_with_its_block() -> None:
    identity = Identity(_REF, Tier.INCLUDED, Family.AMM, "v")
    refused = RefusedLog(bytes(32), 9, bytes(20), "uniswap_v2", "swap", "data: …")
    (row,) = feature_rows(AmmBatch(identity, (_MINT,), (refused,)))
    assert list(row)[:7] == [
        "family",
        "kind",
        "protocol",
        "chain_id",
        "block_number",
        "block_hash",
        "tier",
    ]
    assert (row["chain_id"], row["block_number"]) == (1, 9007199254740992)
    assert row["block_hash"] == "0x" + "ab" * 32
    assert {name: row[name] for name in as_json(_MINT)} == as_json(_MINT)


def test_the_whole_of_a_batch_can_be_written_as_json() -> None:
    identity = Identity(_REF, Tier.INCLUDED, Family.AMM, "v")
    shown = as_json(AmmBatch(identity, (_MINT,), ()))
    assert json.loads(json.dumps(shown)) == shown
    assert shown["features"] == [as_json(_MINT)]
