"""Camelot V2: pairs with a fee for each direction and a curve that may be switched."""

__all__: list[str] = []
