"""Good centres for every k at once: one hierarchy of small cells, merged and split on the way through k."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ldexp

import numpy as np
from numpy.typing import NDArray

from .._arrays import Real, Samples
from .._native import core
from ..cluster import KMeansRun, linkage
from ..cluster._kmeans.lloyd import LloydRun, Stop, lloyd
from ..cluster._kmeans.prepared import Prepared, prepare
from ..criteria._moments import Floats, below_one, blocks, exact_scale, mean

# Cells for each of the largest k. In few dimensions many cost little, and there the optima differ most.
MOST_PER_CLUSTER, FEWEST_PER_CLUSTER = 16, 4
CELL_VALUES = 64
LEAST_CELLS, MANY_CELLS = 40, 1024
CELL_STEPS = 1
# Of more points than these, and than so many for each of the largest k, a coreset is searched: an eighth of them.
CORESET = 4096
CORESET_PER_CLUSTER = 40
LARGEST_CORESET = 16_384
# So many starts are drawn by k-means++ on the cells for each k, times n_init, and followed for so many steps.
DRAWN_STARTS = 1
SEARCH_STEPS = 5
# The best start for each k is followed for so many steps on the coreset, which spares some on all points.
CORESET_STEPS = 10
# The runs over all points end where the centres move by less than three times the tolerance of scikit-learn, or where a
# step gains so small a share of the WSS.
MAX_ITER = 25
TOL = 3e-4
GAIN = 5e-5


@dataclass(frozen=True, eq=False)
class Search:
    """Runs of k-means over one set of points, which share all that does not depend on k."""

    prepared: Prepared
    stop: Stop

    @classmethod
    def over(cls, X: Samples, weight: Floats | None) -> Search:
        """Prepare the points (n, d) once for all runs."""
        prepared = prepare(X, weight)
        variance = float(np.mean(prepared.second_moment / prepared.total_weight))
        return cls(prepared, Stop(MAX_ITER, TOL * variance, None))

    def run(self, centers: Floats, wss: float = 0.0) -> LloydRun:
        """Run Lloyd's iterations from centres (k, d) in prepared units; clusters without points are dropped."""
        start: Real = np.ascontiguousarray(centers, dtype=self.prepared.dtype)
        # Clusters of W / k points that move by s gain W s^2 together, where s^2 is the mean over them.
        stop = replace(self.stop, epsilon=GAIN * wss / self.prepared.total_weight)
        run = lloyd(self.prepared, start, stop)
        held = np.bincount(run.labels, minlength=len(run.centers)) > 0
        if held.all():
            return run
        number = (np.cumsum(held) - 1).astype(np.int32)
        kept = np.ascontiguousarray(run.centers[held])
        return replace(run, centers=kept, labels=number[run.labels])

    def from_centers(self, centers: Floats, wss: float = 0.0) -> KMeansRun:
        """Run from centres (k, d) in the caller's units until a step gains next to nothing of about `wss`."""
        exponent = self.prepared.exponent
        return self.finished(self.run(np.ldexp(centers, exponent), ldexp(wss, 2 * exponent)))

    def widened(self, run: KMeansRun, k: int) -> Floats:
        """Return the run's centres and, one after the other, the points farthest from all of them (k, d)."""
        p = self.prepared
        assert isinstance(p.samples, np.ndarray)
        X, centers = p.samples, np.ldexp(run.centers.astype(np.float64), p.exponent)
        nearest = np.empty(len(X))
        _lower(nearest, X, centers[run.labels], reset=True)
        if p.weights is not None:
            nearest[p.weights == 0] = -1.0
        while len(centers) < k and (farthest := int(np.argmax(nearest))) >= 0:
            if nearest[farthest] <= 0:
                break
            added: Floats = X[farthest : farthest + 1].astype(np.float64)
            centers = np.concatenate([centers, added])
            _lower(nearest, X, np.broadcast_to(added, X.shape))
        return np.ldexp(centers, -p.exponent)

    def finished(self, run: LloydRun) -> KMeansRun:
        """Return a run in the caller's units."""
        p = self.prepared
        return KMeansRun(
            centers=np.ldexp(run.centers, -p.exponent) if p.exponent else run.centers,
            labels=run.labels,
            inertia=p.unscaled(run.inertia),
            tss=p.unscaled(float(np.sum(p.second_moment))),
            bss=p.unscaled(run.between),
            n_iter=run.n_iter,
            converged=run.stopped_by in ("labels", "tol", "epsilon"),
            stopped_by=run.stopped_by,
            history=None,
        )


