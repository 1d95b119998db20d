"""Algebra: Uniswap V3's ticks, with fees that follow volatility or the direction."""

__all__: list[str] = []
