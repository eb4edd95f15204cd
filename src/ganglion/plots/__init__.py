"""Drawings with matplotlib: the curve over k, and the map of clusters."""

from .cluster_map import cluster_map
from .elbow import Choice, elbow

__all__ = ["Choice", "cluster_map", "elbow"]
