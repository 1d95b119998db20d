"""A family of features in a folder of a test: what a block used of its gas.

Its messages are of the contract; until a producer of the project fills them they are free for it.
"""

from collections.abc import Iterator

from qenus.extractors import FeatureFamily
from qenus.wire import Block, BlockGas, Family, GasBatch, Identity, Purity

__all__ = ["TOY"]


def _of_block(block: Block, identity: Identity) -> GasBatch:
    gas = BlockGas(block.gas_used, block.gas_limit, None, None, None, ())
    return GasBatch(identity, (gas,) if block.gas_used else ())


def _rules() -> Iterator[bytes]:
    yield b"gas used, if any"


TOY = FeatureFamily(Family.GAS, Purity.BLOCK, GasBatch, _of_block, _rules)
