"""Pool states on a screen and as JSON lines; numbers and names come from the messages."""

import json
from typing import get_args

import msgspec
import pytest

from qenus.cli.console import Lines
from qenus.cli.pool_lines import pool_lines
from qenus.client import AlertReported, StatesApplied
from qenus.wire import (
    Alert,
    BalancerStablePoolState,
    BalancerWeightedPoolState,
    BlockEnd,
    BlockRef,
    CurveCryptoPoolState,
    CurvePoolState,
    Family,
    FamilyCount,
    Identity,
    PoolStateBatch,
    PoolStateFeature,
    Purity,
    Severity,
    StoppedPool,
    StopReason,
    Tier,
    TokenMetadata,
    UniswapV2PoolState,
)

WETH, USDC, PAIR = b"\x02" * 20, b"\x01" * 20, b"\x03" * 20
REF = BlockRef(1, 17, b"h" * 32, b"p" * 32)
# A whole USDC is 1/3000 of a whole WETH: 6 and 18 decimals.
RESERVES = 3000 * 10**6, 10**18


def state(price: int | None) -> UniswapV2PoolState:
    encoded = None if price is None else price.to_bytes(32, "big")
    return UniswapV2PoolState(
        PAIR, USDC, WETH, 6, 18, RESERVES[0].to_bytes(14, "big"), RESERVES[1].to_bytes(14, "big"),
        3000, "uniswap_v2", encoded, None,
    )  # fmt: skip


def batch(*features) -> PoolStateBatch:
    tokens = (TokenMetadata(USDC, 6, "USDC", None), TokenMetadata(WETH, 18, "WETH", None))
    return PoolStateBatch(Identity(REF, Tier.INCLUDED, Family.POOL_STATE, "v"), features, tokens)


PRICE = (RESERVES[1] << 128) // RESERVES[0]


def test_people_see_tokens_an_approximate_price_and_the_exact_state():
    (line,) = pool_lines(batch(state(PRICE)), json=False)
    for said in ("USDC/WETH", "≈ 0.00033333333", f"reserve0 {RESERVES[0]}", "fee_pips 3000"):
        assert said in line
    (line,) = pool_lines(batch(state(None)), json=False)
    assert "no price" in line


def test_a_symbol_that_a_node_let_through_gives_a_screen_no_orders():
    hostile = TokenMetadata(USDC, 6, "\x1b[2J\u202eX", None)
    said = PoolStateBatch(batch().identity, (state(PRICE),), (hostile,))
    (line,) = pool_lines(said, json=False)
    assert "\\x1b[2J\\u202eX/?" in line
    assert "\x1b[2J" not in line


def test_json_has_every_field_exactly_and_the_tokens_symbols():
    (line,) = pool_lines(batch(state(PRICE)), json=True)
    row = json.loads(line)
    assert (row["family"], row["kind"], row["venue"]) == ("pool_state", "pool", "uniswap_v2")
    assert row["price0_x128"] == str(PRICE)
    assert row["price1_x128"] is None
    assert (row["reserve0"], row["block_number"]) == (str(RESERVES[0]), 17)
    assert (row["symbol0"], row["symbol1"]) == ("USDC", "WETH")


def test_a_stopped_pool_is_a_line_of_its_own():
    stopped = StoppedPool(PAIR, None, "uniswap_v2", StopReason.STORAGE_MUTATED, 12)
    (line,) = pool_lines(batch(stopped), json=False)
    assert "storage_mutated" in line.lower()
    assert "since block 12" in line
    (line,) = pool_lines(batch(stopped), json=True)
    assert json.loads(line)["stop_reason"] == "storage_mutated"


def packed(*numbers: int) -> tuple[bytes, ...]:
    return tuple(number.to_bytes(32, "big") for number in numbers)


def bare(kind: type, **values: object) -> PoolStateFeature:
    """A pool state in which all is nothing but what is given."""
    nothing = []
    for field in msgspec.inspect.type_info(kind).fields:
        of = field.type
        if isinstance(of, msgspec.inspect.UnionType):
            nothing.append(None)
        elif isinstance(of, msgspec.inspect.BytesType):
            nothing.append(bytes(of.min_length or 0))
        elif isinstance(of, msgspec.inspect.StrType):
            nothing.append("")
        elif isinstance(of, msgspec.inspect.BoolType):
            nothing.append(False)
        elif isinstance(of, msgspec.inspect.IntType):
            nothing.append(0)
        else:
            nothing.append(())
    return msgspec.structs.replace(kind(*nothing), **values)


SAID = "≈ 0.00033333333 WETH"
THREE = (USDC, WETH, b"\x04" * 20)


@pytest.mark.parametrize(
    ("several", "said"),
    [
        (bare(CurvePoolState, coins=THREE, prices_x128_be=packed(PRICE, 0)), SAID),
        (bare(CurveCryptoPoolState, coins=THREE[:2], prices_x128_be=packed(PRICE)), SAID),
        (bare(CurvePoolState, coins=THREE), "no price"),
        (
            bare(
                BalancerWeightedPoolState,
                tokens=THREE,
                prices_of_first_x128_be=packed(0, PRICE, 1),
            ),
            SAID,
        ),
        (
            bare(
                BalancerStablePoolState,
                own_token=0,
                tokens=(PAIR, USDC, WETH),
                prices_of_first_x128_be=packed(0, 0, PRICE),
            ),
            f"?/USDC/WETH {SAID}",
        ),
    ],
)
def test_pools_of_several_tokens_are_lines_of_their_own(several, said):
    (line,) = pool_lines(batch(several), json=False)
    assert said in line
    (line,) = pool_lines(batch(several), json=True)
    assert json.loads(line)["symbols"][-2:] in (["WETH", None], ["USDC", "WETH"])


def test_every_pool_state_has_a_line():
    for kind in set(get_args(PoolStateFeature)) - {StoppedPool}:
        for as_json in (False, True):
            assert list(pool_lines(batch(bare(kind)), json=as_json))


def test_states_and_alerts_are_shown_as_they_come(capsys):
    count = FamilyCount(Family.POOL_STATE, 1, 1, 0, bytes(32))
    end = BlockEnd(REF, Tier.INCLUDED, Purity.STATE, "v", (count,), bytes(32))
    lines = Lines(json=True, ends=True)
    lines.show(StatesApplied(end, (batch(state(PRICE)),), 1, 2))
    lines.show(
        AlertReported(Alert(Severity.WARNING, "pool_state_waits", "demo", True, "a\nb", REF))
    )
    out, err = capsys.readouterr()
    kinds = [json.loads(line)["kind"] for line in out.splitlines()]
    assert kinds == ["pool", "block_end"]
    assert (lines.features, lines.blocks) == (1, 0)
    assert "alert: warning pool_state_waits demo" in err
    assert "a\nb" not in err
