"""Uniswap V2: pairs on x·y = k, and the forks of its factory."""

__all__: list[str] = []
