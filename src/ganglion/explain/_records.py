"""The records that describe a cluster: its card, and the comparisons on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ._labels import NOISE
from ._words import date, percent, plural, readable, times


@dataclass(frozen=True)
class FeatureDifference:
    """How one feature of a cluster compares with all rows, or with another cluster.

    Attributes
    ----------
    name : str
        The feature, such as "body_mass_g", or the column of a category, such as "species".
    category : str or None
        The category, such as "Gentoo"; "true" or "false" of a boolean; None for a number or a date.
    difference : float
        (mean in the cluster - mean of all) / standard deviation of all; 0 where that deviation is 0, NaN where the
        cluster has no value. Between two clusters, the standard deviation of the two together.
    mean, overall : float
        The two means; for a category the shares, 0 to 1; for a date days since 1970-01-01. Between two clusters,
        `overall` is the mean of the other one.
    text : str
        The same in words: "high body_mass_g (5076, overall 4202)", "species Gentoo 100 % (overall 36 %)".
    count : int
        The rows behind it: those of the cluster that have a value; for a category, those that have this one.
    lift : float or None
        For a category, mean / overall: 2 where it is twice as frequent in the cluster. None for numbers, and where
        `overall` is 0.
    kind : {"number", "category", "date", "missing"}
        What is compared; "missing" is the share of cells that are missing.
    """

    name: str
    category: str | None
    difference: float
    mean: float
    overall: float
    text: str
    count: int = 0
    lift: float | None = None
    kind: Literal["number", "category", "date", "missing"] = "number"

    @property
    def value_text(self) -> str:
        """`mean` in words: "5076", "100 %", "2021-05-03"."""
        return self._shown(self.mean, self.overall)

    @property
    def overall_text(self) -> str:
        """`overall` in words."""
        return self._shown(self.overall, self.mean)

    @property
    def detail(self) -> str:
        """The difference, the lift and the rows behind them in words."""
        rows = plural(self.count, "row")
        if self.difference != self.difference:
            return f"no value in {rows}" if self.count else "no value"
        parts = [f"{self.difference:+.2f} standard deviations", rows]
        if self.lift is not None:
            parts.insert(0, times(self.lift))
        return ", ".join(parts)

    def _shown(self, value: float, beside: float) -> str:
        if self.category is not None:
            return percent(value)
        return date(value, beside) if self.kind == "date" else readable(value, beside)


@dataclass(frozen=True)
class ClusterCard:
    """One cluster.

    Attributes
    ----------
    label : int
        Its label; of texts and booleans its place in their order.
    size : int
        Number of its rows.
    share : float
        Its part of all rows, 0 to 1.
    features : tuple of FeatureDifference
        All features, the largest difference first (by absolute value; in the order given among equals).
    sentence : str
        What sets it apart, in one line.
    name : str
        What it is called: "cluster 0"; "noise" for the label -1; a text as it was given.
    typical : tuple of int
        Rows nearest to its centre, the nearest first; of equal rows the first one only. Rows count from 0 in the order
        of the labels.
    borderline : tuple of int
        Rows that could as well belong to another cluster, the least certain first; of the noise, the rows that come
        nearest to a cluster.
    nearest : int or None
        The label of the cluster whose centre is nearest; None for the noise and where there is no other.
    contrast : tuple of FeatureDifference
        What separates it from that cluster, the largest difference first.
    stability : float or None
        How much of it is found again in resampled data, 0 to 1, where that was asked for.
    """

    label: int
    size: int
    share: float
    features: tuple[FeatureDifference, ...]
    sentence: str
    name: str = ""
    typical: tuple[int, ...] = ()
    borderline: tuple[int, ...] = ()
    nearest: int | None = None
    contrast: tuple[FeatureDifference, ...] = ()
    stability: float | None = None

    @property
    def is_noise(self) -> bool:
        """Whether these are the rows of no cluster, which the label -1 tells."""
        return self.label == NOISE
