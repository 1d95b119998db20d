"""Curve's stable-swap invariant: D from balances, a balance from D, by integer Newton steps.

A·n^n·Σx + D = A·D·n^n + D^(n+1) / (n^n·Πx). Generations of pools differ in the precision of A (the
first ones keep A itself, later ones A times 100), in the order in which they divide the product and
in what they do when the steps do not end. The steps end when two results differ by at most one, and
truncate as Vyper does.
Source: Curve StableSwap3Pool.vy, MetaPool.vy, CurveStableSwapNG.vy: get_D, get_y, get_y_D.
"""

from collections.abc import Sequence
from enum import IntEnum

from attrs import frozen

from qenus.protocols.bounds import UINT256_MAX, QuoteRefused, check_integer, check_range, checked

__all__ = [
    "FEE_UNIT",
    "Amplification",
    "Product",
    "balance_at",
    "dynamic_fee",
    "invariant",
    "marginal_price",
]

FEE_UNIT = 10**10

_MAX_STEPS = 255


class Product(IntEnum):
    """How the steps to D divide D^(n+1) by n^n·Πx."""

    # By each balance times n in turn: most pools.
    BY_EACH = 1
    # By each balance times n, plus one, which lets a balance be zero: lending pools, stETH.
    BY_EACH_PLUS_ONE = 2
    # By each balance in turn, and by n^n at the end: NG, and the factory's pools of two tokens.
    BY_ALL = 3


@frozen
class Amplification:
    """A pool's A, moving on a straight line from one value to another between two times.

    Values are the contract's own numbers (A, or A·100 where `precision` is 100); times are UNIX
    seconds.
    Source: Curve StableSwap3Pool.vy, _A.
    """

    initial: int
    future: int
    initial_time: int
    future_time: int
    precision: int = 1

    def __attrs_post_init__(self) -> None:
        check_range("initial A", self.initial, 1, 10**9)
        check_range("future A", self.future, 1, 10**9)
        check_range("initial A time", self.initial_time, 0, 1 << 64)
        check_range("future A time", self.future_time, 0, 1 << 64)
        check_range("A precision", self.precision, 1, 1000)

    def at(self, timestamp: int) -> int:
        """Return the contract's A in a block with this timestamp."""
        check_integer("timestamp", timestamp, 0, 1 << 64)
        if timestamp >= self.future_time:
            return self.future
        elapsed, span = timestamp - self.initial_time, self.future_time - self.initial_time
        if elapsed < 0 or span <= 0:
            raise QuoteRefused("the ramp of A begins after this block")
        if self.future > self.initial:
            return self.initial + (self.future - self.initial) * elapsed // span
        return self.initial - (self.initial - self.future) * elapsed // span


def invariant(
    balances: Sequence[int],
    amp: int,
    precision: int,
    product: Product = Product.BY_EACH,
    *,
    must_end: bool = True,
) -> int:
    """Return D for balances of equal worth (18 decimals); `amp` is A times `precision`.

    With `must_end` false the last of 255 steps stands, as in the first contracts.

    Raises:
        QuoteRefused: a balance is zero, or the steps do not end, where the contract reverts.
    """
    count, total = len(balances), sum(balances)
    if not total:
        return 0
    if not all(balances) and product is not Product.BY_EACH_PLUS_ONE:
        raise QuoteRefused("a balance is zero: the contract divides by it")
    divisors, last = _divisors(balances, product)
    leverage = amp * count
    found, weighted = total, checked(leverage * total) // precision
    for _ in range(_MAX_STEPS):
        power = found
        for divisor in divisors:
            power = checked(power * found) // divisor
        power //= last
        previous = found
        denominator = (leverage - precision) * found // precision + (count + 1) * power
        if not denominator:
            raise QuoteRefused("the step divides by nothing: the contract reverts")
        found = checked((weighted + power * count) * found) // denominator
        if -1 <= found - previous <= 1:
            return found
    if must_end:
        raise QuoteRefused("D does not converge: the contract reverts")
    return found


def balance_at(
    balances: Sequence[int],
    at: int,
    target: int,
    amp: int,
    precision: int,
    *,
    must_end: bool = True,
) -> int:
    """Return the balance at index `at` for which D is `target`, given the other balances.

    Raises:
        QuoteRefused: another balance is zero, or the steps do not end.
    """
    count, leverage = len(balances), amp * len(balances)
    constant, others = target, 0
    for index, balance in enumerate(balances):
        if index == at:
            continue
        if not balance:
            raise QuoteRefused("a balance is zero: the contract divides by it")
        others += balance
        constant = checked(constant * target) // (balance * count)
    constant = checked(constant * target * precision) // (leverage * count)
    linear = others + target * precision // leverage
    found = target
    for _ in range(_MAX_STEPS):
        previous = found
        denominator = 2 * found + linear - target
        if denominator <= 0:
            raise QuoteRefused("the step divides by nothing: the contract reverts")
        found = checked(found * found + constant) // denominator
        if -1 <= found - previous <= 1:
            return found
    if must_end:
        raise QuoteRefused("the balance does not converge: the contract reverts")
    return found


def dynamic_fee(balance_in: int, balance_out: int, fee: int, multiplier: int) -> int:
    """Return a fee that grows as two balances (18 decimals) part, up to fee·multiplier / 10^10.

    A multiplier of 10^10 or less leaves the fee as it is.

    Raises:
        QuoteRefused: the contract's arithmetic would revert.

    Source: Curve StableSwapAave.vy, CurveStableSwapNG.vy: _dynamic_fee.
    """
    if multiplier <= FEE_UNIT:
        return fee
    square = checked((balance_in + balance_out) ** 2)
    if not square:
        raise QuoteRefused("both balances are zero: the contract divides by them")
    likeness = checked((multiplier - FEE_UNIT) * 4 * balance_in * balance_out) // square
    return multiplier * fee // (likeness + FEE_UNIT)


def marginal_price(
    balances: Sequence[int],
    token_in: int,
    token_out: int,
    amp: int,
    precision: int,
    product: Product = Product.BY_EACH,
    *,
    must_end: bool = True,
) -> tuple[int, int]:
    """Return the slope of the curve between two balances of equal worth, exact: (out, in).

    The ratio of the invariant's derivatives, (A·n + D^(n+1)/(n^n·Πx·x_i)) for each of the two.

    Raises:
        QuoteRefused: a balance is zero, or D does not converge.
    """
    if not all(balances):
        raise QuoteRefused("a balance is zero: there is no price")
    count = len(balances)
    target = invariant(balances, amp, precision, product, must_end=must_end)
    scaled_product = count**count
    for balance in balances:
        scaled_product *= balance
    leverage = amp * count * scaled_product
    constant = target ** (count + 1) * precision
    balance_in, balance_out = balances[token_in], balances[token_out]
    return (
        (leverage * balance_in + constant) * balance_out,
        (leverage * balance_out + constant) * balance_in,
    )


def _divisors(balances: Sequence[int], product: Product) -> tuple[list[int], int]:
    count = len(balances)
    if product is Product.BY_ALL:
        return list(balances), count**count
    extra = int(product is Product.BY_EACH_PLUS_ONE)
    divisors = [balance * count + extra for balance in balances]
    if max(divisors) > UINT256_MAX:
        raise QuoteRefused("the contract's arithmetic would leave uint256: it reverts")
    return divisors, 1
