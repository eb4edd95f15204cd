"""Every criterion on one page: which way is better, how far it reaches, what it costs, and when it misleads."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .centroids import calinski_harabasz_score, davies_bouldin_score, xie_beni_index
from .compactness import cohesion, separation
from .density import dbcv_score
from .dunn import dunn_index
from .gap import gap_statistic
from .information import (
    adjusted_mutual_info_score,
    mutual_info_score,
    normalized_mutual_info_score,
    variation_of_information,
)
from .likelihood import bic_score, icl_score
from .matching import best_matching, purity_score
from .pair_counting import adjusted_rand_score, fowlkes_mallows_score, rand_score
from .scatter import scatter
from .silhouette import silhouette_score
from .simplified import simplified_silhouette_score
from .v_measure import completeness_score, homogeneity_score, v_measure_score


@dataclass(frozen=True)
class Criterion:
    """What there is to know about a criterion before it is used.

    Attributes
    ----------
    name : str
        Its name here.
    function : callable
        ``function(X, labels)``, or ``function(labels_true, labels_pred)`` where `kind` is ``"agreement"``.
    kind : {"scatter", "internal", "agreement"}
        Parts of the scatter, a judgement of one partition by its data, or of two by each other.
    direction : {"higher", "lower"}
        Which values are better.
    low : float
        No value is below; it may not be reached.
    high : float
        No value is above.
    cost : str
        Time, in the letters of the documentation.
    misleads : str
        When not to believe it.
    """

    name: str
    function: Callable[..., Any]
    kind: str
    direction: str
    low: float
    high: float
    cost: str
    misleads: str


_INF = math.inf
_ROWS = (
    Criterion(
        "scatter",
        scatter,
        "scatter",
        "lower",
        0.0,
        _INF,
        "n d",
        "WSS falls with every further cluster: it compares clusterings of one k only",
    ),
    Criterion(
        "cohesion",
        cohesion,
        "scatter",
        "lower",
        0.0,
        _INF,
        "n d; to medoids or pairs Σ n_j²",
        "falls with every further cluster; in the units of the metric",
    ),
    Criterion(
        "separation",
        separation,
        "scatter",
        "higher",
        0.0,
        _INF,
        "n d + k²; between pairs n²",
        "means hide how far clusters reach, the nearest pair hides all others",
    ),
    Criterion(
        "silhouette_score",
        silhouette_score,
        "internal",
        "higher",
        -1.0,
        1.0,
        "n²; m n for a sample of m",
        "long or bent clusters; never answers one cluster",
    ),
    Criterion(
        "simplified_silhouette_score",
        simplified_silhouette_score,
        "internal",
        "higher",
        -1.0,
        1.0,
        "n k d at most",
        "as the silhouette, and sees less of an overlap",
    ),
    Criterion(
        "calinski_harabasz_score",
        calinski_harabasz_score,
        "internal",
        "higher",
        0.0,
        _INF,
        "n d",
        "prefers round clusters of equal size; never answers one cluster",
    ),
    Criterion(
        "davies_bouldin_score",
        davies_bouldin_score,
        "internal",
        "lower",
        0.0,
        _INF,
        "n d + k² d",
        "counts ten points as much as a million; rewards single points",
    ),
    Criterion(
        "xie_beni_index",
        xie_beni_index,
        "internal",
        "lower",
        0.0,
        _INF,
        "n d + k² d",
        "one close pair of centres decides; falls to 0 as k approaches n",
    ),
    Criterion(
        "dunn_index",
        dunn_index,
        "internal",
        "higher",
        0.0,
        _INF,
        "n²",
        "two pairs of items decide: one outlier spoils everything",
    ),
    Criterion(
        "dbcv_score",
        dbcv_score,
        "internal",
        "higher",
        -1.0,
        1.0,
        "n², several times",
        "many dimensions, clusters of a few items",
    ),
    Criterion(
        "gap_statistic",
        gap_statistic,
        "internal",
        "higher",
        -_INF,
        _INF,
        "B clusterings of n points",
        "skewed or heavy-tailed data, which no box resembles; references clustered with too few starts",
    ),
    Criterion(
        "bic_score",
        bic_score,
        "internal",
        "lower",
        -_INF,
        _INF,
        "n k d; with matrices n k d²",
        "clusters that are not normal are counted in pieces",
    ),
    Criterion(
        "icl_score",
        icl_score,
        "internal",
        "lower",
        -_INF,
        _INF,
        "n d; with matrices n d²",
        "overlapping clusters are counted as one",
    ),
    Criterion(
        "rand_score",
        rand_score,
        "agreement",
        "higher",
        0.0,
        1.0,
        "n",
        "many clusters: nearly all pairs are apart, so anything scores near 1",
    ),
    Criterion(
        "adjusted_rand_score",
        adjusted_rand_score,
        "agreement",
        "higher",
        -0.5,
        1.0,
        "n",
        "unequal sizes: the large clusters have nearly all pairs",
    ),
    Criterion(
        "fowlkes_mallows_score",
        fowlkes_mallows_score,
        "agreement",
        "higher",
        0.0,
        1.0,
        "n",
        "not adjusted for chance: k equal clusters score 1 / k at random",
    ),
    Criterion(
        "mutual_info_score",
        mutual_info_score,
        "agreement",
        "higher",
        0.0,
        _INF,
        "n",
        "no fixed top, and rises with the number of clusters",
    ),
    Criterion(
        "normalized_mutual_info_score",
        normalized_mutual_info_score,
        "agreement",
        "higher",
        0.0,
        1.0,
        "n",
        "many small clusters score high at random",
    ),
    Criterion(
        "adjusted_mutual_info_score",
        adjusted_mutual_info_score,
        "agreement",
        "higher",
        -_INF,
        1.0,
        "n, and 20 √(a b / n) for each pair of different sizes a, b",
        "an average: does not tell a cluster split from two joined",
    ),
    Criterion(
        "homogeneity_score",
        homogeneity_score,
        "agreement",
        "higher",
        0.0,
        1.0,
        "n",
        "single items are homogeneous",
    ),
    Criterion(
        "completeness_score",
        completeness_score,
        "agreement",
        "higher",
        0.0,
        1.0,
        "n",
        "one cluster of everything is complete",
    ),
    Criterion(
        "v_measure_score",
        v_measure_score,
        "agreement",
        "higher",
        0.0,
        1.0,
        "n",
        "many small clusters score high at random",
    ),
    Criterion(
        "variation_of_information",
        variation_of_information,
        "agreement",
        "lower",
        0.0,
        _INF,
        "n",
        "its top, log n, depends on the data: not comparable across them",
    ),
    Criterion(
        "purity_score",
        purity_score,
        "agreement",
        "higher",
        0.0,
        1.0,
        "n",
        "single items are pure; so is anything where one class has nearly all items",
    ),
    Criterion(
        "best_matching",
        best_matching,
        "agreement",
        "higher",
        0.0,
        1.0,
        "n + r² c for r ≤ c clusters",
        "a cluster that was halved loses the smaller half",
    ),
)

CRITERIA: Mapping[str, Criterion] = MappingProxyType({row.name: row for row in _ROWS})
"""Every criterion by its name."""
