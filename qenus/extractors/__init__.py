"""Features out of sealed blocks: exact, typed, in log order, and a function of the chain alone."""

from qenus.extractors.amm.family import amm_batch
from qenus.extractors.block_pure import (
    batches_of_block,
    block_pure_contents,
    extractor_version,
)
from qenus.extractors.families import FAMILIES
from qenus.extractors.feature_family import FeatureFamily
from qenus.protocols.refusal import Refusal

__all__ = [
    "FAMILIES",
    "FeatureFamily",
    "Refusal",
    "amm_batch",
    "batches_of_block",
    "block_pure_contents",
    "extractor_version",
]
