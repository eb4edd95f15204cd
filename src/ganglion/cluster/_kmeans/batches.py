"""The engine of mini-batch k-means: where it stands, how batches are drawn, what one does, when to stop."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..._arrays import Labels, Real, Samples, Sparse, Weights
from ..._errors import ParameterError
from ...progress import Progress
from ..prediction import nearest_and_inertia
from ..steps import CenterStep
from .distinct import distinct_rows, take_rows

MiniBatchStop = Literal["tol", "no_improvement", "max_iter", "progress"]

_CHUNK = 2**18
"""Values of a batch that are added up at a time; fixed, since the order of a sum is part of its bits."""


@dataclass(frozen=True)
class MiniBatchState:
    """Where mini-batch k-means stands; enough to go on with the same bits.

    Attributes
    ----------
    centers : ndarray of shape (n_clusters, n_features), float64
        Each the weighted mean of the samples that it has taken in.
    counts : ndarray of shape (n_clusters,), float64
        The weight that each centre has taken in; its rate of learning is one over this.
    dtype : {"float32", "float64"}
        Of the samples, and of the centres as the caller sees them.
    seed : int
        The random choices of step t depend on `seed` and t, and on nothing else.
    n_steps : int
        How many batches were taken in.
    n_since_reassigned : int
        How many samples came in since centres of low weight were looked for.
    """

    centers: npt.NDArray[np.float64]
    counts: npt.NDArray[np.float64]
    dtype: str
    seed: int
    n_steps: int = 0
    n_since_reassigned: int = 0

    @property
    def shown(self) -> Real:
        """The centres in the dtype of the samples."""
        return self.centers.astype(self.dtype)


@dataclass(frozen=True)
class RowSource:
    """Samples from which rows are drawn with probability proportional to their weight, with replacement.

    rows (m,) are those to draw from, in the order of the draws (None: all, as they stand), and weights (m,) theirs;
    size is how many samples there are, where an integer weight counts as that many; totals (m,) are running totals.
    """

    samples: Samples | Sparse
    rows: npt.NDArray[np.int64] | None
    weights: Weights | None
    size: int
    totals: npt.NDArray[np.float64] | None

    @classmethod
    def of(cls, samples: Samples | Sparse, weights: Weights | None) -> RowSource:
        """Build the source; a small table is drawn from in an order that its rows do not decide."""
        n = samples.shape[0]
        whole = weights is not None and bool(
            np.all(weights == np.floor(weights)) and weights.sum() < 2**53
        )
        size = int(weights.sum()) if weights is not None and whole else n
        found = distinct_rows(samples, weights)
        rows, own = (None, weights) if found is None else (found.rows, found.weights)
        return cls(samples, rows, own, size, None if own is None else np.cumsum(own))

    def draw(self, m: int, rng: np.random.Generator) -> Samples | Sparse:
        """Draw m rows."""
        if self.totals is None:
            return take_rows(self.samples, rng.integers(self.size, size=m))
        total: np.float64 = self.totals[-1]
        at = np.searchsorted(self.totals, rng.random(m) * total, side="right")
        at = np.minimum(
            at, np.searchsorted(self.totals, total, side="left")
        )  # the last that has weight
        return take_rows(self.samples, at if self.rows is None else self.rows[at])

    def draw_or_all(
        self, m: int, rng: np.random.Generator
    ) -> tuple[Samples | Sparse, Weights | None]:
        """Draw m rows, or return all of them with their weights where m is not less."""
        if m < self.size:
            return self.draw(m, rng), None
        return (
            self.samples if self.rows is None else take_rows(self.samples, self.rows)
        ), self.weights


@dataclass(frozen=True)
class Rule:
    """When to stop."""

    max_iter: int
    tol: float
    max_no_improvement: int | None


@dataclass
class Course:
    """How the batches went."""

    state: MiniBatchState
    batch_size: int
    stopped_by: MiniBatchStop = "max_iter"
    smoothed: float | None = None
    lowest: float = math.inf
    n_worse: int = 0


def run_batches(
    source: RowSource,
    state: MiniBatchState,
    batch_size: int,
    ratio: float,
    rule: Rule,
    progress: Progress | None,
) -> Course:
    """Draw batches and take them in until a rule holds."""
    course = Course(state, batch_size)
    n_steps = rule.max_iter * source.size // batch_size
    for step in range(1, n_steps + 1):
        batch = source.draw(batch_size, np.random.default_rng([state.seed, step]))
        before = course.state.shown
        course.state, inertia = take_in(course.state, batch, None, ratio)
        inertia /= batch_size
        shift = (
            float(np.sum((course.state.shown.astype(np.float64) - before) ** 2))
            if rule.tol > 0
            else math.inf
        )
        stopped_by = _rule_that_holds(course, rule, inertia, shift, source.size)
        if progress is not None:
            estimate = inertia * source.size
            told = CenterStep(
                "mini-batch k-means", step, n_steps, estimate, centers=course.state.shown
            )
            if progress(told) is True and stopped_by is None:
                stopped_by = "progress"
        if stopped_by is not None:
            course.stopped_by = stopped_by
            break
    return course


def _rule_that_holds(
    course: Course, rule: Rule, inertia: float, shift: float, size: int
) -> MiniBatchStop | None:
    """Whether to stop after a step in which the batch had `inertia` per sample."""
    if course.state.n_steps == 1:
        return None  # that inertia is the start's
    if course.smoothed is None:
        course.smoothed = inertia
    else:
        rate = min(1.0, 2.0 * course.batch_size / (size + 1))
        course.smoothed += rate * (inertia - course.smoothed)
    if shift <= rule.tol:
        return "tol"
    if course.smoothed < course.lowest:
        course.lowest, course.n_worse = course.smoothed, 0
    else:
        course.n_worse += 1
    if rule.max_no_improvement is not None and course.n_worse >= rule.max_no_improvement:
        return "no_improvement"
    return None


def take_in(
    state: MiniBatchState,
    batch: Samples | Sparse,
    weights: Weights | None,
    reassignment_ratio: float,
) -> tuple[MiniBatchState, float]:
    """Take in a checked batch (Sculley 2010, algorithm 1, all its samples at once); its inertia is before the move."""
    labels, inertia = nearest_and_inertia(batch, state.shown, weights)
    pull, mass = _pulls(batch, weights, labels, state.centers)
    counts = state.counts + mass
    centers = state.centers + pull / np.where(counts > 0, counts, 1)[:, None]
    since = state.n_since_reassigned + batch.shape[0]
    if np.any(state.counts == 0) or since >= 10 * len(counts):
        since = 0
        rng = np.random.default_rng([state.seed, state.n_steps + 1, 1])
        _reassign(centers, counts, batch, weights, rng, reassignment_ratio)
    moved = replace(
        state, centers=centers, counts=counts, n_steps=state.n_steps + 1, n_since_reassigned=since
    )
    return moved, inertia


def _pulls(
    batch: Samples | Sparse,
    weights: Weights | None,
    labels: Labels,
    centers: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """For each centre, sum_i w_i (x_i - c) over its samples (k, d), and sum_i w_i (k,).

    From differences, so that a centre that stands on its samples does not move; in the order of the rows.
    """
    k, d = centers.shape
    mass = np.bincount(labels, weights=weights, minlength=k).astype(np.float64)
    if isinstance(batch, Sparse):
        return _sparse_pulls(batch, weights, labels, centers, mass), mass
    pull = np.zeros(k * d)
    step, columns = max(1, _CHUNK // d), np.arange(d, dtype=np.int64)
    for start in range(0, len(batch), step):
        span = slice(start, start + step)
        away = batch[span].astype(np.float64) - centers[labels[span]]
        if weights is not None:
            away *= weights[span, None]
        pull += _totals_by_cell(labels[span, None], columns, away, (k, d))
    return pull.reshape(k, d), mass


def _sparse_pulls(
    batch: Sparse,
    weights: Weights | None,
    labels: Labels,
    centers: npt.NDArray[np.float64],
    mass: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """The same from the stored entries; the others are zeros, all alike: each pulls by -c."""
    k, d = centers.shape
    row_of = np.repeat(np.arange(batch.shape[0]), np.diff(batch.indptr))
    owner = labels[row_of]
    weight_of = np.ones(len(row_of)) if weights is None else weights[row_of]
    away = weight_of * (batch.values.astype(np.float64) - centers[owner, batch.columns])
    pull = _totals_by_cell(owner, batch.columns, away, (k, d)).reshape(k, d)
    stored = _totals_by_cell(owner, batch.columns, weight_of, (k, d)).reshape(k, d)
    return pull - centers * (mass[:, None] - stored)


def _totals_by_cell(
    rows: npt.NDArray[Any],
    columns: npt.NDArray[Any],
    values: npt.NDArray[np.float64],
    shape: tuple[int, int],
) -> npt.NDArray[np.float64]:
    """The values added up by cell of a table of `shape`, flat, each cell in the order of the values."""
    cells = rows.astype(np.int64) * shape[1] + columns
    return np.bincount(cells.ravel(), weights=values.ravel(), minlength=shape[0] * shape[1]).astype(
        np.float64, copy=False
    )


def _reassign(
    centers: npt.NDArray[np.float64],
    counts: npt.NDArray[np.float64],
    batch: Samples | Sparse,
    weights: Weights | None,
    rng: np.random.Generator,
    ratio: float,
) -> None:
    """Give centres of low weight to samples of the batch, at most half as many as it has, in place.

    They get the weight of the lightest of the others, so that they are not reassigned at once.
    """
    low = np.flatnonzero(counts < ratio * counts.max())
    present = np.arange(batch.shape[0]) if weights is None else np.flatnonzero(weights > 0)
    low = low[np.argsort(counts[low], kind="stable")][: len(present) // 2]
    if len(low) == 0:
        return
    low = np.sort(low)
    chosen = take_rows(batch, rng.choice(present, size=len(low), replace=False))
    if isinstance(chosen, Sparse):
        centers[low] = 0
        row_of = np.repeat(low, np.diff(chosen.indptr))
        centers[row_of, chosen.columns] = chosen.values
    else:
        centers[low] = chosen
    counts[low] = np.min(np.delete(counts, low))


def check_number(name: str, value: Any) -> None:
    """Refuse what is no finite number of at least 0."""
    is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(
        value, bool
    )
    if not (is_number and 0 <= value < np.inf):
        raise ParameterError(f"{name} must be a finite number of at least 0; got {value!r}.")
