"""What a book that has seen a reorganisation tells is what a book that has not would tell.

The awkward pools are those that blocks touch before anybody can know them, and those that another
branch makes otherwise.
"""

from eth_abi.abi import encode
from eth_utils.crypto import keccak
from scripted_state import Script, block_of_logs, event, hash_of
from test_block_states import (
    FACTORY,
    PAIR,
    T0,
    T1,
    hexed,
    pair_contracts,
    registry,
    states_of,
    sync,
)

from qenus.extractors.pool_state import Book, Registry, Venue
from qenus.protocols.catalogue import FAMILIES
from qenus.wire import Block

MANAGER, KEYS = b"m" * 20, b"k" * 20
V4 = Registry("ethereum", {MANAGER: Venue("v4", FAMILIES["uniswap_v4"], MANAGER, MANAGER, KEYS)})
TERMS = [hexed(T0), hexed(T1), 3000, 60, "0x" + "00" * 20]
TERM_TYPES = ["address", "address", "uint24", "int24", "address"]
POOL_ID = keccak(encode(TERM_TYPES, TERMS))
RETRACTED = "Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)"


def swapped(sqrt_price: int):
    """A Swap of the one V4 pool, at a tick of 0 and without liquidity."""
    return event(MANAGER, RETRACTED, [POOL_ID, hexed(T0)], [-1, 1, sqrt_price, 0, 0, 3000])


def manager(*, known_at: list[bytes], prices: dict[bytes, int]) -> Script:
    """A V4 manager with one pool of no liquidity; its keys are known at some blocks only."""
    script = Script()
    argument = POOL_ID[:25].ljust(32, b"\0")
    script.says(KEYS, "poolKeys(bytes25)", TERM_TYPES, ["0x" + "00" * 20] * 2 + [0, 0] +
                ["0x" + "00" * 20], arguments=argument)  # fmt: skip
    for block in known_at:
        script.says(KEYS, "poolKeys(bytes25)", TERM_TYPES, TERMS, arguments=argument, block=block)
    slot = keccak(POOL_ID + (6).to_bytes(32, "big"))
    for block, price in prices.items():
        word = 3000 << 208 | price
        script.says(MANAGER, "extsload(bytes32)", ["uint256"], [word], arguments=slot, block=block)
    return _Zeroes(script)


class _Zeroes(Script):
    """A manager whose storage is zero where nothing was written."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self.answers, self.at = script.answers, script.at

    def answer(self, call):
        if call.to == MANAGER and (call.block_hash, call.to, call.data) not in self.at:
            return bytes(32)
        return super().answer(call)


def prices(script: Script, book: Book, block: Block) -> list[int]:
    states = states_of(script, book, block, V4, sampled_one_in=1 << 60)
    return [state.sqrt_price_x96 for state in states.features]


ONE = 1 << 96


def test_what_an_orphan_did_to_a_pool_that_was_not_known_yet_does_not_survive_it():
    after = {hash_of(0): ONE, hash_of(1): ONE + 5, hash_of(2): ONE + 7}
    script = manager(known_at=[hash_of(2), hash_of(2, 1)], prices={**after, hash_of(1, 1): ONE})
    book = Book()
    assert prices(script, book, block_of_logs(1, swapped(ONE + 5))) == []
    assert prices(script, book, block_of_logs(2, swapped(ONE + 7))) == [ONE + 7]
    book.retract(block_of_logs(2).block)
    book.retract(block_of_logs(1).block)
    states_of(script, book, block_of_logs(1, fork=1), V4)
    raised = event(MANAGER, "ProtocolFeeUpdated(bytes32,uint24)", [POOL_ID], [0])
    assert prices(script, book, block_of_logs(2, raised, fork=1, parent_fork=1)) == [ONE]


def test_a_managers_pool_that_only_an_orphan_named_is_not_told_of_afterwards():
    script = manager(known_at=[hash_of(2)], prices={hash_of(1): ONE, hash_of(2): ONE})
    book = Book()
    states_of(script, book, block_of_logs(1), V4)
    assert prices(script, book, block_of_logs(2, swapped(ONE + 7))) == [ONE + 7]
    book.retract(block_of_logs(2).block)
    assert prices(script, book, block_of_logs(2, swapped(ONE + 7), fork=1)) == []


def test_what_another_branch_makes_at_an_address_is_what_it_makes_there():
    """A factory that counts its pools puts others at the same address on another branch."""
    made = "PairCreated(address,address,address,uint256)"
    script, book = pair_contracts(), Book()
    states_of(script, book, block_of_logs(1, sync(PAIR, 5, 6)), registry())
    other = b"\x03" * 20
    again = event(FACTORY, made, [hexed(T0), hexed(other)], [hexed(PAIR), 1])
    states = states_of(script, book, block_of_logs(2, again, sync(PAIR, 7, 8)), registry())
    assert [(state.token1, state.reserve0) for state in states.features] == [(other, 7)]
