"""Arbitrum's delayed inbox on Ethereum: the real Inbox before its package's own mock bridge."""

import random

from tools.devnet.calls import Account, Transaction, arguments, call_data
from tools.devnet.node import DevnetNode
from tools.devnet.packages import Package, artifact
from tools.devnet.protocols.proxies import behind_proxy
from tools.devnet.protocols.tokens import Token

__all__ = ["ArbitrumInbox", "deploy_arbitrum_inbox"]

_NITRO = Package("@arbitrum/nitro-contracts", "3.2.0")
_MAX_DATA_BYTES = 117_964
_RETRYABLE = (
    "unsafeCreateRetryableTicket(address,uint256,uint256,address,address,uint256,uint256,bytes)"
)


class ArbitrumInbox:
    """The deployed inbox."""

    name = "arbitrum_inbox"
    weight = 1

    def __init__(self, inbox: str) -> None:
        self.inbox = inbox

    def act(self, rng: random.Random, who: Account) -> Transaction | None:
        """Deposit ether, or send a retryable ticket."""
        wei = rng.randint(10**15, 10**19)
        if rng.random() < 0.6:
            return Transaction(who.address, self.inbox, call_data("depositEth()"), wei, 300_000)
        ticket = call_data(
            _RETRYABLE,
            *(who.address, wei, 10**15, who.address, who.address, 100_000, 10**8, b"hello"),
        )
        value = wei + 10**15 + 100_000 * 10**8
        return Transaction(who.address, self.inbox, ticket, value, 400_000)


async def deploy_arbitrum_inbox(
    node: DevnetNode, _tokens: tuple[Token, ...]
) -> ArbitrumInbox | None:
    """Deploy it on Ethereum; None on other chains."""
    if node.chain_id != 1:
        return None
    owner = node.accounts[0].address
    bridge = await node.deploy("ArbitrumBridge", _code("mocks", "BridgeStub"))
    sequencer = node.accounts[9].address
    inbox = await behind_proxy(
        node,
        "ArbitrumInbox",
        _code("bridge", "Inbox"),
        arguments("(uint256)", _MAX_DATA_BYTES),
        initialize=call_data("initialize(address,address)", bridge.address, sequencer),
    )
    allow = call_data("setDelayedInbox(address,bool)", inbox.address, True)
    await node.execute(Transaction(owner, bridge.address, allow))
    return ArbitrumInbox(inbox.address)


def _code(folder: str, name: str) -> str:
    path = f"build/contracts/src/{folder}/{name}.sol/{name}.json"
    return artifact(_NITRO, path).creation
