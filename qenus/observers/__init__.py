"""What brings blocks and states in: nodes and recorded files. A folder is one concern.

    rpc          a JSON-RPC session with a node, over any transport
    follow       a chain followed through its nodes: heads, gaps, reorgs, finality
    state        reads of a chain's state, pinned to a block and proven on request
    history      a range of blocks from a node, recorded as files and played again
    execution    transactions executed before a block holds them
    doctor       what a node can do, for `qenus doctor`

rpc imports none of the others; follow, state and history import rpc; execution imports state;
doctor imports state and follow. Beside the folders stand what joins a source to its chain:

    source       a source as a value: what stands at the head of a chain's subtree
    section      the configuration of a chain's nodes
    address      a node's URL, which carries keys and never shows them
    session_bounds   what a session with a node may hold and take
    sealer       the canonical chain out of proven blocks
    alerts       what a source reports: alarms, and rejections with evidence

Every source proves a block by the whole ladder before it hands it on, and gives the same frames
for the same block.
"""

__all__: list[str] = []
