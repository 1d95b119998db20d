"""Solidly of the second generation (Velodrome V2, Aerodrome): volatile and stable pairs."""

__all__: list[str] = []
