"""Swaps of the four traced blocks beside what mev-inspect-py made of their traces.

It reads calls and token transfers, not events, so agreement is worth something: it knows of neither
topics nor words of data. Where it is not right, or sees what is no event of the family, the swap
stands in a list of its own below, and a test shows from the block itself why.
"""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from recorded_blocks import read_recorded

from qenus.extractors import amm_batch
from qenus.wire import AmmFeature, BalancerV2Swap, Block, UniswapV2Swap, UniswapV3Swap

Recorded = dict[int, tuple[Block, list[dict[str, Any]]]]
# (transaction, pool or vault) by the first digits of each.
Place = tuple[str, str]

_BLOCKS = (12900060, 12914944, 12932986, 13004256)
_TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"

# Swaps of transactions that failed: it follows the calls and does not ask how they ended.
_REVERTED = {12900060: 3, 12914944: 9, 12932986: 5, 13004256: 0}
# It takes the amount that was sent; the token kept a part of it on the way to the pair.
_TAXED_ON_THE_WAY = {
    ("0x428c8d0c", "0xb6ca52c7"),
    ("0xc7d8700c", "0x420cf323"),
    ("0x0fb92ef8", "0xa7cc6837"),
}
# It takes one input; the pair had two, for its token gives a part of each transfer to all holders,
# the pair among them, and the pair counts what it finds.
_PAID_TO_HOLDERS = {
    ("0xd02494dc", "0xed997633"),
    ("0x27d54b1b", "0x4a488d7a"),
    ("0x50324563", "0xecbc16e2"),
    ("0x81dbed0b", "0xc2367025"),
    ("0xd2b88876", "0x4a488d7a"),
    ("0xd49efadb", "0x5f6fbe81"),
}
# It does not see the swap: the call's bytes argument is not padded to a whole word, which contracts
# accept and a strict reader of calls does not.
_CALL_NOT_PADDED = {("0x610cee4b", "0xa20ad630")}
# It does not know Balancer V2.
_BALANCER_V2 = Counter(
    {
        ("0x3a385aff", "0xba122222"): 1,
        ("0xd6246501", "0xba122222"): 1,
        ("0x9ff5c3dd", "0xba122222"): 2,
    }
)
# Pools of Balancer V1 are none of the family's.
_BALANCER_V1 = {("0xa6d131a6", "0xf54025af"), ("0xbb45881f", "0xc884faaf")}

Swap = UniswapV2Swap | UniswapV3Swap


class _Traced:
    """A traced block: our swaps, its swaps, and what the block itself says."""

    def __init__(self, number: int, block: Block, data: Path) -> None:
        self.recorded = read_recorded(data / "l1" / "blocks" / f"{number}.json.gz")
        with gzip.open(data / "l1" / "mev_truth" / f"{number}.json.gz") as file:
            inspected = json.load(file)["swaps"]
        failed = {
            each["transactionHash"] for each in self.recorded["receipts"] if each["status"] == "0x0"
        }
        self.reverted = [each for each in inspected if each["transaction_hash"] in failed]
        self.inspected = [each for each in inspected if each["transaction_hash"] not in failed]
        self.ours: list[AmmFeature] = [
            each for each in amm_batch(block, "test").features if each.FEATURE == "swap"
        ]

    def logs(self, transaction: str) -> list[dict[str, Any]]:
        """Give the logs of the transaction whose hash begins so."""
        (receipt,) = [
            each
            for each in self.recorded["receipts"]
            if each["transactionHash"].startswith(transaction)
        ]
        logs: list[dict[str, Any]] = receipt["logs"]
        return logs

    def arrived(self, place: Place) -> set[int]:
        """Give the amounts of the transfers to the pool, as the tokens' events tell them."""
        return {
            int(log["data"], 16)
            for log in self.logs(place[0])
            if log["topics"][0] == _TRANSFER and log["topics"][2][26:].startswith(place[1][2:])
        }


@pytest.fixture(scope="module")
def traced(recorded: Recorded, data: Path) -> dict[int, _Traced]:
    return {number: _Traced(number, recorded[number][0], data) for number in _BLOCKS}


def _place_of(inspected: dict[str, Any]) -> Place:
    return inspected["transaction_hash"][:10], inspected["contract_address"][:10]


def _place(swap: AmmFeature) -> Place:
    return f"0x{swap.transaction_hash.hex()[:8]}", f"0x{swap.address.hex()[:8]}"


def _inspected_change(inspected: dict[str, Any]) -> tuple[int, int]:
    """Give the pool's change of token0 and token1: token0 is the lesser address."""
    amounts = inspected["token_in_amount"], -inspected["token_out_amount"]
    return (
        amounts if inspected["token_in_address"] < inspected["token_out_address"] else amounts[::-1]
    )


def _change(swap: Swap) -> tuple[int, int]:
    if isinstance(swap, UniswapV3Swap):
        return swap.amount0, swap.amount1
    return swap.amount0_in - swap.amount0_out, swap.amount1_in - swap.amount1_out


