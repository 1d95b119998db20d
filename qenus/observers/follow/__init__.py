"""A chain followed through its nodes: heads, gaps, reorgs, finality.

node            every endpoint of a chain followed; the actor
endpoint        one address of a node and what is known of it; budget bounds the work that it
                makes, watch collects what it gives reason to do
keep_connected  an endpoint kept connected: heads and head_queue, tags (safe, finalized)
follower        one endpoint followed: walk is the way back from its heads
fetching        one block, proven, from whichever endpoint has it: missing is one under way,
                large_proof checks what is too large for the event loop
canonical       the chain that the endpoints extend, and the one place where it is extended
alarms          what is reported of a chain's endpoints
"""

__all__: list[str] = []
