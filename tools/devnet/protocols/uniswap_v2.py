"""Uniswap V2: factory and router, three pairs, people who swap and who add and remove liquidity."""

import random

from tools.devnet.calls import Account, Transaction, arguments, call_data
from tools.devnet.node import DevnetNode
from tools.devnet.packages import Package, artifact
from tools.devnet.protocols.tokens import Token, approve

__all__ = ["UniswapV2", "deploy_uniswap_v2"]

_CORE = Package("@uniswap/v2-core", "1.0.1")
_PERIPHERY = Package("@uniswap/v2-periphery", "1.1.0-beta.0")
_PAIRS = (("WETH", "USDC"), ("WETH", "DAI"), ("WBTC", "WETH"))
_POOL_USD = 20_000_000
_FOREVER = 2**63
_GAS = 400_000


class UniswapV2:
    """The deployed protocol: `pairs` are the pools' addresses by the symbols of their tokens."""

    name = "uniswap_v2"
    weight = 3

    def __init__(self, router: str, tokens: tuple[Token, ...]) -> None:
        self.router = router
        self.tokens = {token.facts.symbol: token for token in tokens}
        self.pairs: dict[tuple[str, str], str] = {}

    def act(self, rng: random.Random, who: Account) -> Transaction | None:
        """Swap most of the time; else add liquidity or remove some."""
        a, b = (self.tokens[symbol] for symbol in rng.choice(_PAIRS))
        draw = rng.random()
        if draw < 0.85:
            if rng.random() < 0.5:
                a, b = b, a
            usd = rng.randint(50, 40_000)
            return self._call(
                who,
                "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
                *(a.worth(usd), 0, [a.address, b.address], who.address, _FOREVER),
            )
        usd = rng.randint(1_000, 100_000)
        if draw < 0.93:
            return self.add(who, a, b, usd)
        liquidity = rng.randint(1, 10**12)
        return self._call(
            who,
            "removeLiquidity(address,address,uint256,uint256,uint256,address,uint256)",
            *(a.address, b.address, liquidity, 0, 0, who.address, _FOREVER),
        )

    def add(self, who: Account, a: Token, b: Token, usd: int) -> Transaction:
        """Add `usd` of each token to their pair."""
        return self._call(
            who,
            "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)",
            *(a.address, b.address, a.worth(usd), b.worth(usd), 0, 0, who.address, _FOREVER),
            gas=4_000_000,
        )

    def _call(self, who: Account, signature: str, *values: object, gas: int = _GAS) -> Transaction:
        return Transaction(who.address, self.router, call_data(signature, *values), gas=gas)


async def deploy_uniswap_v2(node: DevnetNode, tokens: tuple[Token, ...]) -> UniswapV2:
    """Deploy it and fill its pairs with 20 million dollars a side."""
    owner = node.accounts[0].address
    factory = await node.deploy(
        "UniswapV2Factory",
        artifact(_CORE, "build/UniswapV2Factory.json").creation,
        arguments("(address)", owner),
    )
    router = await node.deploy(
        "UniswapV2Router02",
        artifact(_PERIPHERY, "build/UniswapV2Router02.json").creation,
        arguments("(address,address)", factory.address, node.contracts["WETH"].address),
    )
    await approve(node, tokens, router.address)
    venue = UniswapV2(router.address, tokens)
    everyone = call_data("approve(address,uint256)", router.address, 2**256 - 1)
    for symbols in _PAIRS:
        a, b = (venue.tokens[symbol] for symbol in symbols)
        await node.execute(venue.add(node.accounts[1], a, b, _POOL_USD))
        (pair,) = await node.view(
            factory.address, "getPair(address,address)", a.address, b.address, returns="(address)"
        )
        venue.pairs[symbols] = node.note(f"UniswapV2Pair {symbols[0]}/{symbols[1]}", pair)
        # The shares themselves are tokens that the router takes back.
        await node.execute(
            *(Transaction(who.address, pair, everyone, gas=100_000) for who in node.accounts)
        )
    return venue
