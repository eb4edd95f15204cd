"""The posterior distribution of the number of clusters, under normal clusters with covariances of their own."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from ..cluster.bayesian import (
    Component,
    DiagonalNormal,
    MixtureOfFiniteMixtures,
    Normal,
    PosteriorSample,
    diagnose,
    point_estimate,
    sample_partitions,
)
from ..cluster.bayesian.diagnostics import Diagnostics
from ..criteria._moments import Floats
from ._resampling import LEAST_ROWS, Rows, rows_of
from ._sweep import Sweep
from .verdict import Verdict

MOST_ROWS = 300
# Covariances of more columns than this have more free numbers than clusters of some dozens of rows can tell.
MOST_CORRELATED = 8
CHAINS = 4
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
    Four chains of `ganglion.cluster.bayesian.sample_partitions` draw partitions of at most 300 rows under a mixture of
    finite mixtures [1]_ whose number of components has a geometric prior with mean 5, of normal clusters whose
    hyperparameters come from the data; of more than 8 columns the clusters are independent along the principal axes
    of all rows. The vote is the size of the point estimate, which minimises the expected variation of information;
    the table has the posterior probability of each number of clusters, with the error that the chains' means show.

    A Dirichlet process would have extra small clusters in its draws whatever the number of rows; this prior does not.
    Clusters that are no normal clouds are described by several, and groups within groups are seen where their gaps are
    not small beside the spread of all rows, from which the hyperparameters come. A posterior given
    weights is not defined: rows of different weights get no answer.

    Time: 800 sweeps of four chains over at most 300 rows, O(k d^2) a row, whatever n is; where the chains do not agree
    after them, 3200 others before there is no answer.

    References
    ----------
    .. [1] J. W. Miller, M. T. Harrison, "Mixture models with a prior on the number of components", Journal of the
       American Statistical Association 113, 2018, doi:10.1080/01621459.2016.1255636.
    .. [2] S. Wade, Z. Ghahramani, "Bayesian cluster analysis: point estimation and credible balls", Bayesian Analysis
       13, 2018, doi:10.1214/17-BA1073: section 3.
    """
    rows = rows_of(sweep, MOST_ROWS)
    if rows.weight is not None and np.ptp(rows.weight) > 0:
        return Verdict(None, "A posterior given weights is not defined: no answer.", {})
    if len(rows.X) < LEAST_ROWS or not (rows.X[0] != rows.X).any():
        return Verdict(None, "A posterior needs ten rows and two different ones at least.", {})
    sampling, searching = (np.random.default_rng(seed) for seed in sweep.seed("posterior").spawn(2))
    sample, found = _chains(rows, SHORT, sampling)
    if not _has_converged(found):
        sample, found = _chains(rows, LONG, sampling)
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


def _chains(
    rows: Rows, n_draws: int, rng: np.random.Generator
) -> tuple[PosteriorSample, Diagnostics]:
    """Return draws after as many sweeps of burn-in, and whether the chains agree."""
    sample = sample_partitions(
        _whitened(rows),
        _prior(),
        _component(rows.X.shape[1]),
        n_draws=n_draws,
        n_burn_in=n_draws,
        n_chains=CHAINS,
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


def _component(d: int) -> Component:
    """Return what the rows of a cluster are taken to come from."""
    return Normal() if d <= MOST_CORRELATED else DiagonalNormal()


def _whitened(rows: Rows) -> Floats:
    """Return the scores without axes along which nothing varies."""
    spread = rows.X.std(axis=0)
    return np.ascontiguousarray(rows.X[:, spread > 1e-10 * spread.max()])


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
