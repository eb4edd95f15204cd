"""Columns compared between clusters: one pass for each column, and every comparison is read off its summary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ._features import Categories, Feature, Floats, Integers, Numbers
from ._labels import Groups
from ._records import FeatureDifference
from ._words import date, percent, readable

MISSING = "missing"


@dataclass(frozen=True, eq=False)
class NumberSummary:
    """A column of numbers in each of k clusters, in units of 2^exponent about `middle`, where nothing overflows.

    Attributes
    ----------
    feature : Numbers
        The column.
    middle, exponent : float, int
        The midrange, and the power of two that brings half the range below 1.
    counts : ndarray of shape (k,)
        Values that are there.
    means, variances : ndarray of shape (k,)
        Of those; NaN where there are none.
    center, spread : float
        Mean and standard deviation of all values.
    """

    feature: Numbers
    middle: float
    exponent: int
    counts: Integers
    means: Floats
    variances: Floats
    center: float
    spread: float

    def in_units(self, unit: float) -> float:
        """Return a value in the units of the column."""
        return self.middle + float(np.ldexp(unit, self.exponent))


@dataclass(frozen=True, eq=False)
class CategorySummary:
    """A column of texts: how often each of c categories occurs in each of k clusters.

    Attributes
    ----------
    name : str
        The column.
    categories : tuple of str
        What is counted.
    kind : {"category", "missing"}
        "missing" counts cells that are not there.
    counts : ndarray of shape (k, c)
        Rows of each cluster with each category.
    known : ndarray of shape (k,)
        Rows that have any.
    """

    name: str
    categories: tuple[str, ...]
    is_missing: bool
    counts: Integers
    known: Integers

    @property
    def shares(self) -> Floats:
        """Shares (k, c) of each cluster's known rows; NaN where there are none."""
        return self.counts / np.where(self.known > 0, self.known, np.nan)[:, None]

    @property
    def overall(self) -> Floats:
        """Shares (c,) of all known rows."""
        return self.counts.sum(axis=0) / self.known.sum()


Summary: TypeAlias = NumberSummary | CategorySummary


def summarise(feature: Feature, groups: Groups) -> Summary:
    """Return what is needed of a column for every comparison between clusters."""
    if isinstance(feature, Categories):
        return _of_categories(feature, groups)
    known = ~np.isnan(feature.values)
    k = groups.k
    values, owner = feature.values, groups.codes
    if not known.all():
        values, owner = values[known], owner[known]
    if len(values) == 0:
        nothing = np.full(k, np.nan)
        return NumberSummary(feature, np.nan, 0, np.zeros(k, int), nothing, nothing, np.nan, 0.0)
    # about the midrange, and by a power of two: sums neither overflow nor lose a large common part
    low, high = float(values.min()), float(values.max())
    middle = low / 2 + high / 2
    exponent = int(np.frexp(max(high / 2 - low / 2, 0.0))[1])
    unit = np.ldexp(values - middle, -exponent)
    counts = np.bincount(owner, minlength=k)
    center = float(unit.mean())
    bounds = float(unit.min()), float(unit.max())
    unit -= center
    some = np.where(counts > 0, counts, np.nan)
    means = np.bincount(owner, weights=unit, minlength=k) / some
    # about each cluster's own mean: a cluster of equal values has no spread, to the last bit
    unit -= means[owner]
    variances = np.bincount(owner, weights=unit * unit, minlength=k) / some
    between = np.where(counts > 0, means, 0.0) ** 2
    total = float(np.sum(counts * (np.where(counts > 0, variances, 0.0) + between))) / len(values)
    spread = float(np.sqrt(total)) if low < high else 0.0
    return NumberSummary(
        feature,
        middle,
        exponent,
        counts.astype(np.int64),
        np.clip(means + center, *bounds),  # rounding must not leave the range of the values
        variances,
        center,
        spread,
    )


def _of_categories(feature: Categories, groups: Groups) -> CategorySummary:
    """Count each category in each cluster."""
    known = feature.codes >= 0
    c = len(feature.categories)
    joint = groups.codes[known] * c + feature.codes[known]
    counts = np.bincount(joint, minlength=groups.k * c).reshape(groups.k, c).astype(np.int64)
    return CategorySummary(feature.name, feature.categories, False, counts, counts.sum(axis=1))


def summarise_gaps(feature: Feature, groups: Groups) -> CategorySummary | None:
    """Return in which clusters a column's cells are missing; None where none or all of them are."""
    missing = feature.codes < 0 if isinstance(feature, Categories) else np.isnan(feature.values)
    if not missing.any() or missing.all():
        return None
    counts = np.bincount(groups.codes[missing], minlength=groups.k).astype(np.int64)
    return CategorySummary(feature.name, (MISSING,), True, counts[:, None], groups.sizes)


