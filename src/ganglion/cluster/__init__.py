"""Clustering: plain functions that return frozen records."""

from __future__ import annotations

from ._kmeans.lloyd import History
from ._splits.splitting import Split
from ._trees.collapsing import Collapsed
from .agglomerative import linkage
from .bisecting import BisectingRun, bisecting_kmeans
from .divisive import divide, divisive_coefficient
from .kmeans import KMeansRun, kmeans, kmeans_plusplus
from .medoids import MedoidRun, kmedoids
from .minibatch import MiniBatchRun, MiniBatchState, minibatch_kmeans
from .steps import CenterStep
from .tables.medoids import LabelledRows, TableMedoids
from .tables.model import TableClustering
from .tables.posterior import TablePosterior
from .tables.tree import TableTree
from .tree import Tree

__all__ = [
    "BisectingRun",
    "CenterStep",
    "Collapsed",
    "History",
    "KMeansRun",
    "LabelledRows",
    "MedoidRun",
    "MiniBatchRun",
    "MiniBatchState",
    "Split",
    "TableClustering",
    "TableMedoids",
    "TablePosterior",
    "TableTree",
    "Tree",
    "bisecting_kmeans",
    "divide",
    "divisive_coefficient",
    "kmeans",
    "kmeans_plusplus",
    "kmedoids",
    "linkage",
    "minibatch_kmeans",
]
