"""What carries data out of the house. Each module is one way out."""

__all__: list[str] = []
