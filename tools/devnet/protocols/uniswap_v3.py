"""Uniswap V3: factory, router, positions and quoter; pools of three fees; swaps and positions."""

import random
from math import floor, isqrt, log

from tools.devnet.calls import Account, Transaction, arguments, call_data
from tools.devnet.node import DevnetNode
from tools.devnet.packages import Package, artifact
from tools.devnet.protocols.tokens import Token, approve

__all__ = ["UniswapV3", "deploy_uniswap_v3", "in_order", "sqrt_price_x96"]

_CORE = Package("@uniswap/v3-core", "1.0.1")
_PERIPHERY = Package("@uniswap/v3-periphery", "1.4.4")
_POOLS = (
    ("WETH", "USDC", 500),
    ("WETH", "USDC", 3000),
    ("USDC", "USDT", 500),
    ("WBTC", "WETH", 3000),
)
_SPACING = {500: 10, 3000: 60}
_MAX_TICK = 887272
_POOL_USD = 30_000_000
_FOREVER = 2**63
_UINT128 = 2**128 - 1
_MINT = "mint((address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256))"
_SWAP = "exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))"
_CREATE = "createAndInitializePoolIfNecessary(address,address,uint24,uint160)"


def sqrt_price_x96(token0: Token, token1: Token) -> int:
    """The price at which a dollar of each is worth the same, as Q64.96."""
    return isqrt((token1.worth(10**9) << 192) // token0.worth(10**9))


def in_order(a: Token, b: Token) -> tuple[Token, Token]:
    """The two as pools have them: token0 is the one of the lower address."""
    return (a, b) if int(a.address, 16) < int(b.address, 16) else (b, a)


class UniswapV3:
    """The deployed protocol: `pools` are addresses by symbols and fee."""

    name = "uniswap_v3"
    weight = 4

    def __init__(
        self, router: str, positions: str, tokens: tuple[Token, ...], founder: Account
    ) -> None:
        self.router = router
        self.positions = positions
        self.founder = founder
        self.tokens = {token.facts.symbol: token for token in tokens}
        self.pools: dict[tuple[str, str, int], str] = {}

    def act(self, rng: random.Random, who: Account) -> Transaction | None:
        """Swap most of the time; else open a position, thin one out or collect its fees."""
        first, second, fee = rng.choice(_POOLS)
        a, b = self.tokens[first], self.tokens[second]
        draw = rng.random()
        if draw < 0.8:
            if rng.random() < 0.5:
                a, b = b, a
            swap = (
                *(a.address, b.address, fee, who.address, _FOREVER),
                *(a.worth(rng.randint(50, 40_000)), 0, 0),
            )
            return Transaction(who.address, self.router, call_data(_SWAP, swap), gas=900_000)
        if draw < 0.9:
            return self.open(who, a, b, fee, rng.randint(1_000, 200_000), rng.randint(4, 40))
        # The first positions are the founder's, whom the pools were filled by.
        position = rng.randint(1, len(_POOLS))
        if draw < 0.95:
            less = call_data(
                "decreaseLiquidity((uint256,uint128,uint256,uint256,uint256))",
                (position, rng.randint(1, 10**9), 0, 0, _FOREVER),
            )
            return Transaction(self.founder.address, self.positions, less, gas=500_000)
        collect = call_data(
            "collect((uint256,address,uint128,uint128))",
            (position, who.address, _UINT128, _UINT128),
        )
        return Transaction(self.founder.address, self.positions, collect, gas=500_000)

    def open(
        self, who: Account, a: Token, b: Token, fee: int, usd: int, spacings: int | None
    ) -> Transaction:
        """Open a position of `usd` a side, `spacings` to either side of the first price or full."""
        token0, token1 = in_order(a, b)
        spacing = _SPACING[fee]
        if spacings is None:
            high = _MAX_TICK // spacing * spacing
            low = -high
        else:
            middle = _tick_below(sqrt_price_x96(token0, token1)) // spacing
            low, high = (middle - spacings) * spacing, (middle + spacings) * spacing
        position = (
            *(token0.address, token1.address, fee, low, high),
            *(token0.worth(usd), token1.worth(usd), 0, 0, who.address, _FOREVER),
        )
        return Transaction(who.address, self.positions, call_data(_MINT, position), gas=1_500_000)


def _tick_below(price_x96: int) -> int:
    """A tick near a price. It only says where positions lie: exactness is of no use here."""
    return floor(log(price_x96 / 2**96) / log(1.0001) * 2)


async def deploy_uniswap_v3(node: DevnetNode, tokens: tuple[Token, ...]) -> UniswapV3:
    """Deploy it and fill each pool with 30 million dollars a side over the full range."""
    factory = await node.deploy("UniswapV3Factory", _code(_CORE, "UniswapV3Factory"))
    weth = node.contracts["WETH"].address
    both = arguments("(address,address)", factory.address, weth)
    router = await node.deploy("SwapRouter", _code(_PERIPHERY, "SwapRouter"), both)
    await node.deploy("QuoterV2", _code(_PERIPHERY, "QuoterV2", "lens/"), both)
    positions = await node.deploy(
        "NonfungiblePositionManager",
        _code(_PERIPHERY, "NonfungiblePositionManager"),
        arguments("(address,address,address)", factory.address, weth, factory.address),
    )
    await approve(node, tokens, router.address)
    await approve(node, tokens, positions.address)
    founder = node.accounts[1]
    venue = UniswapV3(router.address, positions.address, tokens, founder)
    for first, second, fee in _POOLS:
        a, b = venue.tokens[first], venue.tokens[second]
        token0, token1 = in_order(a, b)
        price = sqrt_price_x96(token0, token1)
        create = call_data(_CREATE, token0.address, token1.address, fee, price)
        await node.execute(
            Transaction(founder.address, positions.address, create, gas=8_000_000),
            venue.open(founder, a, b, fee, _POOL_USD, None),
        )
        (pool,) = await node.view(
            *(factory.address, "getPool(address,address,uint24)"),
            *(a.address, b.address, fee),
            returns="(address)",
        )
        name = f"UniswapV3Pool {first}/{second} {fee}"
        venue.pools[first, second, fee] = node.note(name, pool)
    return venue


def _code(package: Package, name: str, folder: str = "") -> str:
    return artifact(package, f"artifacts/contracts/{folder}{name}.sol/{name}.json").creation
