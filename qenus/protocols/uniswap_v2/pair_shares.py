"""Shares of a Uniswap V2 pair: what a deposit mints, what a withdrawal frees, the protocol's part.

A pair mints shares for what its balances hold beyond its reserves and pays out a part of its
balances, so that tokens sent to it before count in both. With the protocol's fee switched on, the
first deposit or withdrawal after trades mints it a sixth of the growth of √(reserve0·reserve1).
"""

from math import isqrt

import msgspec

from qenus.protocols.bounds import (
    UINT112_MAX,
    UINT256_MAX,
    QuoteRefused,
    check_amount,
    check_integer,
    check_range,
    checked,
)
from qenus.protocols.uniswap_v2.pool import UniswapV2Pair

__all__ = ["MINIMUM_LIQUIDITY", "PairShares", "skimmed"]

# Minted to address 0 by the first deposit, so that the supply is never 0 again.
MINIMUM_LIQUIDITY = 1000
# The protocol gets one part in this many (and one).
_FEE_SHARE = 5


class PairShares(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A pair's supply of shares (18 decimals); `k_last` is reserve0·reserve1 after the last deposit
    or withdrawal under a protocol fee, 0 for none."""

    supply: int
    k_last: int = 0
    fee_on: bool = False

    @classmethod
    def at(cls, *, supply: int, k_last: int = 0, fee_on: bool = False) -> "PairShares":
        """Return the shares with this state, checked.

        Raises:
            OutOfBounds: no uint256.
        """
        check_range("supply", supply, 0, UINT256_MAX)
        check_range("k_last", k_last, 0, UINT112_MAX * UINT112_MAX)
        return cls(supply, k_last, fee_on)

    def due(self, pair: UniswapV2Pair) -> int:
        """Return the shares that the next deposit or withdrawal mints to the protocol first.

        Source: Uniswap v2-core, UniswapV2Pair._mintFee.
        """
        if not self.fee_on or not self.k_last:
            return 0
        root, last = isqrt(pair.reserve0 * pair.reserve1), isqrt(self.k_last)
        if root <= last:
            return 0
        return checked(self.supply * (root - last)) // (root * _FEE_SHARE + last)

    def mint(
        self, pair: UniswapV2Pair, balance0: int, balance1: int
    ) -> "tuple[PairShares, UniswapV2Pair, int]":
        """Return shares and pair after a deposit, and the shares that it mints to the depositor.

        Balances are what the pair holds of its tokens by then, in smallest units.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Uniswap v2-core, UniswapV2Pair.mint.
        """
        _check_balances(balance0, balance1)
        amount0, amount1 = balance0 - pair.reserve0, balance1 - pair.reserve1
        if min(amount0, amount1) < 0:
            raise QuoteRefused("the pair holds less than its reserves")
        supply = self.supply + self.due(pair)
        if not supply:
            minted = isqrt(checked(amount0 * amount1)) - MINIMUM_LIQUIDITY
            supply = MINIMUM_LIQUIDITY
        elif not pair.reserve0 or not pair.reserve1:
            raise QuoteRefused("a reserve is empty: the contract divides by zero")
        else:
            minted = min(
                checked(amount0 * supply) // pair.reserve0,
                checked(amount1 * supply) // pair.reserve1,
            )
        if minted <= 0:
            raise QuoteRefused("the deposit is too small for a share")
        after = _at(pair, balance0, balance1)
        return self._after(checked(supply + minted), balance0, balance1), after, minted

    def burn(
        self, pair: UniswapV2Pair, balance0: int, balance1: int, shares: int
    ) -> "tuple[PairShares, UniswapV2Pair, int, int]":
        """Return shares and pair after a withdrawal of `shares`, and the token amounts it frees.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Uniswap v2-core, UniswapV2Pair.burn.
        """
        check_amount("shares", shares, self.supply)
        _check_balances(balance0, balance1)
        supply = self.supply + self.due(pair)
        amount0 = checked(shares * balance0) // supply
        amount1 = checked(shares * balance1) // supply
        if not amount0 or not amount1:
            raise QuoteRefused("the shares are worth nothing of a token")
        left0, left1 = balance0 - amount0, balance1 - amount1
        after = _at(pair, left0, left1)
        return self._after(supply - shares, left0, left1), after, amount0, amount1

    def apply_supply(self, change: int) -> "PairShares":
        """Return the shares after a Transfer from (change > 0) or to (< 0) the zero address.

        Raises:
            OutOfBounds: the supply would leave uint256.
        """
        supply = check_range("supply", self.supply + change, 0, UINT256_MAX)
        return PairShares(supply, self.k_last, self.fee_on)

    def apply_liquidity(self, pair: UniswapV2Pair) -> "PairShares":
        """Return the shares after a Mint or Burn event; `pair` is as the Sync before it says."""
        return self._after(self.supply, pair.reserve0, pair.reserve1)

    def _after(self, supply: int, balance0: int, balance1: int) -> "PairShares":
        return PairShares(supply, balance0 * balance1 if self.fee_on else 0, self.fee_on)


def skimmed(pair: UniswapV2Pair, balance0: int, balance1: int) -> tuple[int, int]:
    """Return what a skim pays out: the balances beyond the reserves.

    Raises:
        QuoteRefused: a balance is below its reserve.

    Source: Uniswap v2-core, UniswapV2Pair.skim.
    """
    _check_balances(balance0, balance1)
    if balance0 < pair.reserve0 or balance1 < pair.reserve1:
        raise QuoteRefused("the pair holds less than its reserves")
    return balance0 - pair.reserve0, balance1 - pair.reserve1


def _check_balances(balance0: int, balance1: int) -> None:
    check_integer("balance0", balance0, 0)
    check_integer("balance1", balance1, 0)


def _at(pair: UniswapV2Pair, balance0: int, balance1: int) -> UniswapV2Pair:
    if max(balance0, balance1) > UINT112_MAX:
        raise QuoteRefused("the reserve would leave uint112")
    return pair.apply_sync(balance0, balance1)
