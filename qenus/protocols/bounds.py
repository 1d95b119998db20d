"""Bounds at the door: what arrives from outside is an integer of the contract's own width.

A recorded event, a state read from a node or an amount of a caller passes `check_*` once, where it
enters; behind the door the maths assumes that it holds.
"""

from qenus.errors import QenusError, RemoteProtocolError

__all__ = [
    "INT24_MAX",
    "INT24_MIN",
    "INT128_MAX",
    "INT256_MAX",
    "INT256_MIN",
    "UINT24_MAX",
    "UINT112_MAX",
    "UINT128_MAX",
    "UINT160_MAX",
    "UINT256_MAX",
    "OutOfBounds",
    "QuoteRefused",
    "check_amount",
    "check_integer",
    "check_range",
    "check_tokens",
    "checked",
    "sells_first_of_two",
]

INT24_MIN = -(1 << 23)
INT24_MAX = (1 << 23) - 1
UINT24_MAX = (1 << 24) - 1
UINT112_MAX = (1 << 112) - 1
UINT128_MAX = (1 << 128) - 1
UINT160_MAX = (1 << 160) - 1
INT128_MAX = (1 << 127) - 1
INT256_MIN = -(1 << 255)
INT256_MAX = (1 << 255) - 1
UINT256_MAX = (1 << 256) - 1


class OutOfBounds(RemoteProtocolError):
    """A pool's state or event holds a number that its contract could never hold."""

    def __init__(self, what: str, expected: str, found: object) -> None:
        super().__init__(f"{what}: expected {expected}, found {found!r}")
        self.what = what
        self.expected = expected
        self.found = found


class QuoteRefused(QenusError):
    """The pool would revert, or its answer cannot be known; `reason` says which and why.

    It is an answer about this amount on this state, so no message is to blame for it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def checked(value: int) -> int:
    """Return what the contract computes in one word.

    Raises:
        QuoteRefused: it would leave uint256, where checked arithmetic reverts.
    """
    if 0 <= value <= UINT256_MAX:
        return value
    raise QuoteRefused("the contract's arithmetic would leave uint256: it reverts")


def check_range(what: str, value: int, low: int, high: int) -> int:
    """Return `value` if low <= value <= high.

    Raises:
        OutOfBounds: naming what, the range and what was found; also for anything not an int.
    """
    if type(value) is not int or not low <= value <= high:
        raise OutOfBounds(what, f"an integer in {low}..{high}", value)
    return value


def check_amount(what: str, value: int, high: int = UINT256_MAX) -> int:
    """Return a caller's amount if 0 < value <= high.

    Raises:
        QuoteRefused: the contract would revert on it.
    """
    if type(value) is not int or not 0 < value <= high:
        raise QuoteRefused(f"{what} must be an integer in 1..{high}, found {value!r}")
    return value


def check_integer(what: str, value: int, low: int, high: int = UINT256_MAX) -> int:
    """Return a number that a caller asks about if low <= value <= high.

    Raises:
        QuoteRefused: the contract has no such number; also for anything not an int.
    """
    if type(value) is not int or not low <= value <= high:
        raise QuoteRefused(f"{what} must be an integer in {low}..{high}, found {value!r}")
    return value


def check_tokens(token_in: int, token_out: int, count: int) -> None:
    """Check that a caller names two different tokens of a pool of `count` tokens.

    Raises:
        QuoteRefused: there is no such token, or it is the same one twice.
    """
    check_integer("token_in", token_in, 0, count - 1)
    check_integer("token_out", token_out, 0, count - 1)
    if token_in == token_out:
        raise QuoteRefused("a token cannot be swapped for itself")


def sells_first_of_two(token_in: int, token_out: int) -> bool:
    """Return whether a caller sells token 0 for token 1, not token 1 for token 0.

    Raises:
        QuoteRefused: tokens of a pool of two are 0 and 1, each once.
    """
    if (token_in, token_out) == (0, 1):
        return True
    if (token_in, token_out) == (1, 0):
        return False
    raise QuoteRefused(f"tokens must be 0, 1 or 1, 0, found {token_in!r}, {token_out!r}")
