"""Balancer V2: the vault, a weighted pool and a composable stable pool, swaps and joins."""

import random

from tools.devnet.calls import Account, Transaction, arguments, call_data
from tools.devnet.node import DevnetNode
from tools.devnet.packages import Package, artifact
from tools.devnet.protocols.tokens import Token, approve

__all__ = ["BalancerV2", "deploy_balancer_v2"]

_PACKAGE = Package("@balancer-labs/v2-deployments", "3.2.0")
_TASKS = {
    "Authorizer": "20210418-authorizer",
    "Vault": "20210418-vault",
    "ProtocolFeePercentagesProvider": "20220725-protocol-fee-percentages-provider",
    "WeightedPoolFactory": "20230206-weighted-pool-v3",
    "ComposableStablePoolFactory": "20230206-composable-stable-pool-v3",
}
_WEIGHTED = (("WETH", 50), ("USDC", 30), ("WBTC", 20))
_STABLE = ("USDC", "USDT", "DAI")
_POOL_USD = 30_000_000
_MONTHS = 90 * 24 * 3600
_ANY = 2**256 - 1
_FOREVER = 2**63
_ZERO_ADDRESS = "0x" + "00" * 20
_SWAP = (
    "swap((bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool),"
    "uint256,uint256)"
)
_JOIN = "joinPool(bytes32,address,address,(address[],uint256[],bytes,bool))"


class BalancerV2:
    """The deployed protocol: ids and tokens of its two pools."""

    name = "balancer_v2"
    weight = 2

    def __init__(self, vault: str, tokens: tuple[Token, ...]) -> None:
        self.vault = vault
        self.tokens = {token.facts.symbol: token for token in tokens}
        self.weighted = b""
        self.stable = b""

    def act(self, rng: random.Random, who: Account) -> Transaction | None:
        """Swap in one of the pools; now and then join the weighted one."""
        stable = rng.random() < 0.5
        names = _STABLE if stable else tuple(symbol for symbol, _ in _WEIGHTED)
        if not stable and rng.random() < 0.1:
            usd = rng.randint(1_000, 50_000)
            ordered = sorted(
                (self.tokens[name] for name in names), key=lambda token: int(token.address, 16)
            )
            amounts = [token.worth(usd) for token in ordered]
            # JoinKind.EXACT_TOKENS_IN_FOR_BPT_OUT
            wish = arguments("(uint256,uint256[],uint256)", 1, amounts, 0)
            return self.join(who, self.weighted, [t.address for t in ordered], amounts, wish)
        sold, bought = (self.tokens[name] for name in rng.sample(names, 2))
        data = call_data(
            _SWAP,
            (
                self.stable if stable else self.weighted,
                *(0, sold.address, bought.address, sold.worth(rng.randint(50, 40_000)), b""),
            ),
            (who.address, False, who.address, False),
            *(0, _FOREVER),
        )
        return Transaction(who.address, self.vault, data, gas=900_000)

    def join(
        self, who: Account, pool: bytes, assets: list[str], amounts: list[int], wish: str
    ) -> Transaction:
        """Put tokens into a pool; `wish` says how, in the pool's own encoding."""
        data = call_data(
            _JOIN,
            *(pool, who.address, who.address),
            (assets, amounts, bytes.fromhex(wish), False),
        )
        return Transaction(who.address, self.vault, data, gas=2_000_000)


async def deploy_balancer_v2(node: DevnetNode, tokens: tuple[Token, ...]) -> BalancerV2:
    """Deploy it with 30 million dollars in the weighted pool and of each token in the stable."""
    owner = node.accounts[0].address
    admin = await node.deploy("Authorizer", _code("Authorizer"), arguments("(address)", owner))
    vault = await node.deploy(
        "Vault",
        _code("Vault"),
        arguments(
            "(address,address,uint256,uint256)",
            *(admin.address, node.contracts["WETH"].address, _MONTHS, _MONTHS // 3),
        ),
    )
    fees = await node.deploy(
        "ProtocolFeePercentagesProvider",
        _code("ProtocolFeePercentagesProvider"),
        arguments("(address,uint256,uint256)", vault.address, 10**18, 10**18),
    )
    await approve(node, tokens, vault.address)
    venue = BalancerV2(vault.address, tokens)
    for name in ("WeightedPoolFactory", "ComposableStablePoolFactory"):
        versions = arguments("(address,address,string,string)", vault.address, fees.address, "", "")
        await node.deploy(name, _code(name), versions)
    await _make_weighted(node, venue)
    await _make_stable(node, venue)
    return venue


async def _make_weighted(node: DevnetNode, venue: BalancerV2) -> None:
    founder = node.accounts[1]
    parts = sorted(
        ((venue.tokens[symbol], percent) for symbol, percent in _WEIGHTED),
        key=lambda part: int(part[0].address, 16),
    )
    addresses = [token.address for token, _ in parts]
    venue.weighted = await _create(
        node,
        "WeightedPool",
        "create(string,string,address[],uint256[],address[],uint256,address)",
        *("Weighted", "W", addresses, [percent * 10**16 for _, percent in parts]),
        *([_ZERO_ADDRESS] * len(parts), 3 * 10**15, founder.address),
    )
    amounts = [token.worth(_POOL_USD * percent // 100) for token, percent in parts]
    await node.execute(
        venue.join(
            founder,
            venue.weighted,
            addresses,
            amounts,
            arguments("(uint256,uint256[])", 0, amounts),
        )
    )


async def _make_stable(node: DevnetNode, venue: BalancerV2) -> None:
    founder = node.accounts[1]
    parts = sorted(
        (venue.tokens[symbol] for symbol in _STABLE), key=lambda token: int(token.address, 16)
    )
    count = len(parts)
    venue.stable = await _create(
        node,
        "ComposableStablePool",
        "create(string,string,address[],uint256,address[],uint256[],bool[],uint256,address)",
        *("Stable", "S", [token.address for token in parts], 200, [_ZERO_ADDRESS] * count),
        *([0] * count, [False] * count, 10**14, founder.address),
    )
    # Its own shares are one of its tokens, wherever their address sorts.
    addresses, _, _ = await node.view(
        venue.vault,
        "getPoolTokens(bytes32)",
        venue.stable,
        returns="(address[],uint256[],uint256)",
    )
    worth = {token.address: token.worth(_POOL_USD) for token in parts}
    # The first join also hands the vault all the pool's own shares that there will ever be.
    limits = [worth.get(address, _ANY) for address in addresses]
    wish = arguments("(uint256,uint256[])", 0, [worth.get(address, 0) for address in addresses])
    await node.execute(venue.join(founder, venue.stable, list(addresses), limits, wish))


async def _create(node: DevnetNode, name: str, signature: str, *values: object) -> bytes:
    """Create a pool by its factory; note it and give its id in the vault."""
    data = call_data(signature, *values)
    factory = node.contracts[f"{name}Factory"].address
    (receipt,) = await node.execute(
        Transaction(node.accounts[1].address, factory, data, gas=15_000_000)
    )
    # PoolCreated(address indexed pool) is the factory's last word.
    (created,) = [log for log in receipt["logs"] if log["address"] == factory]
    pool = node.note(name, f"0x{created['topics'][1][26:]}")
    (pool_id,) = await node.view(pool, "getPoolId()", returns="(bytes32)")
    return bytes(pool_id)


def _code(name: str) -> str:
    return artifact(_PACKAGE, f"dist/tasks/{_TASKS[name]}/artifact/{name}.json").creation
