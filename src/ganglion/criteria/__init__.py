"""What judges a partition: how compact the clusters are, and how far apart."""

from .scatter import Scatter, scatter
from .silhouette import SilhouetteScore, silhouette_samples, silhouette_score

__all__ = [
    "Scatter",
    "SilhouetteScore",
    "scatter",
    "silhouette_samples",
    "silhouette_score",
]
