"""What a network is judged by beside its loss: the metrics by name, each with the way that is better."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .._arrays import Weights, check_weights
from .._errors import DataError
from ._numbers import real_numbers

Array = npt.NDArray[Any]
Measured = Callable[[Array, Array, Weights], float]


@dataclass(frozen=True)
class Metric:
    """A number that says how good outputs are.

    Attributes
    ----------
    name : str
        Its name, as in `train(..., metric=name)`.
    is_larger_better : bool
        Whether a larger value is better.
    kind : {'classes', 'values'}
        What y holds: classes, or numbers in the shape of the outputs.
    measure : callable
        `measure(y, outputs, weights)`, all of them checked and in their shapes; a call checks.
    takes_several : bool
        For classes: whether each row may have several of them (a yes or no for each output).

    Notes
    -----
    They agree with scikit-learn's: `f1_macro` is `f1_score(average='macro', zero_division=0)`, `roc_auc` is
    `roc_auc_score(multi_class='ovr')`, `r2`, `rmse`, `mse` and `mae` are means over the outputs. A class is predicted
    where its output is the largest (the first one among equals), or for one output, or several labels, where it exceeds
    one half.

    Examples
    --------
    >>> import ganglion as gl
    >>> accuracy = gl.nn.metrics["accuracy"]
    >>> accuracy([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    0.6666666666666666
    """

    name: str
    is_larger_better: bool
    kind: Literal["classes", "values"]
    measure: Measured
    takes_several: bool = True

    def __call__(self, y: Any, outputs: Any, sample_weight: Any = None) -> float:
        """Judge outputs.

        Parameters
        ----------
        y : array-like
            Labels (n,) from 0, yes or no for each output (n, k), or numbers (n, k); also (n,) for one output.
        outputs : array-like of shape (n, k) or (n,)
            What the network gives.
        sample_weight : array-like of shape (n,), optional
            A weight for each row, not negative.

        Returns
        -------
        float
            The metric; NaN where it is not defined (`roc_auc` of a single class).

        Raises
        ------
        DataError
            Shapes that do not fit each other or the metric, labels without an output.
        """
        truth, given = self.check(y, outputs)
        weights = check_weights(sample_weight, len(given))
        return self.measure(truth, given, np.ones(len(given)) if weights is None else weights)

    def check(self, y: Any, outputs: Any) -> tuple[Array, Array]:
        """Return y and outputs as `measure` takes them.

        Parameters
        ----------
        y, outputs : array-like
            As for a call.

        Returns
        -------
        y : numpy.ndarray
            Labels (n,), yes or no (n, k), or numbers (n, k).
        outputs : numpy.ndarray of shape (n, k)
            The outputs.

        Raises
        ------
        DataError
            As a call.
        """
        truth, given = real_numbers(y, "y", floats=False), real_numbers(outputs, "outputs")
        given = given.reshape(-1, 1) if given.ndim == 1 else given
        if given.ndim != 2 or not len(given) or len(truth) != len(given):
            raise DataError(
                f"metric {self.name!r} needs outputs (n, k) and y for each of their rows; got outputs of shape "
                f"{given.shape} and y of shape {truth.shape}."
            )
        return _shaped(self, truth, given), given


def _shaped(metric: Metric, y: Array, outputs: Array) -> Array:
    """Return y as labels (n,), as yes or no (n, k), or as numbers (n, k)."""
    n, k = outputs.shape
    if metric.kind == "values":
        y = y.reshape(-1, 1) if y.ndim == 1 else y
        if y.shape != (n, k):
            raise DataError(
                f"metric {metric.name!r} compares numbers; y has the shape {y.shape} and the outputs {(n, k)}. "
                "Use a metric of your own for this loss: metric=function(y, outputs)."
            )
        return y.astype(np.float64)
    is_one, is_several = k == 1 and y.size == n, y.shape == (n, k) and metric.takes_several
    if (is_one or is_several) and not (y.min() >= 0 and y.max() <= 1):
        raise DataError(
            f"metric {metric.name!r} needs classes, 0 or 1 for each output; got y from {y.min():g} to {y.max():g}. "
            "Number the classes so, or use a metric of numbers, such as 'r2'."
        )
    if is_one:
        return (y.reshape(n) > 0.5).astype(np.intp)
    if is_several:
        return y > 0.5
    if y.ndim != 1 or y.dtype.kind == "f" or y.min() < 0 or y.max() >= k:
        what = f"labels from 0 to {k - 1}" if y.ndim == 1 else "one label for each row"
        raise DataError(
            f"metric {metric.name!r} needs {what}; got y of shape {y.shape} and dtype {y.dtype}"
            f"{f' from {y.min():g} to {y.max():g}' if y.size else ''}."
        )
    return y.astype(np.intp)


def _predicted(y: Array, outputs: Array) -> Array:
    """Return what is predicted, in the form of y."""
    if y.ndim == 2:
        return outputs > 0.5
    return (outputs[:, 0] > 0.5).astype(np.intp) if outputs.shape[1] == 1 else outputs.argmax(1)


def _accuracy(y: Array, outputs: Array, weights: Weights) -> float:
    right = _predicted(y, outputs) == y
    return float(np.average(right if y.ndim == 1 else right.all(axis=1), weights=weights))


def _balanced_accuracy(y: Array, outputs: Array, weights: Weights) -> float:
    """Return the mean over the classes in y of the share that was found."""
    of_class = np.bincount(y, weights)
    found = np.bincount(y, weights * (_predicted(y, outputs) == y))
    there = of_class > 0
    return float(np.mean(found[there] / of_class[there]))


def _f1_macro(y: Array, outputs: Array, weights: Weights) -> float:
    """Return the mean over the classes of 2 hits / (hits and misses and false alarms, and hits again)."""
    predicted = _predicted(y, outputs)
    if y.ndim == 2:
        hits, both = weights @ (y & predicted), weights @ y + weights @ predicted
        return float(np.mean(np.where(both > 0, 2 * hits / np.where(both > 0, both, 1), 0.0)))
    classes = np.union1d(y, predicted)
    k = int(classes[-1]) + 1
    hits = np.bincount(y, weights * (predicted == y), k)
    both = np.bincount(y, weights, k) + np.bincount(predicted, weights, k)
    hits, both = hits[classes], both[classes]
    return float(np.mean(np.where(both > 0, 2 * hits / np.where(both > 0, both, 1), 0.0)))


def _log_loss(y: Array, outputs: Array, weights: Weights) -> float:
    """Return the mean of -log(probability of the label), which is kept away from 0 and 1 by one rounding."""
    least = np.finfo(outputs.dtype).eps
    p = outputs.astype(np.float64)
    of_label = (
        np.where(y == 1, p[:, 0], 1 - p[:, 0]) if p.shape[1] == 1 else p[np.arange(len(y)), y]
    )
    return float(np.average(-np.log(np.clip(of_label, least, 1 - least)), weights=weights))


def _roc_auc(y: Array, outputs: Array, weights: Weights) -> float:
    """Return the chance that a row of a class has a larger output for it than any other row; the classes' mean."""
    if y.ndim == 1 and outputs.shape[1] <= 2:  # two classes are one question
        return _area(y == 1, outputs[:, -1], weights)
    k = int(outputs.shape[1])
    is_class: Any = y if y.ndim == 2 else y.reshape(-1, 1) == np.arange(k)
    areas = [_area(is_class[:, j], outputs[:, j], weights) for j in range(k)]
    return float(np.mean(areas))


def _area(is_positive: Array, scores: Array, weights: Weights) -> float:
    """Return the area under one curve; equal scores count as half."""
    levels, at = np.unique(scores, return_inverse=True)
    positive = np.bincount(at, weights * is_positive, len(levels))
    negative = np.bincount(at, weights * ~is_positive, len(levels))
    below = np.cumsum(negative) - 0.5 * negative
    pairs = positive.sum() * negative.sum()
    return float(positive @ below / pairs) if pairs > 0 else np.nan


def _r2(y: Array, outputs: Array, weights: Weights) -> float:
    """Return 1 - (squared errors) / (squares from the mean); 1 or 0 where an output's target is constant."""
    y, outputs, _ = _near_one(y, outputs)
    error = weights @ (y - outputs) ** 2
    spread = weights @ (y - np.average(y, axis=0, weights=weights)) ** 2
    known = spread > 0
    scores = np.where(known, 1 - error / np.where(known, spread, 1), np.where(error > 0, 0.0, 1.0))
    return float(np.mean(scores))


def _near_one(y: Array, outputs: Array) -> tuple[Array, Array, npt.NDArray[np.int_]]:
    """Return both with each column divided by a power of two, exactly, so that squares stay doubles; and the powers."""
    largest = np.maximum(np.max(np.abs(y), axis=0), np.max(np.abs(outputs), axis=0))
    powers = np.frexp(np.where(np.isfinite(largest), largest, 1.0))[1]
    return np.ldexp(y, -powers), np.ldexp(outputs.astype(np.float64), -powers), powers


def _mse(y: Array, outputs: Array, weights: Weights) -> float:
    return float(np.mean(np.average((y - outputs) ** 2, axis=0, weights=weights)))


def _rmse(y: Array, outputs: Array, weights: Weights) -> float:
    y, outputs, powers = _near_one(y, outputs)
    roots = np.sqrt(np.average((y - outputs) ** 2, axis=0, weights=weights))
    return float(np.mean(np.ldexp(roots, powers)))


def _mae(y: Array, outputs: Array, weights: Weights) -> float:
    return float(np.mean(np.average(np.abs(y - outputs), axis=0, weights=weights)))


metrics: Mapping[str, Metric] = MappingProxyType(
    {
        row.name: row
        for row in (
            Metric("accuracy", True, "classes", _accuracy),
            Metric("balanced_accuracy", True, "classes", _balanced_accuracy, takes_several=False),
            Metric("f1_macro", True, "classes", _f1_macro),
            Metric("log_loss", False, "classes", _log_loss, takes_several=False),
            Metric("roc_auc", True, "classes", _roc_auc),
            Metric("r2", True, "values", _r2),
            Metric("rmse", False, "values", _rmse),
            Metric("mse", False, "values", _mse),
            Metric("mae", False, "values", _mae),
        )
    }
)
