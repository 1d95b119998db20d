"""The OP Stack's bridge: on Ethereum Optimism's L1 contracts, on OP chains the L2 predeploys."""

import random

from tools.devnet.calls import Account, Transaction, call_data
from tools.devnet.node import DevnetNode
from tools.devnet.packages import artifact
from tools.devnet.protocols.proxies import BEDROCK, behind_proxy
from tools.devnet.protocols.tokens import Token, approve

__all__ = ["OpBridge", "deploy_op_bridge"]

# The portal burns gas for what a deposit costs on the other side.
_GAS = 3_000_000
_GAS_LIMIT = 50_000
_PASSER = "0x4200000000000000000000000000000000000016"
_L1_BLOCK = "0x4200000000000000000000000000000000000015"
_ETHER = "0xdeaddeaddeaddeaddeaddeaddeaddeaddead0000"
_INITIALIZE_CONFIG = (
    "initialize(address,uint32,uint32,bytes32,uint64,address,"
    "(uint32,uint8,uint8,uint32,uint32,uint128),address,"
    "(address,address,address,address,address,address,address))"
)
_NOBODY = "0x" + "00" * 20


class OpBridge:
    """The deployed bridge, of either side."""

    name = "op_bridge"
    weight = 1

    def __init__(self, bridge: str, tokens: tuple[Token, ...], *, l1: bool) -> None:
        self.bridge = bridge
        self._usdc = next(token for token in tokens if token.facts.symbol == "USDC")
        self._l1 = l1

    def act(self, rng: random.Random, who: Account) -> Transaction | None:
        """Bridge ether; on L1 a token now and then, on L2 a message straight to the passer."""
        wei = rng.randint(10**15, 10**19)
        draw = rng.random()
        if self._l1 and draw < 0.4:
            data = call_data(
                "depositERC20(address,address,uint256,uint32,bytes)",
                *(self._usdc.address, self._usdc.address),
                *(self._usdc.worth(rng.randint(10, 20_000)), _GAS_LIMIT, b""),
            )
            return Transaction(who.address, self.bridge, data, gas=_GAS)
        if not self._l1 and draw < 0.4:
            data = call_data(
                "initiateWithdrawal(address,uint256,bytes)", who.address, _GAS_LIMIT, b"hello"
            )
            return Transaction(who.address, _PASSER, data, wei, 400_000)
        if self._l1:
            data = call_data("depositETH(uint32,bytes)", _GAS_LIMIT, b"")
        else:
            data = call_data("withdraw(address,uint256,uint32,bytes)", _ETHER, wei, _GAS_LIMIT, b"")
        return Transaction(who.address, self.bridge, data, wei, _GAS)


async def deploy_op_bridge(node: DevnetNode, tokens: tuple[Token, ...]) -> OpBridge | None:
    """Deploy this chain's side of the bridge; None on a chain that has none."""
    if node.chain_id == 1:
        return await _deploy_l1(node, tokens)
    if node.chain_id in (10, 8453):
        return await _deploy_l2(node, tokens)
    return None


async def _deploy_l1(node: DevnetNode, tokens: tuple[Token, ...]) -> OpBridge:
    owner = node.accounts[0].address
    chain = await behind_proxy(
        *(node, "SuperchainConfigProxy", _code("SuperchainConfig")),
        initialize=call_data("initialize(address,bool)", owner, False),
    )
    # The bounds of the resource market as Optimism runs it (Constants.DEFAULT_RESOURCE_CONFIG).
    resources = (20_000_000, 10, 8, 10**9, 1_000_000, 2**128 - 1)
    config = await behind_proxy(
        *(node, "SystemConfigProxy", _code("SystemConfig")),
        initialize=call_data(
            _INITIALIZE_CONFIG,
            *(owner, 1368, 810949, bytes(32), 60_000_000, owner, resources, owner, (_NOBODY,) * 7),
        ),
    )
    oracle = await behind_proxy(
        *(node, "L2OutputOracleProxy", _code("L2OutputOracle")),
        initialize=call_data(
            "initialize(uint256,uint256,uint256,uint256,address,address,uint256)",
            *(120, 2, 0, 1, owner, owner, 7 * 24 * 3600),
        ),
    )
    portal = await behind_proxy(
        *(node, "OptimismPortalProxy", _code("OptimismPortal")),
        initialize=call_data(
            "initialize(address,address,address)", oracle.address, config.address, chain.address
        ),
    )
    messenger = await behind_proxy(
        *(node, "L1CrossDomainMessengerProxy", _code("L1CrossDomainMessenger")),
        initialize=call_data(
            "initialize(address,address,address)", chain.address, portal.address, config.address
        ),
    )
    bridge = await behind_proxy(
        *(node, "L1StandardBridgeProxy", _code("L1StandardBridge")),
        initialize=call_data(
            "initialize(address,address,address)", messenger.address, chain.address, config.address
        ),
    )
    await approve(node, tokens, bridge.address)
    return OpBridge(bridge.address, tokens, l1=True)


async def _deploy_l2(node: DevnetNode, tokens: tuple[Token, ...]) -> OpBridge:
    await node.deploy("L2ToL1MessagePasser", _code("L2ToL1MessagePasser"), address=_PASSER)
    await node.deploy("L1Block", _code("L1Block"), address=_L1_BLOCK)
    await behind_proxy(
        *(node, "L2CrossDomainMessenger", _code("L2CrossDomainMessenger")),
        initialize=call_data("initialize(address)", node.accounts[9].address),
    )
    bridge = await behind_proxy(
        *(node, "L2StandardBridge", _code("L2StandardBridge")),
        initialize=call_data("initialize(address)", node.accounts[9].address),
    )
    return OpBridge(bridge.address, tokens, l1=False)


def _code(name: str) -> str:
    return artifact(BEDROCK, f"forge-artifacts/{name}.sol/{name}.json").creation
