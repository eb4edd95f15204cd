"""What a cluster means, and what a prediction rests on, in words and numbers."""

from __future__ import annotations

from .clusters import ClusterCard, FeatureDifference, describe_clusters
from .importance import ColumnImportance, column_importance

__all__ = [
    "ClusterCard",
    "ColumnImportance",
    "FeatureDifference",
    "column_importance",
    "describe_clusters",
]
