"""Aave V3: the pool with its logic libraries, three reserves, suppliers and borrowers."""

import random

from tools.devnet.calls import Account, Transaction, arguments, call_data
from tools.devnet.node import DevnetNode
from tools.devnet.packages import Package, artifact
from tools.devnet.protocols.tokens import Token, approve

__all__ = ["AaveV3", "deploy_aave_v3"]

_CORE = Package("@aave/core-v3", "1.19.3")
_RESERVES = ("WETH", "USDC", "DAI")
_LOGIC = "protocol/libraries/logic"
_SUPPLY_USD = 50_000_000
_RAY = 10**27
_INIT_RESERVES = (
    "initReserves((address,address,address,uint8,address,address,address,address,"
    "string,string,string,string,string,string,bytes)[])"
)
_VARIABLE = 2


class AaveV3:
    """The deployed pool."""

    name = "aave_v3"
    weight = 1

    def __init__(self, pool: str, tokens: tuple[Token, ...]) -> None:
        self.pool = pool
        self.reserves = [token for token in tokens if token.facts.symbol in _RESERVES]

    def act(self, rng: random.Random, who: Account) -> Transaction | None:
        """Supply, borrow, repay or withdraw."""
        token = rng.choice(self.reserves)
        draw = rng.random()
        if draw < 0.45:
            return self.supply(who, token, rng.randint(1_000, 100_000))
        amount = token.worth(rng.randint(10, 500))
        if draw < 0.7:
            return self.borrow(who, token, amount)
        if draw < 0.85:
            data = call_data(
                "repay(address,uint256,uint256,address)",
                *(token.address, amount, _VARIABLE, who.address),
            )
        else:
            data = call_data(
                "withdraw(address,uint256,address)", token.address, amount, who.address
            )
        return Transaction(who.address, self.pool, data, gas=900_000)

    def borrow(self, who: Account, token: Token, amount: int) -> Transaction:
        """Borrow an amount at the variable rate."""
        data = call_data(
            "borrow(address,uint256,uint256,uint16,address)",
            *(token.address, amount, _VARIABLE, 0, who.address),
        )
        return Transaction(who.address, self.pool, data, gas=900_000)

    def supply(self, who: Account, token: Token, usd: int) -> Transaction:
        """Supply `usd` of a token."""
        data = call_data(
            "supply(address,uint256,address,uint16)",
            *(token.address, token.worth(usd), who.address, 0),
        )
        return Transaction(who.address, self.pool, data, gas=900_000)


async def deploy_aave_v3(node: DevnetNode, tokens: tuple[Token, ...]) -> AaveV3:
    """Deploy it with three reserves and 50 million dollars supplied to each."""
    owner = node.accounts[0].address

    async def set_up(to: str, signature: str, *values: object, gas: int = 8_000_000) -> None:
        await node.execute(Transaction(owner, to, call_data(signature, *values), gas=gas))

    provider = await node.deploy(
        "PoolAddressesProvider",
        _code("protocol/configuration/PoolAddressesProvider"),
        arguments("(string,address)", "Devnet", owner),
    )
    here = arguments("(address)", provider.address)
    await set_up(provider.address, "setACLAdmin(address)", owner)
    pool_code, configurator_code = await _linked(node)
    pool_inside = await node.deploy("Pool implementation", pool_code, here)
    await set_up(provider.address, "setPoolImpl(address)", pool_inside.address)
    inside = await node.deploy("PoolConfigurator implementation", configurator_code)
    await set_up(provider.address, "setPoolConfiguratorImpl(address)", inside.address)
    (pool,) = await node.view(provider.address, "getPool()", returns="(address)")
    (configurator,) = await node.view(
        provider.address, "getPoolConfigurator()", returns="(address)"
    )
    node.note("Pool", pool)
    node.note("PoolConfigurator", configurator)
    acl = await node.deploy("ACLManager", _code("protocol/configuration/ACLManager"), here)
    await set_up(provider.address, "setACLManager(address)", acl.address)
    await set_up(acl.address, "addPoolAdmin(address)", owner)
    oracle = await node.deploy("PriceOracle", _code("mocks/oracle/PriceOracle"))
    await set_up(provider.address, "setPriceOracle(address)", oracle.address)
    venue = AaveV3(pool, tokens)
    for token in venue.reserves:
        await set_up(
            oracle.address,
            "setAssetPrice(address,uint256)",
            *(token.address, token.facts.usd * 10**8),
        )
    await _list_reserves(node, venue, configurator, provider.address)
    await approve(node, tokens, pool)
    for token in venue.reserves:
        await node.execute(venue.supply(node.accounts[1], token, _SUPPLY_USD))
    # Everyone has collateral and a debt in each, so that borrowing and repaying work at once.
    for token in venue.reserves:
        await node.execute(*(venue.supply(who, token, 100_000) for who in node.accounts))
    for token in venue.reserves:
        await node.execute(*(venue.borrow(who, token, token.worth(5_000)) for who in node.accounts))
    return venue


