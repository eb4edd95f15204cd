"""Good centres for every k at once: one hierarchy of small cells, merged and split on the way through k."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .._arrays import Real, Samples
from ..cluster import KMeansRun, Tree, linkage
from ..cluster._lloyd import LloydRun, Stop, lloyd
from ..cluster._prepared import Prepared, prepare
from ..cluster._seeding import dense_rows, seed_indices
from ..criteria._moments import Floats, blocks, exact_scale, mean

# Cells for each of the largest k: Ward's tree over them is as good as one over the points, at a hundredth of the cost.
CELLS_PER_CLUSTER = 4
LEAST_CELLS = 40
CELL_STEPS = 4
# Of more points than these, and than so many for each of the largest k, a coreset is searched: an eighth of them.
CORESET = 4096
CORESET_PER_CLUSTER = 40
LARGEST_CORESET = 16_384
# A start in the search is judged after so many steps.
SEARCH_STEPS = 10
# So many centres are drawn by k-means++ for each k, times n_init.
DRAWN_CENTERS = 4
TOL = 1e-4


@dataclass(frozen=True, eq=False)
class Cells:
    """Small clusters that stand for the points: centres (m, d), in prepared units, and their weights (m,)."""

    centers: Floats
    weight: Floats

    @cached_property
    def tree(self) -> Tree:
        """Ward's hierarchy of the cells."""
        return linkage(self.centers, "ward", sample_weight=self.weight)

    def merged(self, k: int) -> Floats:
        """Return k centres (k, d): the cells joined by Ward's criterion."""
        if k >= len(self.centers):
            return self.centers
        return self.means(self.tree.cut(n_clusters=k), k)

    def means(self, labels: NDArray[np.int32], k: int) -> Floats:
        """Return the weighted means (k, d) of the cells of each label."""
        total = np.bincount(labels, weights=self.weight, minlength=k)
        sums = np.zeros((k, self.centers.shape[1]))
        np.add.at(sums, labels, self.centers * self.weight[:, None])
        return sums / total[:, None]

    def widened(self, centers: Floats, k: int) -> Floats:
        """Return the centres and, one after the other, the cells whose centre lowers the sum of squares most."""
        own = _squared(self.centers, centers).min(axis=1)
        between = _squared(self.centers, self.centers)
        while len(centers) < k:
            gain = self.weight @ np.maximum(own[:, None] - between, 0.0)
            best = int(np.argmax(gain))
            if gain[best] <= 0:
                break
            centers = np.concatenate([centers, self.centers[best : best + 1]])
            own = np.minimum(own, between[:, best])
        return centers


@dataclass(frozen=True, eq=False)
class Search:
    """Runs of k-means over one set of points, which share all that does not depend on k."""

    prepared: Prepared
    stop: Stop

    @classmethod
    def over(cls, X: Samples, weight: Floats | None, *, max_iter: int = 40) -> Search:
        """Prepare the points (n, d) once for all runs."""
        prepared = prepare(X, weight)
        variance = float(np.mean(prepared.second_moment / prepared.total_weight))
        return cls(prepared, Stop(max_iter, TOL * variance, None))

    def run(self, centers: Floats) -> LloydRun:
        """Run Lloyd's iterations from centres (k, d) in prepared units; clusters without points are dropped."""
        start: Real = np.ascontiguousarray(centers, dtype=self.prepared.dtype)
        run = lloyd(self.prepared, start, self.stop)
        held = np.bincount(run.labels, minlength=len(run.centers)) > 0
        if held.all():
            return run
        number = (np.cumsum(held) - 1).astype(np.int32)
        kept = np.ascontiguousarray(run.centers[held])
        return replace(run, centers=kept, labels=number[run.labels])

    def from_centers(self, centers: Floats) -> KMeansRun:
        """Run from centres (k, d) in the caller's units to the end."""
        return self.finished(self.run(np.ldexp(centers, self.prepared.exponent)))

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

    def seeded(self, k: int, rng: np.random.Generator) -> Floats:
        """Draw k centres (k, d) by k-means++."""
        return dense_rows(self.prepared, seed_indices(self.prepared, k, rng)).astype(np.float64)

    def cells(self, m: int, rng: np.random.Generator) -> Cells:
        """Divide the points into m small cells."""
        rough = replace(self, stop=replace(self.stop, max_iter=CELL_STEPS))
        run = rough.run(self.seeded(m, rng))
        return Cells(run.centers.astype(np.float64), self.weights(run))

    def weights(self, run: LloydRun) -> Floats:
        """Return the weight of each cluster of a run (k,), at least that of a trifle."""
        total = np.bincount(run.labels, weights=self.prepared.weights, minlength=len(run.centers))
        return np.maximum(total.astype(np.float64), 1e-300)

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
    """Return good centres (k, d) for each k (ascending), in the caller's units.

    Every k starts from one hierarchy of cells, and from a few draws of k-means++; then the centres of the next larger
    k, merged, and those of the next smaller, widened, are tried too: once down and once up. A coreset stands for many
    points.
    """
    most = max(CORESET, CORESET_PER_CLUSTER * k[-1], min(len(X) // 8, LARGEST_CORESET))
    if len(X) > most:
        rows, mass = coreset(X, weight, most, rng)
        search = Search.over(X[rows], mass, max_iter=SEARCH_STEPS)
    else:
        search = Search.over(X, weight, max_iter=SEARCH_STEPS)
    n = search.prepared.n_samples
    cells = search.cells(min(n, max(LEAST_CELLS, CELLS_PER_CLUSTER * k[-1])), rng)
    best = {number: search.run(cells.merged(number)) for number in k}
    for number in k:
        for _ in range(_draws(number, n_init)):
            _keep(best, number, search.run(search.seeded(min(number, n), rng)))
    for larger, number in zip(k[:0:-1], k[-2::-1], strict=True):
        run = best[larger]
        joined = Cells(run.centers.astype(np.float64), search.weights(run)).merged(number)
        _keep(best, number, search.run(joined))
    for smaller, number in itertools.pairwise(k):
        wider = cells.widened(best[smaller].centers.astype(np.float64), number)
        _keep(best, number, search.run(wider))
    scale = -search.prepared.exponent
    return {number: np.ldexp(run.centers.astype(np.float64), scale) for number, run in best.items()}


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


def _draws(k: int, n_init: int) -> int:
    """How many draws of k-means++ a k gets: more for small k, which merging and widening reach from afar."""
    return 0 if k == 1 else max(1, n_init * DRAWN_CENTERS // k)


def _keep(best: dict[int, LloydRun], k: int, run: LloydRun) -> None:
    """Put the run in the place of the best one, where it is better."""
    if run.inertia < best[k].inertia:
        best[k] = run


def _lower(nearest: Floats, X: Samples, others: Floats, *, reset: bool = False) -> None:
    """Bring nearest (n,) down to the squared distance between each point and its row of others (n, d)."""
    for rows in blocks(*X.shape):
        difference = X[rows].astype(np.float64) - others[rows]
        found = np.einsum("nd,nd->n", difference, difference)
        nearest[rows] = found if reset else np.minimum(nearest[rows], found)


def _squared(A: Floats, B: Floats) -> Floats:
    """Return the squared distances (len(A), len(B)); they only choose where a search begins."""
    return np.maximum(np.sum(A**2, 1)[:, None] - 2.0 * A @ B.T + np.sum(B**2, 1)[None, :], 0.0)
