"""ganglion: finds structure in data, and shows its work.

Importing it costs NumPy and the compiled kernels; everything else is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ._errors import (
    DataError,
    DivergenceError,
    GanglionError,
    GanglionWarning,
    MemoryPlanError,
    ModelFileError,
    NotDifferentiableError,
    ParameterError,
)
from ._threads import get_num_threads, set_num_threads

__version__ = "0.1.0"

_HOMES = {
    "segment_image": "applications.images",
    "kmeans": "cluster",
    "kmeans_plusplus": "cluster",
    "KMeansRun": "cluster",
    "kmedoids": "cluster",
    "MedoidRun": "cluster",
    "bisecting_kmeans": "cluster",
    "BisectingRun": "cluster",
    "divide": "cluster",
    "divisive_coefficient": "cluster",
    "linkage": "cluster",
    "choose_k": "selection",
    "segment_customers": "applications.customers",
    "group_documents": "applications.documents",
    "Bernoulli": "cluster.bayesian",
    "Beta": "cluster.bayesian",
    "Categorical": "cluster.bayesian",
    "DiagonalNormal": "cluster.bayesian",
    "DirichletProcess": "cluster.bayesian",
    "Gamma": "cluster.bayesian",
    "Mixed": "cluster.bayesian",
    "MixtureOfFiniteMixtures": "cluster.bayesian",
    "Multinomial": "cluster.bayesian",
    "Normal": "cluster.bayesian",
    "PitmanYor": "cluster.bayesian",
    "Poisson": "cluster.bayesian",
    "SemiConjugateNormal": "cluster.bayesian",
    "AgglomerativeClustering": "estimators",
    "BayesianClustering": "estimators",
    "BisectingKMeans": "estimators",
    "DivisiveClustering": "estimators",
    "KMeans": "estimators",
    "KMedoids": "estimators",
    "MLPClassifier": "estimators",
    "MLPRegressor": "estimators",
    "MiniBatchKMeans": "estimators",
    "export": "nn.exporting",
    "load": "storage",
    "save": "storage",
}
_SUBPACKAGES = (
    "applications",
    "autodiff",
    "cli",
    "cluster",
    "criteria",
    "data",
    "distances",
    "estimators",
    "explain",
    "nn",
    "plots",
    "report",
    "selection",
    "storage",
)

__all__ = [  # pyright: ignore[reportUnsupportedDunderAll]
    "DataError",
    "DivergenceError",
    "GanglionError",
    "GanglionWarning",
    "MemoryPlanError",
    "ModelFileError",
    "NotDifferentiableError",
    "ParameterError",
    "get_num_threads",
    "set_num_threads",
    *_HOMES,
    *_SUBPACKAGES,
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = value
        return value
    if name in _SUBPACKAGES:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module 'ganglion' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
