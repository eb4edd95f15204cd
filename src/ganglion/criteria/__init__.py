"""What judges a partition: how compact the clusters are and how far apart, and how far two partitions agree."""

from .contingency import Contingency, contingency
from .information import (
    adjusted_mutual_info_score,
    mutual_info_score,
    normalized_mutual_info_score,
    variation_of_information,
)
from .matching import Matching, best_matching, purity_score
from .pair_counting import adjusted_rand_score, fowlkes_mallows_score, rand_score
from .scatter import Scatter, scatter
from .silhouette import SilhouetteScore, silhouette_samples, silhouette_score
from .v_measure import completeness_score, homogeneity_score, v_measure_score

__all__ = [
    "Contingency",
    "Matching",
    "Scatter",
    "SilhouetteScore",
    "adjusted_mutual_info_score",
    "adjusted_rand_score",
    "best_matching",
    "completeness_score",
    "contingency",
    "fowlkes_mallows_score",
    "homogeneity_score",
    "mutual_info_score",
    "normalized_mutual_info_score",
    "purity_score",
    "rand_score",
    "scatter",
    "silhouette_samples",
    "silhouette_score",
    "v_measure_score",
    "variation_of_information",
]
