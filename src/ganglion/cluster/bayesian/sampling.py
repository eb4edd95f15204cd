"""Sampling from the posterior over all partitions: chains, what is kept of them, and how a run is gone on with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from numbers import Integral
from typing import Any, cast

import numpy as np

from ..._errors import ParameterError, warn_caller
from ..._memory import read_memory_limit
from ..._random import RandomState, generator
from ..._values import check_choice, check_count, is_real
from ...progress import Progress
from .._parameters import check_progress
from ._chains.checkpoints import Checkpoint, digest
from ._chains.driving import Plan, Sampling, Watch, run
from ._chains.samplers import ALGORITHMS, build_sampler, choose_algorithm, drawn_by
from ._chains.starts import starting_partitions
from ._components.component import Component
from ._densities.partitioned import check_component
from ._mean_fields.drawing import refuse_what_needs_chains, sample_approximation
from ._priors.log_prior import log_priors
from ._priors.partition_prior import PartitionPrior
from ._rows import Rows
from .components import Normal
from .hyperpriors import Gamma
from .posterior import PosteriorSample, StoppedBy
from .priors import DirichletProcess

__all__ = ["sample_partitions"]


def sample_partitions(
    X: Any,
    prior: Any = None,
    component: Any = None,
    *,
    n_draws: int = 1000,
    n_burn_in: int = 500,
    n_chains: int = 4,
    thin: int = 1,
    init: Any = "auto",
    algorithm: str = "auto",
    random_state: RandomState = None,
    time_budget: float | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int = 100,
    resume: bool = False,
    memory_limit: int | float | str | None = None,
    progress: Progress | None = None,
    record: bool = False,
) -> PosteriorSample:
    """Draw partitions of the samples from their posterior distribution.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        What `component` describes: measurements, counts, codes.
    prior : DirichletProcess, PitmanYor or MixtureOfFiniteMixtures, optional
        The distribution over partitions. By default a Dirichlet process whose concentration is sampled, from
        ``Gamma(shape=1, rate=1)``.
    component : Normal, DiagonalNormal, Multinomial, ..., optional
        The distribution of the samples of one cluster; hyperparameters that it leaves open come from the data. By
        default `Normal`.
    n_draws : int, default=1000
        Draws of each chain.
    n_burn_in : int, default=500
        Sweeps before the first one that can be a draw; 0 is allowed.
    n_chains : int, default=4
        Chains, each with its own start and its own stream of random numbers; they run in parallel.
    thin : int, default=1
        A draw is kept after every `thin` sweeps.
    init : "auto", or array-like of shape (n_samples,) or (n_chains, n_samples), default="auto"
        Where the chains start. "auto" goes round: one cluster; every sample alone (many clusters, beyond 1,000
        samples); k-means; random labels. The start itself is never a draw.
    algorithm : {"auto", "gibbs", "hybrid", "subcluster", "variational"}, default="auto"
        "gibbs" moves one sample after the other, with the components' parameters integrated out, and splits and merges
        clusters; "hybrid" draws the parameters of clusters and moves all samples side by side, which pays for many
        samples; both are exact. "subcluster" is "hybrid" with splits and merges of sub-clusters throughout, which is
        quick and not exact. "variational" draws memberships from an approximation of the posterior, independently:
        quick, and too sure of itself. "auto" is "gibbs" or "hybrid", by n_samples.
    random_state : int, Generator, RandomState or None
        One seed gives one answer, to the bit, whatever the number of threads.
    time_budget : float, optional
        Seconds after which the run ends, with the draws that it has by then: at least one of each chain.
    checkpoint : str or path, optional
        A file that holds the run, replaced as a whole while it goes on.
    checkpoint_every : int, default=100
        Sweeps between two checkpoints.
    resume : bool, default=False
        Go on from the checkpoint where there is one; the draws are those of a run that was never ended, to the bit.
        `n_draws` may be larger than it was.
    memory_limit : int or str, optional
        The most memory to take, in bytes or as ``"2GB"``; by default what is there.
    progress : callable, optional
        Called with a `ganglion.progress.Step` after each sweep; returns True to stop. Its value is the mean of the
        chains' log posteriors, its message tells their numbers of clusters.
    record : bool, default=False
        Keep the partition after every sweep, burn-in included, in ``history.labels``.

    Returns
    -------
    PosteriorSample
        The draws with their log posteriors, the model in full, and how the run went.

    Raises
    ------
    ParameterError
        When a parameter is out of its range, or a checkpoint is that of another run.
    DataError
        When X is not what the component describes.
    MemoryPlanError
        When the draws do not fit into memory.
    ModelFileError
        When a checkpoint is damaged.

    Warns
    -----
    GanglionWarning
        When Ctrl-C, the time budget or `progress` ends the run before all draws are there. Ctrl-C before the first draw
        is KeyboardInterrupt, as ever.

    Notes
    -----
    The posterior is ``p(c | X) ~ p(c) prod_k m(X_k)`` over partitions c with clusters ``X_k``, where m is the marginal
    likelihood of the component. A hyperparameter that has a distribution is drawn in each sweep, given the partition.

    A sweep of "gibbs" costs ``n_samples`` times the density of a sample under each cluster (``d^2`` operations for
    `Normal`, ``d`` for the others); one of "hybrid" the same side by side, without clusters that are out of reach.
    Measured with 20 clusters in 8 columns, "hybrid" takes half the time at 5,000 samples, a sixth at 100,000.

    Draws take ``n_chains * n_draws * n_samples`` bytes with up to 128 clusters, twice that with up to 32,768.

    References
    ----------
    .. [1] R. M. Neal, "Markov chain sampling methods for Dirichlet process mixture models", JCGS 9(2), 2000, algorithms
       3 and 8. DOI 10.1080/10618600.2000.10474879.
    .. [2] S. Jain, R. M. Neal, "A split-merge Markov chain Monte Carlo procedure for the Dirichlet process mixture
       model", JCGS 13(1), 2004. DOI 10.1198/1061860043001.
    .. [3] M. Lomeli, S. Favaro, Y. W. Teh, "A hybrid sampler for Poisson-Kingman mixture models", NIPS 2015.
    .. [4] D. M. Blei, M. I. Jordan, "Variational inference for Dirichlet process mixtures", Bayesian Analysis 1, 2006.
       DOI 10.1214/06-BA104.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import sample_partitions
    >>> X = [[0.0], [0.1], [0.2], [9.0], [9.1], [9.3]]
    >>> sample = sample_partitions(X, n_draws=200, random_state=0)
    >>> sample.draws.shape, sample.draws.dtype
    ((4, 200, 6), dtype('int8'))
    """
    check_choice("algorithm", algorithm, ALGORITHMS)
    check_progress(progress)
    prior, component = model_of(prior, component)
    rows = component.check(X)
    component = component.resolve(rows)
    plan = Plan(
        n_chains=check_count("n_chains", n_chains),
        n_samples=rows.shape[0],
        n_draws=check_count("n_draws", n_draws),
        n_burn_in=check_count("n_burn_in", n_burn_in, least=0),
        thin=check_count("thin", thin),
        record=_flag("record", record),
        memory_limit=read_memory_limit(memory_limit),
    )
    plan.check(1)
    model = _Model(rows, prior, component, choose_algorithm(algorithm, rows, component))
    seconds, rng = _seconds(time_budget), generator(random_state)
    if model.algorithm == "variational":
        has_init = not isinstance(init, str) or init != "auto"
        refuse_what_needs_chains(init=has_init, checkpoint=checkpoint is not None, record=record)
        return sample_approximation(
            rows, prior, component, plan, rng=rng, progress=progress, seconds=seconds
        )
    seed = _seed_of(random_state, rng)
    sampling = _at_starts(model, plan, init, rng)
    identity = _identity(model, plan, init, seed)
    file = _opened(checkpoint, identity, checkpoint_every, resume=_flag("resume", resume))
    if file is not None and resume:
        file.resume(sampling)
    watch = Watch(progress, seconds, None if file is None else file.write_when_due)
    stopped_by = _finished(sampling, watch, file)
    return _sample(sampling, model, stopped_by)


def model_of(prior: Any, component: Any) -> tuple[PartitionPrior, Component]:
    """Return a prior and a component, the usual ones for None.

    Parameters
    ----------
    prior : DirichletProcess, PitmanYor, MixtureOfFiniteMixtures or None
        None is a Dirichlet process with its concentration drawn from ``Gamma(shape=1, rate=1)``.
    component : Normal, DiagonalNormal, Multinomial, ... or None
        None is `Normal`.

    Returns
    -------
    prior : PartitionPrior
        What was given, or the usual one.
    component : Component
        What was given, or the usual one.

    Raises
    ------
    ParameterError
        When either is something else.
    """
    prior = DirichletProcess(concentration=Gamma(shape=1, rate=1)) if prior is None else prior
    component = Normal() if component is None else component
    if not isinstance(prior, PartitionPrior):
        raise ParameterError(
            "prior must be a DirichletProcess, a PitmanYor, a MixtureOfFiniteMixtures or None; "
            f"got {prior!r}. Use for example DirichletProcess(concentration=1.0)."
        )
    check_component(component)
    return prior, component


def _sample(sampling: Sampling, model: _Model, stopped_by: StoppedBy) -> PosteriorSample:
    """The record of a run that has ended."""
    count = sampling.n_draws
    draws, log_likelihood = sampling.draws.first(count), sampling.log_likelihood[:, :count]
    sizes = [np.bincount(labels) for labels in draws.reshape(-1, draws.shape[2])]
    log_prior = log_priors(sizes, model.prior)
    own = {name: drawn[:, :count] for name, drawn in sampling.hyperparameters.items()}
    return PosteriorSample(
        draws,
        log_prior.reshape(log_likelihood.shape) + log_likelihood,
        model.prior,
        model.component,
        own,
        model.algorithm,
        stopped_by,
        sampling.history(),
    )


@dataclass(frozen=True)
class _Model:
    """Rows that went through the gate, and what they are taken to come from."""

    rows: Rows
    prior: PartitionPrior
    component: Component
    algorithm: str


def _at_starts(model: _Model, plan: Plan, init: Any, rng: np.random.Generator) -> Sampling:
    """Chains that have not moved yet; each one's random numbers depend on the seed and its own number alone."""
    seeds = rng.integers(0, 2**63, size=(plan.n_chains, 8), dtype=np.uint64)
    n, prior = plan.n_samples, model.prior
    possible = np.isfinite(prior.table(n, prior.start(), min(n, 1000)).log_v)
    most = n if possible[-1] else int(np.flatnonzero(possible)[-1])
    starts = starting_partitions(init, model.rows.values, plan.n_chains, rng, most)
    own = np.ascontiguousarray(seeds[:, :4])
    sampler = build_sampler(
        model.algorithm, model.rows, model.component, starts, own, plan.n_burn_in
    )
    streams = [np.random.default_rng(seed) for seed in seeds[:, 4:]]
    drawn = partial(drawn_by, sampler, model.rows, model.component)
    return Sampling(sampler, prior, plan, streams, drawn)


