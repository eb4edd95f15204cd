"""Geweke's test: two ways to draw parameters and data together must agree."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...._arrays import Labels
from ...._random import RandomState, generator
from .._priors.partition_prior import PartitionPrior
from .._rows import Rows
from ._models import Joint, statistics
from ._statistics import normal_tail

State: TypeAlias = tuple[Labels, dict[str, float], Rows]

_LEVEL = 1e-3
_CHAINS = 50


@dataclass(frozen=True)
class JointTest:
    """What the two ways to draw partitions and data together had in common.

    Attributes
    ----------
    z_scores : dict of str to float
        For each statistic, the difference of its two means in standard errors.
    p_value : float
        Of the largest of them, times their number.
    algorithm : str
        The sampler.
    """

    z_scores: dict[str, float] = field(default_factory=dict[str, float])
    p_value: float = 1.0
    algorithm: str = "gibbs"

    @property
    def passed(self) -> bool:
        """Whether the p-value is at least 0.001."""
        return self.p_value >= _LEVEL

    @property
    def sentence(self) -> str:
        """What was compared, in words."""
        worst = max(self.z_scores, key=lambda name: abs(self.z_scores[name]))
        verdict = "agree" if self.passed else "DISAGREE"
        return (
            f"{self.algorithm}: draws forward from the model and draws by alternating partition and data {verdict}; of "
            f"{len(self.z_scores)} statistics '{worst}' differs most, by {abs(self.z_scores[worst]):.2f} standard "
            "errors."
        )


def geweke(
    X: Any,
    prior: PartitionPrior,
    component: Any,
    *,
    algorithm: str = "gibbs",
    n_draws: int = 2000,
    random_state: RandomState = 0,
) -> JointTest:
    """Test a sampler by the joint distribution of partitions and data.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Rows whose shape the drawn ones have; hyperparameters that the component leaves open come from it.
    prior : DirichletProcess, PitmanYor or MixtureOfFiniteMixtures
        Its hyperparameters may have distributions: their updates are then tested too.
    component : Normal, DiagonalNormal, ...
        A conjugate one.
    algorithm : str, default="gibbs"
        The sampler; one sweep of it is one step.
    n_draws : int, default=2000
        How many draws are made in each of the two ways.
    random_state : int, Generator, RandomState or None, default=0
        Seed of the draws.

    Returns
    -------
    JointTest
        ``passed`` if no statistic differs by more than chance explains.

    Notes
    -----
    The first way draws hyperparameters, partition and rows from the model, each time anew. The second begins so and
    then alternates: one sweep of the sampler given the rows, new rows given the partition. If the sampler leaves the
    posterior invariant, both have the same distribution; an error in a single weight shows, whatever the data.

    The second way is made up of 50 chains. Each begins with a draw from the model, so that the means of chains are
    independent and right from the first step on, and their spread is the error, however slowly the sampler mixes.

    Rows that the component refuses are drawn again in both ways. What is compared is then the joint distribution given
    that the rows are taken, under which a partition has the same distribution given the rows.

    References
    ----------
    J. Geweke, "Getting it right: joint distribution tests of posterior simulators", JASA 99 (2004),
    doi:10.1198/016214504000001132 (section 3.1: marginal-conditional and successive-conditional simulators).

    Examples
    --------
    >>> from ganglion.cluster.bayesian import DiagonalNormal, DirichletProcess
    >>> from ganglion.cluster.bayesian.check import geweke
    >>> X = [[-1.0], [-0.9], [0.5], [1.0]]
    >>> geweke(X, DirichletProcess(concentration=1.0), DiagonalNormal(), n_draws=300).passed
    True
    """
    rng = generator(random_state)
    model = Joint.like(X, prior, component)
    forward = [statistics(*_drawn(model, rng)) for _ in range(n_draws)]
    names = list(forward[0])
    first = np.array([list(each.values()) for each in forward])
    length = -(-n_draws // _CHAINS)
    chains = [_alternating(model, algorithm, length, rng) for _ in range(_CHAINS)]
    second = np.array([[list(each.values()) for each in chain] for chain in chains]).mean(axis=1)
    z = {name: _z_score(first[:, j], second[:, j]) for j, name in enumerate(names)}
    worst = max(abs(score) for score in z.values())
    return JointTest(z, min(1.0, len(z) * normal_tail(worst)), algorithm)


def _drawn(model: Joint, rng: np.random.Generator) -> State:
    """One draw forward, of those whose rows the component takes."""
    while True:
        values = model.prior.draw(rng)
        labels = model.partition(values, rng)
        rows = model.rows(labels, rng)
        if model.takes(rows):
            return labels, values, rows


def _alternating(
    model: Joint, algorithm: str, n_draws: int, rng: np.random.Generator
) -> list[dict[str, float]]:
    """Draws by alternation, as statistics."""
    labels, values, rows = _drawn(model, rng)
    kept: list[dict[str, float]] = []
    for _ in range(n_draws):
        labels, values = model.move(rows, labels, values, algorithm, rng)
        rows = model.rows(labels, rng)
        while not model.takes(rows):
            rows = model.rows(labels, rng)
        kept.append(statistics(labels, values, rows))
    return kept


def _z_score(independent: NDArray[np.float64], means: NDArray[np.float64]) -> float:
    """The difference of two means as a normal score; 0 where both are the same constant.

    Its distribution is Student's t with about as many degrees of freedom as there are chains, less one; the score has
    the same tail, to two digits (Wallace 1959).
    """
    difference = float(means.mean() - independent.mean())
    variance = independent.var(ddof=1) / independent.size + means.var(ddof=1) / means.size
    if variance == 0:
        return math.copysign(math.inf, difference) if difference else 0.0
    t, freedom = difference / math.sqrt(variance), means.size - 1
    size = math.sqrt(freedom * math.log1p(t * t / freedom)) * (8 * freedom + 1) / (8 * freedom + 3)
    return math.copysign(size, t)
