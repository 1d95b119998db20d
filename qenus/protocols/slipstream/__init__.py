"""Slipstream (Velodrome, Aerodrome): Uniswap V3's pools, named by tick spacing, fees by module."""

__all__: list[str] = []
