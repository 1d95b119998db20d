"""However a node writes a block, it is the same block; and with any bit changed, none.

Each value is written in one of the ways that `qenus.chain.rpc_shapes` tolerates, drawn anew for
each, on recorded blocks of Ethereum and of Arbitrum.
"""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qenus.chain import ARBITRUM_ONE, ETHEREUM, Rejected, seal
from tests.every_day import every_day

QUANTITIES = {
    "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed",
    "excessBlobGas", "gas", "value", "gasPrice", "maxFeePerGas", "chainId", "r", "s", "index",
    "maxPriorityFeePerGas", "maxFeePerBlobGas", "yParity", "cumulativeGasUsed", "logIndex",
    "transactionIndex", "blockNumber", "validatorIndex", "amount", "status", "type", "sendCount",
    "l1BlockNumber",
}  # fmt: skip
LISTS = {
    "accessList", "storageKeys", "logs", "topics", "uncles", "withdrawals", "transactions",
    "blobVersionedHashes", "authorizationList",
}  # fmt: skip
NO_BLOOM = "0x" + "00" * 256


class Absent:
    """No field at all."""


def written(name: str, value: Any, draw: random.Random, typed: bool) -> Any:
    """Give a value in one of the ways in which a node may write it."""
    if (name in LISTS and value == []) or (name == "removed" and value is False):
        return draw.choice([value, None, Absent])
    if name == "v" and typed:
        parity = int(value, 16)
        return hex(draw.choice([parity, 27 + parity, 37 + parity]))
    if not isinstance(value, str) or not value.startswith("0x"):
        return value
    if name in QUANTITIES or name == "v":
        digits = value[2:].zfill(draw.choice([1, min(len(value) - 1, 64), 64]))
        return "0x" + (digits.upper() if draw.random() < 0.3 else digits)
    return "0x" + value[2:].upper() if draw.random() < 0.3 else value


def rewritten(value: Any, draw: random.Random) -> Any:
    if isinstance(value, list):
        return [rewritten(one, draw) for one in value]
    if not isinstance(value, dict):
        return value
    typed = value.get("type") in ("0x1", "0x2", "0x3", "0x4") and "r" in value
    other: dict[str, Any] = {}
    for name, one in value.items():
        again = written(name, rewritten(one, draw), draw, typed)
        # A receipt's bloom, which no root covers; a header's is under its hash.
        if name == "logsBloom" and "cumulativeGasUsed" in value:
            again = draw.choice([again, None, Absent, NO_BLOOM])
        if again is not Absent:
            other[name] = again
    return other


modest = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


BLOCKS = ["14764013", "17034869", "19426587", "22162263", "arbitrum"]


@pytest.fixture(params=every_day(["14764013", "arbitrum"], BLOCKS))
def known(request, recorded, data: Path):
    if request.param != "arbitrum":
        return *recorded(request.param), ETHEREUM
    folder = data / "l2" / "rpc" / "arbitrum_150000000"
    return *(json.loads((folder / f"{part}.json").read_text()) for part in ("block", "receipts")), (
        ARBITRUM_ONE
    )


@modest
@given(seed=st.integers(0, 2**32))
def test_a_block_written_in_any_way_is_the_same_block(known, seed):
    block, receipts, chain = known
    draw = random.Random(seed)
    whole = seal(json.dumps(block).encode(), json.dumps(receipts).encode(), chain)
    texts = [json.dumps(rewritten(part, draw)).encode() for part in (block, receipts)]
    assert seal(*texts, chain) == whole


@modest
@given(seed=st.integers(0, 2**32))
def test_a_changed_block_written_in_any_way_is_refused(known, seed):
    block, receipts, chain = known
    draw = random.Random(seed)
    parts = [rewritten(part, draw) for part in (block, receipts)]
    logs = [log for receipt in parts[1] for log in receipt.get("logs") or ()]
    part, name = draw.choice(
        [
            (parts[0], "gasUsed"),
            (parts[0], "timestamp"),
            (draw.choice(parts[0]["transactions"][1:] or parts[0]["transactions"]), "value"),
            (draw.choice(parts[0]["transactions"][1:] or parts[0]["transactions"]), "nonce"),
            (draw.choice(parts[1]), "cumulativeGasUsed"),
            (draw.choice(parts[1]), "status"),
            (draw.choice(logs), "logIndex"),
            (draw.choice(logs), "blockNumber"),
        ]
    )
    value = int(part[name], 16)
    part[name] = f"0x{value ^ 1:x}".replace("0x", draw.choice(["0x", "0x0", "0x000"]))
    with pytest.raises(Rejected):
        seal(*(json.dumps(one).encode() for one in parts), chain)
