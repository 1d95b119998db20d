"""Thousands of random operations on real contracts, each predicted to the wei before it is sent.

`QENUS_POOL_OPERATIONS` and `QENUS_POOL_SEED` make it longer or another one.
"""

import os
from collections.abc import Sequence

import attrs
import pytest
from begun_campaign import campaign
from concentrated_operations import ConcentratedOperations
from drawn_operations import Family

from qenus.pools import UniswapV2Pair

pytestmark = pytest.mark.interop

OPERATIONS = int(os.environ.get("QENUS_POOL_OPERATIONS", "5000"))
SEED = int(os.environ.get("QENUS_POOL_SEED", "1"))


async def test_every_operation_is_as_predicted_and_events_alone_give_the_contracts_state():
    async with campaign(SEED) as run:
        await run.run(OPERATIONS)
        assert run.done.total() >= OPERATIONS
        share = OPERATIONS // (3 * len(run.families))
        for family in run.families:
            refused = run.refused[family.name]
            assert run.done[family.name] - refused >= share, family.name
            assert refused, family.name
        ticked = [one for one in run.families if isinstance(one, ConcentratedOperations)]
        # Hundreds of ticks in one swap, and the ends of the price range, for each that has them.
        assert sum(one.crossed_hundreds >= OPERATIONS // 500 for one in ticked) >= 3
        assert sum(one.at_limits >= OPERATIONS // 1000 for one in ticked) >= 4
        assert run.reorgs >= OPERATIONS // 500
        assert run.undone > run.reorgs
        fees = {one.fee_zero_to_one for one in run.seen("Algebra, calm")}
        assert len(fees) >= min(5, OPERATIONS // 1000), fees


async def test_what_is_not_as_predicted_is_found():
    def believe_in_a_lower_fee(families: Sequence[Family]) -> None:
        (pair,) = (one for one in families if one.name == "V2")
        lower = UniswapV2Pair(0, 0, share_numerator=998)
        pair.state = attrs.evolve(pair.state, pair=lower)

    async with campaign(SEED, believe_in_a_lower_fee) as run:
        with pytest.raises(AssertionError, match=r"V2: .*: predicted, but it reverts"):
            await run.run(1000)
