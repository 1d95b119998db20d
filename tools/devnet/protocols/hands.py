"""A test contract that makes several calls in one transaction and pays pools in their callbacks.

Only a contract can pay a pool in its callback, and only a contract can do several steps in one
transaction, such as sending tokens to a Uniswap V2 pair and swapping them.
"""

from collections.abc import Sequence
from pathlib import Path

import attrs

from tools.devnet.calls import Transaction, arguments, call_data
from tools.devnet.node import DevnetNode
from tools.devnet.solidity import compiled

__all__ = ["Hands", "Step", "deploy_hands", "unlocked"]

_SOURCE = Path(__file__).with_name("hands.sol")
_GAS = 3_000_000


@attrs.frozen
class Step:
    """A call that the hands make: `data` is 0x-hex."""

    target: str
    data: str

    @property
    def pair(self) -> tuple[str, bytes]:
        """As the contract takes it."""
        return self.target, bytes.fromhex(self.data[2:])


@attrs.frozen
class Hands:
    """The deployed contract; `owner` is who sends its transactions."""

    address: str
    owner: str

    def perform(self, *steps: Step, gas: int = _GAS) -> Transaction:
        """Do the steps in one transaction, all of them or none."""
        data = call_data("perform((address,bytes)[])", [step.pair for step in steps])
        return Transaction(self.owner, self.address, data, gas=gas)


def unlocked(manager: str, steps: Sequence[Step], currencies: Sequence[str], to: str) -> Step:
    """Give the step that does `steps` within Uniswap V4's lock and settles the currencies.

    What the hands owe they pay; what they are owed goes to `to`.
    """
    inside = arguments(
        "((address,bytes)[],address[],address)", [step.pair for step in steps], currencies, to
    )
    return Step(manager, call_data("unlock(bytes)", bytes.fromhex(inside)))


async def deploy_hands(node: DevnetNode, owner: str) -> Hands:
    """Deploy them, with nothing in them."""
    contract = await node.deploy("Hands", compiled(_SOURCE, "Hands"))
    return Hands(contract.address, owner)
