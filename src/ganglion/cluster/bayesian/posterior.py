"""What a sampler of partitions leaves: its draws, and how it came by them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

StoppedBy = Literal["n_draws", "time_budget", "progress", "interrupt"]


@dataclass(frozen=True, eq=False)
class ChainHistory:
    """What the chains did in every sweep, those before the first draw included.

    Attributes
    ----------
    n_burn_in : int
        How many of the sweeps came before the first one that can be a draw.
    thin : int
        After how many sweeps a draw was kept.
    n_clusters : ndarray of shape (n_chains, n_sweeps), int32
        Number of clusters after each sweep.
    log_posterior : ndarray of shape (n_chains, n_sweeps)
        Log joint density after each sweep, that of the hyperparameters at their values included.
    labels : ndarray of shape (n_chains, n_sweeps + 1, n_samples) or None
        The partition after each sweep, numbered by first appearance; the first one is the start. Only where it was
        asked for.
    """

    n_burn_in: int
    thin: int
    n_clusters: NDArray[np.int32]
    log_posterior: NDArray[np.float64]
    labels: NDArray[Any] | None = None

    def __len__(self) -> int:
        return self.n_clusters.shape[1]


@dataclass(frozen=True, eq=False)
class PosteriorSample:
    """Draws from the posterior over all partitions.

    Attributes
    ----------
    draws : ndarray of shape (n_chains, n_draws, n_samples)
        Partitions, in the smallest signed integers that hold them. Clusters are numbered 0, 1, ... by first appearance.
    log_posterior : ndarray of shape (n_chains, n_draws)
        ``log_prior + log_marginal`` of each draw, all constants included; hyperparameters of the prior that were
        sampled are integrated over. Where clusters have explicit parameters (`SemiConjugateNormal`), the joint density
        of the rows and these parameters stands for the second term.
    prior : DirichletProcess, PitmanYor or MixtureOfFiniteMixtures
        As it was given.
    component : Normal, DiagonalNormal, ...
        With all its hyperparameters, those that came from the data included.
    hyperparameters : dict of str to ndarray of shape (n_chains, n_draws)
        Each hyperparameter that was sampled, at each draw; empty where all were given.
    algorithm : {"gibbs", "hybrid", "subcluster", "variational"}
        What drew them.
    stopped_by : {"n_draws", "time_budget", "progress", "interrupt"}
        Why there are no more: all that were asked for, or what ended the run before.
    history : ChainHistory or None
        What the chains did in every sweep; None where there are no chains.

    Notes
    -----
    No draw is better than the others, and the last one is no answer: `point_estimate` finds the partition with the
    smallest expected distance to all of them.
    """

    draws: NDArray[Any]
    log_posterior: NDArray[np.float64]
    prior: Any
    component: Any
    hyperparameters: dict[str, NDArray[np.float64]] = field(
        default_factory=dict[str, NDArray[np.float64]]
    )
    algorithm: str = "gibbs"
    stopped_by: StoppedBy = "n_draws"
    history: ChainHistory | None = None

    @property
    def n_chains(self) -> int:
        """How many chains there are."""
        return self.draws.shape[0]

    @property
    def n_draws(self) -> int:
        """How many draws each chain has."""
        return self.draws.shape[1]

    @property
    def n_samples(self) -> int:
        """How many points are partitioned."""
        return self.draws.shape[2]

    @property
    def n_clusters(self) -> NDArray[np.int64]:
        """Number of clusters (n_chains, n_draws) of each draw."""
        return self.draws.max(axis=2).astype(np.int64) + 1
