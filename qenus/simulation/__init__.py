"""A deterministic world to run on: a chain with valid hashes and roots, markets that move, a node.

The core makes everything from a seed: accounts, pools, trades, blocks and reorganisations, without
clock or I/O. `node` is the shell: it serves a world as JSON-RPC over a WebSocket.
"""

from qenus.simulation.blocks import DEMO_CHAIN, DemoBlock
from qenus.simulation.draws import Draws
from qenus.simulation.lies import Liar, Lies
from qenus.simulation.world import Advance, World, WorldRules

__all__ = ["DEMO_CHAIN", "Advance", "DemoBlock", "Draws", "Liar", "Lies", "World", "WorldRules"]
