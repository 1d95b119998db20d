"""Camelot V2 pairs: volatile as Uniswap V2, stable as first-generation Solidly, two fees.

The fee depends on the token sold, in parts of 100,000, and its owner may change it at any block
(event FeePercentUpdated), as he may switch the curve (SetStableSwap). What part of a fee stays in
the pair depends on the factory and the referrer: reserves follow the pair's Sync events alone.
"""

import msgspec

from qenus.protocols.bounds import (
    UINT112_MAX,
    QuoteRefused,
    check_amount,
    check_integer,
    check_range,
    sells_first_of_two,
)
from qenus.protocols.solidly.pool import SolidlyPair, YRounding
from qenus.protocols.uniswap_v2.pool import UniswapV2Pair

__all__ = ["CamelotV2Pair"]

_FEE_DENOMINATOR = 100_000
_MAX_FEE = 2_000


class CamelotV2Pair(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One pair at one moment: reserves in smallest units, fees in parts of 100,000."""

    reserve0: int
    reserve1: int
    decimals0: int
    decimals1: int
    fee0: int
    fee1: int
    stable: bool

    @classmethod
    def at(
        cls,
        *,
        reserves: tuple[int, int],
        decimals: tuple[int, int],
        fees: tuple[int, int],
        stable: bool,
    ) -> "CamelotV2Pair":
        """Return the pair with this state, checked.

        Raises:
            OutOfBounds: a reserve is no uint112, a fee is above 2 %.
        """
        for reserve in reserves:
            check_range("reserve", reserve, 0, UINT112_MAX)
        for count in decimals:
            check_range("decimals", count, 0, 36)
        for fee in fees:
            check_range("fee", fee, 0, _MAX_FEE)
        return cls(*reserves, *decimals, *fees, stable)

    def amount_out(self, token_in: int, token_out: int, amount_in: int) -> int:
        """Return what selling exactly `amount_in` of token `token_in` (0 or 1) brings.

        It is what the pair's own getAmountOut says. On the stable curve the search may end a unit
        too high for the pair's own swap: `check_swap` says so.

        Raises:
            QuoteRefused: an empty pair, or getAmountOut would revert.

        Source: CamelotPair._getAmountOut.
        """
        check_amount("amount_in", amount_in)
        # What of the fee leaves the pair is not known here: all of it may stay.
        if (self.reserve1 if token_in else self.reserve0) + amount_in > UINT112_MAX:
            raise QuoteRefused("the reserve would leave uint112")
        return self._curve(token_in).amount_out(token_in, token_out, amount_in)

    def amount_in(self, token_in: int, token_out: int, amount_out: int) -> int:
        """Return the least input that buys `amount_out` of token `token_out` (0 or 1).

        Raises:
            QuoteRefused: the pair holds no more than that.
        """
        cost = self._curve(token_in).amount_in(token_in, token_out, amount_out)
        if (self.reserve1 if token_in else self.reserve0) + cost > UINT112_MAX:
            raise QuoteRefused("the reserve would leave uint112")
        return cost

    def check_swap(self, token_in: int, token_out: int, amount_in: int, amount_out: int) -> None:
        """Check that the pair's swap takes `amount_in` and gives `amount_out` for it.

        What counts of the input does not depend on who receives parts of the fee.

        Raises:
            QuoteRefused: it would revert, as it gives nothing, or all there is, or the
                invariant would fall, or the reserve could leave uint112.

        Source: CamelotPair._swap, _k, _update.
        """
        first = sells_first_of_two(token_in, token_out)
        check_amount("amount_in", amount_in)
        check_integer("amount_out", amount_out, 1, (self.reserve1 if first else self.reserve0) - 1)
        fee = self.fee0 if first else self.fee1
        counts = amount_in - amount_in * fee // _FEE_DENOMINATOR
        if first:
            after = self.reserve0 + counts, self.reserve1 - amount_out
        else:
            after = self.reserve0 - amount_out, self.reserve1 + counts
        # What of the fee leaves the pair is not known here: all of it may stay.
        if (self.reserve0 if first else self.reserve1) + amount_in > UINT112_MAX:
            raise QuoteRefused("the reserve would leave uint112")
        pair = self._as_solidly()
        if pair.invariant(*after) < pair.invariant(self.reserve0, self.reserve1):
            raise QuoteRefused("the invariant would fall: the contract reverts")

    def fee_share(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the fee of a small trade, an exact part of the amount in: (parts, of)."""
        return self._curve(token_in).fee_share(token_in, token_out)

    def spot_price(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in)."""
        return self._curve(token_in).spot_price(token_in, token_out)

    def apply_sync(self, reserve0: int, reserve1: int) -> "CamelotV2Pair":
        """Return the pair after its own Sync event.

        Raises:
            OutOfBounds: a reserve is no uint112.
        """
        check_range("reserve0", reserve0, 0, UINT112_MAX)
        check_range("reserve1", reserve1, 0, UINT112_MAX)
        return msgspec.structs.replace(self, reserve0=reserve0, reserve1=reserve1)

    def apply_fees(self, fee0: int, fee1: int) -> "CamelotV2Pair":
        """Return the pair after FeePercentUpdated.

        Raises:
            OutOfBounds: a fee is above 2 %.
        """
        check_range("fee0", fee0, 0, _MAX_FEE)
        check_range("fee1", fee1, 0, _MAX_FEE)
        return msgspec.structs.replace(self, fee0=fee0, fee1=fee1)

    def apply_stable(self, stable: bool) -> "CamelotV2Pair":
        """Return the pair after SetStableSwap."""
        return msgspec.structs.replace(self, stable=stable)

    def _curve(self, token_in: int) -> SolidlyPair | UniswapV2Pair:
        if self.stable:
            return self._as_solidly()
        fee = self.fee1 if token_in else self.fee0
        return UniswapV2Pair(self.reserve0, self.reserve1, _FEE_DENOMINATOR - fee, _FEE_DENOMINATOR)

    def _as_solidly(self) -> SolidlyPair:
        return SolidlyPair(
            self.reserve0, self.reserve1, 10**self.decimals0, 10**self.decimals1, self.stable,
            self.fee0, self.fee1, _FEE_DENOMINATOR, YRounding.CLOSE,
        )  # fmt: skip