def differences(summary: Summary, cluster: int) -> Iterator[FeatureDifference]:
    """Yield how one cluster compares with all rows: once for a number, once for each category."""
    if isinstance(summary, NumberSummary):
        yield _number_difference(summary, cluster)
        return
    shares, overall = summary.shares[cluster], summary.overall
    for at, category in enumerate(summary.categories):
        mean, share = float(shares[at]), float(overall[at])
        spread = (share * (1.0 - share)) ** 0.5
        difference = (mean - share) / spread if spread > 0 else 0.0 * mean
        yield FeatureDifference(
            name=summary.name,
            category=category,
            difference=difference,
            mean=mean,
            overall=share,
            text=f"{summary.name} {category} {percent(mean)} (overall {percent(share)})",
            count=int(summary.counts[cluster, at]),
            lift=mean / share if share > 0 else None,
            kind="missing" if summary.is_missing else "category",
        )


def _number_difference(summary: NumberSummary, cluster: int) -> FeatureDifference:
    """Compare the mean of a cluster with the mean of all."""
    unit, feature = float(summary.means[cluster]), summary.feature
    difference = (unit - summary.center) / summary.spread if summary.spread > 0 else 0.0 * unit
    mean, overall = summary.in_units(unit), summary.in_units(summary.center)
    is_date = feature.kind == "date"
    words = ("late", "early") if is_date else ("high", "low")
    word = words[0] if difference > 0 else words[1] if difference < 0 else "average"
    show = date if is_date else readable
    return FeatureDifference(
        name=feature.name,
        category=None,
        difference=difference,
        mean=mean,
        overall=overall,
        text=f"{word} {feature.name} ({show(mean, overall)}, overall {show(overall, mean)})",
        count=int(summary.counts[cluster]),
        lift=None,
        kind=feature.kind,
    )


def contrasts(
    summary: Summary, cluster: int, other: int, called: str
) -> Iterator[FeatureDifference]:
    """Yield how one cluster compares with another: the difference in standard deviations of the two together."""
    if isinstance(summary, NumberSummary):
        yield _number_contrast(summary, cluster, other, called)
        return
    both = summary.known[[cluster, other]]
    shares = summary.shares[[cluster, other]]
    for at, category in enumerate(summary.categories):
        mean, share = float(shares[0, at]), float(shares[1, at])
        together = float(summary.counts[[cluster, other], at].sum() / max(int(both.sum()), 1))
        spread = (together * (1.0 - together)) ** 0.5
        yield FeatureDifference(
            name=summary.name,
            category=category,
            difference=(mean - share) / spread if spread > 0 else 0.0 * (mean - share),
            mean=mean,
            overall=share,
            text=f"{summary.name} {category} {percent(mean)} ({called}: {percent(share)})",
            count=int(summary.counts[cluster, at]),
            lift=mean / share if share > 0 else None,
            kind="missing" if summary.is_missing else "category",
        )


def _number_contrast(
    summary: NumberSummary, cluster: int, other: int, called: str
) -> FeatureDifference:
    """Compare the means of two clusters."""
    pair = [cluster, other]
    counts, means, variances = summary.counts[pair], summary.means[pair], summary.variances[pair]
    gap = float(means[0] - means[1])
    difference = 0.0 * gap
    if (counts > 0).all():
        shares = counts / counts.sum()
        spread = float(np.sqrt(shares @ variances + shares[0] * shares[1] * gap * gap))
        difference = gap / spread if spread > 0 else 0.0
    feature = summary.feature
    mean, there = summary.in_units(float(means[0])), summary.in_units(float(means[1]))
    show = date if feature.kind == "date" else readable
    return FeatureDifference(
        name=feature.name,
        category=None,
        difference=difference,
        mean=mean,
        overall=there,
        text=f"{feature.name} {show(mean, there)} ({called}: {show(there, mean)})",
        count=int(counts[0]),
        lift=None,
        kind=feature.kind,
    )


def by_size(found: list[FeatureDifference]) -> list[FeatureDifference]:
    """Return comparisons with the largest first, in the order given among equals; unknown ones last."""
    return sorted(
        found, key=lambda item: -abs(item.difference) if item.difference == item.difference else 1.0
    )


def means_of(summary: Summary) -> NDArray[np.float64]:
    """Return what a summary tells of each cluster, (k, 1) or (k, c)."""
    return summary.means[:, None] if isinstance(summary, NumberSummary) else summary.shares
