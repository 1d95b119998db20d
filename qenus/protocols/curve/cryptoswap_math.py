"""The invariant of Curve's crypto pools as the first generation searches it, for 2 or 3 tokens.

K·D^(n-1)·Σx + Πx = K·D^n + (D/n)^n with K = A·K0·γ²/(γ+1-K0)² and K0 = Πx·n^n/D^n: a stable-swap
curve around the point where all x are equal, a constant product far from it. Balances x are in 18
decimals and in the worth of token 0; A comes multiplied by n^n and 10^4, γ with 18 decimals. The
searches end within one part in 10^14, so the last digits are the contract's own, step by step.
Source: Curve CurveCryptoMath3.vy, CurveCryptoSwap2.vy: newton_D, newton_y, geometric_mean, halfpow.
"""

from collections.abc import Sequence

from attrs import frozen

from qenus.protocols.bounds import QuoteRefused, check_integer, check_range, checked

__all__ = [
    "A_MULTIPLIER",
    "ONE",
    "CurveLimits",
    "RampOfAGamma",
    "geometric_mean",
    "half_power",
    "marginal_price",
    "newton_balance",
    "newton_invariant",
    "reduction",
    "square_root",
]

A_MULTIPLIER = 10**4
ONE = 10**18

# What part of D a balance may be, 18 decimals: from a hundredth to a hundred times.
Shares = tuple[int, int]
UNSAFE_SHARES: Shares = (10**16, 10**20)

_MAX_STEPS = 255
_MIN_GAMMA = 10**10
_EXP_PRECISION = 10**10


@frozen
class CurveLimits:
    """What A, γ and balances a generation's searches accept.

    `least_ratio` of the smallest to the largest balance with 18 decimals; `divides_sum` where the
    search for a balance divides one more term than the formula does, which bends its steps: the
    contract's slip of June 2022, kept by the pools deployed with it.
    """

    min_a: int
    max_a: int
    max_gamma: int
    least_ratio: int
    divides_sum: bool = False

    def check(self, amp: int, gamma: int) -> None:
        """Refuse parameters that the contract's search does.

        Raises:
            QuoteRefused: A or γ is beyond what the contract computes with.
        """
        if not self.min_a <= amp <= self.max_a:
            raise QuoteRefused(f"A {amp} leaves {self.min_a}..{self.max_a}: the contract reverts")
        if not _MIN_GAMMA <= gamma <= self.max_gamma:
            raise QuoteRefused(f"gamma {gamma} leaves what the contract computes with: it reverts")


# Two tokens of the first generation, and three.
LIMITS_OF_TWO = CurveLimits(4_000, 4 * 10**9, 2 * 10**16, 10**14)
LIMITS_OF_TWO_2022 = CurveLimits(4_000, 4 * 10**9, 2 * 10**16, 10**14, divides_sum=True)
LIMITS_OF_THREE = CurveLimits(2_700, 27 * 10**7, 5 * 10**16, 10**11)


@frozen
class RampOfAGamma:
    """A and γ, moving on straight lines from one pair to another between two times.

    Times are UNIX seconds. The first generation writes 1 for a `future_time` that has passed and 0
    once a trade has seen that; D is searched anew while it stands above 0.
    Source: Curve CurveCryptoSwap.vy, _A_gamma.
    """

    initial_a: int
    initial_gamma: int
    future_a: int
    future_gamma: int
    initial_time: int = 0
    future_time: int = 0

    def __attrs_post_init__(self) -> None:
        for what in ("initial_a", "initial_gamma", "future_a", "future_gamma"):
            check_range(what, getattr(self, what), 1, (1 << 128) - 1)
        check_range("initial_time", self.initial_time, 0, 1 << 64)
        check_range("future_time", self.future_time, 0, 1 << 64)

    def at(self, timestamp: int) -> tuple[int, int]:
        """Return A and γ in a block with this timestamp.

        Raises:
            QuoteRefused: the ramp begins later, where the contract reverts.
        """
        check_integer("timestamp", timestamp, 0, 1 << 64)
        if timestamp >= self.future_time:
            return self.future_a, self.future_gamma
        span, passed = self.future_time - self.initial_time, timestamp - self.initial_time
        if span <= 0 or passed < 0:
            raise QuoteRefused("the ramp of A and gamma begins after this block")
        left = span - passed
        return (
            (self.initial_a * left + self.future_a * passed) // span,
            (self.initial_gamma * left + self.future_gamma * passed) // span,
        )


