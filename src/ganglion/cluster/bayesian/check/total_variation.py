"""Draws against the enumerated posterior: the total variation between the two, and what it would be by chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._errors import DataError
from ...._random import RandomState
from .._components.categories import Categorical
from .._partitions.numbering import by_first_appearance
from .._priors.partition_prior import PartitionPrior
from ..sampling import sample_partitions
from ._statistics import batch_errors
from .enumerating import ExactPosterior, exact_posterior

_TIMES = 3.0


@dataclass(frozen=True)
class TotalVariation:
    """How far draws are from the exact distribution over partitions.

    Attributes
    ----------
    distance : float
        Total variation: half the sum of ``|share of draws - probability|`` over all partitions.
    expected : float
        What it would be by chance, from an exact sampler that mixes like this one.
    n_draws : int
        How many draws there are.
    effective_draws : float
        How many independent ones would have the same expected distance.
    algorithm : str
        What drew them.
    """

    distance: float
    expected: float
    n_draws: int
    effective_draws: float
    algorithm: str

    @property
    def passed(self) -> bool:
        """Whether the distance is at most three times what chance explains."""
        return self.distance <= _TIMES * self.expected

    @property
    def sentence(self) -> str:
        """What was compared, in words."""
        verdict = "no more than" if self.passed else "MORE than"
        return (
            f"{self.algorithm}: {self.n_draws} draws (worth {self.effective_draws:.0f} independent ones) are "
            f"{self.distance:.4f} from the exact distribution over partitions, {verdict} three times the "
            f"{self.expected:.4f} that chance explains."
        )


def total_variation(
    draws: NDArray[Any], exact: ExactPosterior, *, algorithm: str = "draws"
) -> TotalVariation:
    """Compare draws of partitions with the exact posterior.

    Parameters
    ----------
    draws : ndarray of shape (n_chains, n_draws, n_samples) or (n_draws, n_samples)
        Any integers, equal ones for points of one cluster.
    exact : ExactPosterior
        The posterior over all partitions of the same points.
    algorithm : str, default="draws"
        What to call the draws in the sentence.

    Returns
    -------
    TotalVariation
        The distance, and what chance explains of it.

    Raises
    ------
    DataError
        When the draws partition another number of points.

    Notes
    -----
    With the standard error s_j of the share of each partition, the expected distance is
    ``sum_j s_j / sqrt(2 pi)``: half of ``E |N(0, s_j^2)|``, summed. For independent draws that is
    ``sum_j sqrt(p_j (1 - p_j) / (2 pi n_draws))``. Errors of dependent draws come from the spread between batches; an
    error is never taken to be below that of independent draws.

    References
    ----------
    C. J. Geyer, "Practical Markov chain Monte Carlo", Statistical Science 7 (1992), doi:10.1214/ss/1177011137 (section
    3.2: batch means).

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.cluster.bayesian import DiagonalNormal, DirichletProcess
    >>> from ganglion.cluster.bayesian.check import exact_posterior, total_variation
    >>> component = DiagonalNormal(mean=0.0, kappa=0.1, shape=2.0, rate=1.0)
    >>> exact = exact_posterior([[-1.0], [0.5], [1.0]], DirichletProcess(concentration=1.0), component)
    >>> rows = np.random.default_rng(0).choice(len(exact.partitions), p=exact.probabilities, size=4000)
    >>> total_variation(exact.partitions[rows], exact).passed
    True
    """
    draws = np.asarray(draws)
    draws = draws[None] if draws.ndim == 2 else draws
    n = exact.partitions.shape[1]
    if draws.ndim != 3 or draws.shape[2] != n:
        raise DataError(
            f"the draws must partition the same {n} points as the exact posterior, (n_chains, n_draws, {n}); got shape "
            f"{draws.shape}."
        )
    n_chains, n_draws = draws.shape[:2]
    which = _places(draws.reshape(-1, n), exact.partitions).reshape(n_chains, n_draws)
    p = exact.probabilities
    share = np.bincount(which.ravel(), minlength=p.size) / which.size
    independent = np.sqrt(p * (1 - p) / which.size)
    seen = np.unique(which)
    errors = independent.copy()
    if n_draws > 3:
        indicators = (which[:, :, None] == seen).astype(np.float64)
        errors[seen] = np.maximum(independent[seen], batch_errors(indicators))
    effective = which.size * float((independent.sum() / errors.sum()) ** 2)
    expected = float(errors.sum()) / math.sqrt(2 * math.pi)
    distance = 0.5 * float(np.abs(share - p).sum())
    return TotalVariation(distance, expected, which.size, effective, algorithm)


def total_variation_test(
    X: Any,
    prior: PartitionPrior,
    component: Any,
    *,
    algorithm: str = "gibbs",
    n_draws: int = 2000,
    n_chains: int = 4,
    thin: int = 1,
    random_state: RandomState = 0,
) -> TotalVariation:
    """Run a sampler on a few points and compare its draws with the enumerated posterior.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        At most 8 rows or so.
    prior : DirichletProcess, PitmanYor or MixtureOfFiniteMixtures
        Its hyperparameters may have distributions: the exact posterior then integrates over them.
    component : Normal, DiagonalNormal, ...
        Any of them.
    algorithm : str, default="gibbs"
        As for `sample_partitions`.
    n_draws : int, default=2000
        Draws of each chain.
    n_chains : int, default=4
        Chains.
    thin : int, default=1
        Sweeps between draws.
    random_state : int, Generator, RandomState or None, default=0
        Seed of the sampler.

    Returns
    -------
    TotalVariation
        ``passed`` if the distance is within three times its Monte Carlo error.

    Notes
    -----
    A sampler whose stationary distribution is another one fails as soon as there are enough draws: the expected
    distance falls with the square root of their number, and the bias stays.

    References
    ----------
    R. M. Neal, "Markov chain sampling methods for Dirichlet process mixture models", JCGS 9 (2000),
    doi:10.1080/10618600.2000.10474879 (the posterior that algorithms 3 and 8 leave invariant: equation 2.2).

    Examples
    --------
    >>> from ganglion.cluster.bayesian import DiagonalNormal, DirichletProcess
    >>> from ganglion.cluster.bayesian.check import total_variation_test
    >>> prior = DirichletProcess(concentration=1.0)
    >>> total_variation_test([[-1.0], [-0.9], [0.5], [1.0]], prior, DiagonalNormal()).passed
    True
    """
    exact = exact_posterior(X, prior, component)
    sample = sample_partitions(
        X,
        prior,
        component,
        n_draws=n_draws,
        n_burn_in=100,
        n_chains=n_chains,
        thin=thin,
        algorithm=algorithm,
        random_state=random_state,
    )
    return total_variation(sample.draws, exact, algorithm=algorithm)


def prior_run(
    prior: PartitionPrior,
    n: int,
    *,
    algorithm: str = "gibbs",
    n_draws: int = 2000,
    n_chains: int = 4,
    random_state: RandomState = 0,
) -> TotalVariation:
    """Run a sampler on points that say nothing, and compare its draws with the prior.

    Parameters
    ----------
    prior : DirichletProcess, PitmanYor or MixtureOfFiniteMixtures
        The prior.
    n : int
        How many points, from 1 to 12.
    algorithm : str, default="gibbs"
        As for `sample_partitions`.
    n_draws : int, default=2000
        Draws of each chain.
    n_chains : int, default=4
        Chains.
    random_state : int, Generator, RandomState or None, default=0
        Seed of the sampler.

    Returns
    -------
    TotalVariation
        ``passed`` if the distance is within three times its Monte Carlo error.

    Notes
    -----
    The points have one column with one category: the likelihood is 1 whatever the partition.

    References
    ----------
    J. Geweke, "Getting it right: joint distribution tests of posterior simulators", JASA 99 (2004),
    doi:10.1198/016214504000001132 (section 3: without data a posterior simulator is a prior simulator).

    Examples
    --------
    >>> from ganglion.cluster.bayesian import PitmanYor
    >>> from ganglion.cluster.bayesian.check import prior_run
    >>> prior_run(PitmanYor(discount=0.25, concentration=0.5), 5).passed
    True
    """
    return total_variation_test(
        np.zeros((n, 1)),
        prior,
        Categorical(alpha=1.0),
        algorithm=algorithm,
        n_draws=n_draws,
        n_chains=n_chains,
        random_state=random_state,
    )


def _places(draws: NDArray[Any], partitions: NDArray[np.int8]) -> NDArray[np.int64]:
    """The row of each draw (m, n) among all partitions, which are in lexicographic order."""
    n = draws.shape[1]
    powers = n ** np.arange(n - 1, -1, -1, dtype=np.int64)
    distinct, place = np.unique(draws, axis=0, return_inverse=True)
    numbered = np.stack([by_first_appearance(row) for row in distinct])
    keys = partitions.astype(np.int64) @ powers
    wanted: NDArray[np.int64] = numbered.astype(np.int64) @ powers
    return np.searchsorted(keys, wanted).astype(np.int64)[place.ravel()]
