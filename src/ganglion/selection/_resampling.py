"""What the rules that resample rows share: the rows, tables of counts, and what clouds without clusters would give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray

from .._arrays import Labels
from ..criteria._moments import Floats, exact_scale, mean
from ._sweep import Sweep
from .verdict import Verdict

# More features are replaced by as many principal axes: the cost stays bounded, and clusters that k-means can find lie
# apart along the axes of large variance.
MOST_FEATURES = 64
LEAST_ROWS = 10
# Rows that a cluster must have on average: fewer say nothing about what another sample would give.
ROWS_A_CLUSTER = 5
CLOUDS = 10  # of each kind
# A number of clusters counts where the data disagree with themselves less than clouds do, by so many standard
# deviations of the latter's logarithm. Measured on clouds that are not among them; see `stability`.
BEYOND_CHANCE = 3.0
LEAST_DEVIATION = 0.1
# Numbers that gain at least this part of what the best gains may be as good: of groups that lie in groups both numbers
# are stable, and a disagreement of some rows is known to no more than half of itself. They are where the next number
# gains less than this part of what they gain: beyond the right one of many the gain may fall by a tenth at each step.
NEAR = 0.6


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a sweep that a rule looks at, along their principal axes.

    Attributes
    ----------
    X : ndarray of shape (m, q), float64
        Scores on the q <= 64 leading principal axes, brought to a common size by a power of two.
    weight : ndarray of shape (m,) or None
        Their weights, the largest of which is 1.
    numbers : ndarray of int64
        The numbers of clusters of the sweep, from 2 on, that so many rows can be asked about.
    is_cloud : bool
        Whether they were drawn as a reference: nobody looks at the error of what they give.
    """

    X: Floats
    weight: Floats | None
    numbers: NDArray[np.int64]
    is_cloud: bool = False

    @property
    def pair_weight(self) -> Floats:
        """The weights, 1 for each row where there are none."""
        return np.ones(len(self.X)) if self.weight is None else self.weight


@dataclass(frozen=True, eq=False)
class Compared:
    """How much the data disagree with themselves, and how much clouds without clusters do: each of shape (m,).

    Attributes
    ----------
    numbers : ndarray of int64
        The numbers of clusters.
    value, error : ndarray
        The disagreement, 0 to 1, and its standard error.
    chance : ndarray
        The lower of the two geometric means over the clouds of one kind.
    evidence : ndarray
        By how many standard deviations of the clouds' logarithm the data are below; for the kind where that is least.
    n_rows : int
        How many rows there were.
    """

    numbers: NDArray[np.int64]
    value: Floats
    error: Floats
    chance: Floats
    evidence: Floats
    n_rows: int

    @property
    def is_beyond(self) -> NDArray[np.bool_]:
        """Which numbers of clusters are beyond chance."""
        return self.evidence >= BEYOND_CHANCE


Statistic = Callable[[Rows, np.random.SeedSequence, int], tuple[Floats, Floats]]
"""Rows, a seed and how often they are drawn -> the disagreement for each number of clusters, and its error."""