async def _linked(node: DevnetNode) -> tuple[str, str]:
    """Deploy the logic libraries; give the code of pool and configurator with them linked."""
    libraries: dict[str, str] = {}
    for name in (
        *("BorrowLogic", "BridgeLogic", "ConfiguratorLogic", "EModeLogic", "LiquidationLogic"),
        *("PoolLogic", "SupplyLogic", "FlashLoanLogic"),
    ):
        code = artifact(_CORE, f"artifacts/contracts/{_LOGIC}/{name}.sol/{name}.json")
        libraries[name] = (await node.deploy(name, code.linked(libraries))).address
    folder = "artifacts/contracts/protocol/pool"
    pool = artifact(_CORE, f"{folder}/Pool.sol/Pool.json")
    configurator = artifact(_CORE, f"{folder}/PoolConfigurator.sol/PoolConfigurator.json")
    return pool.linked(libraries), configurator.linked(libraries)


async def _list_reserves(node: DevnetNode, venue: AaveV3, configurator: str, provider: str) -> None:
    owner = node.accounts[0].address
    in_pool = arguments("(address)", venue.pool)
    inside = [
        (await node.deploy(name, _code(f"protocol/tokenization/{name}"), in_pool)).address
        for name in ("AToken", "StableDebtToken", "VariableDebtToken")
    ]
    rates = await node.deploy(
        "DefaultReserveInterestRateStrategy",
        _code("protocol/pool/DefaultReserveInterestRateStrategy"),
        arguments(
            "(address" + ",uint256" * 9 + ")",
            *(provider, 8 * _RAY // 10, 0, 4 * _RAY // 100, 6 * _RAY // 10),
            *(_RAY // 200, 6 * _RAY // 10, _RAY // 100, 8 * _RAY // 100, 2 * _RAY // 10),
        ),
    )
    listed = [
        (
            *(*inside, token.facts.decimals, rates.address, token.address, owner, "0x" + "00" * 20),
            *(f"a{token.facts.symbol}",) * 2,
            *(f"v{token.facts.symbol}",) * 2,
            *(f"s{token.facts.symbol}",) * 2,
            b"",
        )
        for token in venue.reserves
    ]
    await node.execute(
        Transaction(owner, configurator, call_data(_INIT_RESERVES, listed), gas=16_000_000)
    )
    for token in venue.reserves:
        for signature, *values in (
            ("configureReserveAsCollateral(address,uint256,uint256,uint256)", 8000, 8250, 10500),
            ("setReserveBorrowing(address,bool)", True),
            ("setReserveFlashLoaning(address,bool)", True),
        ):
            data = call_data(str(signature), token.address, *values)
            await node.execute(Transaction(owner, configurator, data))
    # Five basis points to suppliers, as on mainnet when V3 began.
    premium = call_data("updateFlashloanPremiumTotal(uint128)", 5)
    await node.execute(Transaction(owner, configurator, premium))


def _code(path: str) -> str:
    name = path.rpartition("/")[2]
    return artifact(_CORE, f"artifacts/contracts/{path}.sol/{name}.json").creation