def _finished(sampling: Sampling, watch: Watch, file: Checkpoint | None) -> StoppedBy:
    """Let the chains run, and say what ended them; there is at least one draw of each then."""
    try:
        stopped_by = run(sampling, watch)
    except KeyboardInterrupt:
        if sampling.n_draws == 0:
            raise
        stopped_by = "interrupt"
    else:
        if file is not None:
            file.write(sampling)
        if sampling.n_draws == 0:
            sampling.keep_last()
    if stopped_by != "n_draws":
        _warn_early(sampling, stopped_by)
    return stopped_by


def _warn_early(sampling: Sampling, stopped_by: StoppedBy) -> None:
    plan, what = sampling.plan, {"time_budget": "The time budget", "progress": "progress"}
    burn_in = (
        f" That is within the burn-in of {plan.n_burn_in}, so they are no sample of the posterior."
        if sampling.n_sweeps <= plan.n_burn_in
        else ""
    )
    warn_caller(
        f"{what.get(stopped_by, 'Ctrl-C')} ended the run after sweep {sampling.n_sweeps} of {plan.n_sweeps}: "
        f"{sampling.n_draws} of {plan.n_draws} draws of each chain are returned.{burn_in} Look at the diagnostics, "
        "or go on with checkpoint= and resume=True."
    )


