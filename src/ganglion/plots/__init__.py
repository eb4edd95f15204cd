"""Drawings with matplotlib: clusters, the curve over k, and what a network is, does and learns."""

from .cluster_map import cluster_map
from .decision_surface import decision_surface
from .elbow import Choice, elbow
from .learning_curve import learning_curve
from .loss_surface import loss_surface
from .network import network
from .restarts import restarts

__all__ = [
    "Choice",
    "cluster_map",
    "decision_surface",
    "elbow",
    "learning_curve",
    "loss_surface",
    "network",
    "restarts",
]
