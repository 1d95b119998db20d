"""Features out of sealed blocks: exact, typed, in log order, and a function of the chain alone."""

from qenus.extractors.block_pure import amm_batch, block_pure_contents, extractor_version
from qenus.protocols.refusal import Refusal

__all__ = ["Refusal", "amm_batch", "block_pure_contents", "extractor_version"]
