"""Drawings with matplotlib: clusters, their cards, trees, the choice of k, posteriors, networks and what they learn."""

from .banner import banner
from .cards import cards
from .choice import Chosen, choice
from .cluster_map import cluster_map
from .decision_surface import decision_surface
from .dendrogram import dendrogram
from .elbow import Choice, elbow
from .heatmap import heatmap
from .learning_curve import learning_curve
from .loss_surface import loss_surface
from .network import network
from .posterior_ball import posterior_ball
from .posterior_certainty import posterior_certainty
from .posterior_chains import posterior_chains
from .posterior_clusters import posterior_clusters
from .posterior_similarity import posterior_similarity
from .restarts import restarts

__all__ = [
    "Choice",
    "Chosen",
    "banner",
    "cards",
    "choice",
    "cluster_map",
    "decision_surface",
    "dendrogram",
    "elbow",
    "heatmap",
    "learning_curve",
    "loss_surface",
    "network",
    "posterior_ball",
    "posterior_certainty",
    "posterior_chains",
    "posterior_clusters",
    "posterior_similarity",
    "restarts",
]
