"""Uniswap V4: pools within one manager, with hooks and fees of their own."""

__all__: list[str] = []
