"""Uniswap V4: the pool manager and its package's own swap and liquidity routers."""

import random

from tools.devnet.calls import Account, Transaction, arguments, call_data
from tools.devnet.node import DevnetNode
from tools.devnet.packages import Package, artifact
from tools.devnet.protocols.tokens import Token, approve
from tools.devnet.protocols.uniswap_v3 import in_order, sqrt_price_x96

__all__ = ["UniswapV4", "deploy_uniswap_v4"]

_CORE = Package("@uniswap/v4-core", "1.0.2")
_POOLS = (("WETH", "USDC", 500, 10), ("USDC", "USDT", 100, 1), ("WBTC", "WETH", 3000, 60))
_MAX_TICK = 887272
_MIN_PRICE, _MAX_PRICE = 4295128740, 1461446703485210103287273052203988822378723970341
_KEY = "(address,address,uint24,int24,address)"
_NO_HOOKS = "0x" + "00" * 20


class UniswapV4:
    """The deployed protocol."""

    name = "uniswap_v4"
    weight = 2

    def __init__(self, swapper: str, provider: str, tokens: tuple[Token, ...]) -> None:
        self.swapper = swapper
        self.provider = provider
        self.tokens = {token.facts.symbol: token for token in tokens}

    def act(self, rng: random.Random, who: Account) -> Transaction | None:
        """Swap, or change liquidity a little."""
        first, second, fee, spacing = rng.choice(_POOLS)
        a, b = in_order(self.tokens[first], self.tokens[second])
        if rng.random() < 0.85:
            down = rng.random() < 0.5
            sold = (a if down else b).worth(rng.randint(50, 40_000))
            swap = (down, -sold, _MIN_PRICE if down else _MAX_PRICE)
            data = call_data(
                f"swap({_KEY},(bool,int256,uint160),(bool,bool),bytes)",
                *(self.key(a, b, fee, spacing), swap, (False, False), b""),
            )
            return Transaction(who.address, self.swapper, data, gas=900_000)
        return self.provide(who, a, b, fee, spacing, rng.randint(10**9, 10**12))

    def key(self, a: Token, b: Token, fee: int, spacing: int) -> tuple[str, str, int, int, str]:
        """The pool's key."""
        return a.address, b.address, fee, spacing, _NO_HOOKS

    def provide(
        self, who: Account, a: Token, b: Token, fee: int, spacing: int, liquidity: int
    ) -> Transaction:
        """Add liquidity over the full range."""
        high = _MAX_TICK // spacing * spacing
        data = call_data(
            f"modifyLiquidity({_KEY},(int24,int24,int256,bytes32),bytes)",
            *(self.key(a, b, fee, spacing), (-high, high, liquidity, bytes(32)), b""),
        )
        return Transaction(who.address, self.provider, data, gas=1_500_000)


async def deploy_uniswap_v4(node: DevnetNode, tokens: tuple[Token, ...]) -> UniswapV4:
    """Deploy it and fill its pools with some ten million dollars a side over the full range."""
    owner = node.accounts[0].address
    manager = await node.deploy("PoolManager", _code("PoolManager"), arguments("(address)", owner))
    managed = arguments("(address)", manager.address)
    swapper = await node.deploy("PoolSwapTest", _code("PoolSwapTest"), managed)
    provider = await node.deploy(
        "PoolModifyLiquidityTest", _code("PoolModifyLiquidityTest"), managed
    )
    await approve(node, tokens, swapper.address)
    await approve(node, tokens, provider.address)
    venue = UniswapV4(swapper.address, provider.address, tokens)
    for first, second, fee, spacing in _POOLS:
        a, b = in_order(venue.tokens[first], venue.tokens[second])
        price = sqrt_price_x96(a, b)
        start = call_data(f"initialize({_KEY},uint160)", venue.key(a, b, fee, spacing), price)
        # Over the full range amount0 is liquidity / √price, to within what does not matter here.
        liquidity = a.worth(10_000_000) * price >> 96
        await node.execute(
            Transaction(owner, manager.address, start),
            venue.provide(node.accounts[1], a, b, fee, spacing, liquidity),
        )
    return venue


def _code(name: str) -> str:
    return artifact(_CORE, f"out/{name}.sol/{name}.json").creation
