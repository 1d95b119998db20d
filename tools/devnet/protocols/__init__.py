"""The protocols that the devnet deploys, each from its authors' own published bytecode."""

__all__: list[str] = []
