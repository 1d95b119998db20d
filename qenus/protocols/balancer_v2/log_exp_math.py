"""Powers as Balancer V2 computes them: x^y = exp(y·ln x), integers of 18, 20 and 36 decimals.

exp and ln split off the powers e^(2^7) … e^(2^-4), whose values are tabled, and finish with a
Taylor series; near 1 the logarithm is taken with 36 decimals instead. Divisions truncate towards
zero, as the EVM's do, also for negative logarithms.
Source: Balancer v2 LogExpMath.
"""

from qenus.protocols.balancer_v2.fixed_point import ONE, multiply_down, multiply_up
from qenus.protocols.bounds import QuoteRefused

__all__ = ["power", "power_down", "power_up"]

_ONE_20 = 10**20
_ONE_36 = 10**36
_MAX_EXPONENT = 130 * ONE
_MIN_EXPONENT = -41 * ONE
_NEAR_ONE = 10**17
_MAX_RELATIVE_ERROR = 10_000
_MILD_EXPONENT_BOUND = 2**254 // _ONE_20

# (2^n with 18 decimals, e^(2^n) as a whole number), n = 7 and 6.
_GREAT = (
    (128 * ONE, 38877084059945950922200000000000000000000000000000000000),
    (64 * ONE, 6235149080811616882910000000),
)
# (2^n, e^(2^n)), both with 20 decimals, n = 5 … -4.
_SMALL = (
    (3200000000000000000000, 7896296018268069516100000000000000),
    (1600000000000000000000, 888611052050787263676000000),
    (800000000000000000000, 298095798704172827474000),
    (400000000000000000000, 5459815003314423907810),
    (200000000000000000000, 738905609893065022723),
    (100000000000000000000, 271828182845904523536),
    (50000000000000000000, 164872127070012814685),
    (25000000000000000000, 128402541668774148407),
    (12500000000000000000, 113314845306682631683),
    (6250000000000000000, 106449445891785942956),
)
# The exponential leaves the last two to its series, the logarithm does not.
_SMALL_OF_EXP = _SMALL[:8]


def power(base: int, exponent: int) -> int:
    """Return base^exponent, all with 18 decimals, off by at most one part in 10^14.

    Raises:
        QuoteRefused: the contract's bounds are left.
    """
    if exponent == 0:
        return ONE
    if base == 0:
        return 0
    if base >= 1 << 255 or exponent >= _MILD_EXPONENT_BOUND:
        raise QuoteRefused("power: base or exponent out of bounds")
    if ONE - _NEAR_ONE < base < ONE + _NEAR_ONE:
        log36 = _ln_36(base)
        whole = _divide(log36, ONE)
        product = whole * exponent + _divide((log36 - whole * ONE) * exponent, ONE)
    else:
        product = _ln(base) * exponent
    product = _divide(product, ONE)
    if not _MIN_EXPONENT <= product <= _MAX_EXPONENT:
        raise QuoteRefused("power: the product of logarithm and exponent is out of bounds")
    return _exp(product)


def power_up(base: int, exponent: int, *, shortcuts: bool) -> int:
    """Return base^exponent rounded up by the error that `power` may have, 18 decimals.

    `shortcuts`: exponents 1, 2 and 4 are multiplied out, as pools do from their second version on.
    Source: Balancer v2 FixedPoint.powUp.
    """
    if shortcuts and exponent in (ONE, 2 * ONE, 4 * ONE):
        if exponent == ONE:
            return base
        square = multiply_up(base, base)
        return square if exponent == 2 * ONE else multiply_up(square, square)
    raw = power(base, exponent)
    return raw + multiply_up(raw, _MAX_RELATIVE_ERROR) + 1


def power_down(base: int, exponent: int, *, shortcuts: bool) -> int:
    """Return base^exponent rounded down by the error that `power` may have, 18 decimals.

    Source: Balancer v2 FixedPoint.powDown.
    """
    if shortcuts and exponent in (ONE, 2 * ONE, 4 * ONE):
        if exponent == ONE:
            return base
        square = multiply_down(base, base)
        return square if exponent == 2 * ONE else multiply_down(square, square)
    raw = power(base, exponent)
    return max(raw - multiply_up(raw, _MAX_RELATIVE_ERROR) - 1, 0)


def _divide(a: int, b: int) -> int:
    """Return a/b truncated towards zero, b positive."""
    return a // b if a >= 0 else -(-a // b)


def _exp(x: int) -> int:
    """Return e^x, both with 18 decimals."""
    if x < 0:
        return ONE * ONE // _exp(-x)
    great = 1
    for exponent, value in _GREAT:
        if x >= exponent:
            x -= exponent
            great = value
            break
    x *= 100
    product = _ONE_20
    for exponent, value in _SMALL_OF_EXP:
        if x >= exponent:
            x -= exponent
            product = product * value // _ONE_20
    series, term = _ONE_20 + x, x
    for n in range(2, 13):
        term = term * x // _ONE_20 // n
        series += term
    return product * series // _ONE_20 * great // 100


def _ln(a: int) -> int:
    """Return ln a, both with 18 decimals."""
    if a < ONE:
        return -_ln(ONE * ONE // a)
    total = 0
    for exponent, value in _GREAT:
        if a >= value * ONE:
            a //= value
            total += exponent
    total *= 100
    a *= 100
    for exponent, value in _SMALL:
        if a >= value:
            a = a * _ONE_20 // value
            total += exponent
    z = (a - _ONE_20) * _ONE_20 // (a + _ONE_20)
    square = z * z // _ONE_20
    series, term = z, z
    for n in range(3, 12, 2):
        term = term * square // _ONE_20
        series += term // n
    return (total + 2 * series) // 100


def _ln_36(x: int) -> int:
    """Return ln x with 36 decimals, for x near 1 with 18 decimals."""
    x *= ONE
    z = _divide((x - _ONE_36) * _ONE_36, x + _ONE_36)
    square = z * z // _ONE_36
    series, term = z, z
    for n in range(3, 16, 2):
        term = _divide(term * square, _ONE_36)
        series += _divide(term, n)
    return 2 * series
