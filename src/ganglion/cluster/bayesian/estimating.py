"""One partition for all draws: the minimiser of posterior expected loss, similarities, and how certain each item is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..._arrays import Labels
from ..._native import core
from ..._random import RandomState, generator
from ..._values import check_count
from ._partitions.contingency import check_loss
from ._partitions.draws import check_draws, check_partition, same_type
from ._partitions.search import Effort, salso
from ._partitions.similarities import similarity_block
from ._partitions.wanted import with_n_clusters

__all__ = ["certainty", "point_estimate", "similarity"]


def point_estimate(
    draws: ArrayLike,
    loss: str = "vi",
    random_state: RandomState = None,
    *,
    a: float = 1.0,
    n_clusters: int | None = None,
    max_clusters: int | None = None,
    n_runs: int = 16,
    n_zealous: int = 10,
    memory_limit: float | str | None = None,
) -> Labels:
    """Find the partition that minimises the posterior expected loss, by the SALSO search.

    Parameters
    ----------
    draws : array-like of shape (n_draws, n_samples) or (n_chains, n_draws, n_samples)
        Partitions: any integers.
    loss : {"vi", "binder"}, default="vi"
        Variation of information, or Binder's loss.
    random_state : int, Generator, RandomState or None
        Seed of the search. One seed gives one answer, to the bit, whatever the number of threads.
    a : float, default=1.0
        What it costs to part items that belong together, from 0 to 2; to join items that do not costs 2 - a. Above 1
        for fewer clusters, below 1 for more.
    n_clusters : int, optional
        How many clusters the answer must have: `a` is then found by bisection, beginning at the one given.
    max_clusters : int, optional
        The most clusters that the answer may have; as many as there are items by default.
    n_runs : int, default=16
        Searches from different starts, at least; more are made of fewer than 256 items, up to 256. The best is
        returned, the first of equals.
    n_zealous : int, default=10
        In each run, how many clusters are dissolved and allocated again.
    memory_limit : int or str, optional
        The most memory to take, in bytes or as ``"2GB"``; by default what is there.

    Returns
    -------
    ndarray of shape (n_samples,), int32
        Canonical labels: 0, 1, ... by first appearance.

    Raises
    ------
    DataError
        Where draws are not integers.
    ParameterError
        Where a parameter is out of its range.
    MemoryPlanError
        Where the contingency tables of the draws do not fit into memory.

    Notes
    -----
    Minimises `expected_loss` over all partitions, not only over those that were drawn. A run of SALSO [1]_ begins with
    one item after the other in random order, each put where the loss is least, or with a draw, or with random labels;
    moves items, in random order, until none lowers the loss; and then dissolves random clusters one at a time and
    allocates their items again, which is kept where the loss falls; here only the best ends of runs go on with
    such zealous updates. A search may end in a local minimum; runs and zealous updates are there against that. Where
    the draws are many and long, runs look at draws that lie evenly among all, and what they find is then improved over
    all.

    Equal draws are merged, and so are items that no draw parts: they are together in every minimiser. With B distinct
    draws of up to k clusters, m atoms of such items and K clusters of the estimate, a scan takes O(m B K) additions of
    contiguous numbers, and memory is 12 B k K bytes for each thread.

    References
    ----------
    .. [1] D. B. Dahl, D. J. Johnson, P. Mueller, "Search algorithms and loss functions for Bayesian clustering",
       Journal of Computational and Graphical Statistics 31, 2022, section 3. DOI 10.1080/10618600.2022.2069779.
    .. [2] S. Wade, Z. Ghahramani, "Bayesian cluster analysis: point estimation and credible balls", Bayesian Analysis
       13, 2018, section 3. DOI 10.1214/17-BA1073.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import point_estimate
    >>> point_estimate([[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]], random_state=0).tolist()
    [0, 0, 1, 1]
    """
    kind = check_loss(loss, a)
    check_count("n_runs", n_runs)
    if n_zealous != 0:
        check_count("n_zealous", n_zealous)
    given = check_draws(draws)
    most = given.n if max_clusters is None else max_clusters
    check_count("max_clusters", most)
    effort = Effort(n_runs, n_zealous, min(int(most), given.n), memory_limit)
    random = generator(random_state)
    if n_clusters is None:
        starts = np.empty((0, given.n), dtype=np.int32)
        found = salso(given, kind, random, effort, starts)
    else:
        check_count("n_clusters", n_clusters)
        found = with_n_clusters(given, kind, int(n_clusters), random, effort)
    return check_partition(found[0]).labels[0].astype(np.int32)


def similarity(
    draws: ArrayLike,
    *,
    rows: Sequence[int] | NDArray[Any] | None = None,
    columns: Sequence[int] | NDArray[Any] | None = None,
    memory_limit: float | str | None = None,
) -> NDArray[np.float64]:
    """Return the share of draws in which two items are together, for all pairs or a block of them.

    Parameters
    ----------
    draws : array-like of shape (n_draws, n_samples) or (n_chains, n_draws, n_samples)
        Partitions: any integers.
    rows, columns : sequence of int, optional
        Which items; all by default. A block of the matrix, or with the same sample for both, a smaller one.
    memory_limit : int or str, optional
        The most memory to take, in bytes or as ``"2GB"``; by default what is there.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        The estimates of the posterior probability that two items are in one cluster.

    Raises
    ------
    DataError
        Where draws are not integers.
    ParameterError
        Where rows or columns are not numbers of items.
    MemoryPlanError
        Where the matrix does not fit into memory.

    Notes
    -----
    Counts are exact. Labels are compared 16 to 64 at once; time O(n_rows n_columns n_draws), half of that for all
    pairs.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import similarity
    >>> similarity([[0, 0, 1], [0, 1, 1]]).tolist()
    [[1.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.0, 0.5, 1.0]]
    """
    given = check_draws(draws)
    return similarity_block(given, rows, columns, memory_limit)


def certainty(draws: ArrayLike, labels: ArrayLike) -> NDArray[np.float64]:
    """Return how far the draws agree with each item's cluster, by the expected overlap.

    Parameters
    ----------
    draws : array-like of shape (n_draws, n_samples) or (n_chains, n_draws, n_samples)
        Partitions: any integers.
    labels : array-like of shape (n_samples,)
        The partition that is judged, such as what `point_estimate` returns: any integers.

    Returns
    -------
    ndarray of shape (n_samples,)
        Above 0; 1 where the item's cluster is the same in every draw.

    Raises
    ------
    DataError
        Where draws or labels are not integers, or not of the same items.

    Notes
    -----
    With C(i) the cluster of item i in `labels` and B(i) that in a draw, the mean over draws of the Jaccard index

        |C(i) and B(i)| / |C(i) or B(i)|.

    It falls where an item leaves its cluster, where others do, and where the cluster is merged with another one; the
    mean similarity to the fellows of C(i) would miss the last. Time O(n_draws n_samples), memory O(n_samples).

    References
    ----------
    .. [1] P. Jaccard, "The distribution of the flora in the alpine zone", New Phytologist 11, 1912.
       DOI 10.1111/j.1469-8137.1912.tb05611.x.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import certainty
    >>> certainty([[0, 0, 1], [0, 0, 0]], [0, 0, 1]).round(3).tolist()
    [0.833, 0.833, 0.667]
    """
    given = check_draws(draws)
    partition, given = same_type(check_partition(labels, n=given.n), given)
    out = np.empty(given.n)
    core.overlap_sums(
        partition.labels[0], int(partition.n_clusters[0]), given.labels, given.n_clusters, out
    )
    return out / given.count
