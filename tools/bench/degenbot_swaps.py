"""Runs in degenbot's own environment: its V3 pool over pipes, for `tools.bench.pools`.

The first line of input is a pool's state; each further one a list of amounts of token0 to sell. The
pool is made without its constructor, which would ask a node; what it computes is its own.
"""

import json
import sys
import time
from threading import Lock
from typing import Any

from degenbot.uniswap.types import (  # type: ignore[import-not-found]
    UniswapV3BitmapAtWord,
    UniswapV3LiquidityAtTick,
)
from degenbot.uniswap.v3_liquidity_pool import (  # type: ignore[import-not-found]
    UniswapV3Pool,
)

_MIN_LIMIT = 4295128739 + 1


def _pool(state: dict[str, Any]) -> Any:
    words: dict[int, int] = {}
    for tick, _, _ in state["ticks"]:
        word, bit = divmod(tick // state["tick_spacing"], 256)
        words[word] = words.get(word, 0) | 1 << bit
    first, last = (edge // state["tick_spacing"] // 256 for edge in (-887272, 887272))
    pool = object.__new__(UniswapV3Pool)
    pool.fee, pool.tick_spacing = state["fee"], state["tick_spacing"]
    pool.sparse_liquidity_map = False
    pool._state_lock = Lock()
    pool._state = UniswapV3Pool.PoolState(
        pool="0x" + "00" * 20,
        liquidity=state["liquidity"],
        sqrt_price_x96=state["sqrt_price_x96"],
        tick=state["tick"],
        tick_bitmap={
            word: UniswapV3BitmapAtWord(bitmap=words.get(word, 0))
            for word in range(first, last + 1)
        },
        tick_data={
            tick: UniswapV3LiquidityAtTick(liquidity_net=net, liquidity_gross=gross)
            for tick, net, gross in state["ticks"]
        },
    )
    return pool


def main() -> None:
    """Answer each line of amounts with the seconds taken and the swaps' results."""
    # What degenbot says about missing configuration must not mix with the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    pool = _pool(json.loads(sys.stdin.readline()))
    print("true", file=answers, flush=True)
    for line in sys.stdin:
        amounts = json.loads(line)
        start = time.process_time()
        results = [pool._calculate_swap(True, amount, _MIN_LIMIT) for amount in amounts]
        seconds = time.process_time() - start
        print(json.dumps([seconds, results]), file=answers, flush=True)


if __name__ == "__main__":
    main()
