"""Variational inference: a quick answer for many rows, with a bound on the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._errors import DataError, ParameterError
from ..._memory import check_memory
from ..._random import RandomState, generator
from ..._values import check_count, is_real
from ...progress import Progress, Step
from .._parameters import check_progress
from ._components.component import Component
from ._components.normals import Normal
from ._components.semi_conjugate import SemiConjugateNormal
from ._densities.partitioned import check_component
from ._mean_fields.births import Births
from ._mean_fields.fits import Engine, Fit, merged, without_empty
from ._mean_fields.sticks import check_prior
from ._partitions.numbering import by_first_appearance, smallest_integers
from ._rows import Rows
from .hyperpriors import Gamma
from .priors import DirichletProcess

Floats = NDArray[np.float64]
_BLOCK = 1 << 20
"""Responsibilities that are held at a time."""


@dataclass(frozen=True, eq=False)
class VariationalRun:
    """What `variational` found.

    Attributes
    ----------
    labels : ndarray of shape (n_samples,), int32
        The cluster with the largest share in each row, numbered by first appearance.
    n_clusters : int
        How many clusters have rows in `labels`.
    bound : float
        The evidence bound: at most ``log p(X)``, all constants included.
    history : ndarray of shape (n_sweeps,)
        The bound after each sweep over the rows; it never falls.
    sizes : ndarray of shape (K,)
        Sums of responsibilities of the K clusters, those of `labels` first and in their order.
    concentration : float
        Its mean under the approximation, where it was free; otherwise the number that was given (gamma of a finite
        mixture).
    converged : bool
        Whether sweeps, merges and births all ended by themselves.
    prior : DirichletProcess, PitmanYor or MixtureOfFiniteMixtures
        As given.
    component : Normal, DiagonalNormal, ...
        With all its hyperparameters.
    """

    labels: NDArray[np.int32]
    n_clusters: int
    bound: float
    history: Floats
    sizes: Floats
    concentration: float
    converged: bool
    prior: Any
    component: Component
    _engine: Engine = field(repr=False)
    _fit: Fit = field(repr=False)
    _columns: NDArray[np.intp] = field(repr=False)

    def responsibilities(self, rows: slice = slice(None)) -> Floats:
        """Return the share of each cluster in some of the rows.

        Parameters
        ----------
        rows : slice, default=slice(None)
            Which rows; all by default, in n_samples x K numbers.

        Returns
        -------
        ndarray of shape (m, K)
            Rows sum to 1; columns as in `sizes`.
        """
        return self._engine.responsibilities(self._fit, rows)[:, self._columns]

    def sample_labels(self, n_draws: int, random_state: RandomState = None) -> NDArray[Any]:
        """Draw partitions from the approximation: each row by itself, in proportion to its shares.

        Parameters
        ----------
        n_draws : int
            At least 1.
        random_state : int, Generator, RandomState or None
            Seed of the draws.

        Returns
        -------
        ndarray of shape (n_draws, n_samples)
            Numbered by first appearance, in the smallest signed integers that hold them.

        Raises
        ------
        ParameterError
            When `n_draws` is below 1.

        Notes
        -----
        Under the approximation rows are independent given the data, so draws say less of what clusters could be
        otherwise than the posterior does: only rows on a border between clusters move.
        """
        check_count("n_draws", n_draws)
        rng = generator(random_state)
        draws = np.empty((n_draws, len(self.labels)), smallest_integers(len(self.sizes)))
        for rows in self._blocks():
            edges = np.cumsum(self.responsibilities(rows), axis=1)
            edges[:, -1] = 1.0
            for draw in draws:
                draw[rows] = (rng.random((len(edges), 1)) >= edges).sum(axis=1)
        for draw in draws:
            draw[:] = by_first_appearance(draw)
        return draws

    def _blocks(self) -> Iterator[slice]:
        return _blocks_of(len(self.labels), len(self.sizes))


def _blocks_of(n: int, k: int) -> Iterator[slice]:
    """Rows in blocks whose shares of k clusters fit into a cache."""
    step = max(1, _BLOCK // k)
    return (slice(at, at + step) for at in range(0, n, step))


def variational(
    X: Any,
    prior: Any = None,
    component: Component | None = None,
    *,
    max_clusters: int = 100,
    max_sweeps: int = 500,
    tol: float = 1e-6,
    random_state: RandomState = None,
    memory_limit: int | float | str | None = None,
    progress: Progress | None = None,
) -> VariationalRun:
    """Approximate the posterior of a mixture by independent factors, clusters being born and merged as the bound asks.

    Parameters
    ----------
    X : array-like or data frame of shape (n_samples, n_features)
        What the component describes.
    prior : DirichletProcess, PitmanYor or MixtureOfFiniteMixtures, optional
        By default ``DirichletProcess(concentration=Gamma(shape=1, rate=1))``.
    component : Normal, DiagonalNormal, Multinomial, Bernoulli, Poisson, Categorical or Mixed, optional
        By default ``Normal()``. Hyperparameters that are None are taken from X.
    max_clusters : int, default=100
        No birth leads to more.
    max_sweeps : int, default=500
        At most this many sweeps over all rows.
    tol : float, default=1e-6
        Sweeps go on while one raises the bound by more than this, relative to its size.
    random_state : int, Generator, RandomState or None
        Seed of the births. One seed gives one answer, to the bit, whatever the number of threads.
    memory_limit : int or str, optional
        The most memory to take, in bytes or as ``"2GB"``; by default what is there.
    progress : callable, optional
        Called with a `ganglion.progress.Step` after each sweep; returns True to stop.

    Returns
    -------
    VariationalRun
        Labels, responsibilities by blocks, and the bound with its history.

    Raises
    ------
    ParameterError
        When a parameter is out of its range, or the component is not conjugate.
    DataError
        When X holds what the component has no density for.
    MemoryPlanError
        When the work does not fit into memory.

    Notes
    -----
    Maximises ``E_q log p(X, z, v, eta) - E_q log q`` over ``q = prod q(z_i) prod q(v_k) q(eta_k)``, a lower bound on
    log p(X); with a finite mixture, log P(K) included. Each sweep fits the factors of sticks v and parameters eta to
    sums of features, then the memberships z; both raise the bound. It is computed in full after every sweep: log
    marginals at fractional counts, sticks, and the entropy of the memberships, which is added up along with the sums.

    A merge of two clusters needs their sums and the entropy that they lose, which a sweep leaves for all pairs; it is
    made where the bound rises, exactly. A birth fits ten clusters to the rows of one, and is kept where the bound over
    all rows rises.

    A sweep takes O(n p K) time with p features of a row (d (d + 3) / 2 for `Normal`); memory is O(n d + K p) and does
    not hold responsibilities. The approximation is too sure of itself: see `sample_partitions` for the posterior.

    References
    ----------
    .. [1] D. M. Blei, M. I. Jordan, "Variational inference for Dirichlet process mixtures", Bayesian Analysis 1, 2006,
       section 4. DOI 10.1214/06-BA104.
    .. [2] K. Kurihara, M. Welling, N. Vlassis, "Accelerated variational Dirichlet process mixtures", NIPS 2006 (sticks
       by size, those beyond the last one as in the prior).
    .. [3] M. C. Hughes, E. B. Sudderth, "Memoized online variational inference for Dirichlet process mixture models",
       NIPS 2013, sections 3.2 and 3.3 (births and merges).

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.cluster.bayesian import variational
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(size=(50, 2)), rng.normal(size=(50, 2)) + 9])
    >>> run = variational(X, random_state=0)
    >>> run.n_clusters, run.labels[[0, 99]].tolist()
    (2, [0, 1])
    """
    check_count("max_clusters", max_clusters)
    check_count("max_sweeps", max_sweeps)
    check_progress(progress)
    if not is_real(tol) or not tol >= 0:
        raise ParameterError(f"tol must be a number of at least 0; got {tol!r}.")
    prior = DirichletProcess(concentration=Gamma(shape=1, rate=1)) if prior is None else prior
    check_prior(prior)
    resolved, rows = _described(X, component)
    _check_plan(rows, resolved, max_clusters, memory_limit)
    limits = _Limits(int(max_clusters), int(max_sweeps), float(tol), progress)
    engine = Engine(rows, resolved, prior)
    fit, history, converged = _fitted(engine, limits, generator(random_state))
    return _finished(engine, fit, history, converged, resolved)


@dataclass(frozen=True)
class _Limits:
    max_clusters: int
    max_sweeps: int
    tol: float
    progress: Progress | None


def _described(X: Any, component: Any) -> tuple[Component, Rows]:
    """The component with its numbers, and the rows that it has checked."""
    if component is None:
        component = Normal()
    check_component(component)
    resolved = component.resolve(X)
    rows = resolved.check(X)
    if any(isinstance(part, SemiConjugateNormal) for _, part in resolved.parts(rows.shape[1])):
        raise ParameterError(
            "Variational inference needs conjugate components; got SemiConjugateNormal. Use DiagonalNormal, or "
            'algorithm="gibbs".'
        )
    return resolved, rows


def _check_plan(rows: Rows, component: Component, k: int, memory_limit: Any) -> None:
    """The rows as columns of features, and for each block of rows the sums of all features."""
    n, d = rows.shape
    width, features = 0, 0
    for columns, part in component.parts(d):
        own = len(columns)
        alpha: Any = getattr(part, "alpha", None)
        if isinstance(alpha, tuple):
            own = sum(len(each) for each in alpha)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        width += 2 * own
        features += own * (own + 3) // 2 if isinstance(part, Normal) else 3 * own
    blocks = min(64, n // 1024 + 1) + 4
    check_memory(
        8.0 * (2 * n * width + blocks * min(k, n) * features),
        f"Variational inference of {n:,} rows with {d:,} columns",
        'Lower max_clusters, cluster a sample of the rows, or use algorithm="gibbs", which keeps rows sparse.',
        memory_limit,
    )


def _fitted(
    engine: Engine, limits: _Limits, rng: np.random.Generator
) -> tuple[Fit, list[float], bool]:
    """Sweep until the bound stays, then merge, then try births; end where none of them raises it."""
    fit = engine.whole()
    history = [fit.bound]
    births = Births(limits.max_clusters)
    while len(history) < limits.max_sweeps:
        swept = without_empty(engine, engine.sweep(fit, overlaps=True))
        rise, fit = swept.bound - fit.bound, swept
        history.append(fit.bound)
        if limits.progress is not None:
            step = Step(
                "variational inference",
                len(history),
                limits.max_sweeps,
                fit.bound,
                f"{len(fit)} clusters",
            )
            if limits.progress(step):
                return fit, history, False
        small = not rise > limits.tol * abs(fit.bound)
        if rise > 1e-3 * abs(fit.bound):
            continue
        joined = merged(engine, fit)
        if joined is not fit:
            fit = joined
            continue
        if not small:
            continue
        born = births.tried(engine, fit, rng)
        if born is fit:
            return fit, history, True
        fit = born
    return fit, history, False


def _finished(
    engine: Engine, fit: Fit, history: list[float], converged: bool, component: Component
) -> VariationalRun:
    """The run, its clusters numbered by first appearance."""
    raw = engine.assign(fit)
    if not np.isfinite(fit.bound):
        raise DataError(
            f"The evidence bound must fit into float64; it came out as {fit.bound}. Bring the columns of X to the "
            "scale of the hyperparameters."
        )
    labels = by_first_appearance(raw)
    seen = raw[np.unique(labels, return_index=True)[1]]
    columns = np.concatenate([seen, np.setdiff1d(np.arange(len(fit)), seen)]).astype(np.intp)
    # Of the shares as they are told: the fit's own counts are those of the update before.
    sizes = np.zeros(len(fit))
    for rows in _blocks_of(len(labels), len(fit)):
        sizes += engine.responsibilities(fit, rows).sum(axis=0)
    return VariationalRun(
        labels=labels,
        n_clusters=len(seen),
        bound=fit.bound,
        history=np.array(history),
        sizes=sizes[columns],
        concentration=float(fit.concentration or 0.0),
        converged=converged,
        prior=engine.prior,
        component=component,
        _engine=engine,
        _fit=fit,
        _columns=columns,
    )
