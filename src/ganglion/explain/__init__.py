"""What a cluster means, in words and numbers."""

from __future__ import annotations

from .clusters import ClusterCard, FeatureDifference, describe_clusters

__all__ = ["ClusterCard", "FeatureDifference", "describe_clusters"]
