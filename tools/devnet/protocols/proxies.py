"""Upgradeable contracts, as their authors run them: an ERC-1967 proxy before an implementation."""

from tools.devnet.calls import Contract, Transaction, arguments, call_data
from tools.devnet.node import DevnetNode
from tools.devnet.packages import Package, artifact

__all__ = ["BEDROCK", "behind_proxy"]

BEDROCK = Package("@eth-optimism/contracts-bedrock", "0.17.3")


async def behind_proxy(
    node: DevnetNode, name: str, creation: str, constructor: str = "", *, initialize: str = ""
) -> Contract:
    """Deploy a contract behind a proxy at mainnet's address; `initialize` is called through it."""
    owner = node.accounts[0].address
    inside = await node.deploy(f"{name} implementation", creation, constructor)
    proxy = await node.deploy(
        name,
        artifact(BEDROCK, "forge-artifacts/Proxy.sol/Proxy.json").creation,
        arguments("(address)", owner),
    )
    if initialize:
        data = call_data(
            "upgradeToAndCall(address,bytes)", inside.address, bytes.fromhex(initialize[2:])
        )
    else:
        data = call_data("upgradeTo(address)", inside.address)
    await node.execute(Transaction(owner, proxy.address, data, gas=5_000_000))
    return proxy
