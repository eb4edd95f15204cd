"""Clustering: plain functions that return frozen records."""

from __future__ import annotations

from ._lloyd import History
from .kmeans import KMeansRun, kmeans, kmeans_plusplus
from .table_model import TableClustering

__all__ = ["History", "KMeansRun", "TableClustering", "kmeans", "kmeans_plusplus"]
