"""Uniswap V4 pools: V3's maths inside one PoolManager, with protocol fees and hooks.

A pool is named by the hash of its key. The fee of a swap is the liquidity providers' and the
protocol's in that direction, joined. A hook that runs before a swap, or returns amounts of its own,
can change the result in ways that no state shows: such pools are followed and never quoted.
Source: Uniswap v4-core, Pool.swap, SwapMath, ProtocolFeeLibrary, Hooks.
"""

import msgspec

from qenus.chain.keccak import keccak256
from qenus.protocols.bounds import (
    INT128_MAX,
    INT256_MAX,
    INT256_MIN,
    UINT24_MAX,
    OutOfBounds,
    QuoteRefused,
    check_amount,
    check_integer,
    check_range,
    sells_first_of_two,
)
from qenus.protocols.uniswap_v3.pool import Swap, Swapped, UniswapV3Pool
from qenus.protocols.uniswap_v3.swap_fees import SwapFees
from qenus.protocols.uniswap_v3.swap_math import FEE_UNIT, short_step_v4
from qenus.protocols.uniswap_v3.tick_math import max_liquidity_per_tick

__all__ = ["DYNAMIC_FEE", "UniswapV4Pool", "pool_id"]

# In a pool key this stands for a fee that the hook sets.
DYNAMIC_FEE = 0x800000
_MAX_PROTOCOL_FEE = 1000
_MAX_TICK_SPACING = 32767
# Bits of a hook's address: it runs before a swap, or returns amounts before or after it.
_CHANGES_SWAPS = 1 << 7 | 1 << 3 | 1 << 2
# It runs before or after liquidity is added, removed or donated, or returns amounts: it may refuse,
# trade first, or take a part.
_CHANGES_MINTS = 1 << 11 | 1 << 10 | 1 << 1
_CHANGES_BURNS = 1 << 9 | 1 << 8 | 1 << 0
_CHANGES_DONATIONS = 1 << 5 | 1 << 4


def pool_id(currency0: bytes, currency1: bytes, fee: int, tick_spacing: int, hooks: bytes) -> bytes:
    """Return the 32-byte name of the pool with this key; addresses 20 bytes, fee as in the key.

    Raises:
        OutOfBounds: an address is not 20 bytes, or a number leaves its contract type.

    Source: Uniswap v4-core, PoolIdLibrary.toId.
    """
    check_range("fee", fee, 0, UINT24_MAX)
    check_range("tick_spacing", tick_spacing, 1, _MAX_TICK_SPACING)
    for what, address in (("currency0", currency0), ("currency1", currency1), ("hooks", hooks)):
        if len(address) != 20:
            raise OutOfBounds(what, "20 bytes", len(address))
    words = (currency0, currency1, fee.to_bytes(3, "big"), tick_spacing.to_bytes(3, "big"), hooks)
    return keccak256(b"".join(word.rjust(32, b"\0") for word in words))


