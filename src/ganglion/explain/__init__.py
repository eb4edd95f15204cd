"""What a cluster means, and what a prediction rests on, in words and numbers."""

from __future__ import annotations

from ._conditions import Condition
from .clusters import ClusterCard, FeatureDifference, describe_clusters
from .explanation import Explanation, explain_clusters, with_stability
from .importance import ColumnImportance, column_importance
from .misfits import Misfit, Misfits, misfits
from .stability import ClusterStability, cluster_stability
from .terms import TermCard, TermWeight, central_documents, term_cards
from .threshold_tree import Rule, ThresholdTree, threshold_tree

__all__ = [
    "ClusterCard",
    "ClusterStability",
    "ColumnImportance",
    "Condition",
    "Explanation",
    "FeatureDifference",
    "Misfit",
    "Misfits",
    "Rule",
    "TermCard",
    "TermWeight",
    "ThresholdTree",
    "central_documents",
    "cluster_stability",
    "column_importance",
    "describe_clusters",
    "explain_clusters",
    "misfits",
    "term_cards",
    "threshold_tree",
    "with_stability",
]
