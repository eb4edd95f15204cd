"""The probability of a partition under a prior, given values of its hyperparameters or integrated over them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...._errors import DataError
from .._special import log_rising, log_sum_exp
from .partition_prior import PartitionPrior, Values
from .updates import slice_grid


def log_prior(labels: ArrayLike, prior: PartitionPrior, values: Values | None = None) -> np.float64:
    """Return the log probability of a partition under a prior: these sum to 1 over all partitions.

    Parameters
    ----------
    labels : array-like of shape (n_samples,)
        Which points are together: any integers, equal ones for points of one cluster.
    prior : DirichletProcess, PitmanYor or MixtureOfFiniteMixtures
        The prior.
    values : dict, optional
        Values of the hyperparameters that have a distribution (those in ``prior.free``). Without them the probability
        is integrated over these distributions.

    Returns
    -------
    float64
        -inf where the partition is impossible.

    Raises
    ------
    DataError
        When the labels are no vector of integers.
    ParameterError
        When `values` does not name the free hyperparameters, or one is out of its range.

    Notes
    -----
    Time O(n_samples log n_samples). Integrals are sums over equally spaced points of the logarithm of a concentration
    or gamma, or the logit of a discount (the trapezoidal rule, about 200 points): right to ten digits, to eight where
    two are free.

    References
    ----------
    A. Gnedin and J. Pitman, "Exchangeable Gibbs partitions and Stirling triangles", Journal of Mathematical Sciences
    138 (2006), doi:10.1007/s10958-006-0335-z (equation 4: the form that the three priors share).

    Examples
    --------
    >>> from ganglion.cluster.bayesian import DirichletProcess, log_prior
    >>> float(log_prior([5, 5, -1], DirichletProcess(concentration=1.0)).round(6))  # 1/6
    -1.791759
    """
    sizes = cluster_sizes(labels)
    return log_priors([sizes], prior, values)[0]


def log_priors(
    sizes: Sequence[NDArray[np.int64]], prior: PartitionPrior, values: Values | None = None
) -> NDArray[np.float64]:
    """The log probability of each of many partitions of n points, from the sizes of their clusters; as `log_prior`.

    Nodes that share a shift differ in log_v alone, which is summed over them for each number of clusters first.
    """
    nodes, log_weights = [values or {}], np.zeros(1)
    if values is None and prior.free:
        nodes, log_weights = integration_nodes(prior)
    n, counts = int(sizes[0].sum()), np.array([len(size) for size in sizes])
    ascending = [np.sort(each) for each in sizes]  # the order in which clusters come must not show
    distinct, place = np.unique(np.concatenate(ascending), return_inverse=True)
    starts = np.cumsum(counts) - counts
    of_counts: dict[float, NDArray[np.float64]] = {}
    for node, log_weight in zip(nodes, log_weights, strict=True):
        table = prior.table(n, node, t_max=int(counts.max()))
        so_far = of_counts.get(table.shift, np.full(len(table.log_v), -np.inf))
        of_counts[table.shift] = np.logaddexp(so_far, table.log_v + log_weight)
    total = np.full(len(sizes), -np.inf)
    for shift, log_v in of_counts.items():
        of_sizes = log_rising(1 + shift, distinct - 1)[place]
        total = np.logaddexp(total, log_v[counts] + np.add.reduceat(of_sizes, starts))
    return total


@lru_cache(maxsize=4)
def integration_nodes(
    prior: PartitionPrior,
) -> tuple[list[dict[str, float]], NDArray[np.float64]]:
    """Values of the free hyperparameters, and the logs of weights that sum to 1: the trapezoidal rule on the line.

    Neither rows nor partitions are in them: what is remembered is shared, and must not be written to.
    """
    step = 0.25 if len(prior.free) == 1 else 0.5
    grids = [
        slice_grid(hyperprior, prior.least(name), step) for name, hyperprior in prior.free.items()
    ]
    nodes = [
        dict(zip(prior.free, point, strict=True)) for point in product(*(grid[0] for grid in grids))
    ]
    slopes = [sum(point) for point in product(*(grid[1] for grid in grids))]
    log_weights = np.array([prior.log_density(node) for node in nodes]) + np.array(slopes)
    kept = log_weights > log_weights.max() - 45
    chosen = [node for node, keep in zip(nodes, kept, strict=True) if keep]
    return chosen, log_weights[kept] - log_sum_exp(log_weights[kept])


def cluster_sizes(labels: ArrayLike) -> NDArray[np.int64]:
    """Return the sizes of the clusters of a labelling, in the order of the labels.

    Raises
    ------
    DataError
        When the labels are no vector of integers.
    """
    array = np.asarray(labels)
    whole = array.dtype.kind in "iub" or (
        array.dtype.kind == "f" and bool(np.all(array == np.rint(array)))
    )
    if array.ndim != 1 or array.size == 0 or not whole:
        raise DataError(
            "labels must be a vector of integers, one for each point; "
            f"got shape {array.shape} of {array.dtype}. Number the clusters first."
        )
    return np.unique(array, return_counts=True)[1].astype(np.int64)
