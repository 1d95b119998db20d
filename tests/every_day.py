"""Of many cases that each take their time, those that run every day; the full run has all."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest

__all__ = ["every_day"]


def every_day(chosen: Collection[Any], cases: Iterable[Any]) -> list[Any]:
    """Mark all cases but the chosen ones as slow, for `parametrize`."""
    cases = list(cases)
    assert all(case in cases for case in chosen)
    return [
        case if case in chosen else pytest.param(case, marks=pytest.mark.slow) for case in cases
    ]