def _pairs_and_pools(traced: _Traced) -> list[Swap]:
    return [each for each in traced.ours if isinstance(each, UniswapV2Swap | UniswapV3Swap)]


def _only(swaps: list[Swap], place: Place) -> UniswapV2Swap:
    (swap,) = [each for each in swaps if _place(each) == place]
    assert isinstance(swap, UniswapV2Swap)
    return swap


@pytest.mark.parametrize("number", _BLOCKS)
def test_every_other_swap_is_seen_alike_pool_direction_and_amounts(
    traced: dict[int, _Traced], number: int
) -> None:
    one = traced[number]
    apart = _TAXED_ON_THE_WAY | _PAID_TO_HOLDERS | _BALANCER_V1
    expected = Counter(
        (
            each["transaction_hash"],
            each["contract_address"],
            *_inspected_change(each),
            each["protocol"],
        )
        for each in one.inspected
        if _place_of(each) not in apart
    )
    found = Counter(
        (
            f"0x{each.transaction_hash.hex()}",
            f"0x{each.address.hex()}",
            *_change(each),
            each.PROTOCOL,
        )
        for each in _pairs_and_pools(one)
        if _place(each) not in apart | _CALL_NOT_PADDED
    )
    assert found == expected
    assert found.total() == {12900060: 42, 12914944: 42, 12932986: 23, 13004256: 15}[number]


def test_each_named_swap_is_there_to_be_explained(traced: dict[int, _Traced]) -> None:
    inspected = Counter(_place_of(each) for one in traced.values() for each in one.inspected)
    ours = Counter(_place(each) for one in traced.values() for each in one.ours)
    for place in _TAXED_ON_THE_WAY | _PAID_TO_HOLDERS:
        assert (inspected[place], ours[place]) == (1, 1)
    for place in _CALL_NOT_PADDED:
        assert (inspected[place], ours[place]) == (0, 1)
    for place in _BALANCER_V1:
        assert (inspected[place], ours[place]) == (1, 0)


@pytest.mark.parametrize("number", _BLOCKS)
def test_failed_transactions_have_no_events_but_calls(
    traced: dict[int, _Traced], number: int
) -> None:
    one = traced[number]
    assert len(one.reverted) == _REVERTED[number]
    failed = {each["transaction_hash"] for each in one.reverted}
    assert not {f"0x{each.transaction_hash.hex()}" for each in one.ours} & failed
    assert not [log for name in failed for log in one.logs(name)]


@pytest.mark.parametrize("place", sorted(_TAXED_ON_THE_WAY))
def test_a_pair_counts_what_arrived_not_what_was_sent(
    traced: dict[int, _Traced], place: Place
) -> None:
    (one,) = [each for each in traced.values() if place in map(_place_of, each.inspected)]
    (inspected,) = [each for each in one.inspected if _place_of(each) == place]
    swap = _only(_pairs_and_pools(one), place)
    received = max(swap.amount0_in, swap.amount1_in)
    # The token's own event tells what arrived; one of the three gives to all holders besides.
    (arrived,) = one.arrived(place)
    gift = 7235172672690567625 if place[0] == "0x0fb92ef8" else 0
    assert received == arrived + gift < inspected["token_in_amount"]
    assert max(swap.amount0_out, swap.amount1_out) == inspected["token_out_amount"]


@pytest.mark.parametrize("place", sorted(_PAID_TO_HOLDERS))
def test_a_pair_counts_also_what_its_token_gave_it_without_a_transfer(
    traced: dict[int, _Traced], place: Place
) -> None:
    (one,) = [each for each in traced.values() if place in map(_place_of, each.inspected)]
    (inspected,) = [each for each in one.inspected if _place_of(each) == place]
    swap = _only(_pairs_and_pools(one), place)
    inputs = {swap.amount0_in, swap.amount1_in}
    assert inspected["token_in_amount"] in inputs
    (given,) = inputs - {inspected["token_in_amount"]}
    assert given > 0
    assert given not in one.arrived(place)
    assert max(swap.amount0_out, swap.amount1_out) == inspected["token_out_amount"]


def test_a_call_that_is_not_padded_is_a_swap_all_the_same(traced: dict[int, _Traced]) -> None:
    ((transaction, pool),) = _CALL_NOT_PADDED
    one = traced[12900060]
    (call,) = [
        each["action"]
        for each in one.recorded["traces"]
        if (each.get("transactionHash") or "").startswith(transaction)
        and each["action"].get("to", "").startswith(pool)
        and each["action"]["input"].startswith("0x128acb08")
    ]
    # swap(address,bool,int256,uint160,bytes): the selector and words, if it were padded.
    assert (len(call["input"]) // 2 - 1 - 4) % 32 != 0


def test_balancer_v2_is_what_it_does_not_know(traced: dict[int, _Traced]) -> None:
    swaps = [each for one in traced.values() for each in one.ours]
    others = Counter(_place(each) for each in swaps if not isinstance(each, Swap))
    assert others == _BALANCER_V2
    assert {type(each) for each in swaps if not isinstance(each, Swap)} == {BalancerV2Swap}
