"""Qenus Dataplane: verified blocks in, exact DeFi features out, in milliseconds.

The rooms, in the order in which data passes through them: `observers` bring blocks in, `chain`
proves them, `extractors` turn them into features, `publishers` carry the features out and `client`
is what a subscriber imports. `wire` is the contract between all of them.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
