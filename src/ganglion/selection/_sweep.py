"""One k-means for each k, along a curve that never rises."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from .._arrays import Samples
from .._errors import ParameterError
from ..cluster.kmeans import KMeansRun, kmeans
from ..criteria import scatter
from ..criteria._moments import Floats, blocks
from ..progress import Progress, Step


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
    """Run k-means for each k, from fresh seeds and from the centres of the k before.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        The points, from the gate.
    k : tuple of int
        Numbers of clusters, ascending, within 1 .. n.
    n_init : int
        Fresh seedings for each k.
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
    The start from the k before adds the point that is farthest from its centre, which lowers the WSS, and Lloyd's
    iterations never raise it: so the best run never lies above that of the k before, which stays where rounding says
    otherwise. Where the WSS is 0 more clusters have nothing to divide, and the last run stands for all that follow.
    """
    if not k:
        raise ParameterError(
            "k must hold at least one number of clusters; got none. Pass range(1, 11), for example."
        )
    entropy = tuple(int(word) for word in rng.integers(0, 2**32, size=4))
    runs: list[KMeansRun] = []
    seconds: list[float] = []
    for step, n_clusters in enumerate(k, start=1):
        began = perf_counter()
        best = _best(X, n_clusters, n_init, rng, sample_weight, runs[-1] if runs else None)
        runs.append(best)
        seconds.append(perf_counter() - began)
        told = Step("choose k", step, len(k), float(best.inertia), f"k = {n_clusters}")
        if progress is not None and progress(told):
            break
    whole = scatter(X, np.zeros(len(X), dtype=np.intp), sample_weight=sample_weight)
    return Sweep(X, sample_weight, k[: len(runs)], tuple(runs), whole.tss, tuple(seconds), entropy)


def _best(
    X: Samples,
    n_clusters: int,
    n_init: int,
    rng: np.random.Generator,
    weight: Floats | None,
    before: KMeansRun | None,
) -> KMeansRun:
    """Return the best of the fresh runs, the run from the centres before, and the run before."""
    if before is not None and before.inertia == 0:
        return before
    tries = n_init if n_clusters > 1 else 1
    runs = [kmeans(X, n_clusters, n_init=tries, sample_weight=weight, random_state=rng)]
    if before is not None and len(before.centers) > 1:
        start = _widened(X, before, n_clusters, weight)
        runs.append(kmeans(X, len(start), init=start, sample_weight=weight))
    if before is not None:
        runs.append(before)
    return min(runs, key=lambda run: run.inertia)


def _widened(X: Samples, run: KMeansRun, n_clusters: int, weight: Floats | None) -> Floats:
    """Return the run's centres and, one after the other, the points farthest from all of them: (n_clusters, d)."""
    centers: Floats = run.centers.astype(np.float64)
    nearest = np.empty(len(X))
    for rows in blocks(*X.shape):
        difference = X[rows].astype(np.float64) - run.centers[run.labels[rows]]
        nearest[rows] = np.einsum("nd,nd->n", difference, difference)
    if weight is not None:
        nearest[weight == 0] = -1.0
    while len(centers) < n_clusters:
        farthest = int(np.argmax(nearest))
        if nearest[farthest] <= 0:
            break
        added: Floats = X[farthest : farthest + 1].astype(np.float64)
        centers = np.concatenate([centers, added])
        for rows in blocks(*X.shape):
            difference = X[rows].astype(np.float64) - X[farthest]
            nearest[rows] = np.minimum(nearest[rows], np.einsum("nd,nd->n", difference, difference))
    return centers
