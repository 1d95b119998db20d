"""What brings data in: nodes and recorded files. A module is one kind of source, or serves them.

    node            follow a chain's nodes: heads, gaps, reorgs, finality
    endpoint        one address of a node and what is known of it; claims reads what it says,
                    budget bounds the work that it makes, watch collects what it gives reason to do
    keep_connected  an endpoint kept connected: heads and head_queue, tags (safe, finalized)
    follower        one endpoint followed: walk is the way back from its heads
    fetching        one block, proven, from whichever endpoint has it: missing is one on its way,
                    receipt_ways are the ways to its receipts
    canonical       the chain that the endpoints extend, and the one place where it is extended
    retrying        pauses that grow, and the loop that keeps something going by them
    alarms          what is reported of a chain's endpoints
    backfill        a range of blocks from one node, proven and in order
    recorded        play recorded files; recording makes them
    state           reads of a chain's state, pinned to a block and proven on request
    state_source    a chain's state from whichever of its nodes has it, for who computes from it
    multicall       many calls of contracts in one, for state
    execution       transactions executed before a block holds them; evm does it, in a process of
                    its own, with the state that state_gateway serves; simulations are its values
    examination     what a node can do, for `qenus doctor`
    rpc             a JSON-RPC session; transports carries it, http_transport over HTTP; json_stream
                    splits a socket's bytes, frame_guard looks at a WebSocket's
    sealer          the canonical chain out of proven blocks
    parcels         what sources hand to the sealer

Every source proves a block by the whole ladder before it hands it on, and gives the same frames
for the same block.
"""

__all__: list[str] = []
