"""One k-means for each k, along a curve that never rises."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from .._arrays import Real, Samples
from .._errors import ParameterError
from ..cluster import KMeansRun
from ..criteria._moments import Floats, below_one, effective_number, exact_scale, mean
from ..criteria._stacked_moments import StackedMoments, stacked_moments
from ..progress import Progress, Step
from ._judged_runs import JudgedRuns, judged_runs
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
        return effective_number(self.sample_weight)

    @cached_property
    def units(self) -> tuple[Floats, float]:
        """The mean of the points, and the power of two that brings differences to it below 1."""
        middle = mean(self.X, self.sample_weight)
        return middle, exact_scale(self.X, middle)

    @cached_property
    def moments(self) -> StackedMoments:
        """Masses, means and scatter of the clusters of all runs, from all points; computed when first asked for."""
        centers = [run.centers for run in self.runs]
        return stacked_moments(self.X, self._labels, centers, self.sample_weight, self.units)

    @cached_property
    def spectrum(self) -> Floats:
        """The eigenvalues of the covariance, descending, as shares of their sum; empty where all points are equal."""
        return spectrum(self.X, self.sample_weight, self.units)

    @cached_property
    def judged(self) -> NDArray[np.intp]:
        """The rows whose distances to centres are measured: all, or 5,000 of them."""
        return self.sample(MOST_JUDGED)

    @cached_property
    def is_coarse(self) -> bool:
        """Whether most points repeat others: then the gaps between values look like valleys between groups."""
        return _has_fewer_rows(self.X, self.judged, DISTINCT * len(self.judged))

    @cached_property
    def seen(self) -> JudgedRuns:
        """For each run, how near the judged rows are to the next centre, and how many lie on the way."""
        weight = None if self.sample_weight is None else effective(self.sample_weight[self.judged])
        return judged_runs(self.X, self.judged, self._labels, self.moments, weight)

    @property
    def _labels(self) -> list[NDArray[np.int32]]:
        return [run.labels for run in self.runs]

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


def effective(weight: Floats) -> Floats:
    """Return the weights in units in which their sum is Kish's effective number of points."""
    scaled = below_one(weight)
    return scaled * float(scaled.sum() / (scaled**2).sum())


def _has_fewer_rows(X: Samples, rows: NDArray[np.intp], least: float) -> bool:
    """Whether the rows (m,) of X hold fewer different ones than `least`.

    Different values of any sum along the rows are different rows: these settle most tables without comparing rows.
    """
    if len(np.unique(X[rows, 0])) >= least:
        return False
    taken: Real = X[rows] + X.dtype.type(0)  # no negative zeros: equal rows have equal bytes
    with np.errstate(over="ignore", invalid="ignore"):
        along: Floats = np.sqrt(np.arange(2.0, taken.shape[1] + 2.0))
        sums: Floats = np.sum(np.multiply(taken, along, dtype=np.float64), axis=1)
    if np.isfinite(sums).all() and len(np.unique(sums)) >= least:
        return False
    width, held = taken.itemsize * taken.shape[1], taken.tobytes()
    return len({held[at : at + width] for at in range(0, len(held), width)}) < least


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
    tss = float(runs[0].tss)
    return Sweep(X, sample_weight, k[: len(runs)], tuple(runs), tss, tuple(seconds), entropy)


def _best(search: Search, start: Floats, n_clusters: int, before: KMeansRun | None) -> KMeansRun:
    """Return the run from the start; that of the k before, widened, where it is better."""
    if before is not None and before.inertia == 0:
        return before
    about = 0.0 if before is None else float(before.inertia)
    found = search.from_centers(start, about)
    if before is None or (found.inertia < before.inertia and len(found.centers) == n_clusters):
        return found
    wider = search.from_centers(search.widened(before, n_clusters), about)
    return min((found, wider, before), key=lambda run: run.inertia)
