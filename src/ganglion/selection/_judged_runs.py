"""What some of the rows see of the clusterings over k: how near the next centre is, and what lies between the two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._arrays import Samples
from .._native import core
from ..criteria._moments import Floats
from ..criteria._stacked_moments import StackedMoments

# Half the width of the bands in which points are counted, in half distances of the centres.
BAND = 0.25
# Pairs of clusters with fewer points between them than these say nothing.
LEAST_POINTS = 10


@dataclass(frozen=True, eq=False)
class JudgedRuns:
    """What m rows see of r clusterings.

    Attributes
    ----------
    silhouettes : ndarray of shape (r, m)
        (b - a) / max(a, b) of the distances a to the own and b to the next centre; 0 for a single row or k = 1.
    between, about : ndarray of shape (r,)
        The rows near the boundaries of neighbouring clusters, and those about their centres; see `valleys`.
    """

    silhouettes: Floats
    between: Floats
    about: Floats


def judged_runs(
    X: Samples,
    rows: NDArray[np.intp],
    labels: Sequence[NDArray[np.int32]],
    moments: StackedMoments,
    weight: Floats | None,
) -> JudgedRuns:
    """Measure rows of each clustering against its centres, in one pass.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        The points.
    rows : ndarray of shape (m,)
        Which of them are judged.
    labels : sequence of r ndarrays of shape (n,), int32
        The clusters of all points.
    moments : StackedMoments
        Of the same clusterings, over all points.
    weight : ndarray of shape (m,) or None
        What each row counts; None is 1 each.

    Returns
    -------
    JudgedRuns
        From differences in float64: the same bits at any number of threads and on every instruction set.

    Notes
    -----
    All centres with mass are looked through by 16 rows at a time. Time O(m K d), K the clusters of all clusterings
    together; memory O(m d + m r).
    """
    silhouettes, counts = np.empty((len(labels), len(rows))), np.empty((len(labels), 2))
    core.judge_partitions(
        X,
        weight,
        moments.origin,
        moments.scale,
        [np.ascontiguousarray(each, dtype=np.int32) for each in labels],
        moments.starts,
        np.ascontiguousarray(rows, dtype=np.int64),
        moments.centers,
        moments.mass,
        moments.n_rows,
        BAND,
        LEAST_POINTS,
        silhouettes,
        counts,
    )
    return JudgedRuns(silhouettes, counts[:, 0], counts[:, 1])
