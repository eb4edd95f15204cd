"""Clustering: plain functions that return frozen records."""

from __future__ import annotations

from .kmeans import KMeansRun, kmeans, kmeans_plusplus
from .lloyd import History
from .table_model import TableClustering

__all__ = ["History", "KMeansRun", "TableClustering", "kmeans", "kmeans_plusplus"]
