"""The gap statistic: how much less a clustering leaves than one of data without clusters."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import Samples
from .._errors import DataError, ParameterError
from .._random import RandomState, generator
from .._values import check_choice, check_count
from ._cluster_moments import cluster_moments
from ._judged import dense_rows, judged
from ._moments import Floats, blocks, covariance, exact_scale, mean

Fit = Callable[[NDArray[np.float64], int, int], ArrayLike]
_REFERENCES = ("pca", "uniform")


class GapStatistic(float):
    """A gap: a number, and how sure its reference is.

    Parameters
    ----------
    value : float
        Mean of log W over the references, less log W of the data.
    standard_error : float
        Standard deviation of log W over the references, times sqrt(1 + 1 / B).
    log_within : float
        log W of the data.
    reference : ndarray of shape (B,)
        log W of each reference.

    Attributes
    ----------
    standard_error : float
        s_k of the paper: it covers the error of simulation.
    log_within : float
        log W of the data.
    reference : ndarray of shape (B,)
        log W of each reference.
    """

    standard_error: float
    log_within: float
    reference: NDArray[np.float64]

    def __new__(
        cls,
        value: float,
        standard_error: float,
        log_within: float,
        reference: NDArray[np.float64],
    ) -> GapStatistic:
        """Make the number that carries its error."""
        score = super().__new__(cls, value)
        score.standard_error = standard_error
        score.log_within = log_within
        score.reference = reference
        return score

    def __reduce__(self) -> tuple[type[GapStatistic], tuple[Any, ...]]:
        return GapStatistic, (float(self), self.standard_error, self.log_within, self.reference)

    def __repr__(self) -> str:
        return f"{float.__repr__(self)} +- {self.standard_error:.2g}"


@dataclass(frozen=True, eq=False)
class ReferenceBox:
    """A box around the data, to draw points without clusters from.

    Attributes
    ----------
    middle : ndarray of shape (d,)
        The mean of the data.
    axes : ndarray of shape (d, d) or None
        Directions of the box's edges, one a column; None for those of the features.
    low : ndarray of shape (d,)
        Where it begins along each edge, from the middle.
    high : ndarray of shape (d,)
        Where it ends.
    """

    middle: Floats
    axes: Floats | None
    low: Floats
    high: Floats

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw points that are uniform in the box.

        Parameters
        ----------
        n : int
            How many.
        rng : numpy.random.Generator
            Source of the points.

        Returns
        -------
        ndarray of shape (n, d)
            Differences to the middle: without the offset that would cost digits.
        """
        points = self.low + rng.random((n, len(self.low))) * (self.high - self.low)
        return points if self.axes is None else points @ self.axes.T


def reference_box(X: Samples, reference: str = "pca", weight: Floats | None = None) -> ReferenceBox:
    """Find the box that references are drawn from.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Finite rows.
    reference : {"pca", "uniform"}
        Whether its edges run along the principal axes or along the features.
    weight : ndarray of shape (n,), optional
        Weights of the covariance; rows of weight 0 are left out of the range too.

    Returns
    -------
    ReferenceBox
        As long along each edge as the data.

    Raises
    ------
    ParameterError
        Where the reference is unknown.
    """
    check_choice("reference", reference, _REFERENCES)
    rows = X if weight is None or np.all(weight > 0) else X[weight > 0]
    weights = weight if weight is None else weight[weight > 0]
    n, d = rows.shape
    middle = mean(rows, weights)
    axes: Floats | None = None
    if reference == "pca" and d > 1:
        axes = np.linalg.eigh(covariance(rows, weights, scale=exact_scale(rows, middle)))[1]
        # A direction's sign is the solver's choice; its largest component is made positive.
        largest = axes[np.abs(axes).argmax(axis=0), np.arange(d)]
        axes = axes * np.where(largest < 0, -1.0, 1.0)
    low, high = np.full(d, np.inf), np.full(d, -np.inf)
    for block in blocks(n, d):
        away = rows[block] - middle
        along = away if axes is None else away @ axes
        low, high = np.minimum(low, along.min(axis=0)), np.maximum(high, along.max(axis=0))
    return ReferenceBox(middle, axes, low, high)


