"""Curve: StableSwap and CryptoSwap pools of all generations."""

__all__: list[str] = []
