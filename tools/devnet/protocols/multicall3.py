"""Multicall3, as it stands on every chain: the code that the OP Stack's own package preinstalls."""

import re

from tools.devnet.node import DeploymentFailed, DevnetNode
from tools.devnet.packages import Package

__all__ = ["MULTICALL3", "deploy_multicall3"]

MULTICALL3 = "0xca11bde05977b3631167028862be2a173976ca11"
_PREINSTALLS = Package("@eth-optimism/contracts-bedrock", "0.17.3")
_CODE = re.compile(r'\bMultiCall3Code\s*=\s*hex"([0-9a-f]+)"')


async def deploy_multicall3(node: DevnetNode) -> str:
    """Put it where every chain has it; give its address."""
    source = _PREINSTALLS.file("src/libraries/Preinstalls.sol").read_text()
    code = _CODE.search(source)
    if code is None:
        raise DeploymentFailed(f"{node.name}: the package has no code of Multicall3")
    await node.rpc.call("anvil_setCode", MULTICALL3, f"0x{code[1]}")
    # So that there is a block whose state has it.
    await node.mine()
    return node.note("Multicall3", MULTICALL3)
