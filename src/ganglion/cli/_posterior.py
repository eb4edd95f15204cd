"""From rows of a table to the posterior over their partitions: chains, the estimate, diagnostics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._errors import ParameterError
from ..cluster import TablePosterior
from ..cluster.bayesian import (
    CredibleBall,
    Diagnostics,
    MixtureOfFiniteMixtures,
    PosteriorSample,
    certainty,
    credible_ball,
    diagnose,
    expected_loss,
    point_estimate,
    sample_partitions,
)
from ..cluster.bayesian._partitions.numbering import smallest_integers
from ..cluster.bayesian._summing_up import n_clusters_posterior, n_components_posterior
from ..explain import ClusterCard, ThresholdTree, describe_clusters
from ..progress import Progress
from ._posterior_model import Modelled, PriorSettings
from ._rules import grow_rules
from ._talk import Talk

RECORD_BYTES = 2**29  # partitions after every sweep, for the replay
MODEL_BYTES = 2**26  # draws that a model file keeps
MODEL_DRAWS = 400
LEVEL = 0.95
ENOUGH_PER_CHAIN = 100  # effective draws


@dataclass(frozen=True, kw_only=True)
class PosteriorSettings:
    """What was asked for.

    Attributes
    ----------
    component : str
        What the rows of a cluster are distributed as.
    draws, burn_in, chains, thin : int
        As in `sample_partitions`.
    loss : {"vi", "binder"}
        What the estimate minimises the mean of.
    algorithm : str
        As in `sample_partitions`.
    time_budget : float or None
        Seconds after which the chains end.
    checkpoint : str or None
        A file that the run can be gone on from.
    resume : bool
        Go on from it.
    seed : int
        Of everything that is drawn.
    """

    component: str = "auto"
    draws: int = 1000
    burn_in: int = 500
    chains: int = 4
    thin: int = 1
    loss: str = "vi"
    algorithm: str = "auto"
    time_budget: float | None = None
    checkpoint: str | None = None
    resume: bool = False
    seed: int = 0

    def check(self) -> None:
        """Refuse what cannot be.

        Raises
        ------
        ParameterError
            `resume` without a checkpoint.
        """
        if self.resume and self.checkpoint is None:
            raise ParameterError(
                "--resume goes on from a checkpoint. Name its file with --checkpoint."
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class PosteriorFound:
    """The posterior over partitions of a table. Clusters are numbered by their rows, the largest 0.

    Attributes
    ----------
    model : Modelled
        The rows and what they are taken to come from.
    prior : PriorSettings
        What prior was asked for.
    settings : PosteriorSettings
        What else was asked for.
    sample : PosteriorSample
        The draws.
    labels : ndarray of shape (n,), int32
        The partition that minimises the expected loss.
    loss : float
        Its expected loss.
    certainty : ndarray of shape (n,)
        How sure each row's cluster is.
    ball : CredibleBall
        How far the estimate may be off.
    diagnostics : Diagnostics
        Whether to believe it.
    cards : tuple of ClusterCard
        What sets each cluster apart.
    rules : ThresholdTree or None
        Rules that tell the clusters; None for one cluster, and for very many.
    """

    model: Modelled
    prior: PriorSettings
    settings: PosteriorSettings
    sample: PosteriorSample
    labels: NDArray[np.int32]
    loss: float
    certainty: NDArray[np.float64]
    ball: CredibleBall
    diagnostics: Diagnostics
    cards: tuple[ClusterCard, ...]
    rules: ThresholdTree | None = None

    @property
    def k(self) -> int:
        """Number of clusters of the estimate."""
        return len(self.cards)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows of the table that were partitioned."""
        return self.model.coded.rows

    def counts(self) -> Mapping[int, float]:
        """Return the posterior of the number of clusters."""
        return n_clusters_posterior(self.sample)

    def components(self) -> Mapping[int, float] | None:
        """Return the posterior of the number of components, where the prior has one."""
        if not isinstance(self.sample.prior, MixtureOfFiniteMixtures):
            return None
        return n_components_posterior(self.sample)

    def advice(self) -> str:
        """Return how much longer chains must run, where they are too short; otherwise nothing."""
        judged = self.diagnostics
        wanted, least = ENOUGH_PER_CHAIN * judged.n_chains, min(judged.ess.values())
        if judged.verdict == "converged" or judged.n_chains * judged.n_draws < wanted:
            return ""
        if not 0 < least < wanted:
            return "Longer chains may agree: --burn-in and --draws."
        times = int(np.ceil(wanted / least))
        return f"About {times} times as many sweeps may do: --thin {times * self.settings.thin}."

    def kept(self) -> TablePosterior:
        """Return what labels further rows: the rows, and so many draws as a file can hold."""
        settings = self.settings
        return TablePosterior(
            encoding=self.model.encoding,
            keeps_gaps=self.model.keeps_gaps,
            X=self.model.coded.X,
            sample=_thinned(self.sample),
            labels=self.labels,
            source=self.model.table.source,
            settings={
                "seed": settings.seed,
                "draws": settings.draws,
                "burn_in": settings.burn_in,
                "chains": settings.chains,
                "thin": settings.thin,
                "loss": settings.loss,
                "algorithm": self.sample.algorithm,
                "verdict": self.diagnostics.verdict,
            },
        )


