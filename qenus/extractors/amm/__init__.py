"""Family amm: swaps, liquidity changes and reserves, read from the logs of sealed blocks."""

from qenus.protocols.catalogue import EVENTS

__all__ = ["EVENTS"]
