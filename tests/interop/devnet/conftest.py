"""A real chain for each test, when npm and anvil can be had; in CI they must be."""

import os
from collections.abc import AsyncIterator

import pytest

from tools.devnet import DevnetChain, DevnetUnavailable, devnet


@pytest.fixture
async def node() -> AsyncIterator[DevnetChain]:
    """An Ethereum of our own, with Uniswap on it and a hundred blocks of trade behind it."""
    async with one_chain("ethereum") as chain:
        yield chain


def one_chain(name: str):
    """A devnet of one chain, or a skip that says why not."""
    return _OneChain(name)


class _OneChain:
    def __init__(self, name: str) -> None:
        self._name = name
        self._net = devnet(name)

    async def __aenter__(self) -> DevnetChain:
        try:
            net = await self._net.__aenter__()
        except* DevnetUnavailable as group:
            if os.environ.get("CI"):
                raise
            reason = str(group.exceptions[0])
        else:
            return net[self._name]
        pytest.skip(f"no devnet here: {reason}")

    async def __aexit__(self, *error) -> None:
        await self._net.__aexit__(*error)