def search_runs(
    X: Samples,
    weight: Floats | None,
    k: tuple[int, ...],
    n_init: int,
    rng: np.random.Generator,
) -> dict[int, Floats]:
    """Return good centres (at most k, d) for each k (ascending), in the caller's units.

    A coreset stands for many points, and cells for the coreset. On the cells every k starts from Ward's hierarchy and
    from draws of k-means++; then the centres of the next larger k, joined, and those of the next smaller, widened, are
    tried too: once down and once up. The two best of each k are followed on the coreset, and the better one is left.
    """
    most = max(CORESET, CORESET_PER_CLUSTER * k[-1], min(len(X) // 8, LARGEST_CORESET))
    taken, mass, steps = X, np.ones(len(X)) if weight is None else weight, MAX_ITER
    if len(X) > most:
        rows, mass = coreset(X, weight, most, rng)
        taken, steps = X[rows], CORESET_STEPS
    middle = mean(taken)
    scale = exact_scale(taken, middle)
    # Products of weights stay within float64, and no bit of a centre changes.
    points = np.ascontiguousarray(scale * (taken - middle)), np.ascontiguousarray(below_one(mass))
    cells = _cells(*points, _cell_number(k[-1], X.shape[1]), rng)
    starts = Starts(k, n_init * DRAWN_STARTS, steps)
    found, counts = _centers(points, cells, starts, rng)
    firsts = np.cumsum((0, *k))
    return {
        number: found[first : first + count] / scale + middle
        for number, first, count in zip(k, firsts, counts, strict=False)
    }


@dataclass(frozen=True)
class Starts:
    """How much is tried: the numbers of clusters, draws of k-means++ for each, steps on the points for the best."""

    k: tuple[int, ...]
    draws: int
    steps: int


def _cell_number(k: int, d: int) -> int:
    """How many cells stand for the points."""
    per_cluster = min(max(CELL_VALUES // d, FEWEST_PER_CLUSTER), MOST_PER_CLUSTER)
    return max(LEAST_CELLS, FEWEST_PER_CLUSTER * k, min(per_cluster * k, MANY_CELLS))


def _cells(
    points: Floats, mass: Floats, most: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return the centres (m, d) and weights (m,) of small clusters of the points."""
    most = min(most, int(np.count_nonzero(mass)))
    centers, weights = np.empty((most, points.shape[1])), np.empty(most)
    seed = int(rng.integers(0, 2**63))
    m = core.search_cells(points, mass, CELL_STEPS, seed, centers, weights)
    return np.ascontiguousarray(centers[:m]), np.ascontiguousarray(weights[:m])


def _centers(
    points: tuple[Floats, Floats],
    cells: tuple[Floats, Floats],
    starts: Starts,
    rng: np.random.Generator,
) -> tuple[Floats, NDArray[np.int64]]:
    """Return the centres of each k (sum of k, d), one after the other, and how many there are of each."""
    centers, mass = cells
    merges = np.empty((0, 2))
    if len(mass) > 1:
        merges = linkage(centers, "ward", sample_weight=mass).merges[:, :2]
    found = np.empty((sum(starts.k), centers.shape[1]))
    counts = np.empty(len(starts.k), dtype=np.int64)
    core.search_centers(
        *points,
        *cells,
        np.ascontiguousarray(merges, dtype=np.int64),
        np.array(starts.k, dtype=np.int64),
        rng.integers(0, 2**63, size=len(starts.k)).astype(np.uint64),
        starts.draws,
        SEARCH_STEPS,
        starts.steps,
        TOL,
        found,
        counts,
    )
    return found, counts


def coreset(
    X: Samples, weight: Floats | None, most: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], Floats]:
    """Return positions (most,) and weights of points that stand for all in sums of squares about any centres.

    A lightweight coreset (Bachem, Lucic and Krause 2018, algorithm 1): half of the probability is shared by weight,
    half by the squared distance to the mean, so that far points, which a plain sample misses, are in it.
    """
    n = len(X)
    mass = np.ones(n) if weight is None else weight
    middle = mean(X, weight)
    scale = exact_scale(X, middle)
    away = np.empty(n)
    for rows in blocks(*X.shape):
        difference = scale * (X[rows] - middle)
        away[rows] = np.einsum("nd,nd->n", difference, difference)
    away *= mass
    total = float(away.sum())
    share = mass / mass.sum() if total == 0 else 0.5 * (mass / mass.sum() + away / total)
    taken = rng.choice(n, size=most, p=share / share.sum())
    rows, counts = np.unique(taken, return_counts=True)
    return rows, counts * mass[rows] / (share[rows] * most)


def _lower(nearest: Floats, X: Samples, others: Floats, *, reset: bool = False) -> None:
    """Bring nearest (n,) down to the squared distance between each point and its row of others (n, d)."""
    for rows in blocks(*X.shape):
        difference = X[rows].astype(np.float64) - others[rows]
        found = np.einsum("nd,nd->n", difference, difference)
        nearest[rows] = found if reset else np.minimum(nearest[rows], found)
