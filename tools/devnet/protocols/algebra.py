"""Algebra 1: factory, deployer and one pool; swaps and liquidity come from the borrower's hands."""

import random

from tools.devnet.calls import Account, Transaction, arguments, call_data, create_address
from tools.devnet.node import DevnetNode
from tools.devnet.packages import Package, artifact
from tools.devnet.protocols.flash_loans import Borrower, pay_note
from tools.devnet.protocols.uniswap_v3 import in_order, sqrt_price_x96

__all__ = ["Algebra", "deploy_algebra"]

_CORE = Package("@cryptoalgebra/v1-core", "1.0.0")
_HIGH = 887220
_MIN_PRICE, _MAX_PRICE = 4295128740, 1461446703485210103287273052203988822378723970341


class Algebra:
    """The deployed protocol. The package has no router: the borrower swaps for everyone."""

    name = "algebra"
    weight = 1

    def __init__(self, pool: str, borrower: Borrower) -> None:
        self.pool = pool
        self.borrower = borrower
        self.token0, self.token1 = in_order(borrower.tokens["WETH"], borrower.tokens["USDC"])

    def act(self, rng: random.Random, who: Account) -> Transaction | None:
        """Swap; now and then add liquidity."""
        if rng.random() < 0.1:
            return self.provide(who, rng.randint(10**9, 10**12))
        down = rng.random() < 0.5
        sold = (self.token0 if down else self.token1).worth(rng.randint(50, 40_000))
        swap = call_data(
            "swap(address,bool,int256,uint160,bytes)",
            *(self.borrower.address, down, sold, _MIN_PRICE if down else _MAX_PRICE),
            pay_note(self.token0, self.token1),
        )
        return self.borrower.call(who, self.pool, swap)

    def provide(self, who: Account, liquidity: int) -> Transaction:
        """Add liquidity over the full range."""
        here = self.borrower.address
        mint = call_data(
            "mint(address,address,int24,int24,uint128,bytes)",
            *(here, here, -_HIGH, _HIGH, liquidity, pay_note(self.token0, self.token1)),
        )
        return self.borrower.call(who, self.pool, mint)


async def deploy_algebra(node: DevnetNode, borrower: Borrower) -> Algebra:
    """Deploy it with a WETH/USDC pool of two million dollars a side."""
    owner = node.accounts[0].address
    deployer = await node.deploy("AlgebraPoolDeployer", _code("AlgebraPoolDeployer"))
    factory = await node.deploy(
        "AlgebraFactory",
        _code("AlgebraFactory"),
        arguments("(address,address)", deployer.address, create_address(owner, 0)),
    )
    token0, token1 = in_order(borrower.tokens["WETH"], borrower.tokens["USDC"])
    create = call_data("createPool(address,address)", token0.address, token1.address)
    await node.execute(
        Transaction(owner, deployer.address, call_data("setFactory(address)", factory.address)),
        Transaction(owner, factory.address, create, gas=12_000_000),
    )
    (pool,) = await node.view(
        *(factory.address, "poolByPair(address,address)", token0.address, token1.address),
        returns="(address)",
    )
    venue = Algebra(node.note("AlgebraPool WETH/USDC", pool), borrower)
    price = sqrt_price_x96(token0, token1)
    await node.execute(
        Transaction(owner, pool, call_data("initialize(uint160)", price)),
        venue.provide(node.accounts[1], token0.worth(2_000_000) * price >> 96),
    )
    borrower.pool_lends(pool, token0, token1)
    return venue


def _code(name: str) -> str:
    return artifact(_CORE, f"artifacts/contracts/{name}.sol/{name}.json").creation
