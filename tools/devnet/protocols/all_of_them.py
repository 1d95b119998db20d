"""The devnet's protocols, and which of them lend to the borrower."""

from collections.abc import Collection

from tools.devnet.node import DevnetNode
from tools.devnet.protocols.aave_v3 import deploy_aave_v3
from tools.devnet.protocols.across import deploy_across
from tools.devnet.protocols.algebra import deploy_algebra
from tools.devnet.protocols.arbitrum_inbox import deploy_arbitrum_inbox
from tools.devnet.protocols.balancer_v2 import deploy_balancer_v2
from tools.devnet.protocols.flash_loans import deploy_borrower
from tools.devnet.protocols.multicall3 import deploy_multicall3
from tools.devnet.protocols.op_bridge import deploy_op_bridge
from tools.devnet.protocols.tokens import deploy_tokens
from tools.devnet.protocols.uniswap_v2 import deploy_uniswap_v2
from tools.devnet.protocols.uniswap_v3 import deploy_uniswap_v3, in_order
from tools.devnet.protocols.uniswap_v4 import deploy_uniswap_v4
from tools.devnet.traders import UsedProtocol

__all__ = ["PROTOCOLS", "deploy_protocols"]

PROTOCOLS = (
    "uniswap_v2",
    "uniswap_v3",
    "uniswap_v4",
    "balancer_v2",
    "aave_v3",
    "algebra",
    "flash_loans",
    "across",
    "op_bridge",
    "arbitrum_inbox",
    "multicall3",
)


async def deploy_protocols(node: DevnetNode, names: Collection[str]) -> list[UsedProtocol]:
    """Deploy tokens and the named protocols; give those that this chain can have."""
    if "multicall3" in names:
        await deploy_multicall3(node)
    tokens = await deploy_tokens(node)
    protocols: list[UsedProtocol | None] = []
    by_symbol = {token.facts.symbol: token for token in tokens}
    # Algebra has no router: the borrower trades there.
    borrower = (
        await deploy_borrower(node, tokens) if {"flash_loans", "algebra"} & {*names} else None
    )
    if "uniswap_v2" in names:
        v2 = await deploy_uniswap_v2(node, tokens)
        protocols.append(v2)
        for (a, b), pair in v2.pairs.items():
            if borrower:
                borrower.pair_lends(pair, *in_order(by_symbol[a], by_symbol[b]))
    if "uniswap_v3" in names:
        v3 = await deploy_uniswap_v3(node, tokens)
        protocols.append(v3)
        for (a, b, _), pool in v3.pools.items():
            if borrower:
                borrower.pool_lends(pool, *in_order(by_symbol[a], by_symbol[b]))
    if "uniswap_v4" in names:
        protocols.append(await deploy_uniswap_v4(node, tokens))
    if "balancer_v2" in names:
        balancer = await deploy_balancer_v2(node, tokens)
        protocols.append(balancer)
        if borrower:
            borrower.vault_lends(balancer.vault, [by_symbol[s] for s in ("WETH", "USDC", "DAI")])
    if "aave_v3" in names:
        aave = await deploy_aave_v3(node, tokens)
        protocols.append(aave)
        if borrower:
            borrower.aave_lends(aave.pool, aave.reserves)
    if "algebra" in names and borrower:
        protocols.append(await deploy_algebra(node, borrower))
    if "flash_loans" in names:
        protocols.append(borrower)
    for name, deploy in (
        ("across", deploy_across),
        ("op_bridge", deploy_op_bridge),
        ("arbitrum_inbox", deploy_arbitrum_inbox),
    ):
        if name in names:
            protocols.append(await deploy(node, tokens))
    return [protocol for protocol in protocols if protocol is not None]
