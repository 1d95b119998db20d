"""Family amm: swaps, liquidity changes and reserves, read from the logs of sealed blocks."""

from qenus.extractors.amm._decoders import EVENTS

__all__ = ["EVENTS"]
