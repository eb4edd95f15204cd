"""One k-means for each k, along a curve that never rises."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from .._arrays import Samples
from .._errors import ParameterError
from ..cluster import KMeansRun
from ..criteria import scatter
from ..criteria._cluster_moments import (
    ClusterMoments,
    NextCenters,
    cluster_moments,
    own_and_next,
)
from ..criteria._moments import Floats, exact_scale, mean
from ..progress import Progress, Step
from ._search import Search, search_runs
from ._structureless import spectrum

# Rows that are judged by their distances to centres: enough for two digits of a mean.
MOST_JUDGED = 5_000
# Where fewer of them than this share differ, the values are counts, codes or coarsely rounded.
DISTINCT = 0.5


@dataclass(frozen=True, eq=False)
class Sweep:
    """What the rules may read: the data, and the best clustering that was found for each k.

    Attributes
    ----------
    X : ndarray of shape (n, d)
        The points.
    sample_weight : ndarray of shape (n,) or None
        Their weights.
    k : tuple of int
        The numbers of clusters, ascending.
    runs : tuple of KMeansRun
        The best run for each k.
    tss : float
        The WSS of one cluster.
    seconds : tuple of float
        What the search took for each k.
    entropy : tuple of int
        Where the seeds of all rules come from; see `seed`.
    """

    X: Samples
    sample_weight: Floats | None
    k: tuple[int, ...]
    runs: tuple[KMeansRun, ...]
    tss: float
    seconds: tuple[float, ...] = ()
    entropy: tuple[int, ...] = (0,)

    @property
    def wss(self) -> tuple[float, ...]:
        """The curve: WSS for each k, never rising."""
        return tuple(float(run.inertia) for run in self.runs)

    @property
    def n_effective(self) -> float:
        """The number of points; with weights Kish's effective number (sum w)^2 / sum w^2."""
        if self.sample_weight is None:
            return float(len(self.X))
        return float(self.sample_weight.sum() ** 2 / (self.sample_weight**2).sum())

    @cached_property
    def moments(self) -> tuple[ClusterMoments, ...]:
        """Masses, means and scatter of the clusters of each run, from all points; computed when first asked for."""
        middle = mean(self.X, self.sample_weight)
        units = middle, exact_scale(self.X, middle)
        return tuple(
            cluster_moments(self.X, run.labels, len(run.centers), self.sample_weight, units=units)
            for run in self.runs
        )

    @cached_property
    def spectrum(self) -> Floats:
        """The eigenvalues of the covariance, descending, as shares of their sum; empty where all points are equal."""
        return spectrum(self.X, self.sample_weight)

    @cached_property
    def judged(self) -> NDArray[np.intp]:
        """The rows whose distances to centres are measured: all, or 5,000 of them."""
        return self.sample(MOST_JUDGED)

    @cached_property
    def is_coarse(self) -> bool:
        """Whether most points repeat others: then the gaps between values look like valleys between groups."""
        rows = self.X[self.judged]
        return len(np.unique(rows, axis=0)) < DISTINCT * len(rows)

    @cached_property
    def margins(self) -> tuple[NextCenters, ...]:
        """For each run, how far the judged rows are from their own centre and from the next one, squared."""
        rows = self.X[self.judged]
        return tuple(
            own_and_next(rows, run.labels[self.judged], m.centers, m.origin, m.scale)
            for run, m in zip(self.runs, self.moments, strict=True)
        )

    def seed(self, name: str) -> np.random.SeedSequence:
        """Return the seed of everything that is drawn under a name: the same whichever other rules are asked.

        Parameters
        ----------
        name : str
            The name of the rule, or of what several rules share.

        Returns
        -------
        numpy.random.SeedSequence
            To be spawned, or given to ``numpy.random.default_rng``.
        """
        return np.random.SeedSequence([*self.entropy, *name.encode()])

    def sample(self, most: int) -> NDArray[np.intp]:
        """Return the rows that stand for all where a rule cannot afford them: the same for every rule.

        Parameters
        ----------
        most : int
            How many rows, at most; at least 1.

        Returns
        -------
        ndarray of shape (min(most, m),)
            Ascending positions of rows of positive weight, m of which there are, drawn without replacement; smaller
            samples are parts of larger ones. The rows keep their weights.
        """
        held = (
            np.arange(len(self.X))
            if self.sample_weight is None
            else np.flatnonzero(self.sample_weight)
        )
        if len(held) <= most:
            return held
        order = np.random.default_rng(self.seed("sample")).permutation(len(held))[:most]
        return np.sort(held[order])


def sweep(
    X: Samples,
    k: tuple[int, ...],
    *,
    n_init: int,
    rng: np.random.Generator,
    sample_weight: Floats | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Run k-means for each k from good centres.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        The points, from the gate.
    k : tuple of int
        Numbers of clusters, ascending, within 1 .. n.
    n_init : int
        Draws of k-means++ that are followed for each k, beside the other starts of the search.
    rng : numpy.random.Generator
        Source of the seeds.
    sample_weight : ndarray of shape (n,), optional
        Weights; None counts every row once.
    progress : Progress, optional
        Told each k; a true answer ends the sweep after it.

    Returns
    -------
    Sweep
        The best run for each k (for each k until it was stopped).

    Raises
    ------
    ParameterError
        Where k is empty.

    Notes
    -----
    Starts are searched on the points, or on a coreset of them, for all k together (`search_runs`); one run over all
    points follows for each k. Where it ends above the run of the k before, that run's centres and the farthest points
    are the start instead, which lowers the WSS: the curve never rises. Where the WSS is 0 more clusters have nothing to
    divide, and the last run stands for all that follow.
    """
    if not k:
        raise ParameterError(
            "k must hold at least one number of clusters; got none. Pass range(1, 11), for example."
        )
    entropy = tuple(int(word) for word in rng.integers(0, 2**32, size=4))
    began = perf_counter()
    starts = search_runs(X, sample_weight, k, n_init, rng)
    shared = (perf_counter() - began) / sum(k)
    search = Search.over(X, sample_weight)
    runs: list[KMeansRun] = []
    seconds: list[float] = []
    for step, n_clusters in enumerate(k, start=1):
        began = perf_counter()
        best = _best(search, starts[n_clusters], n_clusters, runs[-1] if runs else None)
        runs.append(best)
        seconds.append(perf_counter() - began + shared * n_clusters)
        told = Step("choose k", step, len(k), float(best.inertia), f"k = {n_clusters}")
        if progress is not None and progress(told):
            break
    whole = scatter(X, np.zeros(len(X), dtype=np.intp), sample_weight=sample_weight)
    return Sweep(X, sample_weight, k[: len(runs)], tuple(runs), whole.tss, tuple(seconds), entropy)


def _best(search: Search, start: Floats, n_clusters: int, before: KMeansRun | None) -> KMeansRun:
    """Return the run from the start; that of the k before, widened, where it is better."""
    if before is not None and before.inertia == 0:
        return before
    found = search.from_centers(start)
    if before is None or (found.inertia < before.inertia and len(found.centers) == n_clusters):
        return found
    wider = search.from_centers(search.widened(before, n_clusters))
    return min((found, wider, before), key=lambda run: run.inertia)
