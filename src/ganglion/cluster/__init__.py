"""Clustering: plain functions that return frozen records."""

from __future__ import annotations

from .kmeans import KMeansRun, kmeans, kmeans_plusplus
from .lloyd import History

__all__ = ["History", "KMeansRun", "kmeans", "kmeans_plusplus"]
