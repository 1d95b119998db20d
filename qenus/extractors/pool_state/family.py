"""Family pool_state as a value. Its batches are made by the branch that waits for the state."""

from qenus.extractors.feature_family import FeatureFamily
from qenus.wire import Family, PoolStateBatch, Purity

__all__ = ["POOL_STATE"]

POOL_STATE = FeatureFamily(Family.POOL_STATE, Purity.STATE, PoolStateBatch)