def geometric_mean(balances: Sequence[int]) -> int:
    """Return the geometric mean of balances, largest first.

    Raises:
        QuoteRefused: the largest is zero, or the steps do not end.
    """
    count, found = len(balances), balances[0]
    for _ in range(_MAX_STEPS):
        previous = found
        if not found:
            raise QuoteRefused("the step divides by nothing: the contract reverts")
        if count == 2:
            found = (found + checked(balances[0] * balances[1]) // found) // 2
        else:
            ratio = ONE
            for balance in balances:
                ratio = checked(ratio * balance) // found
            found = checked(found * ((count - 1) * ONE + ratio)) // (count * ONE)
        change = abs(found - previous)
        if change <= 1 or change * ONE < found:
            return found
    raise QuoteRefused("the geometric mean does not converge: the contract reverts")


def newton_invariant(limits: CurveLimits, amp: int, gamma: int, balances: Sequence[int]) -> int:
    """Return D for balances in any order.

    Raises:
        QuoteRefused: the balances are out of the contract's bounds, or the steps do not end.
    """
    limits.check(amp, gamma)
    ordered = sorted(balances, reverse=True)
    largest = ordered[0]
    if not 10**9 <= largest <= 10**33:
        raise QuoteRefused("a balance leaves what the contract computes with: it reverts")
    if ordered[-1] * ONE // largest < limits.least_ratio:
        raise QuoteRefused("the balances are too far apart: the contract reverts")
    return steps_to_invariant(amp, gamma, ordered, len(ordered) * geometric_mean(ordered))


def steps_to_invariant(
    amp: int, gamma: int, ordered: Sequence[int], found: int, shares: Shares = UNSAFE_SHARES
) -> int:
    """Return D by steps from a first guess, each balance within its shares of it.

    Raises:
        QuoteRefused: the contract's arithmetic reverts or wraps, or the steps do not end.
    """
    count, total = len(ordered), sum(ordered)
    for _ in range(_MAX_STEPS):
        previous = found
        if not found:
            raise QuoteRefused("the step divides by nothing: the contract reverts")
        k0 = _product_ratio(ordered, found)
        if not k0:
            raise QuoteRefused("the step divides by nothing: the contract reverts")
        distance = abs(gamma + ONE - k0) + 1
        first = _first_term(found, amp, gamma, distance)
        second = checked(2 * ONE * count * k0) // distance
        slope = total + checked(total * second) // ONE + checked(first * count) // k0
        slope -= checked(second * found) // ONE
        if slope <= 0:
            raise QuoteRefused("the slope falls below zero: the contract reverts")
        plus = checked(found * (slope + total)) // slope
        minus = checked(found * found) // slope
        shift = checked(found * (first // slope)) // ONE * abs(ONE - k0) // k0
        minus += shift if k0 < ONE else -shift
        if minus < 0:
            raise QuoteRefused("the step falls below zero: the contract reverts")
        found = plus - minus if plus > minus else (minus - plus) // 2
        if abs(found - previous) * 10**14 < max(10**16, found):
            for balance in ordered:
                check_share(balance, found, shares)
            return found
    raise QuoteRefused("D does not converge: the contract reverts")


def newton_balance(
    limits: CurveLimits, amp: int, gamma: int, balances: Sequence[int], target: int, at: int
) -> int:
    """Return the balance at index `at` for which D is `target`, given the others.

    Raises:
        QuoteRefused: something is out of the contract's bounds, or the steps do not end.
    """
    limits.check(amp, gamma)
    check_target(target)
    found = steps_to_balance(amp, gamma, balances, target, at, divides_sum=limits.divides_sum)
    check_share(found, target)
    return found


def steps_to_balance(
    amp: int,
    gamma: int,
    balances: Sequence[int],
    target: int,
    at: int,
    doubled: Shares = (2 * 10**16, 2 * 10**20),
    *,
    divides_sum: bool = False,
) -> int:
    """Return the same by steps; of two balances twice the other is within `doubled` shares of D.

    Raises:
        QuoteRefused: the contract's arithmetic reverts, or the steps do not end.
    """
    count = len(balances)
    others = [balance for index, balance in enumerate(balances) if index != at]
    others.sort(reverse=True)
    if count == 2:
        product = 2 * ONE * others[0] // target
        if not doubled[0] <= product <= doubled[1]:
            raise QuoteRefused("a balance is too small or too large a part of D: it reverts")
        found = checked(target * target) // (others[0] * 4)
    else:
        for other in others:
            check_share(other, target)
        found, product = target // count, ONE
        for other in reversed(others):
            found = checked(found * target) // (other * count)
        for other in others:
            product = checked(product * other * count) // target
    limit = max(others[0] // 10**14, target // 10**14, 100)
    rest = sum(others)
    for _ in range(_MAX_STEPS):
        previous = found
        k0 = checked(product * found * count) // target
        distance = abs(gamma + ONE - k0) + 1
        first = _first_term(target, amp, gamma, distance)
        second = checked(2 * ONE * k0)
        second = (ONE + second) // distance if divides_sum else ONE + second // distance
        total = rest + found
        value = checked(ONE * found + checked(total * second) + first)
        taken = checked(target * second)
        if value < taken:
            found = previous // 2
            continue
        value -= taken
        slope = value // found if found else 0
        if not slope or not k0:
            raise QuoteRefused("the step divides by nothing: the contract reverts")
        minus = first // slope
        plus = checked(value + ONE * target) // slope + checked(minus * ONE) // k0
        minus += checked(ONE * total) // slope
        found = previous // 2 if plus < minus else plus - minus
        if abs(found - previous) < max(limit, found // 10**14):
            return found
    raise QuoteRefused("the balance does not converge: the contract reverts")


def check_target(target: int) -> None:
    """Refuse a D that the contract does not search balances for.

    Raises:
        QuoteRefused: it is below 10^17 or above 10^33.
    """
    if not 10**17 <= target <= 10**33:
        raise QuoteRefused("D leaves what the contract computes with: it reverts")


def check_share(balance: int, target: int, shares: Shares = UNSAFE_SHARES) -> None:
    """Refuse a balance that is too small or too large a part of D, 18 decimals.

    Raises:
        QuoteRefused: the contract holds such balances for unsafe and reverts.
    """
    if not target or not shares[0] <= checked(balance * ONE) // target <= shares[1]:
        raise QuoteRefused("a balance is too small or too large a part of D: it reverts")


def reduction(balances: Sequence[int], fee_gamma: int) -> int:
    """Return how near the balances are to balance, 10^18 at it, sharpened by `fee_gamma`.

    Raises:
        QuoteRefused: all balances are zero.

    Source: Curve CurveCryptoMath3.vy, reduction_coefficient; CurveCryptoSwap2.vy, _fee.
    """
    count, total = len(balances), sum(balances)
    if not total:
        raise QuoteRefused("the pool is empty")
    if count == 2:
        found = checked(4 * ONE * balances[0]) // total * balances[1] // total
    else:
        found = ONE
        for balance in balances:
            found = checked(found * count * balance) // total
    if fee_gamma or count == 2:
        found = fee_gamma * ONE // (fee_gamma + ONE - found)
    return found


def half_power(power: int) -> int:
    """Return 0.5^power, both with 18 decimals, by its binomial series.

    Raises:
        QuoteRefused: the series does not end.
    """
    whole, rest = divmod(power, ONE)
    if whole > 59:
        return 0
    result = ONE // (1 << whole)
    if not rest:
        return result
    term = total = ONE
    negative = False
    for index in range(1, 256):
        scale = index * ONE
        factor = scale - ONE
        if rest > factor:
            factor = rest - factor
            negative = not negative
        else:
            factor -= rest
        term = term * (factor // 2) // scale
        total += -term if negative else term
        if term < _EXP_PRECISION:
            return result * total // ONE
    raise QuoteRefused("the power does not converge: the contract reverts")


def square_root(value: int) -> int:
    """Return the root of a number with 18 decimals.

    Source: Curve CurveCryptoMath3.vy, sqrt_int.
    """
    if not value:
        return 0
    found, step = value, (value + ONE) // 2
    for _ in range(256):
        if step == found:
            return found
        found = step
        step = (value * ONE // step + step) // 2
    raise QuoteRefused("the root does not converge: the contract reverts")


def marginal_price(
    amp: int, gamma: int, balances: Sequence[int], target: int, token_in: int, token_out: int
) -> tuple[int, int]:
    """Return the slope of the curve between two balances of equal worth, exact: (out, in).

    The ratio of the invariant's derivatives at constant D: each is G/x + A·γ²·K0/D with
    G = 2·K0³ + (γ+1)² - K0²·(2γ+3).

    Raises:
        QuoteRefused: a balance or D is zero.
    """
    if not all(balances) or not target:
        raise QuoteRefused("the pool is empty")
    count = len(balances)
    product, power = count**count, target**count
    for balance in balances:
        product *= balance
    shape = (
        2 * product**3 * ONE**2
        + (gamma + ONE) ** 2 * power**3
        - product**2 * power * (2 * gamma + 3 * ONE) * ONE
    )
    constant = A_MULTIPLIER * target * shape
    linear = amp * gamma**2 * product * power**2
    balance_in, balance_out = balances[token_in], balances[token_out]
    return (
        (constant + linear * balance_in) * balance_out,
        (constant + linear * balance_out) * balance_in,
    )


def _product_ratio(ordered: Sequence[int], target: int) -> int:
    """Return K0, the product of balances over that of the balanced pool, 18 decimals."""
    if len(ordered) == 2:
        return checked(checked(4 * ONE * ordered[0]) // target * ordered[1]) // target
    found, count = ONE, len(ordered)
    for balance in ordered:
        found = checked(found * balance * count) // target
    return found


def _first_term(target: int, amp: int, gamma: int, distance: int) -> int:
    bare = checked(checked(ONE * target) // gamma * distance) // gamma
    return checked(bare * distance * A_MULTIPLIER) // amp
