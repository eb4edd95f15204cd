"""Estimators with scikit-learn's contract: thin shells over the plain functions. Only here is scikit-learn imported."""

from __future__ import annotations

from .kmeans import KMeans
from .minibatch import MiniBatchKMeans
from .mlp_classifier import MLPClassifier
from .mlp_regressor import MLPRegressor

__all__ = ["KMeans", "MLPClassifier", "MLPRegressor", "MiniBatchKMeans"]
