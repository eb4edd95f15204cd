"""Estimators with scikit-learn's contract: thin shells over the plain functions."""

from __future__ import annotations

from .agglomerative import AgglomerativeClustering
from .bayesian import BayesianClustering
from .bisecting import BisectingKMeans
from .divisive import DivisiveClustering
from .kmeans import KMeans
from .medoids import KMedoids
from .minibatch import MiniBatchKMeans
from .mlp_classifier import MLPClassifier
from .mlp_regressor import MLPRegressor

__all__ = [
    "AgglomerativeClustering",
    "BayesianClustering",
    "BisectingKMeans",
    "DivisiveClustering",
    "KMeans",
    "KMedoids",
    "MLPClassifier",
    "MLPRegressor",
    "MiniBatchKMeans",
]
