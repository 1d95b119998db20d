"""A chain's state at a block's hash.

reader       reads over one session, proven on request
multicall    many calls of contracts in one
source       reads from whichever of a chain's nodes has the state
"""

__all__: list[str] = []
