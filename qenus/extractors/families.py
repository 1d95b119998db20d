"""The families of features: a line for each."""

from qenus.extractors.amm.family import AMM
from qenus.extractors.feature_family import FeatureFamily
from qenus.extractors.pool_state.family import POOL_STATE

__all__ = ["FAMILIES"]

FAMILIES: tuple[FeatureFamily, ...] = (
    AMM,
    POOL_STATE,
)
