"""What Balancer V2's vault imposes on every pool, whatever the pool's own maths says.

A balance stands in 112 bits, cash and what an asset manager holds together: a swap or a join that
would leave it reverts with BAL#526 (BALANCE_TOTAL_OVERFLOW). Exits cannot take more than there is.
Source: Balancer v2 BalanceAllocation.toBalance, PoolBalances._processJoinPoolTransfers, Swaps.
"""

from collections.abc import Sequence

from qenus.protocols.bounds import UINT112_MAX, QuoteRefused

__all__ = ["check_all_notable", "check_notable"]


def check_notable(balance: int, change: int) -> None:
    """Check that the vault can note a balance after a change; both in smallest units.

    Raises:
        QuoteRefused: the balance would leave uint112.
    """
    after = balance + change
    if not 0 <= after <= UINT112_MAX:
        raise QuoteRefused(f"a balance would leave the vault's uint112 (BAL#526): {after}")


def check_all_notable(balances: Sequence[int], changes: Sequence[int]) -> None:
    """Check the same of every token.

    Raises:
        QuoteRefused: a balance would leave uint112.
    """
    for balance, change in zip(balances, changes, strict=True):
        check_notable(balance, change)
