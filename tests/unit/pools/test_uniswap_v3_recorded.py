"""V3 pools on recorded blocks: from one event to the next the maths follows the pool.

A block gives price, liquidity and tick after each swap, but neither fee nor ticks. From there on
the next swap of the pool must be reproduced, also in the next block where that was recorded too:
amounts, price and tick, under one fee tier, the same for the whole pool. What mints and burns add
in range counts until the next swap, and their amounts follow from the price.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from qenus.pools import OutOfBounds, QuoteRefused, Swap, UniswapV3Pool, part_of_fee

SWAP = "0xc42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67"
PANCAKE_SWAP = "0x19b47279256b2a23a1665c810c8d55a1758940ee09377d4f8d26497a3577dc83"
MINT = "0x7a53080ba414158be7ec69b987b5fb7d07dee101fe85488f0853ae16239d0bde"
BURN = "0x0c396cd989a39f4459b5fa1aed6a9a8dcdbc45908acfd67e028cd568da98982c"
# fee -> tick spacing, as enabled in the factories of Uniswap V3 and Pancake V3 (2500). One pool of
# these blocks, 0x6146be49…, charges 0.004 %, a tier of neither; its only pair of swaps says so.
TIERS = {40: 1, 100: 1, 500: 10, 2500: 50, 3000: 60, 10000: 200}

Blocks = Callable[[], Iterator[tuple[str, list[dict[str, Any]]]]]


def _swap_of(log: dict[str, Any]) -> Swap:
    data = bytes.fromhex(log["data"][2:])
    words = [data[i : i + 32] for i in range(0, 160, 32)]
    amount0, amount1, tick = (int.from_bytes(words[i], "big", signed=True) for i in (0, 1, 4))
    return Swap(
        amount0, amount1, int.from_bytes(words[2], "big"), int.from_bytes(words[3], "big"), tick
    )


Minted = tuple[int, int, int]
Step = tuple[Swap, tuple[Minted, ...], Swap]


class _Followed:
    """What a pool's own events say of it while consecutive blocks last."""

    def __init__(self) -> None:
        # The last swap, and what was minted (lower tick, upper tick, liquidity) since it was seen.
        self.last: dict[str, tuple[Swap, tuple[Minted, ...]]] = {}
        self.steps: dict[str, list[Step]] = defaultdict(list)
        self.liquidity_events = 0

    def take(self, log: dict[str, Any]) -> None:
        topic, pool = (log["topics"] or [""])[0], log["address"]
        if topic in (SWAP, PANCAKE_SWAP):
            swap = _swap_of(log)
            last, minted = self.last.get(pool, (None, ()))
            if last is not None:
                self.steps[pool].append((last, minted, swap))
            # What was minted is kept apart from the liquidity that stood before.
            inside = sum(m[2] for m in minted if m[0] <= swap.tick < m[1])
            self.last[pool] = swap._replace(liquidity=swap.liquidity - inside), minted
        elif topic in (MINT, BURN) and pool in self.last:
            self.last[pool] = self._changed(*self.last[pool], log, topic == MINT)

    def _changed(
        self, last: Swap, minted: tuple[Minted, ...], log: dict[str, Any], mint: bool
    ) -> tuple[Swap, tuple[Minted, ...]]:
        """What stands after a liquidity event, whose amounts follow from the price."""
        lower, upper = (
            int.from_bytes(bytes.fromhex(topic[2:]), "big", signed=True)
            for topic in log["topics"][2:4]
        )
        data = bytes.fromhex(log["data"][2:])
        liquidity, *amounts = (
            int.from_bytes(data[at : at + 32], "big") for at in range(len(data) - 96, len(data), 32)
        )
        pool = UniswapV3Pool(0, 1, last.sqrt_price_x96, last.tick, last.liquidity)
        change = liquidity if mint else -liquidity
        assert list(pool.liquidity_amounts(lower, upper, change)) == amounts, log["address"]
        self.liquidity_events += 1
        position = (lower, upper, liquidity)
        if mint:
            return last, (*minted, position)
        assert position in minted, "these blocks burn only what they minted"
        return last, tuple(one for one in minted if one != position)


def _reproduces(step: Step, fee: int, spacing: int) -> bool:
    """Whether the exact input or the exact output leads from one event to the other, whole."""
    before, minted, after = step
    pool = UniswapV3Pool(fee, spacing, before.sqrt_price_x96, before.tick, before.liquidity)
    zero_for_one = after.sqrt_price_x96 < before.sqrt_price_x96
    try:
        for position in minted:
            pool = pool.apply_liquidity(*position)
        return any(
            pool.swap(zero_for_one, amount).event == after
            for amount in (after.amount0, after.amount1)
        )
    except (OutOfBounds, QuoteRefused):
        return False


def test_every_run_of_swaps_follows_from_swap_to_swap(block_logs: Blocks) -> None:
    runs = liquidity_events = crossings = 0
    for name, followed in _consecutive(block_logs):
        for pool, steps in followed.steps.items():
            explained = [
                all(_reproduces(step, fee, spacing) for step in steps)
                for fee, spacing in TIERS.items()
            ]
            assert any(explained), (name, pool)
            runs += len(steps)
            crossings += sum(bool(minted) for _, minted, _ in steps)
        liquidity_events += followed.liquidity_events
    # Of 228 swaps 89 are their pool's first in the blocks recorded in a row. One crosses the upper
    # tick of a position that was minted for it and is burnt after it.
    assert (runs, liquidity_events, crossings) == (139, 2, 1)


def _consecutive(block_logs: Blocks) -> Iterator[tuple[str, _Followed]]:
    """The blocks that follow each other together, the others alone."""
    followed, number, names = _Followed(), 0, ""
    for name, logs in block_logs():
        at = int(name.split(".")[0])
        if number and at != number + 1:
            yield names, followed
            followed, names = _Followed(), ""
        number, names = at, f"{names} {name}"
        for log in logs:
            followed.take(log)
    yield names, followed


def test_pancakes_own_share_of_fees_is_what_its_events_say(block_logs: Blocks) -> None:
    # The event ends in what the protocol kept of either token; of this tier it keeps 34 %, rounded
    # down in each step. Source: PancakeV3Pool.swap, PancakeV3Pool.initialize.
    part = part_of_fee(3400, 10_000)
    last: dict[str, Swap] = {}
    held = 0
    for _, logs in block_logs():
        for log in logs:
            if (log["topics"] or [""])[0] != PANCAKE_SWAP:
                continue
            after, pool = _swap_of(log), log["address"]
            before, last[pool] = last.get(pool), after
            if before is None:
                continue
            kept = [int(log["data"][at : at + 64], 16) for at in (2 + 5 * 64, 2 + 6 * 64)]
            down = after.sqrt_price_x96 < before.sqrt_price_x96
            curve = UniswapV3Pool(500, 10, before.sqrt_price_x96, before.tick, before.liquidity)
            sold = after.amount0 if down else after.amount1
            assert curve.swap(down, sold).event == after
            assert curve.swap_fees(down, sold, protocol=part).to_protocol == kept[not down]
            assert kept[down] == 0
            held += 1
    assert held == 2
