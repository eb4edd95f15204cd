"""The posterior distribution of the number of clusters, under normal clusters with covariances of their own."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from .._arrays import Labels
from ..cluster._kmeans.refits import refits
from ..cluster.bayesian import (
    Component,
    DiagonalNormal,
    MixtureOfFiniteMixtures,
    Normal,
    PosteriorSample,
    diagnose,
    log_marginal,
    log_prior,
    point_estimate,
    sample_partitions,
)
from ..cluster.bayesian.diagnostics import Diagnostics
from ..criteria._moments import Floats
from ._resampling import LEAST_ROWS, ROWS_A_CLUSTER, rows_of
from ._sweep import Sweep
from .verdict import Verdict

MOST_ROWS = 500
# Covariances of more columns than this have more free numbers than clusters of some dozens of rows can tell.
MOST_CORRELATED = 8
MOST_AXES = 16  # without asking which of them noise would reach
# k-means gives the starts, and the spread that is expected within clusters, for as many clusters at most.
MOST_STARTED = 40
LEAST_WITHIN = 1e-6  # of the variance of all rows: equal rows have none
# How many rows the prior mean may be worth: 0.01 is the usual value of those who know nothing of the clusters.
KAPPA = (0.01, 1.0)
# Draws after as many sweeps of burn-in: of 50 normal clouds along one line 5 did not agree after the short run, and all
# of them after the long one.
SHORT, LONG = 400, 1600
# Chains that agree to this answer how many clusters there are. Probabilities to two digits would ask for 1.01.
MOST_R_HAT = 1.1
STOP, MOST_COMPONENTS = 0.2, 60  # of the geometric prior of the number of components: on average 5


def posterior(sweep: Sweep) -> Verdict:
    """Find the number of clusters of the partition that minimises the posterior expected loss.

    Parameters
    ----------
    sweep : Sweep
        The data and the numbers of clusters; its runs are not used.

    Returns
    -------
    Verdict
        The number, 1 included; None where the chains did not converge, or it is not among the numbers tried.

    Notes
    -----
    Four chains of `ganglion.cluster.bayesian.sample_partitions` draw partitions of at most 500 rows under a mixture of
    finite mixtures [1]_ whose number of components has a geometric prior with mean 5, of normal clusters along the
    principal axes of all rows; of more than 16 axes those are left out whose variance noise would reach [3]_. The vote
    is the size of the point estimate, which minimises the expected variation of information [2]_; the table has the
    posterior probability of each number of clusters, with the error that the chains' means show.

    What clusters are expected to be like comes from the data. Variances within clusters that are a fixed share of all
    rows' fit a few clusters: twenty are much narrower, and narrow ones would be taken together. So k-means divides the
    rows into 1 to 40 clusters; each partition says how wide clusters are, and how far apart (the prior mean is worth
    the ratio of the variance within to that between, 0.01 to 1 rows). The one that is most probable under what it says
    itself is believed, with covariances of their own or, where that is more probable, independent axes: empirical
    Bayes, as [4]_ has the spread from the number of clusters alone. The chains start from half as many clusters, as
    many, and twice as many.

    A Dirichlet process would have extra small clusters in its draws whatever the number of rows; this prior does not.
    Clusters that are no normal clouds are described by several; of fifteen and more clusters, some dozens of rows each,
    far rows may make one or two more. A posterior given weights is not defined: rows of different weights get no
    answer.

    Time: 800 sweeps of four chains over at most 500 rows, O(k d^2) a row, whatever n is; where the chains do not agree
    after them, 3200 others before there is no answer.

    References
    ----------
    .. [1] J. W. Miller, M. T. Harrison, "Mixture models with a prior on the number of components", Journal of the
       American Statistical Association 113, 2018, doi:10.1080/01621459.2016.1255636.
    .. [2] S. Wade, Z. Ghahramani, "Bayesian cluster analysis: point estimation and credible balls", Bayesian Analysis
       13, 2018, doi:10.1214/17-BA1073: section 3.
    .. [3] V. A. Marchenko, L. A. Pastur, "Distribution of eigenvalues for some sets of random matrices", Mathematics of
       the USSR-Sbornik 1(4), 1967, doi:10.1070/SM1967v001n04ABEH001994: the ends of the spectrum.
    .. [4] C. Fraley, A. E. Raftery, "Bayesian regularization for normal mixture estimation and model-based clustering",
       Journal of Classification 24, 2007, doi:10.1007/s00357-007-0004-5: section 3.
    """
    rows = rows_of(sweep, MOST_ROWS)
    if rows.weight is not None and np.ptp(rows.weight) > 0:
        return Verdict(None, "A posterior given weights is not defined: no answer.", {})
    if len(rows.X) < LEAST_ROWS or not (rows.X[0] != rows.X).any():
        return Verdict(None, "A posterior needs ten rows and two different ones at least.", {})
    fitting, *others = sweep.seed("posterior").spawn(3)
    sampling, searching = (np.random.default_rng(seed) for seed in others)
    model = _model(_leading(rows.X), fitting)
    sample, found = _chains(model, SHORT, sampling)
    if not _has_converged(found):
        sample, found = _chains(model, LONG, sampling)
    columns = _columns(sample.n_clusters, sweep)
    if not _has_converged(found):
        return Verdict(None, _not_converged(found), columns)
    k = int(point_estimate(sample.draws, random_state=searching).max()) + 1
    share = np.count_nonzero(sample.n_clusters == k) / sample.n_clusters.size
    sentence = (
        f"Under normal clusters the partition of least expected loss has {k}, and {k} has the posterior probability "
        f"{share:.2f}."
    )
    if k not in sweep.k:
        return Verdict(None, f"{sentence} It is not among the numbers tried.", columns)
    return Verdict(k, sentence, columns)


@dataclass(frozen=True, eq=False)
class _Model:
    """Scores (n, q), what the rows of a cluster are taken to come from, and where chains start (chains, n)."""

    X: Floats
    component: Component
    starts: Labels


def _leading(X: Floats) -> Floats:
    """Return the axes of scores (n, d) that may tell clusters: of many those whose variance noise would not reach.

    The eigenvalues of the covariance of n rows of noise lie between s^2 (1 - r)^2 and s^2 (1 + r)^2, r^2 = d / n, for
    n and d large: the smallest one stands for the former.
    """
    variance, d = X.var(axis=0), X.shape[1]
    kept = variance > 1e-20 * variance.max()
    ratio = sqrt(d / len(X))
    if d > MOST_AXES and ratio < 1.0:
        kept[MOST_CORRELATED:] &= (variance > variance[-1] * ((1.0 + ratio) / (1.0 - ratio)) ** 2)[
            MOST_CORRELATED:
        ]
    return np.ascontiguousarray(X[:, kept])


def _model(X: Floats, seed: np.random.SeedSequence) -> _Model:
    """Take what is expected of clusters from the partition by k-means that is most probable when it is."""
    most = min(MOST_STARTED, len(X) // ROWS_A_CLUSTER, len(np.unique(X, axis=0)))
    partitions = refits(X, np.ones((1, len(X))), np.arange(1, most + 1), seed)[0]
    prior, best, highest, component = _prior(), 0, -inf, None
    for at, labels in enumerate(partitions):
        share = log_prior(labels, prior)
        for candidate in _components(X, labels):
            height = share + log_marginal(X, labels, candidate)
            if height > highest:
                best, highest, component = at, height, candidate
    k = best + 1
    assert component is not None
    starts = [max(k // 2, 1), k, min(2 * k, most), min(2 * k + 2, most)]
    return _Model(X, component, partitions[np.array(starts) - 1])


def _chains(
    model: _Model, n_draws: int, rng: np.random.Generator
) -> tuple[PosteriorSample, Diagnostics]:
    """Return draws after as many sweeps of burn-in, and whether the chains agree."""
    sample = sample_partitions(
        model.X,
        _prior(),
        model.component,
        n_draws=n_draws,
        n_burn_in=n_draws,
        n_chains=len(model.starts),
        init=model.starts,
        random_state=rng,
    )
    return sample, diagnose(sample.draws, sample.log_posterior)


def _has_converged(found: Diagnostics) -> bool:
    """Whether the chains agree in every statistic."""
    return all(value <= MOST_R_HAT for value in found.r_hat.values())


def _prior() -> MixtureOfFiniteMixtures:
    """Return the prior over partitions."""
    shares = STOP * (1.0 - STOP) ** np.arange(MOST_COMPONENTS)
    return MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=(shares / shares.sum()).tolist())


def _components(X: Floats, labels: Labels) -> list[Component]:
    """Return normal clusters that are expected to be as wide, and as far apart, as those of a partition."""
    counts = np.bincount(labels)
    sums = np.array([np.bincount(labels, column) for column in X.T])
    means = (sums[:, counts > 0] / counts[counts > 0]).T
    total = X.var(axis=0)
    within = np.maximum(
        ((X - (sums / np.maximum(counts, 1)).T[labels]) ** 2).mean(axis=0), LEAST_WITHIN * total
    )
    between = ((means - X.mean(axis=0)) ** 2).mean(axis=0)
    d = X.shape[1]
    kappa = float(np.clip(d / max(float((between / within).sum()), 1e-9), *KAPPA))
    found: list[Component] = [DiagonalNormal(kappa=kappa, rate=1.5 * within)]
    if d <= MOST_CORRELATED:
        found.append(Normal(kappa=kappa, scale=(d + 2.0) * within))
    return found


def _columns(n_clusters: NDArray[np.int64], sweep: Sweep) -> dict[str, tuple[float, ...]]:
    """Return the posterior probability of each number of clusters, and its error from the chains' means."""
    chains = [[np.count_nonzero(chain == k) / len(chain) for k in sweep.k] for chain in n_clusters]
    shares: Floats = np.array(chains)
    error = shares.std(axis=0, ddof=1) / sqrt(len(shares))
    return {
        "posterior": tuple(shares.mean(axis=0).tolist()),
        "posterior_error": tuple(error.tolist()),
    }


def _not_converged(found: Diagnostics) -> str:
    """Say that the chains disagree."""
    return f"The chains of the posterior did not converge in {2 * LONG} sweeps: no answer. {found.sentence}"
