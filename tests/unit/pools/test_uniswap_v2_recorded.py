"""Pairs on recorded blocks: what their Swap events did is what their Sync events say."""

from collections.abc import Callable, Iterator
from typing import Any

from qenus.pools import PairSwap, UniswapV2Pair

SWAP = "0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822"
SYNC = "0x1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1"

Blocks = Callable[[], Iterator[tuple[str, list[dict[str, Any]]]]]


def _words(log: dict[str, Any]) -> list[int]:
    data = bytes.fromhex(log["data"][2:])
    return [int.from_bytes(data[i : i + 32], "big") for i in range(0, len(data), 32)]


Synced = dict[str, list[UniswapV2Pair]]


def _swaps(
    logs: list[dict[str, Any]], synced: Synced
) -> Iterator[tuple[UniswapV2Pair | None, PairSwap, UniswapV2Pair]]:
    """Yield (the pair before or None where there is no earlier Sync, the event, reserves after)."""
    for log in logs:
        topic, emitter = (log["topics"] or [""])[0], log["address"]
        if topic == SYNC:
            synced.setdefault(emitter, []).append(UniswapV2Pair.at(
                reserve0=_words(log)[0], reserve1=_words(log)[1]
            ))  # fmt: skip
        elif topic == SWAP:
            history = synced[emitter]
            # A pair emits Sync just before Swap: the last is after, the one before it is before.
            before = history[-2] if len(history) > 1 else None
            yield before, PairSwap(*_words(log)), history[-1]


def _all_swaps(
    block_logs: Blocks,
) -> Iterator[tuple[str, UniswapV2Pair | None, PairSwap, UniswapV2Pair]]:
    """Yield the same over all blocks; what a block says holds in the next one, if that is next."""
    synced: Synced = {}
    number = 0
    for name, logs in block_logs():
        at = int(name.split(".")[0])
        if at != number + 1:
            synced = {}
        number = at
        for found in _swaps(logs, synced):
            yield name, *found


def test_every_swap_reproduces_its_sync_reserves(block_logs: Blocks) -> None:
    chained = single = 0
    for name, before, event, after in _all_swaps(block_logs):
        if before is None:
            before = UniswapV2Pair.at(
                reserve0=after.reserve0 - event.amount0_in + event.amount0_out,
                reserve1=after.reserve1 - event.amount1_in + event.amount1_out,
            )
            single += 1
        else:
            chained += 1
        assert before.swap(event) == after, (name, event)
    # All 231 of these blocks. 41 swaps follow another event of their pair in the same block or the
    # one before; for 190 the reserves before are the Sync's less the swap's own amounts, so there
    # only the product rule can fail.
    assert (chained, single) == (41, 190)


def test_every_recorded_swap_is_a_quote_to_the_wei(
    block_logs: Blocks,
) -> None:
    total = 0
    for name, before, event, _ in _all_swaps(block_logs):
        in0, in1, out0, out1 = event
        if before is None or (in0 and in1) or (out0 and out1):
            continue
        tokens = (0, 1) if in0 else (1, 0)
        paid, got = in0 or in1, out0 or out1
        quote = before.amount_out(*tokens, paid)
        assert got == quote or paid == before.amount_in(*tokens, got), (name, event)
        total += 1
    assert total == 39
