"""The ledger undoes exactly what a block did, 256 blocks deep and no deeper."""

import pytest

from qenus.errors import LocalProtocolError
from qenus.pools import PoolLedger, UniswapV2Pair


def block(number: int) -> bytes:
    return number.to_bytes(32, "big")


def pair(reserve: int) -> UniswapV2Pair:
    return UniswapV2Pair.at(reserve0=reserve, reserve1=reserve)


A, B = b"a" * 20, b"b" * 20


def contents(ledger: PoolLedger[UniswapV2Pair]) -> dict[bytes, UniswapV2Pair | None]:
    return {address: ledger.get(address) for address in ledger}


def test_undo_of_a_block_restores_replaced_new_and_forgotten_pools() -> None:
    ledger: PoolLedger[UniswapV2Pair] = PoolLedger()
    ledger.apply(block(1), block(0), {A: pair(1)})
    before = contents(ledger)
    ledger.apply(block(2), block(1), {A: None, B: pair(2)})
    assert contents(ledger) == {B: pair(2)}
    ledger.undo(block(2))
    assert contents(ledger) == before
    assert ledger.head == block(1)
    ledger.apply(block(3), block(1), {A: pair(3)})
    assert ledger.get(A) == pair(3)


def test_256_blocks_are_undone_and_the_one_before_is_not() -> None:
    ledger: PoolLedger[UniswapV2Pair] = PoolLedger()
    for number in range(1, 301):
        ledger.apply(block(number), block(number - 1), {A: pair(number)})
    assert ledger.undoable == 256
    for number in range(300, 44, -1):
        ledger.undo(block(number))
        assert ledger.get(A) == pair(number - 1)
    with pytest.raises(LocalProtocolError, match="nothing to undo"):
        ledger.undo(block(44))
    assert ledger.get(A) == pair(44)


def test_a_block_that_is_no_child_of_the_head_changes_nothing() -> None:
    ledger: PoolLedger[UniswapV2Pair] = PoolLedger(block(7))
    with pytest.raises(LocalProtocolError, match="expected parent"):
        ledger.apply(block(9), block(8), {A: pair(1)})
    assert contents(ledger) == {}
    ledger.apply(block(8), block(7), {A: pair(1)})
    with pytest.raises(LocalProtocolError, match="the last block is"):
        ledger.undo(block(7))
    assert contents(ledger) == {A: pair(1)}
