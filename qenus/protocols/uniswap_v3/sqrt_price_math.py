"""What a move of √price is worth in tokens, and how far an amount of tokens moves it.

With liquidity L and √price P in Q64.96: token0 between two prices is L·2^96·(1/Pa - 1/Pb), token1
is L·(Pb - Pa)/2^96. Every rounding favours the pool: what it receives is rounded up, what it pays
is rounded down, and the next price is rounded so that the trader never reaches further than paid.
"""

from qenus.protocols.bounds import UINT160_MAX, UINT256_MAX, QuoteRefused

__all__ = [
    "amount0_between",
    "amount1_between",
    "next_sqrt_price_from_input",
    "next_sqrt_price_from_output",
]


def amount0_between(low_x96: int, high_x96: int, liquidity: int, round_up: bool) -> int:
    """Return token0 (smallest units) between two √prices, low_x96 <= high_x96.

    Source: Uniswap v3-core, SqrtPriceMath.getAmount0Delta.
    """
    # The contract divides twice, rounding the same way each time, as it has no 512-bit denominator:
    # one division by both gives the same. 1 + (a - 1) // b is a / b rounded up.
    product = liquidity * (high_x96 - low_x96) << 96
    both = high_x96 * low_x96
    return 1 + (product - 1) // both if round_up else product // both


def amount1_between(low_x96: int, high_x96: int, liquidity: int, round_up: bool) -> int:
    """Return token1 (smallest units) between two √prices, low_x96 <= high_x96.

    Source: Uniswap v3-core, SqrtPriceMath.getAmount1Delta.
    """
    product = liquidity * (high_x96 - low_x96)
    return -(-product >> 96) if round_up else product >> 96


def next_sqrt_price_from_input(
    sqrt_price_x96: int, liquidity: int, amount_in: int, zero_for_one: bool
) -> int:
    """Return the √price (Q64.96) after `amount_in` came in; token0 if `zero_for_one`.

    Raises:
        QuoteRefused: the price would leave uint160, where the contract reverts.

    Source: Uniswap v3-core, SqrtPriceMath.getNextSqrtPriceFromInput.
    """
    if zero_for_one:
        if not amount_in:
            return sqrt_price_x96
        numerator = liquidity << 96
        denominator = numerator + amount_in * sqrt_price_x96
        if denominator <= UINT256_MAX:
            return -(-numerator * sqrt_price_x96 // denominator)
        # Beyond 256 bits the contract takes a formula that rounds differently.
        return -(-numerator // (numerator // sqrt_price_x96 + amount_in))
    result = sqrt_price_x96 + (amount_in << 96) // liquidity
    if result > UINT160_MAX:
        raise QuoteRefused("√price would exceed uint160")
    return result


def next_sqrt_price_from_output(
    sqrt_price_x96: int, liquidity: int, amount_out: int, zero_for_one: bool
) -> int:
    """Return the √price (Q64.96) after `amount_out` went out; token1 if `zero_for_one`.

    Raises:
        QuoteRefused: the liquidity cannot pay that much.

    Source: Uniswap v3-core, SqrtPriceMath.getNextSqrtPriceFromOutput.
    """
    if zero_for_one:
        result = sqrt_price_x96 + (-(amount_out << 96) // liquidity)
        if result <= 0:
            raise QuoteRefused("the liquidity in range holds less token1 than asked")
        return result
    if not amount_out:
        return sqrt_price_x96
    numerator = liquidity << 96
    product = amount_out * sqrt_price_x96
    if product > UINT256_MAX or product >= numerator:
        raise QuoteRefused("the liquidity in range holds less token0 than asked")
    result = -(-numerator * sqrt_price_x96 // (numerator - product))
    if result > UINT160_MAX:
        raise QuoteRefused("√price would exceed uint160")
    return result
