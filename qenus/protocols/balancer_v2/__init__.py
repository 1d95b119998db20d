"""Balancer V2: weighted and composable stable pools, whose tokens one vault holds."""

__all__: list[str] = []