class UniswapV4Pool(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One pool at one moment.

    `liquidity` is price, ticks and liquidity as a V3 pool, whose own fee is the liquidity
    providers' (hundredths of a basis point); the protocol's fees are by direction; `hooks` is the
    hook's address, zero for none.
    """

    liquidity: UniswapV3Pool
    hooks: bytes
    protocol_fee_zero_for_one: int = 0
    protocol_fee_one_for_zero: int = 0

    @classmethod
    def at(
        cls,
        liquidity: UniswapV3Pool,
        *,
        fee: int | None = None,
        hooks: bytes = bytes(20),
        protocol_fees: tuple[int, int] = (0, 0),
    ) -> "UniswapV4Pool":
        """Return the pool with this state; `protocol_fees` are (zero for one, one for zero).

        `fee` is the liquidity providers', up to 100 %, which no V3 pool may have; where it is not
        given, it is that of `liquidity`.

        Raises:
            OutOfBounds: a fee is above 100 %, a protocol fee above 0.1 %, or the hook's address
                not 20 bytes.
        """
        if fee is not None:
            liquidity = msgspec.structs.replace(liquidity, fee=check_range("fee", fee, 0, FEE_UNIT))
        for fee in protocol_fees:
            check_range("protocol fee", fee, 0, _MAX_PROTOCOL_FEE)
        if len(hooks) != 20:
            raise OutOfBounds("hooks", "20 bytes", len(hooks))
        return cls(liquidity, hooks, *protocol_fees)

    @property
    def is_quotable(self) -> bool:
        """Whether no hook can change what a swap does."""
        return not int.from_bytes(self.hooks[-2:], "big") & _CHANGES_SWAPS

    def swap_fee(self, zero_for_one: bool) -> int:
        """Return the whole fee of a swap in one direction, hundredths of a basis point.

        Source: Uniswap v4-core, ProtocolFeeLibrary.calculateSwapFee.
        """
        protocol = self._protocol_fee(zero_for_one)
        providers = self.liquidity.fee
        return protocol + providers - protocol * providers // FEE_UNIT

    def _protocol_fee(self, zero_for_one: bool) -> int:
        return self.protocol_fee_zero_for_one if zero_for_one else self.protocol_fee_one_for_zero

    def swap(
        self, zero_for_one: bool, amount: int, sqrt_price_limit_x96: int | None = None
    ) -> Swapped:
        """Return what a swap does; amounts and signs are V3's: what the pool's balances change by.

        At a fee of 100 % an input is all fee: the price stays where liquidity stands.

        Raises:
            QuoteRefused: a hook could change the result, or the contract would revert.
        """
        self._refuse_hooks(_CHANGES_SWAPS, "a swap")
        fee = self.swap_fee(zero_for_one)
        if fee == FEE_UNIT and amount < 0:
            raise QuoteRefused("at a fee of 100 % no output can be bought: the contract reverts")
        amount = _asked_amount(amount)
        swapped = self.liquidity.swap_at_fee(
            fee, zero_for_one, amount, sqrt_price_limit_x96, short_step_v4
        )
        for moved in swapped.event[:2]:
            # The swapper's side of it is what the manager keeps as an int128.
            if not -INT128_MAX <= moved <= INT128_MAX + 1:
                raise QuoteRefused(f"the amounts must be int128, found {moved}")
        return swapped

    def swap_fees(
        self, zero_for_one: bool, amount: int, sqrt_price_limit_x96: int | None = None
    ) -> SwapFees:
        """Return where the fee of such a swap goes. For accounts of fees: no quote needs it.

        Raises:
            QuoteRefused: as `swap`.

        Source: Uniswap v4-core, Pool.swap.
        """
        self.swap(zero_for_one, amount, sqrt_price_limit_x96)
        whole, protocol = self.swap_fee(zero_for_one), self._protocol_fee(zero_for_one)

        def part(amount_in: int, fee: int) -> int:
            # Of all that comes in; where the providers take no fee, it is the whole fee.
            return fee if whole == protocol else (amount_in + fee) * protocol // FEE_UNIT

        return self.liquidity.swap_fees(
            zero_for_one, _asked_amount(amount), sqrt_price_limit_x96,
            protocol=part, fee=whole, short=short_step_v4,
        )  # fmt: skip

    def amount_out(self, token_in: int, token_out: int, amount_in: int) -> int:
        """Return what selling exactly `amount_in` of currency `token_in` (0 or 1) brings.

        Raises:
            QuoteRefused: a hook could change it, the pool cannot take that much, or the
                contract would revert.
        """
        return self.trade(token_in, token_out, amount_in)[1]

    def amount_in(self, token_in: int, token_out: int, amount_out: int) -> int:
        """Return what buying exactly `amount_out` of currency `token_out` (0 or 1) costs.

        Raises:
            QuoteRefused: a hook could change it, the pool cannot give that much, or the
                contract would revert.
        """
        zero_for_one = sells_first_of_two(token_in, token_out)
        check_amount("amount_out", amount_out, INT256_MAX)
        event = self.swap(zero_for_one, -amount_out).event
        paid, got = (
            (event.amount0, -event.amount1) if zero_for_one else (event.amount1, -event.amount0)
        )
        if got != amount_out:
            raise QuoteRefused(f"the pool can give no more than {got} of token {token_out}")
        return paid

    def trade(self, token_in: int, token_out: int, amount_in: int) -> "tuple[UniswapV4Pool, int]":
        """Return the pool after selling exactly `amount_in`, and what that brings.

        Raises:
            QuoteRefused: a hook could change it, the pool cannot take that much, or the
                contract would revert.
        """
        zero_for_one = sells_first_of_two(token_in, token_out)
        check_amount("amount_in", amount_in, INT256_MAX)
        event = self.swap(zero_for_one, amount_in).event
        paid, got = (
            (event.amount0, -event.amount1) if zero_for_one else (event.amount1, -event.amount0)
        )
        if paid != amount_in:
            raise QuoteRefused(f"the pool can take no more than {paid} of token {token_in}")
        return self.apply_swap(event), got

    def mint(
        self, tick_lower: int, tick_upper: int, liquidity: int
    ) -> "tuple[UniswapV4Pool, int, int]":
        """Return the pool after liquidity is added, and the currency0 and currency1 that it costs.

        Fees that the position earned before are paid out beside it.

        Raises:
            QuoteRefused: a hook could change it, or the contract would revert.

        Source: Uniswap v4-core, Pool.modifyLiquidity.
        """
        self._refuse_hooks(_CHANGES_MINTS, "a mint")
        pool = self.liquidity
        most = max_liquidity_per_tick(pool.tick_spacing, lowest_rounded_down=True)
        pool.check_mint(tick_lower, tick_upper, liquidity, most)
        amounts = pool.liquidity_amounts(tick_lower, tick_upper, liquidity)
        # What the owner pays stands below zero, where an int128 holds one more.
        if max(amounts) > INT128_MAX + 1:
            raise QuoteRefused("the amounts would leave int128")
        return self.apply_liquidity(tick_lower, tick_upper, liquidity), *amounts

    def burn(
        self, tick_lower: int, tick_upper: int, liquidity: int, *, position: int
    ) -> "tuple[UniswapV4Pool, int, int]":
        """Return the pool after liquidity is removed, and what that frees, without fees.

        `position` is the liquidity that the owner has in that range under that salt.

        Raises:
            QuoteRefused: a hook could change it, or the contract would revert.
        """
        self._refuse_hooks(_CHANGES_BURNS, "a burn")
        after, *amounts = self.liquidity.burn(tick_lower, tick_upper, liquidity, position=position)
        if max(amounts) > INT128_MAX:
            raise QuoteRefused("the amounts would leave int128")
        return msgspec.structs.replace(self, liquidity=after), amounts[0], amounts[1]

    def donate(self, amount0: int, amount1: int) -> "UniswapV4Pool":
        """Return the pool after a donation: the same, for it only adds to fees owed.

        Raises:
            QuoteRefused: a hook could change it, no position is in range to receive it, or an
                amount is no int128.

        Source: Uniswap v4-core, Pool.donate.
        """
        self._refuse_hooks(_CHANGES_DONATIONS, "a donation")
        if not self.liquidity.liquidity:
            raise QuoteRefused("no liquidity is in range that could receive a donation")
        for amount in (amount0, amount1):
            check_integer("amount", amount, 0, INT128_MAX)
        return self

    def _refuse_hooks(self, bits: int, what: str) -> None:
        if int.from_bytes(self.hooks[-2:], "big") & bits:
            raise QuoteRefused(f"hook {self.hooks.hex()} may change what {what} does")

    def fee_share(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the fee of a small trade, an exact part of the amount in: (parts, of)."""
        return self.swap_fee(sells_first_of_two(token_in, token_out)), FEE_UNIT

    def spot_price(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in)."""
        return self.liquidity.spot_price(token_in, token_out)

    def apply_swap(self, event: Swap) -> "UniswapV4Pool":
        """Return the pool after its own Swap event, amounts as V3's signs.

        Raises:
            OutOfBounds: price, tick or liquidity are impossible.
        """
        return msgspec.structs.replace(self, liquidity=self.liquidity.apply_swap(event))

    def apply_liquidity(self, tick_lower: int, tick_upper: int, change: int) -> "UniswapV4Pool":
        """Return the pool after a ModifyLiquidity event.

        Raises:
            OutOfBounds: as Uniswap V3's.
        """
        return msgspec.structs.replace(
            self, liquidity=self.liquidity.apply_liquidity(tick_lower, tick_upper, change)
        )

    def apply_fees(self, fee: int, protocol_fees: tuple[int, int]) -> "UniswapV4Pool":
        """Return the pool with the fees that its manager says from now on.

        Raises:
            OutOfBounds: a fee is above 100 %, or a protocol fee above 0.1 %.
        """
        return self.at(self.liquidity, fee=fee, hooks=self.hooks, protocol_fees=protocol_fees)


def _asked_amount(amount: int) -> int:
    """Return the V3 amount that does the same; in V4 what is sold is negative.

    So 2^255 can be sold and cannot be bought; a swap moves an int128 at most, and one less to sell
    does the same.

    Raises:
        QuoteRefused: to buy 2^255 is not an int256 there.
    """
    if amount == INT256_MIN:
        raise QuoteRefused(f"an output must be at most {INT256_MAX}, found {-amount}")
    return INT256_MAX if amount == INT256_MAX + 1 else amount
