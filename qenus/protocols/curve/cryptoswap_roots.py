"""The same invariant as the second generation solves it: a balance as the root of a cubic.

twocrypto-ng and tricrypto-ng write the invariant as a cubic in K0 and take its real root by cube
roots, scaled so that nothing overflows; where the discriminant is negative they fall back to steps.
Signed divisions truncate towards zero. Some of the contracts' arithmetic is unchecked: what would
wrap around there is refused here, for no sound answer follows.
Source: Curve CurveCryptoMathOptimized2.vy v2.0.0 and v2.1.0, CurveCryptoMathOptimized3.vy v2.0.0.
"""

from collections.abc import Sequence
from math import isqrt

from attrs import frozen

from qenus.protocols.bounds import QuoteRefused, checked
from qenus.protocols.curve.cryptoswap_math import (
    A_MULTIPLIER,
    ONE,
    CurveLimits,
    Shares,
    check_share,
    check_target,
    steps_to_balance,
    steps_to_invariant,
)

__all__ = [
    "Generation",
    "balance_of_three",
    "balance_of_two",
    "cube_root",
    "decay",
    "geometric_mean_of_three",
    "invariant_of_three",
    "invariant_of_two",
    "prices",
]

_INT256 = 1 << 255
# From here on a cube root gets less than 18 further decimals.
_CUBE_ROOT_LIMIT = 115792089237316195423570985008687907853269


