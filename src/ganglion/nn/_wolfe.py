"""A line search for the strong Wolfe conditions (Nocedal and Wright 2006, algorithms 3.5 and 3.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]

DECREASE = 1e-4  # c1: the share of the decrease that the slope promises
CURVATURE = 0.9  # c2: the share of the slope that may be left; loose, as quasi-Newton steps are good already
LEAST_MARGIN = 0.1  # of the bracket: how near to its ends interpolation may go
LARGEST_GROWTH = 10.0


@dataclass(frozen=True)
class Trial:
    """A point (P,) at a length along the line: the loss there, its gradient (P,) and its slope along the line."""

    length: float
    loss: float
    slope: float
    point: Vector
    gradient: Vector


@final
class Line:
    """All points start + length * direction, and how often the loss was computed on it."""

    def __init__(
        self,
        evaluate: Callable[[Vector], tuple[float, Vector]],
        start: Vector,
        direction: Vector,
        most: int,
    ) -> None:
        self._evaluate, self._start, self._direction = evaluate, start, direction
        self._most = most
        self.n_evaluations = 0

    @property
    def is_spent(self) -> bool:
        """Whether the loss must not be computed any more."""
        return self.n_evaluations >= self._most

    def at(self, length: float) -> Trial:
        """Compute the loss at a length; what is not finite counts as infinitely high."""
        point = self._start + length * self._direction
        loss, gradient = self._evaluate(point)
        self.n_evaluations += 1
        gradient = np.array(gradient, dtype=np.float64)
        slope = dot(gradient, self._direction)
        if not (np.isfinite(loss) and np.isfinite(slope)):
            return Trial(length, np.inf, np.nan, point, gradient)
        return Trial(length, float(loss), slope, point, gradient)


def dot(a: Vector, b: Vector) -> float:
    """Return the sum of a b in NumPy's fixed pairwise order; the order of a BLAS depends on its threads."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.add.reduce(a * b))


def strong_wolfe(line: Line, start: Trial, length: float) -> Trial:
    """Return a trial that satisfies both conditions, or the best one when the line is spent (algorithm 3.5).

    `start` has the length 0, and comes back itself where no trial lowers the loss by enough.
    """
    before = start
    while not line.is_spent:
        trial = line.at(length)
        if _is_too_high(trial, start) or (before is not start and trial.loss >= before.loss):
            return _zoom(line, start, before, trial)
        if abs(trial.slope) <= -CURVATURE * start.slope:
            return trial
        if trial.slope >= 0:
            return _zoom(line, start, trial, before)
        length = _beyond(before, trial)
        before = trial
    return before


def _zoom(line: Line, start: Trial, low: Trial, high: Trial) -> Trial:
    """Narrow a bracket whose lower end `low` has the lowest loss found so far (algorithm 3.6)."""
    while not line.is_spent:
        trial = line.at(_between(low, high))
        if _is_too_high(trial, start) or trial.loss >= low.loss:
            high = trial
        else:
            if abs(trial.slope) <= -CURVATURE * start.slope:
                return trial
            if trial.slope * (high.length - low.length) >= 0:
                high = low
            low = trial
        if np.array_equal(low.point, high.point):  # no number lies between them
            break
    return low


def _is_too_high(trial: Trial, start: Trial) -> bool:
    return trial.loss > start.loss + DECREASE * trial.length * start.slope


def _cubic(a: Trial, b: Trial) -> float:
    """Return where the cubic through two losses and slopes has its minimum, or NaN (equation 3.59)."""
    with np.errstate(all="ignore"):
        width = np.float64(b.length - a.length)
        one = a.slope + b.slope - 3 * (b.loss - a.loss) / width
        two = np.sign(width) * np.sqrt(one * one - a.slope * b.slope)
        return float(b.length - width * (b.slope + two - one) / (b.slope - a.slope + 2 * two))


def _between(low: Trial, high: Trial) -> float:
    """Return a length inside the bracket: the cubic's minimum, kept away from the ends; else the middle."""
    least, most = sorted((low.length, high.length))
    margin = LEAST_MARGIN * (most - least)
    length = _cubic(low, high)
    if not np.isfinite(length):
        return 0.5 * (least + most)
    return min(max(length, least + margin), most - margin)


def _beyond(before: Trial, trial: Trial) -> float:
    """Return a greater length: where the cubic has its minimum, at least twice as far, at most ten times."""
    length = _cubic(before, trial)
    if not np.isfinite(length):
        length = LARGEST_GROWTH * trial.length
    return min(max(length, 2 * trial.length), LARGEST_GROWTH * trial.length)
