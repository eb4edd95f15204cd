"""What sets each cluster apart: its features by standardised difference from the whole, and one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import DataError, ParameterError
from ..data.features import DesignMatrix
from ..data.tables import Column, Table

Floats = NDArray[np.float64]

NOTABLE = 0.5  # standard deviations: below it a reader would not see the difference in a plot


@dataclass(frozen=True)
class FeatureDifference:
    """How one feature of a cluster compares with all rows.

    Attributes
    ----------
    name : str
        The feature, such as "body_mass_g", or the column of a category, such as "species".
    category : str or None
        The category, such as "Gentoo"; None for a number.
    difference : float
        (mean in the cluster - mean of all) / standard deviation of all; 0 where that deviation is 0, NaN where the
        cluster has no value.
    mean, overall : float
        The two means; for a category the shares, 0 to 1.
    text : str
        The same in words: "high body_mass_g (5076, overall 4202)", "species Gentoo 100 % (overall 36 %)".
    """

    name: str
    category: str | None
    difference: float
    mean: float
    overall: float
    text: str


@dataclass(frozen=True)
class ClusterCard:
    """One cluster.

    Attributes
    ----------
    label : int
        Its label.
    size : int
        Number of its rows.
    share : float
        Its part of all rows, 0 to 1.
    features : tuple of FeatureDifference
        All features, the largest difference first (by absolute value; in the order given among equals).
    sentence : str
        What sets it apart, in one line.
    """

    label: int
    size: int
    share: float
    features: tuple[FeatureDifference, ...]
    sentence: str


@dataclass(frozen=True)
class _Feature:
    """One column of numbers to compare, NaN where a value is missing."""

    name: str
    category: str | None
    values: Floats


def describe_clusters(
    data: DesignMatrix | Table | ArrayLike,
    labels: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    rows: ArrayLike | None = None,
    max_in_sentence: int = 3,
    max_categories: int = 50,
) -> tuple[ClusterCard, ...]:
    """Describe every cluster by the features in which it differs most from all rows.

    Parameters
    ----------
    data : DesignMatrix, Table, or array-like of shape (n, d)
        What was clustered. A design matrix is described in the units of its table. A table is described by its own
        columns, those that were not clustered included: numbers, booleans, texts of at most `max_categories`.
    labels : array-like of int, shape (n,)
        A label per row.
    names : sequence of str, optional
        Names of the columns of an array; x1, x2, ... by default. For a table, the columns to describe.
    rows : array-like of int, optional
        For a table, the row that each label belongs to, such as `DesignMatrix.rows`; all by default.
    max_in_sentence : int
        The most features that a sentence names.
    max_categories : int
        Texts of a table with more different values are not described.

    Returns
    -------
    tuple of ClusterCard
        One card per label, by rising label.

    Raises
    ------
    DataError
        Labels, rows and data do not fit each other.
    ParameterError
        `names` do not fit the data.

    Notes
    -----
    The standardised difference of feature j in cluster c is (m_cj - m_j) / s_j with m_cj the mean over the cluster, m_j
    and s_j the mean and standard deviation (of the population) over all rows; missing values are left out of each. A
    sentence names features that differ by at least 0.5. Time O(n d), memory O(n) beyond the data.

    Examples
    --------
    >>> from ganglion.explain import describe_clusters
    >>> cards = describe_clusters([[1.0, 7.0], [1.2, 5.0], [9.0, 6.0], [9.4, 6.0]], [0, 0, 1, 1], names=["mass", "age"])
    >>> cards[1].sentence
    'high mass (9.2, overall 5.15)'
    """
    features = _features(data, names, rows, max_categories)
    found: NDArray[np.generic] = np.asarray(labels)
    n_rows = len(features[0].values) if features else len(found)
    if found.ndim != 1 or len(found) != n_rows or found.dtype.kind not in "iu":
        raise DataError(
            f"labels must be one integer for each of the {n_rows} rows; got shape {found.shape} of {found.dtype}. "
            "Pass the labels of the same rows."
        )
    distinct, codes, sizes = np.unique(found, return_inverse=True, return_counts=True)
    compared = [_compare(feature, codes, len(distinct)) for feature in features]
    cards: list[ClusterCard] = []
    for at, label in enumerate(distinct.tolist()):
        mine = [column[at] for column in compared]
        mine.sort(
            key=lambda item: -abs(item.difference) if item.difference == item.difference else 1.0
        )
        size = int(sizes[at])
        cards.append(
            ClusterCard(label, size, size / n_rows, tuple(mine), _sentence(mine, max_in_sentence))
        )
    return tuple(cards)


def _features(
    data: DesignMatrix | Table | ArrayLike,
    names: Sequence[str] | None,
    rows: ArrayLike | None,
    max_categories: int,
) -> list[_Feature]:
    """Return what is compared: one column of numbers for each number and each category."""
    if isinstance(data, Table):
        place = np.arange(data.n_rows) if rows is None else np.asarray(rows, dtype=np.int64)
        chosen = data.columns if names is None else tuple(data.column(name) for name in names)
        return [part for column in chosen for part in _of_column(column, place, max_categories)]
    if isinstance(data, DesignMatrix):
        values = data.unscaled()
        pairs = data.encoding.sources
    else:
        values = np.asarray(data, dtype=np.float64)
        if values.ndim != 2:
            raise DataError(
                f"X must be two-dimensional; got shape {values.shape}. Pass rows by features."
            )
        pairs = tuple((f"x{at + 1}", None) for at in range(values.shape[1]))
    if names is not None:
        if len(names) != len(pairs):
            raise ParameterError(
                f"names must have one entry per column; got {len(names)} names for {len(pairs)} columns. Match them."
            )
        pairs = tuple((name, None) for name in names)
    return [_Feature(name, category, values[:, at]) for at, (name, category) in enumerate(pairs)]


def _of_column(column: Column, place: NDArray[np.int64], max_categories: int) -> list[_Feature]:
    """Return a table's column as features: itself, or one per category; nothing where it cannot be described."""
    values = column.values[place]
    if column.kind in ("number", "boolean"):
        present = values.astype(np.float64)
        return [] if np.isnan(present).all() else [_Feature(column.name, None, present)]
    if column.kind not in ("text", "category"):
        return []
    cells: list[str | None] = values.tolist()
    categories = sorted({cell for cell in cells if cell is not None})
    if len(categories) > max_categories:
        return []
    place_of = {category: at for at, category in enumerate(categories)}
    codes = np.array([-1 if cell is None else place_of[cell] for cell in cells])
    return [
        _Feature(
            column.name, category, np.where(codes < 0, np.nan, (codes == at).astype(np.float64))
        )
        for at, category in enumerate(categories)
    ]


