"""The families of features: a value for each.

The batches of a state-pure family are made by the branch that waits for the state.
"""

from qenus.extractors.amm.family import AMM
from qenus.extractors.feature_family import FeatureFamily
from qenus.wire import Family, PoolStateBatch, Purity

__all__ = ["FAMILIES", "POOL_STATE"]

POOL_STATE = FeatureFamily(Family.POOL_STATE, Purity.STATE, PoolStateBatch)

FAMILIES: tuple[FeatureFamily, ...] = (
    AMM,
    POOL_STATE,
)
