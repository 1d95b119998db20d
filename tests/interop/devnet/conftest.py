"""A real chain for each test, when npm and anvil can be had; in CI they must be."""

import os
from collections.abc import AsyncIterator, Sequence

import pytest

from tools.devnet import PROTOCOLS, DevnetChain, DevnetUnavailable, devnet
from tools.devnet.packages import anvil_binary


@pytest.fixture
async def node() -> AsyncIterator[DevnetChain]:
    """An Ethereum of our own with Uniswap V2 and V3 on it."""
    async with one_chain("ethereum", "uniswap_v2", "uniswap_v3") as chain:
        yield chain


@pytest.fixture
def node_available() -> None:
    """Skip where anvil cannot be had."""
    try:
        anvil_binary()
    except DevnetUnavailable as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no devnet here: {error}")


def one_chain(name: str, *protocols: str):
    """A devnet of one chain with these protocols, else all; or a skip that says why not."""
    return _OneChain(name, protocols or PROTOCOLS)


class _OneChain:
    def __init__(self, name: str, protocols: Sequence[str]) -> None:
        self._name = name
        self._net = devnet(name, protocols=protocols)

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