def gap_statistic(
    X: ArrayLike,
    labels: ArrayLike,
    *,
    fit: Fit | None = None,
    n_references: int = 20,
    reference: str = "pca",
    sample_weight: ArrayLike | None = None,
    random_state: RandomState = None,
) -> GapStatistic:
    """Return the gap between the scatter within clusters and that of data without clusters.

    Parameters
    ----------
    X : array-like of shape (n, d)
        The points.
    labels : array-like of shape (n,)
        The cluster of each point: any integers; one cluster is allowed.
    fit : callable, optional
        ``fit(points, k, seed)`` returns labels of points (n, d): how the references are clustered. It should be what
        gave `labels`; `kmeans` by default.
    n_references : int, default=20
        B, how many references are drawn; at least 2.
    reference : {"pca", "uniform"}
        Whether they are uniform in a box along the principal axes of X, or along its features.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative. References have as many points as X has rows of positive weight, of equal weight.
    random_state : int, Generator, RandomState or None
        Seed of the references and of their clustering.

    Returns
    -------
    GapStatistic
        A float, with `standard_error` and the values that it was made from.

    Raises
    ------
    ParameterError
        Where labels are not n integers, B is below 2, the reference is unknown, or `fit` gives no labels.
    DataError
        Where X is not numeric and finite, or WSS is 0.

    Notes
    -----
    With W = WSS / sum w,

        Gap = (1 / B) sum_b log W_b - log W,    s = sd_b(log W_b) sqrt(1 + 1 / B)  [1]_.

    (The paper's W is WSS itself; here it is divided by the weight, which cancels without weights.) Higher is better;
    the number of clusters is the smallest k with Gap(k) >= Gap(k + 1) - s(k + 1), which may be 1. It misleads where the
    clusters of the references are found worse than those of the data (few starts), in skewed or heavy-tailed data,
    which no box resembles, and in many dimensions, where a box is nearly empty in the middle. Time B times that of
    `fit`, and O(n d^2) for the axes; memory a copy of X.

    References
    ----------
    .. [1] R. Tibshirani, G. Walther, T. Hastie, "Estimating the number of clusters in a data set via the gap
       statistic", Journal of the Royal Statistical Society B 63(2), 2001, doi:10.1111/1467-9868.00293: section 4.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.criteria import gap_statistic
    >>> X = np.random.default_rng(0).normal(size=(60, 2)) + 8.0 * np.repeat([[0], [1]], 30, axis=0)
    >>> two, one = (gap_statistic(X, labels, random_state=0) for labels in (np.repeat([0, 1], 30), np.zeros(60, int)))
    >>> two > one + 3 * two.standard_error
    True
    """
    n_drawn = check_count("n_references", n_references, 2)
    rows = judged(X, labels, sample_weight, "The gap statistic", fewest=1)
    data = dense_rows(rows, "The gap statistic")
    box = reference_box(data, reference, rows.weight)
    moments = rows.moments()
    held = int(np.count_nonzero(moments.mass > 0))
    here = float(moments.unscaled(moments.within.sum())) / float(moments.mass.sum())
    if not 0 < here < math.inf:
        raise DataError(
            f"The gap statistic takes the logarithm of the scatter within clusters, which is {here:g}. "
            "Choose fewer clusters, or look at the units of X."
        )
    n = len(data) if rows.weight is None else int(np.count_nonzero(rows.weight))
    rng, clustered = generator(random_state), _by_kmeans if fit is None else fit
    logs = [_log_within(box.draw(n, rng), held, clustered, rng) for _ in range(n_drawn)]
    reference_logs = np.array(logs)
    error = float(reference_logs.std()) * math.sqrt(1.0 + 1.0 / len(reference_logs))
    value = float(reference_logs.mean()) - math.log(here)
    return GapStatistic(value, error, math.log(here), reference_logs)


def _log_within(points: Floats, k: int, fit: Fit, rng: np.random.Generator) -> float:
    """log of WSS / n of a reference's clusters."""
    labels = np.asarray(fit(points, k, int(rng.integers(2**31))))
    if labels.shape != (len(points),) or labels.dtype.kind not in "iu":
        raise ParameterError(
            f"fit must return an integer for each of the {len(points)} points; got shape {labels.shape} of "
            f"{labels.dtype}."
        )
    names, codes = np.unique(labels, return_inverse=True)
    found = cluster_moments(points, codes.reshape(-1), len(names))
    within = float(found.unscaled(found.within.sum())) / len(points)
    return math.log(within) if within > 0 else -math.inf


def _by_kmeans(points: NDArray[np.float64], k: int, seed: int) -> ArrayLike:
    # By name at the moment of the call: the default is the caller's wish, and the criteria stand below the algorithms.
    home: Any = importlib.import_module("..cluster.kmeans", __package__)
    return home.kmeans(points, k, n_init=3, random_state=seed, on_duplicates="reduce").labels