def _seed_of(random_state: RandomState, rng: np.random.Generator) -> int | str | None:
    """An integer as it is, a generator by its state; None where nothing was asked for."""
    if random_state is None:
        return None
    if isinstance(random_state, Integral):
        return int(random_state)
    return digest(rng.bit_generator.state)


def _identity(model: _Model, plan: Plan, init: Any, seed: int | str | None) -> dict[str, Any]:
    """What a run must share with the one that wrote a checkpoint to go on with it."""
    return {
        "X": digest(model.rows.values),
        "prior": digest(model.prior.to_state()),
        "component": digest(model.component.to_state()),
        "init": digest(init if isinstance(init, str) else np.asarray(init)),
        "algorithm": model.algorithm,
        "n_chains": plan.n_chains,
        "n_burn_in": plan.n_burn_in,
        "thin": plan.thin,
        "record": plan.record,
        "random_state": seed,
    }


def _opened(path: Any, identity: dict[str, Any], every: Any, *, resume: bool) -> Checkpoint | None:
    """The checkpoint of a run; None without a path."""
    every = check_count("checkpoint_every", every)
    if path is None:
        if resume:
            raise ParameterError("resume=True needs checkpoint=, the file to go on from.")
        return None
    if not isinstance(path, (str, os.PathLike)):
        raise ParameterError(f"checkpoint must be a path; got {path!r}.")
    return Checkpoint(cast("str", path), identity, every)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ParameterError(f"{name} must be True or False; got {value!r}.")
    return bool(value)


def _seconds(time_budget: Any) -> float | None:
    if time_budget is None:
        return None
    if not is_real(time_budget) or not float(time_budget) > 0:
        raise ParameterError(
            f"time_budget must be a positive number of seconds, or None; got {time_budget!r}."
        )
    return float(time_budget)
