"""The table of rules that read a number of clusters off a sweep: a rule is one file and one row here."""

from __future__ import annotations

from .bic import bic
from .consensus import consensus
from .davies_bouldin import davies_bouldin
from .elbow import elbow
from .gap import gap
from .gmeans import gmeans
from .jump import jump
from .posterior import posterior
from .prediction_strength import prediction_strength
from .silhouette import silhouette
from .stability import stability
from .valleys import valleys
from .variance_ratio import calinski_harabasz
from .verdict import RuleEntry

RULES: dict[str, RuleEntry] = {
    "elbow": RuleEntry(elbow, True, "O(n d^2) once, for the covariance", can_be_one=False),
    "valleys": RuleEntry(valleys, True, "O(n k d) for each k, of at most 5,000 points"),
    "silhouette": RuleEntry(
        silhouette, True, "O(n k d) for each k, of at most 5,000 points", can_be_one=False
    ),
    "calinski_harabasz": RuleEntry(calinski_harabasz, True, "O(n d) for each k", can_be_one=False),
    "davies_bouldin": RuleEntry(
        davies_bouldin, True, "O(n d + k^2 d) for each k", can_be_one=False
    ),
    "bic": RuleEntry(bic, True, "O(n d) for each k"),
    "jump": RuleEntry(jump, True, "none beside the sweep"),
    "gmeans": RuleEntry(
        gmeans, False, "a run of k-means and two tests for each k, of at most 3,000 points"
    ),
    "prediction_strength": RuleEntry(
        prediction_strength, False, "360 k-means of at most 500 points for each k"
    ),
    "stability": RuleEntry(stability, False, "440 k-means of at most 500 points for each k"),
    "consensus": RuleEntry(consensus, False, "1,050 k-means of at most 400 points for each k"),
    "posterior": RuleEntry(
        posterior, False, "four chains of 800 sweeps over at most 500 points, whatever k is"
    ),
    "gap": RuleEntry(gap, False, "21 sweeps over at most 1,000 points"),
}
