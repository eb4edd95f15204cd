"""What judges a partition: how compact the clusters are and how far apart, and how far two partitions agree."""

from .catalogue import CRITERIA, Criterion
from .centroids import calinski_harabasz_score, davies_bouldin_score, xie_beni_index
from .compactness import cohesion, separation
from .contingency import Contingency, contingency
from .density import DensityValidity, dbcv_score
from .dunn import dunn_index
from .gap import GapStatistic, gap_statistic
from .information import (
    adjusted_mutual_info_score,
    mutual_info_score,
    normalized_mutual_info_score,
    variation_of_information,
)
from .likelihood import bic_score, icl_score
from .matching import Matching, best_matching, purity_score
from .pair_counting import adjusted_rand_score, fowlkes_mallows_score, rand_score
from .scatter import Scatter, scatter
from .silhouette import SilhouetteScore, silhouette_samples, silhouette_score
from .simplified import simplified_silhouette_samples, simplified_silhouette_score
from .v_measure import completeness_score, homogeneity_score, v_measure_score

__all__ = [
    "CRITERIA",
    "Contingency",
    "Criterion",
    "DensityValidity",
    "GapStatistic",
    "Matching",
    "Scatter",
    "SilhouetteScore",
    "adjusted_mutual_info_score",
    "adjusted_rand_score",
    "best_matching",
    "bic_score",
    "calinski_harabasz_score",
    "cohesion",
    "completeness_score",
    "contingency",
    "davies_bouldin_score",
    "dbcv_score",
    "dunn_index",
    "fowlkes_mallows_score",
    "gap_statistic",
    "homogeneity_score",
    "icl_score",
    "mutual_info_score",
    "normalized_mutual_info_score",
    "purity_score",
    "rand_score",
    "scatter",
    "separation",
    "silhouette_samples",
    "silhouette_score",
    "simplified_silhouette_samples",
    "simplified_silhouette_score",
    "v_measure_score",
    "variation_of_information",
    "xie_beni_index",
]
