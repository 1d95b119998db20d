"""A call that the contract reverts is an answer; only what a node cannot say now is asked again."""

import pytest

from qenus.errors import TransientError
from qenus.observers.rpc import CallReverted, RpcError
from qenus.observers.state.reader import StateReader

# As Geth and Erigon, Nethermind, and Hardhat put it; and a state that is pruned.
REVERTED = [
    (3, "execution reverted: K"),
    (-32015, "VM execution error."),
    (-32000, "execution reverted"),
    (-32603, "VM Exception while processing transaction: reverted with reason string 'K'"),
]
PRUNED = (-32000, "missing trie node 00aa (path ) state 0xbb is not available, not found")


class Node:
    """A session whose node answers each call with one error."""

    def __init__(self, code: int, message: str) -> None:
        self.error = RpcError("eth_call", "node", code, message)

    async def batch(self, calls, **_options):
        return [self.error for _ in calls]


async def failure_of(code: int, message: str) -> Exception:
    with pytest.raises(Exception, match="error") as raised:
        await StateReader(Node(code, message), multicall=False).call(bytes(32), bytes(20), b"")
    return raised.value


@pytest.mark.parametrize(("code", "message"), REVERTED)
async def test_a_reverted_call_is_not_transient(code, message):
    error = await failure_of(code, message)
    assert isinstance(error, CallReverted)
    assert not isinstance(error, TransientError)
    assert message in str(error)


async def test_a_state_that_a_node_does_not_have_is_transient():
    assert isinstance(await failure_of(*PRUNED), TransientError)
