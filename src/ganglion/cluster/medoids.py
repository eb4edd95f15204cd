"""k-medoids: groups around items of their own, under any distance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from .._arrays import Labels, check_weights
from .._errors import DataError, ParameterError, warn_caller
from .._memory import check_memory
from .._random import RandomState, generator
from .._values import check_choice, check_count
from ..distances import as_items
from ..progress import Progress
from ._medoids.pairs import MATRIX_BYTES, MedoidPairs
from ._medoids.samples import sampled
from ._medoids.search import Found, Limits, fasterpam, nearest_medoids
from ._medoids.starts import first_medoids, is_given
from ._parameters import check_progress

_ALGORITHMS = ("auto", "fasterpam", "sampled")


@dataclass(frozen=True)
class MedoidRun:
    """What `kmedoids` found.

    Attributes
    ----------
    medoids : ndarray of shape (n_clusters,), int64
        Which items are the medoids.
    labels : ndarray of shape (n_samples,), int32
        The place in `medoids` of each item's nearest medoid; the lowest place wins a tie.
    inertia : float
        Weighted sum of the distances to the nearest medoid.
    n_iter : int
        Passes over the candidates for a swap.
    n_swaps : int
        How many swaps were made.
    converged : bool
        Whether the search ended because it found no more swap that lowers the loss.
    algorithm : {"fasterpam", "sampled"}
        How swaps were found.
    certified : bool
        Whether every swap of one medoid for one item was checked exactly, and none lowers the loss.
    """

    medoids: NDArray[np.int64]
    labels: Labels
    inertia: float
    n_iter: int
    n_swaps: int
    converged: bool
    algorithm: str
    certified: bool


def kmedoids(
    X: Any,
    n_clusters: int,
    *,
    metric: Any = "euclidean",
    metric_params: Mapping[str, Any] | None = None,
    init: str | npt.ArrayLike = "auto",
    n_init: int = 1,
    max_iter: int = 100,
    sample_weight: npt.ArrayLike | None = None,
    random_state: RandomState = None,
    algorithm: str = "auto",
    memory_limit: int | float | str | None = None,
    progress: Progress | None = None,
) -> MedoidRun:
    """Partition items into `n_clusters` groups around medoids, items of their own, under any distance.

    Parameters
    ----------
    X : array-like, sparse matrix, data frame, or list of strings, sets or series, of n_samples items
        What the metric is between; a square or condensed matrix of distances with ``metric="precomputed"``.
    n_clusters : int
        From 1 to n_samples.
    metric : str or callable, default="euclidean"
        A name in `ganglion.distances.METRICS`, or a function of two items.
    metric_params : dict, optional
        Parameters of the metric.
    init : {"auto", "build", "lab", "k-medoids++", "random"} or array-like of shape (n_clusters,)
        The first medoids, or how they are chosen: BUILD, which is exact and costs ``n_clusters`` passes over all
        pairs; its approximation on samples; draws in proportion to distances; any items. "auto" is BUILD where that is
        cheap, and k-medoids++ elsewhere.
    n_init : int, default=1
        How many starts; the run of the lowest inertia is returned, the first of equals.
    max_iter : int, default=100
        At most this many passes over all candidates for a swap.
    sample_weight : array-like of shape (n_samples,), optional
        Not negative. An integer weight equals that many repetitions; an item of weight 0 is never a medoid.
    random_state : int, Generator, RandomState or None
        Seed of the start. One seed gives one answer, to the bit, whatever the number of threads.
    algorithm : {"auto", "fasterpam", "sampled"}
        How swaps are found: exactly, one candidate after the other; or first by estimates on samples, which need no
        matrix, and then verified exactly. "auto" is FasterPAM where the matrix of distances is given or takes at most
        1 GiB, and "sampled" beyond. A matrix that is given is always searched exactly.
    memory_limit : int or str, optional
        The most memory to take, in bytes or as ``"2GB"``; by default what is there.
    progress : callable, optional
        Called with a `ganglion.progress.Step` after each pass; returns True to stop.

    Returns
    -------
    MedoidRun
        Medoids, labels, inertia and how the run went. Where X has fewer distinct items than `n_clusters`, as many
        medoids as there are.

    Raises
    ------
    ParameterError
        When a parameter is out of its range.
    DataError
        When X is not what the metric is between, or a matrix of distances is asymmetric, negative or not finite.
    MemoryPlanError
        When the work does not fit into memory.

    Warns
    -----
    GanglionWarning
        When there are fewer distinct items than clusters.

    Notes
    -----
    Minimises ``sum_i w_i min_j D(x_i, x_m(j))`` over sets of medoids m. A swap puts an item in the place of a medoid.
    FasterPAM judges an item against all medoids at once, in O(n_samples + n_clusters), and makes the first swap that
    lowers the loss; it ends where none does, which PAM's local optima are too. Rounding never counts as a gain.

    A pass costs n_samples^2 distances. FasterPAM makes a matrix of distances up to 1 GiB; beyond that rows are computed
    as they are needed, in O(n_samples n_clusters) memory.

    The sampled search starts from the medoids of a sample. It estimates the change of every swap on 1024 items, and
    goes on with the candidates whose lower confidence bound is below 0 on ever larger samples; those that are left are
    judged exactly. When no estimate points at a swap, passes of FasterPAM verify that there is none, or make it. They
    are left out where a pass over all pairs would take more than five minutes of one processor: `certified` is False.

    References
    ----------
    .. [1] E. Schubert, P. J. Rousseeuw, "Fast and eager k-medoids clustering: O(k) runtime improvement of the PAM,
       CLARA, and CLARANS algorithms", Information Systems 101, 2021, algorithm 4. DOI 10.1016/j.is.2021.101804.
    .. [2] L. Kaufman, P. J. Rousseeuw, "Finding groups in data", Wiley 1990, chapter 2 (BUILD).
       DOI 10.1002/9780470316801.
    .. [3] M. Tiwari et al., "BanditPAM++: faster k-medoids clustering", NeurIPS 2023.
    .. [4] D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.

    Examples
    --------
    >>> import ganglion as gl
    >>> run = gl.kmedoids([[1.0], [2.0], [4.0], [20.0], [21.0], [23.0]], 2)
    >>> run.medoids.tolist(), run.labels.tolist(), run.inertia
    ([1, 4], [0, 0, 0, 1, 1, 1], 6.0)
    """
    items = as_items(X, metric, metric_params=metric_params)
    k = _check_k(n_clusters, items.n)
    check_choice("algorithm", algorithm, _ALGORITHMS)
    check_count("n_init", n_init)
    check_count("max_iter", max_iter)
    check_progress(progress)
    given = MedoidPairs(items, items.pairs(), check_weights(sample_weight, items.n))
    if algorithm == "auto":
        algorithm = "fasterpam" if _matrix_bytes(given) <= MATRIX_BYTES else "sampled"
    pairs = _in_memory(given, k, algorithm, memory_limit)
    k = _at_most_those_that_count(pairs, k)
    rng = generator(random_state)
    limits = Limits(int(max_iter), progress)
    best: Found | None = None
    for _ in range(1 if is_given(init) else n_init):
        if algorithm == "sampled" and not pairs.is_matrix:
            found = sampled(pairs, init, k, rng, limits)
        else:
            found = fasterpam(pairs, first_medoids(init, pairs, k, rng), limits)
        if best is None or found.loss < best.loss:
            best = found
        if found.is_stopped:
            break
    assert best is not None
    return _finished(pairs, best, k)


def _check_k(n_clusters: int, n: int) -> int:
    check_count("n_clusters", n_clusters)
    if n_clusters > n:
        raise ParameterError(
            f"k-medoids needs n_clusters <= n_samples; got n_clusters={n_clusters} and {n} items. "
            "Lower n_clusters or add data."
        )
    return int(n_clusters)


def _at_most_those_that_count(pairs: MedoidPairs, k: int) -> int:
    """k, or how many items have a positive weight where that is less."""
    count = len(pairs.candidates)
    if count < k:
        _warn_fewer(count, k, "items of positive weight")
    return min(k, count)


def _warn_fewer(found: int, k: int, what: str) -> None:
    warn_caller(
        f"X has {found} {what} but n_clusters={k}: {found} medoids are returned. Lower n_clusters."
    )


def _matrix_bytes(pairs: MedoidPairs) -> float:
    return 0.0 if pairs.is_matrix else float(pairs.dtype.itemsize) * pairs.n**2


def _in_memory(
    pairs: MedoidPairs, k: int, algorithm: str, memory_limit: int | float | str | None
) -> MedoidPairs:
    """The distances, in a matrix where FasterPAM can have one."""
    if algorithm == "fasterpam" and _matrix_bytes(pairs) <= MATRIX_BYTES:
        check_memory(
            _matrix_bytes(pairs),
            f"The matrix of distances between {pairs.n:,} items",
            'Use algorithm="sampled", which needs no matrix.',
            memory_limit,
        )
        return pairs.as_matrix()
    check_memory(
        float(pairs.n) * (pairs.dtype.itemsize * (k + 2) + 16),
        f"k-medoids of {pairs.n:,} items, with the distances to {k:,} medoids,",
        "Lower n_clusters, or cluster a sample of the items and assign the others to its medoids.",
        memory_limit,
    )
    return pairs


def _finished(pairs: MedoidPairs, found: Found, k: int) -> MedoidRun:
    """The run with labels by the rule of prediction, and without medoids that stand on another one."""
    labels, nearest = nearest_medoids(pairs, found.medoids)
    members = np.bincount(labels, minlength=len(found.medoids))
    medoids = found.medoids[members > 0]
    if len(medoids) < len(found.medoids):
        labels = (np.cumsum(members > 0) - 1).astype(np.int32)[labels]
    if len(medoids) < min(k, len(pairs.candidates)):
        _warn_fewer(len(medoids), k, "distinct items")
    with np.errstate(over="ignore"):  # refused by name
        inertia = pairs.weighted_sum(nearest)
    if not math.isfinite(inertia):
        raise DataError(
            "The sum of the weighted distances to the medoids must fit into float64 (below 1.8e308). Divide "
            "sample_weight, or the distances, by a power of ten."
        )
    return MedoidRun(
        medoids=medoids,
        labels=labels,
        inertia=inertia,
        n_iter=found.n_iter,
        n_swaps=found.n_swaps,
        converged=found.is_converged,
        algorithm=found.algorithm,
        certified=found.is_certified,
    )
