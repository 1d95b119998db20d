"""Family amm: swaps, liquidity changes and reserves, read from the logs of sealed blocks."""

from qenus.extractors.amm._decoders import DECLARATIONS, EVENTS

__all__ = ["DECLARATIONS", "EVENTS"]