@frozen
class Generation:
    """One version's limits.

    Parts of D that a balance may be, 18 decimals: of what is found (`shares`), in the search for D
    (`shares_in_search`), and of twice the other of two balances (`doubled`). Where `small_gamma` is
    given, larger γ narrow the first and the last.
    """

    limits: CurveLimits
    shares: Shares = (10**16 - 1, 10**20)
    shares_in_search: Shares = (10**16 - 1, 10**20)
    doubled: Shares = (2 * 10**16, 2 * 10**20)
    small_gamma: int | None = None

    def at(self, gamma: int) -> tuple[Shares, Shares]:
        """Return `shares` and `doubled` for a γ."""
        if self.small_gamma is None or gamma <= self.small_gamma:
            return self.shares, self.doubled
        most = 10**20 * self.small_gamma // gamma
        return (10**36 // 2 // most, most // 2), (10**36 // most, most)


TWO_V200 = Generation(CurveLimits(4_000, 4 * 10**7, 2 * 10**15, 10**14))
TWO_V210 = Generation(
    CurveLimits(4_000, 4 * 10**7, 199 * 10**15, 10**14), shares=(5 * 10**15, 5 * 10**19),
    shares_in_search=(5 * 10**15, 5 * 10**19), doubled=(10**16, 10**20), small_gamma=2 * 10**16,
)  # fmt: skip
THREE_V200 = Generation(CurveLimits(2_700, 27 * 10**7, 5 * 10**16, 0))


def decay(elapsed: int, window: int) -> int:
    """Return e^(-elapsed/window), 18 decimals, as the contracts reckon it; times in seconds.

    Source: Snekmate and Solady wad_exp, as in CurveCryptoMathOptimized2.vy.
    """
    return _exponential(-(elapsed * ONE // window))


def cube_root(value: int) -> int:
    """Return the cube root of a number with 18 decimals, by seven steps from a power of two."""
    factor = 10**36 if value < _CUBE_ROOT_LIMIT else ONE
    if value >= _CUBE_ROOT_LIMIT * ONE:
        factor = 1
    scaled = value * factor
    if not scaled:
        return 0
    log = scaled.bit_length() - 1
    rest = log % 3
    found = (1 << log // 3) * (1, 1260, 1260**2)[rest] // (1, 1000, 1000**2)[rest]
    for _ in range(7):
        found = (2 * found + scaled // (found * found)) // 3
    return found * {10**36: 1, ONE: 10**6, 1: 10**12}[factor]


def geometric_mean_of_three(balances: Sequence[int]) -> int:
    """Return the geometric mean of three balances, 18 decimals."""
    first, second, third = balances
    product = checked(checked(first * second) // ONE * third) // ONE
    return cube_root(product)


def invariant_of_two(
    generation: Generation, amp: int, gamma: int, balances: Sequence[int], k0: int
) -> int:
    """Return D for two balances; `k0` of the last solution, 0 if none, gives the first guess.

    Raises:
        QuoteRefused: the balances are out of the contract's bounds, or the steps do not end.
    """
    generation.limits.check(amp, gamma)
    high, low = max(balances), min(balances)
    if not 10**9 <= high <= 10**33:
        raise QuoteRefused("a balance leaves what the contract computes with: it reverts")
    if low * ONE // high < generation.limits.least_ratio:
        raise QuoteRefused("the balances are too far apart: the contract reverts")
    if k0:
        guess = min(isqrt(checked(4 * high * low // k0 * ONE)), high + low)
    else:
        guess = 2 * isqrt(high * low)
    return steps_to_invariant(amp, gamma, (high, low), guess, generation.shares_in_search)


def invariant_of_three(amp: int, gamma: int, balances: Sequence[int], k0: int) -> int:
    """Return D for three balances; `k0` of the last solution, 0 if none, gives the first guess.

    Raises:
        QuoteRefused: the balances are out of the contract's bounds, or the steps do not end.
    """
    ordered = sorted(balances, reverse=True)
    if not 0 < ordered[0] < ((1 << 256) - 1) // ONE * 27:
        raise QuoteRefused("a balance leaves what the contract computes with: it reverts")
    first, second, third = ordered
    if not k0:
        guess = 3 * geometric_mean_of_three(ordered)
    else:
        scale = next((scale for scale in (36, 24) if sum(ordered) > 10**scale), 18)
        bare = checked(checked(first * second) // 10**scale * third) // k0
        guess = cube_root(checked(bare * 27 * 10 ** {36: 12, 24: 6, 18: 0}[scale]))
    return steps_to_invariant(amp, gamma, ordered, guess, THREE_V200.shares_in_search)


def balance_of_two(
    generation: Generation, amp: int, gamma: int, balances: Sequence[int], target: int, at: int
) -> tuple[int, int]:
    """Return the balance at index `at` for which D is `target`, and its K0, 0 where stepped to.

    Raises:
        QuoteRefused: something is out of the contract's bounds, or its arithmetic reverts.
    """
    generation.limits.check(amp, gamma)
    check_target(target)
    other = balances[1 - at]
    shares, doubled = generation.at(gamma)
    check_share(2 * other, target, doubled)
    square = gamma * gamma
    weight = amp * square
    fourth = 4 * weight // 400_000_000
    a = 10**32
    b = _signed(target * weight) // 400_000_000 // other - 3 * 10**32 - 2 * gamma * 10**14
    c = 3 * 10**32 + 4 * gamma * 10**14 + square // 10**4
    c += fourth * other // target - fourth
    d = -((ONE + gamma) ** 2 // 10**4)
    if not b:
        raise QuoteRefused("the cubic's second term is zero: the contract divides by it")
    delta0 = _divided(3 * a * c, b) - b
    delta1 = 3 * delta0 + b - _divided(_divided(27 * a**2, b) * d, b)
    divider = _divider_of_two(min(abs(delta0), abs(delta1), a))
    a, b, c, d = (_divided(_signed(term), divider) for term in (a, b, c, d))
    if not b:
        raise QuoteRefused("the cubic's second term is zero: the contract divides by it")
    delta0 = _divided(_signed(3 * a * c), b) - b
    delta1 = 3 * delta0 + b - _divided(_signed(_divided(_signed(27 * a**2), b) * d), b)
    root_of = _signed(delta1**2) + _signed(_divided(_signed(4 * delta0**2), b) * delta0)
    if root_of <= 0:
        return steps_to_balance(amp, gamma, balances, target, at, doubled), 0
    second = _second_root(delta1, isqrt(_signed(root_of)))
    first = _signed_cube_root(b)
    joint = _divided(_signed(_divided(_signed(first**2), ONE) * second), ONE)
    if not joint:
        raise QuoteRefused("the cubic's root divides by nothing: the contract reverts")
    k0 = _divided(
        _signed(ONE * joint - ONE * b - _signed(_divided(_signed(ONE * b), joint) * delta0)), 3 * a
    )
    found = _divided(_divided(_signed(target**2 // other * k0), 4), ONE)
    _check_positive(found, k0)
    check_share(found, target, shares)
    return found, k0


def balance_of_three(
    amp: int, gamma: int, balances: Sequence[int], target: int, at: int
) -> tuple[int, int]:
    """Return the balance at index `at` for which D is `target`, and its K0, 0 where stepped to.

    Raises:
        QuoteRefused: something is out of the contract's bounds, or its arithmetic reverts.
    """
    THREE_V200.limits.check(amp, gamma)
    check_target(target)
    one, other = (balance for index, balance in enumerate(balances) if index != at)
    for balance in (one, other):
        check_share(balance, target)
    square = gamma * gamma
    a = 10**36 // 27
    b = 10**36 // 9 + 2 * ONE * gamma // 27
    b -= _signed(_signed(target * target // one * square) * amp) // 27**2 // A_MULTIPLIER // other
    c = 10**36 // 9 + gamma * (gamma + 4 * ONE) // 27
    bare = _divided(_signed(square * (one + other - target)), target)
    c += _divided(_divided(_signed(bare * amp), 27), A_MULTIPLIER)
    d = (ONE + gamma) ** 2 // 27
    if not b:
        raise QuoteRefused("the cubic's second term is zero: the contract divides by it")
    divider = _divider_of_three(abs(_signed(_divided(_signed(3 * a * c), b) - b)))
    if abs(a) > abs(b):
        extra = abs(_divided(a, b))
        a, b, c, d = (_divided(_signed(term * extra), divider) for term in (a, b, c, d))
    else:
        extra = abs(_divided(b, a))
        a, b, c, d = (_divided(_divided(term, extra), divider) for term in (a, b, c, d))
    if not a or not b:
        raise QuoteRefused("the cubic's terms shrink to zero: the contract divides by them")
    triple = _signed(3 * a * c)
    delta0 = _divided(triple, b) - b
    delta1 = _divided(_signed(3 * triple), b) - 2 * b
    delta1 = _signed(delta1 - _divided(_signed(_divided(_signed(27 * a**2), b) * d), b))
    root_of = _signed(delta1**2) + _signed(_divided(_signed(4 * delta0**2), b) * delta0)
    if root_of <= 0:
        found = steps_to_balance(amp, gamma, balances, target, at)
        check_share(found, target)
        return found, 0
    second = _second_root(delta1, isqrt(_signed(root_of)))
    first = _signed_cube_root(b)
    joint = _divided(_signed(_divided(first * first, ONE) * second), ONE)
    if not joint:
        raise QuoteRefused("the cubic's root divides by nothing: the contract reverts")
    root = _divided(b + _divided(_signed(b * delta0), joint) - joint, 3)
    bare = _signed(_signed(target * target // 27 // other * target) // one)
    found = _divided(_signed(bare * root), a)
    k0 = _divided(_signed(ONE * root), a)
    _check_positive(found, k0)
    check_share(found, target, THREE_V200.shares)
    return found, k0


def prices(amp: int, gamma: int, balances: Sequence[int], target: int) -> tuple[int, ...]:
    """Return what each further token is worth in token 0 for balances of equal worth, 18 decimals.

    Raises:
        QuoteRefused: the contract's arithmetic reverts.

    Source: Curve CurveCryptoMathOptimized2.vy, CurveCryptoMathOptimized3.vy: get_p.
    """
    check_target(target)
    first = balances[0]
    if len(balances) == 2:
        k0 = checked(checked(4 * first * balances[1]) // target * 10**36) // target
    else:
        k0 = checked(checked(27 * first * balances[1]) // target * balances[2]) // target
        k0 = checked(k0 * 10**36) // target
    shape = checked(checked(2 * k0 * k0) // 10**36 * k0) // 10**36 + (gamma + ONE) ** 2
    shape -= checked(checked(k0 * k0) // 10**36 * (2 * gamma + 3 * ONE)) // ONE
    if shape < 0:
        raise QuoteRefused("the price falls below zero: the contract reverts")
    weight = amp * gamma**2 // A_MULTIPLIER
    divisor = shape + checked(checked(weight * first) // target * k0) // 10**36
    found = []
    for balance in balances[1:]:
        value = shape + checked(checked(weight * balance) // target * k0) // 10**36
        if not balance or not divisor:
            raise QuoteRefused("a balance is zero: the contract divides by it")
        found.append(checked(checked(first * value) // balance * ONE) // divisor)
    return tuple(found)


def _exponential(power: int) -> int:
    """Return e^power for a power <= 0, both with 18 decimals."""
    if power <= -42139678854452767551:
        return 0
    value = _divided(power << 78, 5**18)
    log2 = 54916777467707473351141471128
    doublings = (_divided(value << 96, log2) + 2**95) >> 96
    value -= doublings * log2
    y = ((value + 1346386616545796478920950773328) * value >> 96) + 57155421227552351082224309758442
    numerator = y + value - 94201549194550492254356042504812
    numerator = (numerator * y >> 96) + 28719021644029726153956944680412240
    numerator = numerator * value + (4385272521454847904659076985693276 << 96)
    denominator = value - 2855989394907223263936484059900
    denominator = (denominator * value >> 96) + 50020603652535783019961831881945
    for constant in (
        -533845033583426703283633433725380, 3604857256930695427073651918091429,
        -14423608567350463180887372962807573, 26449188498355588339934803723976023,
    ):  # fmt: skip
        denominator = (denominator * value >> 96) + constant
    ratio = _divided(numerator, denominator)
    return ratio * 3822833074963236453042738258902158003155416615667 >> (195 - doublings)


def _second_root(delta1: int, root: int) -> int:
    if delta1 > 0:
        return cube_root((delta1 + root) // 2)
    return -cube_root((root - delta1) // 2)


def _signed_cube_root(value: int) -> int:
    return cube_root(value) if value >= 0 else -cube_root(-value)


def _divided(numerator: int, denominator: int) -> int:
    """Return a quotient that truncates towards zero."""
    quotient = abs(numerator) // abs(denominator)
    return quotient if (numerator < 0) == (denominator < 0) else -quotient


def _signed(value: int) -> int:
    """Return what the contract computes in one signed word.

    Raises:
        QuoteRefused: it would revert, or where it does not check, wrap around.
    """
    if -_INT256 <= value < _INT256:
        return value
    raise QuoteRefused("the contract's arithmetic would leave int256: it reverts or wraps")


def _divider_of_two(threshold: int) -> int:
    for power in range(48, 24, -2):
        if threshold > 10**power:
            return int(10 ** (power - 18))
    if threshold > 10**24:
        return 10**6
    return 100 if threshold > 10**20 else 1


def _divider_of_three(threshold: int) -> int:
    for power in range(48, 20, -4):
        if threshold > 10**power:
            return int(10 ** (power - 18))
    return 100 if threshold > 10**20 else 1


def _check_positive(found: int, k0: int) -> None:
    if found < 0 or k0 < 0:
        raise QuoteRefused("the cubic's root is negative: the contract reverts")
