"""What a cluster means, and what a prediction rests on, in words and numbers."""

from __future__ import annotations

from .clusters import ClusterCard, FeatureDifference, describe_clusters
from .importance import ColumnImportance, column_importance
from .stability import ClusterStability, cluster_stability

__all__ = [
    "ClusterCard",
    "ClusterStability",
    "ColumnImportance",
    "FeatureDifference",
    "cluster_stability",
    "column_importance",
    "describe_clusters",
]