def rows_of(sweep: Sweep, most: int) -> Rows:
    """Take the rows that stand for all, and turn them to their principal axes.

    Parameters
    ----------
    sweep : Sweep
        The sweep.
    most : int
        How many rows, at most.

    Returns
    -------
    Rows
        Without `numbers` where nothing can be asked: fewer than 10 rows, or all of them equal.
    """
    at = sweep.sample(most)
    taken = sweep.X[at].astype(np.float64)
    weight = None if sweep.sample_weight is None else sweep.sample_weight[at]
    if weight is not None:
        weight = weight / weight.max()  # squares of small weights would vanish
    middle = mean(taken, weight)
    scores = _scores((taken - middle) * exact_scale(taken, middle), weight)
    distinct = len(np.unique(taken, axis=0))
    most_clusters = min(distinct, len(at) // ROWS_A_CLUSTER) if len(at) >= LEAST_ROWS else 0
    numbers = [k for k in sweep.k if 2 <= k <= most_clusters]
    return Rows(scores, weight, np.array(numbers if distinct > 1 else [], dtype=np.int64))


def _scores(X: Floats, weight: Floats | None) -> Floats:
    """Return centred rows (m, d) along their principal axes (m, q), by falling variance."""
    m, d = X.shape
    share = np.full(m, 1.0 / m) if weight is None else weight / weight.sum()
    if d <= m:
        axes = np.linalg.eigh((X * share[:, None]).T @ X)[1]
        return np.ascontiguousarray((X @ axes)[:, ::-1][:, :MOST_FEATURES])
    # The rows' products have the same eigenvalues: with G = S X X' S, S = diag(sqrt share), the scores are S^-1 U l.
    root = np.sqrt(share)
    values, vectors = np.linalg.eigh((X * root[:, None]) @ (X * root[:, None]).T)
    scores = vectors * np.sqrt(np.maximum(values, 0.0)) / root[:, None]
    return np.ascontiguousarray(scores[:, ::-1][:, :MOST_FEATURES])


def against_clouds(
    statistic: Statistic,
    rows: Rows,
    seed: np.random.SeedSequence,
    *,
    repeats: int,
    cloud_repeats: int,
) -> Compared:
    """Compare a disagreement with that of clouds of the same covariance without clusters.

    Parameters
    ----------
    statistic : callable
        The disagreement of some rows for each number of clusters, and its error.
    rows : Rows
        The data.
    seed : numpy.random.SeedSequence
        Where all draws come from.
    repeats, cloud_repeats : int
        How often the data's rows are drawn, and those of a cloud.

    Returns
    -------
    Compared
        Both, and what sets them apart.

    Notes
    -----
    The clouds are normal, and uniform in a box along the principal axes: M3C's reference [1]_ and the gap statistic's
    [2]_, both with the variances of the data. Logarithms are compared, because a disagreement is a share of rows near
    borders: where there is a gap at the border it is smaller by a factor. Less than one row in one draw counts as that.

    References
    ----------
    .. [1] C. R. John et al., "M3C: Monte Carlo reference-based consensus clustering", Scientific Reports 10, 2020,
       doi:10.1038/s41598-020-58766-1.
    .. [2] R. Tibshirani, G. Walther, T. Hastie, "Estimating the number of clusters in a data set via the gap
       statistic", Journal of the Royal Statistical Society B 63(2), 2001, doi:10.1111/1467-9868.00293: section 3, (b).
    """
    own, *others = seed.spawn(1 + 2 * CLOUDS)
    value, error = statistic(rows, own, repeats)
    least = 1.0 / (len(rows.X) * cloud_repeats)
    logs = np.empty((2, CLOUDS, len(rows.numbers)))
    for at, child in enumerate(others):
        kind, drawn = at % 2, child.spawn(2)
        cloud = Rows(_cloud(rows, kind, drawn[0]), rows.weight, rows.numbers, is_cloud=True)
        logs[kind, at // 2] = np.log(
            np.maximum(statistic(cloud, drawn[1], cloud_repeats)[0], least)
        )
    middle = logs.mean(axis=1)
    spread = np.maximum(logs.std(axis=1, ddof=1), LEAST_DEVIATION) * sqrt(1.0 + 1.0 / CLOUDS)
    evidence = (middle - np.log(np.maximum(value, least))) / spread
    return Compared(
        rows.numbers, value, error, np.exp(middle.min(axis=0)), evidence.min(axis=0), len(rows.X)
    )


def _cloud(rows: Rows, kind: int, seed: np.random.SeedSequence) -> Floats:
    """Draw as many rows without clusters: normal (kind 0) or uniform (1), with the variances of the data."""
    share = rows.pair_weight / rows.pair_weight.sum()
    deviation = np.sqrt(share @ rows.X**2)
    rng = np.random.default_rng(seed)
    if kind == 0:
        return rng.normal(size=rows.X.shape) * deviation
    return rng.uniform(-sqrt(3.0), sqrt(3.0), size=rows.X.shape) * deviation


def tables(first: Labels, second: Labels, weight: Floats | None, k: int) -> Floats:
    """Count pairs of labels.

    Parameters
    ----------
    first, second : ndarray of shape (m, n), int32
        m labellings of n rows, in 0 ... k - 1.
    weight : ndarray of shape (n,), optional
        What a row counts.
    k : int
        The most clusters.

    Returns
    -------
    ndarray of shape (m, k, k)
        The contingency table of each labelling with its partner.
    """
    m = len(first)
    cells = (np.arange(m)[:, None] * k + first) * k + second
    counts = np.bincount(
        cells.ravel(), None if weight is None else np.tile(weight, m), minlength=m * k * k
    )
    return counts.reshape(m, k, k).astype(np.float64)


def pairs_within(counts: Floats, squares: Floats) -> Floats:
    """Return sum_{i<j} w_i w_j over the rows of a cell, from the sums of w and of w^2 there."""
    return (counts**2 - squares) / 2.0


def column(values: Floats, rows: Rows, sweep: Sweep) -> tuple[float, ...]:
    """Return values at the numbers of clusters of a sweep, NaN where there is none."""
    found = dict(zip(rows.numbers.tolist(), values.tolist(), strict=True))
    return tuple(found.get(k, nan) for k in sweep.k)


def one_or_none(sweep: Sweep) -> int | None:
    """Return what a rule answers that sees no clusters: 1 where that was among the numbers."""
    return 1 if 1 in sweep.k else None


def most_beyond_chance(
    found: Compared, what: str, otherwise: int | None, columns: dict[str, tuple[float, ...]]
) -> Verdict:
    """Take the number of clusters whose disagreement is the smallest part of chance, of those beyond it.

    Parameters
    ----------
    found : Compared
        The disagreements.
    what : str
        What they are, up to the verb: "the disagreement of bootstrap samples is".
    otherwise : int or None
        The answer where none is beyond chance.
    columns : dict
        For the verdict.

    Returns
    -------
    Verdict
        The number with the largest ratio of chance to disagreement; or the largest number above it whose ratio is at
        least 0.6 of that one's, and the next number's below 0.6 of its own (of the last number: whose ratio is above
        the one's before): of groups that fall into smaller groups the smaller ones are counted.
    """
    good = np.flatnonzero(found.is_beyond)
    if len(good) == 0:
        at = int(np.argmax(found.evidence))
        return Verdict(
            otherwise,
            f"No number of clusters stands out: {what} {found.value[at]:.3f} at k = {int(found.numbers[at])}, and in "
            f"clouds without clusters {found.chance[at]:.3f}.",
            columns,
        )
    least = 1.0 / found.n_rows
    ratio = found.chance / np.maximum(found.value, least)
    best = int(good[np.argmax(ratio[good])])
    at = max([best, *(at for at in good.tolist() if _is_as_good(ratio, best, at))])
    k = int(found.numbers[at])
    return Verdict(
        k,
        f"At k = {k} {what} {found.value[at]:.3f}, and in clouds without clusters {found.chance[at]:.3f}: no larger "
        "number gains as much.",
        columns,
    )


def _is_as_good(ratio: Floats, best: int, at: int) -> bool:
    """Whether a number gains nearly what the best one gains, and more than the next one by far."""
    if ratio[at] < NEAR * ratio[best]:
        return False
    if at + 1 == len(ratio):
        return bool(ratio[at] > ratio[at - 1])
    return bool(ratio[at + 1] < NEAR * ratio[at])
