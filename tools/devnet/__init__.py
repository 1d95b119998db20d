"""A devnet of real EVM nodes with the protocols' own published contracts.

    just devnet --help

or, in a test,

    async with devnet("ethereum") as net:
        await net["ethereum"].trade(20)

It shares no code with the package that it tests.
"""

from tools.devnet.calls import Account, Contract, Transaction
from tools.devnet.network import CHAINS, PROTOCOLS, DevnetChain, devnet
from tools.devnet.node import DeploymentFailed, DevnetNode
from tools.devnet.packages import DevnetUnavailable

__all__ = [
    "CHAINS",
    "PROTOCOLS",
    "Account",
    "Contract",
    "DeploymentFailed",
    "DevnetChain",
    "DevnetNode",
    "DevnetUnavailable",
    "Transaction",
    "devnet",
]
