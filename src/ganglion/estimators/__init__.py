"""Estimators with scikit-learn's contract: thin shells over the plain functions. Only here is scikit-learn imported."""

from __future__ import annotations

from .kmeans import KMeans
from .minibatch import MiniBatchKMeans

__all__ = ["KMeans", "MiniBatchKMeans"]
