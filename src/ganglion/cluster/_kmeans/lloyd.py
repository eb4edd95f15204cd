"""Lloyd's algorithm: the loop that every start of k-means goes through."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..._arrays import Labels, Real
from ...progress import Progress
from ..steps import CenterStep
from .prepared import Prepared

StoppedBy = Literal["labels", "tol", "epsilon", "max_iter", "progress"]


@dataclass(frozen=True)
class Stop:
    """When to stop.

    Attributes
    ----------
    max_iter : at most this many steps
    tol : the summed squared shift of the centres at which to stop, absolute, in the prepared units
    epsilon : the mean squared shift of the centres at which to stop, or None
    """

    max_iter: int
    tol: float
    epsilon: float | None


@dataclass(frozen=True)
class History:
    """What each step of a run did; entry t of every array is step t + 1.

    Attributes
    ----------
    centers : ndarray of shape (n_iter, k, d)
        The centres that the step started from.
    labels : ndarray of shape (n_iter, n), int32
        The nearest of them, for each sample.
    inertia : ndarray of shape (n_iter,)
        Weighted sum of squared distances to them.
    shift : ndarray of shape (n_iter,)
        Summed squared shift of the centres in the move that followed.
    changed : ndarray of shape (n_iter,), int64
        How many samples changed their label; all of them in the first step.
    sizes : ndarray of shape (n_iter, k), int64
        How many samples each cluster has.
    """

    centers: Real
    labels: npt.NDArray[np.int32]
    inertia: npt.NDArray[np.float64]
    shift: npt.NDArray[np.float64]
    changed: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.inertia)


@dataclass(frozen=True)
class LloydRun:
    """Where a run ended, in prepared units."""

    centers: Real
    labels: Labels
    inertia: float
    between: float
    n_iter: int
    stopped_by: StoppedBy
    history: History | None


@dataclass
class _Recorder:
    """Collects the steps while a run goes on; does nothing unless asked to record or to report."""

    prepared: Prepared
    keep: bool
    progress: Progress | None
    max_iter: int
    steps: list[tuple[Any, ...]] = field(default_factory=list[Any])
    n_steps: int = 0
    inertia: float = math.nan

    @property
    def is_idle(self) -> bool:
        """Whether nobody wants to know."""
        return not self.keep and self.progress is None

    def assigned(self, centers: Real, labels: Labels, changed: int) -> None:
        """Note an assignment, before anything is done about empty clusters."""
        if self.is_idle:
            return
        p = self.prepared
        self.inertia = p.unscaled(
            p.kernel("own_distances")(p.rows, centers, labels, p.weights, None)
        )
        if self.keep:
            sizes = np.bincount(labels, minlength=len(centers))
            self.steps.append(
                (np.ldexp(centers, -p.exponent), labels.copy(), self.inertia, changed, sizes)
            )

    def moved(self, centers: Real, shift: float, changed: int) -> bool:
        """Note the move that followed; True when the listener asks to stop."""
        if self.is_idle:
            return False
        if self.keep:
            self.steps[-1] += (math.ldexp(shift, -2 * self.prepared.exponent),)
        self.n_steps += 1
        if self.progress is None:
            return False
        step = CenterStep(
            task="k-means",
            step=self.n_steps,
            total=self.max_iter,
            value=self.inertia,
            message=f"{changed} labels changed",
            centers=np.ldexp(centers, -self.prepared.exponent),
        )
        return self.progress(step) is True

    def history(self) -> History | None:
        """The steps as arrays."""
        if not self.keep:
            return None
        centers, labels, inertia, changed, sizes, shift = zip(*self.steps, strict=True)
        return History(
            np.array(centers),
            np.array(labels, dtype=np.int32),
            np.array(inertia),
            np.array(shift),
            np.array(changed, dtype=np.int64),
            np.array(sizes, dtype=np.int64),
        )


def lloyd(
    prepared: Prepared,
    centers: Real,
    stop: Stop,
    *,
    spherical: bool = False,
    record: bool = False,
    progress: Progress | None = None,
) -> LloydRun:
    """Alternate assignment and move from `centers` (k, d) until `stop` holds (Lloyd 1982).

    The labels are those of plain Lloyd; the kernel skips what the bounds say cannot change.
    """
    labels = np.empty(prepared.n_samples, dtype=np.int32)
    state = _kernel_state(prepared, len(centers), labels)
    recorder = _Recorder(prepared, record, progress, stop.max_iter)
    move = _spherical_means if spherical else _means
    stopped_by: StoppedBy = "max_iter"
    n_iter = 0
    while n_iter < stop.max_iter:
        n_iter += 1
        changed = state.assign(centers)
        recorder.assigned(centers, labels, changed)
        if state.has_empty:
            changed += _reseed_empty(
                prepared, state, centers, labels, negligible(prepared, spherical)
            )
        moved, shift = move(state, centers)
        asked_to_stop = recorder.moved(moved, shift, changed)
        centers = moved
        rule = _rule_that_holds(stop, changed, shift, len(centers), asked_to_stop)
        if rule is not None:
            stopped_by = rule
            break
    if stopped_by != "labels":
        state.assign(centers)  # labels agree with the centres that are returned
    inertia = prepared.kernel("own_distances")(
        prepared.rows, centers, labels, prepared.weights, None
    )
    between = _between(prepared, state, centers, spherical)
    return LloydRun(centers, labels, inertia, between, n_iter, stopped_by, recorder.history())


def _kernel_state(prepared: Prepared, k: int, labels: Labels) -> Any:
    """What the kernel keeps between the steps of one run; it writes to `labels` (n,)."""
    return prepared.kernel("Lloyd")(
        prepared.rows,
        prepared.weights,
        prepared.shift,
        prepared.scale,
        prepared.bits,
        prepared.integer_weights,
        k,
        labels,
    )


def _rule_that_holds(
    stop: Stop, changed: int, shift: float, k: int, asked_to_stop: bool
) -> StoppedBy | None:
    if changed == 0:
        return "labels"
    if shift <= stop.tol:
        return "tol"
    if stop.epsilon is not None and shift / k <= stop.epsilon:
        return "epsilon"
    return "progress" if asked_to_stop else None


def _means(state: Any, centers: Real) -> tuple[Real, float]:
    """The mean of each cluster, and the summed squared shift; a cluster without weight keeps its centre."""
    moved = np.empty_like(centers)
    return moved, state.move(moved)


def _spherical_means(state: Any, centers: Real) -> tuple[Real, float]:
    """The mean direction of each cluster (Dhillon and Modha 2001); a zero mean has none, and keeps the old one."""
    means = _means(state, centers)[0].astype(np.float64)
    lengths = np.sqrt(np.sum(means**2, axis=1, keepdims=True))
    with np.errstate(all="ignore"):
        moved = np.where(lengths > 1e-300, means / lengths, centers).astype(centers.dtype)
    return moved, float(np.sum((moved.astype(np.float64) - centers) ** 2))


def _reseed_empty(
    prepared: Prepared, state: Any, centers: Real, labels: Labels, at_centre: float
) -> int:
    """Give each empty cluster the sample farthest from its own centre; returns how many samples moved.

    As in scikit-learn, but the sample leaves its old cluster at once, so that centres stay the means of their samples.
    A sample that stands on its centre, or alone, is not taken: moving it would gain nothing.
    """
    weights = np.empty(len(centers))
    state.weights(weights)
    empty = np.flatnonzero(weights <= 0)
    if len(empty) == 0:
        return 0
    distances = np.empty(prepared.n_samples)
    prepared.kernel("own_distances")(prepared.rows, centers, labels, None, distances)
    if prepared.weights is not None:
        distances[prepared.weights <= 0] = 0
    sizes = np.bincount(labels[distances >= 0], minlength=len(centers))
    moved = 0
    for i in np.argsort(-distances, kind="stable"):
        if moved == len(empty) or distances[i] <= at_centre:
            break
        if sizes[labels[i]] <= 1:
            continue
        sizes[labels[i]] -= 1
        state.move_row(int(i), int(empty[moved]))
        moved += 1
    return moved


def negligible(prepared: Prepared, spherical: bool) -> float:
    """The squared distance at which a sample stands on its centre: 0, or the rounding of a direction."""
    return (4 * float(np.finfo(prepared.dtype).eps)) ** 2 if spherical else 0.0


def _between(prepared: Prepared, state: Any, centers: Real, spherical: bool) -> float:
    """BSS: by how much the centres explain the samples better than the one anchor that TSS is taken about.

    sum_j 2 S_j . (c_j - a) - W_j |c_j - a|^2 with the cluster sums S_j about the anchor a; where the centres are the
    means this is sum_j W_j |c_j - a|^2. TSS = BSS + WSS holds for any centres.
    """
    anchor = anchor_of(prepared, spherical)
    weights, about = np.empty(len(centers)), np.empty(centers.shape)
    state.weights(weights)
    state.sums_about(anchor, about)
    away = centers.astype(np.float64) - anchor
    return float(np.sum(2 * np.sum(about * away, axis=1) - weights * np.sum(away**2, axis=1)))


def anchor_of(prepared: Prepared, spherical: bool) -> npt.NDArray[np.float64]:
    """The point that TSS is taken about: the mean, or the mean direction."""
    if not spherical:
        return prepared.mean
    length = float(np.sqrt(np.sum(prepared.mean**2)))
    return prepared.mean / length if length > 1e-300 else prepared.mean