def _compare(
    feature: _Feature, codes: NDArray[np.intp], n_clusters: int
) -> list[FeatureDifference]:
    """Compare the mean of each cluster with the mean of all."""
    known = ~np.isnan(feature.values)
    values, owner = feature.values[known], codes[known]
    if len(values) == 0:
        overall, spread, means = np.nan, 0.0, np.full(n_clusters, np.nan)
    else:
        # about the midrange, and by a power of two: sums neither overflow nor lose a large common part
        low, high = float(values.min()), float(values.max())
        middle = low / 2 + high / 2
        exponent = int(np.frexp(max(high / 2 - low / 2, 0.0))[1])
        unit = np.ldexp(values - middle, -exponent)
        counts = np.bincount(owner, minlength=n_clusters)
        sums = np.bincount(owner, weights=unit, minlength=n_clusters)
        unit_means = np.divide(sums, counts, out=np.full(n_clusters, np.nan), where=counts > 0)
        center = float(unit.mean())
        spread = float(np.sqrt(np.mean((unit - center) ** 2)))
        overall = middle + float(np.ldexp(center, exponent))
        means = middle + np.ldexp(unit_means, exponent)
        differences = (
            (unit_means - center) / spread if spread > 0 else np.where(counts > 0, 0.0, np.nan)
        )
        return [
            _difference(feature, float(difference), float(mean), overall)
            for difference, mean in zip(differences, means, strict=True)
        ]
    return [_difference(feature, float("nan"), float(mean), float(overall)) for mean in means]


def _difference(
    feature: _Feature, difference: float, mean: float, overall: float
) -> FeatureDifference:
    """Return the record of one comparison with its words."""
    if feature.category is not None:
        text = f"{feature.name} {feature.category} {_percent(mean)} (overall {_percent(overall)})"
    else:
        word = "high" if difference > 0 else "low" if difference < 0 else "average"
        text = (
            f"{word} {feature.name} ({readable(mean, overall)}, overall {readable(overall, mean)})"
        )
    return FeatureDifference(feature.name, feature.category, difference, mean, overall, text)


def _sentence(features: list[FeatureDifference], most: int) -> str:
    """Name the features that differ most, one per column of the table."""
    parts: list[str] = []
    told: set[str] = set()
    for feature in features:
        if len(parts) == most or not abs(feature.difference) >= NOTABLE:
            break
        if feature.name in told or (
            feature.category is not None and feature.mean < feature.overall
        ):
            continue  # what a cluster lacks says less than what it has
        told.add(feature.name)
        parts.append(feature.text)
    return "; ".join(parts) if parts else "close to the average in every feature"


def _percent(share: float) -> str:
    """Return a share as a percentage that does not round the rare to nothing or the frequent to all."""
    if share != share:
        return "unknown"
    if 0 < share < 0.01:
        return "under 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %"


def readable(value: float, beside: float = 0.0) -> str:
    """Return a number for a person: as many digits as it takes to tell it from the one `beside` it.

    Parameters
    ----------
    value : float
        The number.
    beside : float
        The number it is compared with.

    Returns
    -------
    str
        At least 3 significant digits, grouped by commas from 10,000 on; powers of ten below 0.001 and from 1e15 on.

    Examples
    --------
    >>> from ganglion.explain.clusters import readable
    >>> readable(5076.0163), readable(0.5), readable(1234567.0), readable(1000.02, 1000.01)
    ('5076', '0.5', '1,234,567', '1000.02')
    """
    if value != value:
        return "unknown"
    size = abs(value)
    if size and not 1e-3 <= size < 1e15:
        return f"{value:.3g}"
    digits = 3 - (int(np.floor(np.log10(size))) + 1 if size else 1)
    gap = abs(value - beside)
    if gap and np.isfinite(gap):
        digits = max(digits, 1 - int(np.floor(np.log10(gap)))) if gap < size else digits
    text = f"{value:{',' if size >= 10_000 else ''}.{min(max(digits, 0), 12)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
