"""Simulation-based calibration: where the truth ranks among posterior draws, over many data sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._random import RandomState, generator
from .._priors.partition_prior import PartitionPrior
from ..sampling import sample_partitions
from ._models import Joint
from ._statistics import chi_square_tail

_LEVEL = 1e-3


@dataclass(frozen=True, eq=False)
class Calibration:
    """Where the truth ranked among the posterior's draws.

    Attributes
    ----------
    ranks : dict of str to ndarray of shape (n_simulations,), int64
        For each statistic, how many of the draws were below the true value; equal ones by lot. Uniform on
        0 .. `n_draws` if the sampler is right.
    n_draws : int
        Draws that each truth was ranked among.
    p_values : dict of str to float
        Of a chi-square test of each statistic's ranks.
    algorithm : str
        The sampler.
    """

    ranks: dict[str, NDArray[np.int64]]
    n_draws: int
    p_values: dict[str, float]
    algorithm: str

    @property
    def passed(self) -> bool:
        """Whether the smallest p-value, times their number, is at least 0.001."""
        return len(self.p_values) * min(self.p_values.values()) >= _LEVEL

    @property
    def sentence(self) -> str:
        """What was compared, in words."""
        worst = min(self.p_values, key=self.p_values.__getitem__)
        verdict = "uniform" if self.passed else "NOT uniform"
        return (
            f"{self.algorithm}: over {len(self.ranks[worst])} data sets the truth's rank among {self.n_draws} draws is "
            f"{verdict}; '{worst}' has the smallest p-value of {len(self.p_values)}, {self.p_values[worst]:.3g}."
        )


def simulation_based_calibration(
    X: Any,
    prior: PartitionPrior,
    component: Any,
    *,
    algorithm: str = "gibbs",
    n_simulations: int = 200,
    n_draws: int = 31,
    thin: int = 10,
    random_state: RandomState = 0,
) -> Calibration:
    """Test a sampler by where the truth ranks among its draws, over data sets drawn from the model.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Rows whose shape the drawn ones have; hyperparameters that the component leaves open come from it.
    prior : DirichletProcess, PitmanYor or MixtureOfFiniteMixtures
        Its hyperparameters may have distributions; they are ranked too.
    component : Normal, DiagonalNormal, ...
        Any of them.
    algorithm : str, default="gibbs"
        As for `sample_partitions`.
    n_simulations : int, default=200
        Data sets.
    n_draws : int, default=31
        Draws for each, from one chain.
    thin : int, default=10
        Sweeps between draws: ranks are uniform only if draws hardly depend on each other.
    random_state : int, Generator, RandomState or None, default=0
        Seed of the draws.

    Returns
    -------
    Calibration
        ``passed`` if every statistic's ranks look uniform.

    Notes
    -----
    Number of clusters, size of the largest, whether the first two points are together, and free hyperparameters are
    ranked. Ranks are counted in up to 16 equal bins, of 5 or more expected each, for the chi-square test.

    References
    ----------
    S. Talts, M. Betancourt, D. Simpson, A. Vehtari and A. Gelman, "Validating Bayesian inference algorithms with
    simulation-based calibration" (2018), doi:10.48550/arXiv.1804.06788 (theorem 1, algorithm 2).

    Examples
    --------
    >>> from ganglion.cluster.bayesian import DiagonalNormal, DirichletProcess
    >>> from ganglion.cluster.bayesian.check import simulation_based_calibration
    >>> X = [[-1.0], [-0.9], [0.5], [1.0]]
    >>> prior = DirichletProcess(concentration=1.0)
    >>> simulation_based_calibration(X, prior, DiagonalNormal(), n_simulations=30, n_draws=7).passed
    True
    """
    rng = generator(random_state)
    model = Joint.like(X, prior, component)
    found: dict[str, list[int]] = {}
    for _ in range(n_simulations):
        values = prior.draw(rng)
        labels = model.partition(values, rng)
        sample = sample_partitions(
            model.rows(labels, rng),
            prior,
            model.component,
            n_draws=n_draws,
            n_burn_in=10 * thin,
            n_chains=1,
            thin=thin,
            algorithm=algorithm,
            random_state=rng,
        )
        truth, drawn = _ranked(labels[None]), _ranked(sample.draws[0])
        for name in values:
            truth[name] = np.array([values[name]])
            drawn[name] = sample.hyperparameters[name][0]
        for name, value in truth.items():
            equal = int(np.count_nonzero(drawn[name] == value))
            rank = int(np.count_nonzero(drawn[name] < value)) + int(rng.integers(equal + 1))
            found.setdefault(name, []).append(rank)
    ranks = {name: np.array(each, dtype=np.int64) for name, each in found.items()}
    return Calibration(
        ranks, n_draws, {name: _uniform(each, n_draws) for name, each in ranks.items()}, algorithm
    )


def _ranked(partitions: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """The statistics of partitions (m, n) that are ranked."""
    sizes = [np.unique(labels, return_counts=True)[1] for labels in partitions]
    together = partitions[:, 0] == partitions[:, 1]
    return {
        "number of clusters": np.array([float(each.size) for each in sizes]),
        "largest cluster": np.array([float(each.max()) for each in sizes]),
        "first two points together": together.astype(np.float64),
    }


def _uniform(ranks: NDArray[np.int64], n_draws: int) -> float:
    """The p-value of ranks 0 .. n_draws being uniform: chi-square over bins of as equal widths as can be."""
    n_bins = max(2, min(16, n_draws + 1, ranks.size // 5))
    edges = np.linspace(0, n_draws + 1, n_bins + 1).round().astype(np.int64)
    counts = np.histogram(ranks, edges - 0.5)[0]
    expected = ranks.size * np.diff(edges) / (n_draws + 1)
    return chi_square_tail(float(np.sum((counts - expected) ** 2 / expected)), n_bins - 1)
