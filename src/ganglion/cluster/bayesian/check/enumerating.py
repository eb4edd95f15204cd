"""All partitions of a few points, and the posterior over them, one by one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._errors import ParameterError
from .._priors.log_prior import log_priors
from .._priors.partition_prior import PartitionPrior, Values
from .._special import log_sum_exp
from ._marginals import log_marginals

_MOST = 12  # Bell(12) is 4,213,597


def enumerate_partitions(n: int) -> NDArray[np.int8]:
    """Return all partitions of n points.

    Parameters
    ----------
    n : int
        From 1 to 12.

    Returns
    -------
    ndarray of shape (Bell(n), n), int8
        Clusters are numbered 0, 1, ... by first appearance; rows are in lexicographic order.

    Raises
    ------
    ParameterError
        When n is out of its range.

    Notes
    -----
    Column i takes each value from 0 to one above the largest before it, so that no partition comes twice. There are
    1, 2, 5, 15, 52, 203, 877, 4140 ... of them.

    References
    ----------
    D. E. Knuth, "The Art of Computer Programming", volume 4A (2011), section 7.2.1.5 (restricted growth strings).

    Examples
    --------
    >>> from ganglion.cluster.bayesian.check import enumerate_partitions
    >>> enumerate_partitions(3).tolist()
    [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [0, 1, 2]]
    """
    if not 1 <= n <= _MOST:
        raise ParameterError(
            f"enumerate_partitions needs n from 1 to {_MOST}; got n={n}. More points have too many partitions to list."
        )
    rows = np.zeros((1, 1), np.int8)
    for _ in range(n - 1):
        choices = np.max(rows, axis=1).astype(np.int64) + 2
        ends = np.cumsum(choices)
        last = np.arange(int(ends[-1])) - np.repeat(ends - choices, choices)
        longer = np.empty((last.size, rows.shape[1] + 1), np.int8)
        longer[:, :-1] = np.repeat(rows, choices, axis=0)
        longer[:, -1] = last
        rows = longer
    return rows


def _of_each(
    partitions: NDArray[np.int8], prior: PartitionPrior, values: Values | None = None
) -> NDArray[np.float64]:
    """log p of each of some partitions (m, n); those with the same sizes are computed once."""
    n = partitions.shape[1]
    sizes = np.stack([np.count_nonzero(partitions == c, axis=1) for c in range(n)], axis=1)
    kinds, place = np.unique(np.sort(sizes, axis=1), axis=0, return_inverse=True)
    return log_priors([kind[kind > 0] for kind in kinds], prior, values)[place.ravel()]


def eppf_total(prior: PartitionPrior, n: int, values: Values | None = None) -> float:
    """Return the sum of a prior's probabilities over all partitions of n points, which must be 1.

    Parameters
    ----------
    prior : DirichletProcess, PitmanYor or MixtureOfFiniteMixtures
        The prior.
    n : int
        From 1 to 12.
    values : dict, optional
        Values of hyperparameters that have a distribution; without them they are integrated out.

    Returns
    -------
    float
        1 up to rounding.

    Raises
    ------
    ParameterError
        When n is out of its range.

    Notes
    -----
    Every partition is listed, so this takes Bell(n) n bytes and proves the formula without using its recursions.

    References
    ----------
    J. Pitman, "Exchangeable and partially exchangeable random partitions", Probability Theory and Related Fields 102
    (1995), doi:10.1007/BF01213386 (section 2: the exchangeable partition probability function, EPPF).

    Examples
    --------
    >>> from ganglion.cluster.bayesian import DirichletProcess
    >>> from ganglion.cluster.bayesian.check import eppf_total
    >>> round(eppf_total(DirichletProcess(concentration=0.3), 8), 12)
    1.0
    """
    return math.fsum(np.exp(_of_each(enumerate_partitions(n), prior, values)))


@dataclass(frozen=True, eq=False)
class ExactPosterior:
    """The posterior over all partitions of a few points, by enumeration.

    Attributes
    ----------
    partitions : ndarray of shape (Bell(n), n), int8
        All of them, in lexicographic order.
    probabilities : ndarray of shape (Bell(n),)
        They sum to 1.
    log_evidence : float
        log p(X): the log of the sum over all partitions of prior times marginal likelihood.
    """

    partitions: NDArray[np.int8]
    probabilities: NDArray[np.float64]
    log_evidence: float

    @property
    def n_clusters(self) -> dict[int, float]:
        """The probability of each number of clusters."""
        largest = np.max(self.partitions, axis=1)
        p = np.bincount(largest, self.probabilities)
        return {k + 1: float(each) for k, each in enumerate(p)}

    @property
    def similarity(self) -> NDArray[np.float64]:
        """The probability (n, n) that two points are together."""
        n = self.partitions.shape[1]
        rows = [self.probabilities @ (self.partitions == self.partitions[:, [i]]) for i in range(n)]
        return np.array(rows)

    @property
    def mode(self) -> NDArray[np.int8]:
        """The most probable partition (n,), the first of equals."""
        return self.partitions[np.argmax(self.probabilities)]


def exact_posterior(X: Any, prior: PartitionPrior, component: Any) -> ExactPosterior:
    """Return the posterior over all partitions of a few points.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        At most 12 rows, of which 8 take a moment.
    prior : DirichletProcess, PitmanYor or MixtureOfFiniteMixtures
        Hyperparameters that have a distribution are integrated out.
    component : Normal, DiagonalNormal, ...
        What it leaves open comes from X. Without conjugacy (`SemiConjugateNormal`) the parameters are integrated out
        numerically.

    Returns
    -------
    ExactPosterior
        Partitions, probabilities and the evidence.

    Raises
    ------
    ParameterError
        When there are more than 12 rows, or a hyperparameter does not fit X.
    DataError
        When X holds what the component has no density for.

    Notes
    -----
    ``p(partition | X) = p(partition) prod_c m(X_c) / p(X)``. The marginal likelihood m is computed once for each of the
    2^n - 1 sets of points.

    References
    ----------
    F. A. Quintana and P. L. Iglesias, "Bayesian clustering and product partition models", JRSS B 65 (2003),
    doi:10.1111/1467-9868.00402 (section 2).

    Examples
    --------
    >>> from ganglion.cluster.bayesian import DiagonalNormal, DirichletProcess
    >>> from ganglion.cluster.bayesian.check import exact_posterior
    >>> X = [[-2.1], [-1.9], [-0.3], [0.2], [1.8], [2.2]]
    >>> component = DiagonalNormal(mean=0.0, kappa=0.1, shape=2.0, rate=1.0)
    >>> found = exact_posterior(X, DirichletProcess(concentration=1.0), component)
    >>> round(found.log_evidence, 6), found.mode.tolist()
    (-13.714348, [0, 0, 1, 1, 2, 2])
    """
    component = component.resolve(X)
    rows = component.check(X)
    partitions = enumerate_partitions(rows.shape[0])
    joint = _of_each(partitions, prior) + log_marginals(partitions, rows, component)
    log_evidence = float(log_sum_exp(joint))
    return ExactPosterior(partitions, np.exp(joint - log_evidence), log_evidence)
