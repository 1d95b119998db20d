"""Across: the spoke pool; people deposit for other chains, relayers fill deposits from them."""

import random

from tools.devnet.calls import Account, Transaction, arguments, call_data
from tools.devnet.node import DevnetNode
from tools.devnet.packages import Package, artifact
from tools.devnet.protocols.proxies import behind_proxy
from tools.devnet.protocols.tokens import Token, approve

__all__ = ["Across", "deploy_across"]

_PACKAGE = Package("@across-protocol/contracts", "3.0.17")
_HOURS = 6 * 3600
_ZERO_ADDRESS = "0x" + "00" * 20
_DEPOSIT = (
    "depositV3(address,address,address,address,uint256,uint256,uint256,address,uint32,uint32,"
    "uint32,bytes)"
)
_FILL = (
    "fillV3Relay((address,address,address,address,address,uint256,uint256,uint256,uint32,uint32,"
    "uint32,bytes),uint256)"
)


class Across:
    """The deployed spoke pool."""

    name = "across"
    weight = 1

    def __init__(self, node: DevnetNode, spoke: str, tokens: tuple[Token, ...], now: int) -> None:
        self.spoke = spoke
        self.tokens = [token for token in tokens if token.facts.symbol in ("WETH", "USDC")]
        self.elsewhere = [chain for chain in (1, 10, 8453, 42161) if chain != node.chain_id]
        self._now = now
        self._filled = 0

    def act(self, rng: random.Random, who: Account) -> Transaction | None:
        """Deposit, or fill a deposit of another chain."""
        token = rng.choice(self.tokens)
        amount, chain = token.worth(rng.randint(100, 50_000)), rng.choice(self.elsewhere)
        output = amount * 9990 // 10000
        if rng.random() < 0.5:
            data = call_data(
                _DEPOSIT,
                *(who.address, who.address, token.address, _ZERO_ADDRESS, amount, output, chain),
                *(_ZERO_ADDRESS, self._now, self._now + _HOURS, 0, b""),
            )
            return Transaction(who.address, self.spoke, data, gas=400_000)
        self._filled += 1
        relay = (
            *(who.address, who.address, _ZERO_ADDRESS, token.address, token.address),
            *(amount, output, chain, self._filled, self._now + _HOURS, 0, b""),
        )
        return Transaction(who.address, self.spoke, call_data(_FILL, relay, chain), gas=400_000)


async def deploy_across(node: DevnetNode, tokens: tuple[Token, ...]) -> Across:
    """Deploy the spoke pool: on every chain Ethereum's kind, which needs no messenger."""
    owner = node.accounts[0].address
    code = artifact(
        _PACKAGE, "artifacts/contracts/Ethereum_SpokePool.sol/Ethereum_SpokePool.json"
    ).creation
    spoke = await behind_proxy(
        node,
        "SpokePool",
        code,
        arguments("(address,uint32,uint32)", node.contracts["WETH"].address, _HOURS, 2 * _HOURS),
        initialize=call_data("initialize(uint32,address)", 0, owner),
    )
    await approve(node, tokens, spoke.address)
    head = await node.rpc.call("eth_getBlockByNumber", "latest", False)
    venue = Across(node, spoke.address, tokens, int(head["timestamp"], 16))
    await node.execute(
        *(
            Transaction(
                owner,
                spoke.address,
                call_data("setEnableRoute(address,uint256,bool)", token.address, chain, True),
            )
            for token in venue.tokens
            for chain in venue.elsewhere
        )
    )
    return venue
