"""A campaign at its beginning, on a node of its own; a skip that says why where there is none."""

import os
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from drawn_operations import Family
from pool_campaign import Campaign
from pool_world import PROTOCOLS, deploy_world

from tools.devnet import DevnetUnavailable, devnet

__all__ = ["campaign"]


@asynccontextmanager
async def campaign(
    seed: int, spoil: Callable[[Sequence[Family]], None] = lambda _: None
) -> AsyncIterator[Campaign]:
    """Deploy the pools and begin; `spoil` may change what is predicted of them first."""
    reason = ""
    try:
        async with devnet("ethereum", protocols=PROTOCOLS) as net:
            hands, families = await deploy_world(net["ethereum"])
            spoil(families)
            begun = Campaign(net["ethereum"], hands, families, random.Random(seed))
            await begun.begin()
            yield begun
    except* DevnetUnavailable as group:
        if os.environ.get("CI"):
            raise
        reason = str(group.exceptions[0])
    if reason:
        pytest.skip(f"no devnet here: {reason}")
