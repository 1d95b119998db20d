"""What people see of a pool's state: which fields, and where its tokens and prices are.

Each protocol says it of its own messages, in its folder; what prints knows no protocol. Rows are
those of `qenus.wire.feature_rows`: a field by its name, big integers as decimal text.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from qenus.wire import WireMessage

__all__ = ["PoolText", "PricesOfOne"]

# Which token is priced, and what one smallest unit of it is worth in each token, by their places.
PricesOfOne: TypeAlias = tuple[int, Sequence[str]]


@attrs.frozen
class PoolText:
    """How the state `message` is shown: these `fields`, in this order, after tokens and price.

    `tokens` names the two fields that hold a pair's tokens, or the one that holds all. Prices are
    Q128.128; those of a pool of several tokens are found by `prices_of_one`, a pair's is its field
    `price0_x128`.
    """

    message: type[WireMessage]
    fields: tuple[str, ...]
    tokens: tuple[str, ...] = ("token0", "token1")
    prices_of_one: Callable[[Mapping[str, Any]], PricesOfOne] | None = None
