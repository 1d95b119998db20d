"""Uniswap V3: concentrated liquidity between ticks, and its forks such as Pancake V3."""

__all__: list[str] = []
