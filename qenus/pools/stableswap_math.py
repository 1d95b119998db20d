"""Curve's stable-swap invariant: D from balances, a balance from D, by integer Newton steps.

A·n^n·Σx + D = A·D·n^n + D^(n+1) / (n^n·Πx). Generations of pools differ in the precision of A: the
first ones keep A itself, later ones A times 100. The steps end when two results differ by at most
one, and truncate as Vyper does.
Source: Curve StableSwap3Pool.vy, MetaPool.vy: get_D, get_y, get_y_D.
"""

from collections.abc import Sequence

from attrs import frozen

from qenus.pools.bounds import QuoteRefused, check_range, checked

__all__ = ["Amplification", "balance_at", "invariant", "marginal_price"]

_MAX_STEPS = 255


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
        if timestamp >= self.future_time:
            return self.future
        elapsed, span = timestamp - self.initial_time, self.future_time - self.initial_time
        if self.future > self.initial:
            return self.initial + (self.future - self.initial) * elapsed // span
        return self.initial - (self.initial - self.future) * elapsed // span


def invariant(balances: Sequence[int], amp: int, precision: int) -> int:
    """Return D for balances of equal worth (18 decimals); `amp` is A times `precision`.

    Raises QuoteRefused: a balance is zero, or the steps do not end, where the contract reverts.
    """
    count, total = len(balances), sum(balances)
    if not total:
        return 0
    if not all(balances):
        raise QuoteRefused("a balance is zero: the contract divides by it")
    found, leverage = total, amp * count
    for _ in range(_MAX_STEPS):
        product = found
        for balance in balances:
            product = checked(product * found) // (balance * count)
        previous = found
        found = checked((leverage * total // precision + product * count) * found) // (
            (leverage - precision) * found // precision + (count + 1) * product
        )
        if abs(found - previous) <= 1:
            return found
    raise QuoteRefused("D does not converge: the contract reverts or gives a stale value")


def balance_at(balances: Sequence[int], at: int, target: int, amp: int, precision: int) -> int:
    """Return the balance at index `at` for which D is `target`, given the other balances.

    Raises QuoteRefused: another balance is zero, or the steps do not end.
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
        if abs(found - previous) <= 1:
            return found
    raise QuoteRefused("the balance does not converge: the contract reverts")


def marginal_price(
    balances: Sequence[int], token_in: int, token_out: int, amp: int, precision: int
) -> tuple[int, int]:
    """Return the slope of the curve between two balances of equal worth, exact: (out, in).

    The ratio of the invariant's derivatives, (A·n + D^(n+1)/(n^n·Πx·x_i)) for each of the two.
    Raises QuoteRefused: a balance is zero, or D does not converge.
    """
    count = len(balances)
    target = invariant(balances, amp, precision)
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