def find_posterior(
    model: Modelled,
    prior: PriorSettings,
    settings: PosteriorSettings,
    talk: Talk,
    *,
    with_replay: bool,
) -> PosteriorFound:
    """Let the chains run and sum up what they say.

    Parameters
    ----------
    model : Modelled
        The rows and their component.
    prior : PriorSettings
        The prior.
    settings : PosteriorSettings
        Chains and draws.
    talk : Talk
        Where progress is shown.
    with_replay : bool
        Keep the partition after every sweep, where there is room.

    Returns
    -------
    PosteriorFound
        The record from which everything is printed and written.

    Raises
    ------
    ParameterError, DataError, MemoryPlanError
        As `sample_partitions` raises them.
    """
    n_sweeps = settings.burn_in + settings.draws * settings.thin
    with talk.bar("chains", n_sweeps) as bar, talk.listening():
        listener = None if bar is None else bar.sweeps()
        sample = _drawn(model, prior, settings, listener, with_replay)
    with talk.bar("the partition that stands for all"):
        estimate = point_estimate(sample.draws, loss=settings.loss, random_state=settings.seed)
        labels = _by_size(estimate)
        sure = certainty(sample.draws, labels)
        diagnostics = diagnose(sample.draws, sample.log_posterior)
    table, coded = model.table, model.coded
    cards = describe_clusters(table, labels, names=coded.names, rows=coded.rows)
    return PosteriorFound(
        model=model,
        prior=prior,
        settings=settings,
        sample=sample,
        labels=labels,
        loss=expected_loss(sample.draws, labels, loss=settings.loss),
        certainty=sure,
        ball=credible_ball(sample.draws, labels, LEVEL, loss=settings.loss),
        diagnostics=diagnostics,
        cards=cards,
        rules=grow_rules(table, labels, coded.rows, coded.names, talk),
    )


def _drawn(
    model: Modelled,
    prior: PriorSettings,
    settings: PosteriorSettings,
    listener: Progress | None,
    with_replay: bool,
) -> PosteriorSample:
    """The draws."""
    n_sweeps = settings.burn_in + settings.draws * settings.thin
    needed = settings.chains * (n_sweeps + 1) * len(model.coded.X)
    return sample_partitions(
        model.coded.X,
        prior.build(),
        model.component,
        n_draws=settings.draws,
        n_burn_in=settings.burn_in,
        n_chains=settings.chains,
        thin=settings.thin,
        algorithm=settings.algorithm,
        random_state=settings.seed,
        time_budget=settings.time_budget,
        checkpoint=settings.checkpoint,
        resume=settings.resume,
        progress=listener,
        record=with_replay and settings.algorithm != "variational" and needed <= RECORD_BYTES,
    )


def _by_size(labels: NDArray[Any]) -> NDArray[np.int32]:
    """Number clusters by their rows, the largest 0; of equals the one whose first row comes first."""
    order = np.argsort(-np.bincount(labels), kind="stable")  # labels count by first appearance
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    return number[labels]


def _thinned(sample: PosteriorSample) -> PosteriorSample:
    """The same with at most so many draws as a model file keeps, evenly among those of each chain."""
    room = MODEL_BYTES // max(sample.n_samples * sample.draws.dtype.itemsize, 1)
    each = max(1, min(MODEL_DRAWS, room) // sample.n_chains)
    if sample.n_draws > each:
        at = np.linspace(0, sample.n_draws - 1, each).round().astype(np.int64)
        drawn = {name: values[:, at] for name, values in sample.hyperparameters.items()}
        draws = np.ascontiguousarray(sample.draws[:, at])
        heights = np.ascontiguousarray(sample.log_posterior[:, at])
        sample = replace(sample, draws=draws, log_posterior=heights, hyperparameters=drawn)
    small = smallest_integers(int(sample.draws.max()) + 1)
    return replace(sample, draws=sample.draws.astype(small, copy=False), history=None)
