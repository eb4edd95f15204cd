"""What sets each cluster apart: its features by standardised difference from the whole, its neighbour, its examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from .._errors import ParameterError
from ._comparing import Summary, by_size, contrasts, differences, summarise, summarise_gaps
from ._features import Data, Feature, Floats, features_of
from ._labels import Groups, groups_of
from ._members import Examples, Reaches, examples_of, reaches
from ._records import ClusterCard, FeatureDifference
from ._space import Space, nearest_clusters, space_of
from ._words import readable

__all__ = ["ClusterCard", "FeatureDifference", "describe_clusters", "readable"]

NOTABLE = 0.5  # standard deviations: below it a reader would not see the difference in a plot
MOST_CONTRASTS = 5


def describe_clusters(
    data: Data,
    labels: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    rows: ArrayLike | None = None,
    max_in_sentence: int = 3,
    max_categories: int = 50,
    n_examples: int = 3,
) -> tuple[ClusterCard, ...]:
    """Describe every cluster: what sets it apart from all rows and from its neighbour, and who stands for it.

    Parameters
    ----------
    data : DesignMatrix, Table, data frame, or array-like of shape (n, d)
        What was clustered. A design matrix is described in the units of its table. A table or a data frame is described
        by its own columns, those that were not clustered included: numbers, dates, booleans, texts of at most
        `max_categories`. NaN in an array is a missing value.
    labels : array-like of int, str or bool, shape (n,)
        A label per row, from anywhere. The integer -1 is noise: rows of no cluster, which get a card of their own.
    names : sequence of str, optional
        Names of the columns of an array; x1, x2, ... by default. For a table, the columns to describe.
    rows : array-like of int, optional
        For a table, the row that each label belongs to, such as `DesignMatrix.rows`; all by default.
    max_in_sentence : int
        The most features that a sentence names.
    max_categories : int
        Texts of a table with more different values are not described.
    n_examples : int
        How many typical and how many borderline rows a card names; 0 to look for none.

    Returns
    -------
    tuple of ClusterCard
        One card per label, by rising label.

    Raises
    ------
    DataError
        Labels, rows and data do not fit each other, or a number is infinite.
    ParameterError
        `names` do not fit the data, or `n_examples` is negative.

    Notes
    -----
    The standardised difference of feature j in cluster c is (m_cj - m_j) / s_j with m_cj the mean over the cluster, m_j
    and s_j the mean and standard deviation (of the population) over all rows; missing values are left out of each. The
    lift of a category is its share in the cluster over its share in all rows. A column that has gaps is also compared
    by its share of them. A sentence names features that differ by at least 0.5.

    Distances, which decide on neighbours and examples, are Euclidean: between rows of an array as they are, of a
    design matrix as they were clustered, of a table with each number divided by its standard deviation and the zeros
    and ones of each text by the square root of 1 - sum of the squared shares. A missing value counts as the mean. The
    nearest cluster is the one with the nearest mean, and a contrast divides the difference of two clusters by the
    standard deviation of their rows together. A borderline row has a small margin (b - a) / max(a, b), a and b its
    distances to its own mean and to the nearest other one: the simplified silhouette, equation (4) of [1]_. Ties go to
    the lower label and the lower row. Time O(n d k), O(n d) without examples; memory O(n) beyond the data.

    References
    ----------
    .. [1] E. R. Hruschka, R. J. G. B. Campello, L. N. de Castro, "Evolving clusters in gene-expression data",
       Information Sciences 176(13), 2006, doi:10.1016/j.ins.2005.07.015.

    Examples
    --------
    >>> from ganglion.explain import describe_clusters
    >>> X = [[1.0, 7.0], [1.2, 5.0], [9.0, 6.0], [9.4, 6.0]]
    >>> cards = describe_clusters(X, [0, 0, 1, 1], names=["mass", "age"])
    >>> cards[1].sentence
    'high mass (9.2, overall 5.15)'
    >>> cards[1].typical, cards[1].nearest, cards[1].contrast[0].text
    ((2, 3), 0, 'mass 9.2 (cluster 0: 1.1)')
    """
    if n_examples < 0:
        raise ParameterError(f"n_examples must be at least 0; got {n_examples}.")
    compared = compare(data, labels, names=names, rows=rows, max_categories=max_categories)
    cards = compared.cards(max_in_sentence)
    if n_examples == 0 or compared.centers is None:
        return cards
    return with_examples(cards, compared.examples(compared.reaches(), n_examples))


def with_examples(cards: tuple[ClusterCard, ...], found: Examples) -> tuple[ClusterCard, ...]:
    """Return the cards with the rows that stand for their clusters."""
    return tuple(
        replace(card, typical=typical, borderline=borderline)
        for card, typical, borderline in zip(cards, found.typical, found.borderline, strict=True)
    )


@dataclass(frozen=True, eq=False)
class Compared:
    """Rows, their groups, and every column's summary: what all parts of an explanation are read off.

    Attributes
    ----------
    features : list of Feature
        The columns.
    summaries : list of Summary
        One for each, and behind them those of gaps.
    groups : Groups
        Who is where.
    space : Space or None
        Where rows have distances; None where no column can be compared.
    centers : ndarray of shape (k, d) or None
        The means of the groups in it.
    """

    features: list[Feature]
    summaries: list[Summary]
    groups: Groups
    space: Space | None
    centers: Floats | None

    def cards(self, max_in_sentence: int) -> tuple[ClusterCard, ...]:
        """Return a card for each group, without examples."""
        groups = self.groups
        near = np.full(groups.k, -1, dtype=np.int64)
        if self.centers is not None:
            near = nearest_clusters(self.centers, groups)
        return tuple(self._card(at, int(near[at]), max_in_sentence) for at in range(groups.k))

    def _card(self, at: int, other: int, most: int) -> ClusterCard:
        groups = self.groups
        features = by_size(
            [part for summary in self.summaries for part in differences(summary, at)]
        )
        size = int(groups.sizes[at])
        card = ClusterCard(
            groups.labels[at],
            size,
            size / len(groups.codes),
            tuple(features),
            _sentence(features, most),
            name=groups.names[at],
        )
        if other < 0:
            return card
        called = groups.names[other]
        apart = by_size(
            [part for summary in self.summaries for part in contrasts(summary, at, other, called)]
        )
        return replace(card, nearest=groups.labels[other], contrast=tuple(_telling(apart)))

    def reaches(self) -> Reaches:
        """Measure every row against the centres."""
        assert self.space is not None and self.centers is not None
        return reaches(self.space, self.groups, self.centers)

    def examples(self, found: Reaches, most: int) -> Examples:
        """Choose the rows that stand for each group."""
        assert self.space is not None
        return examples_of(self.space, self.groups, found, most)


def compare(
    data: Data,
    labels: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    rows: ArrayLike | None = None,
    max_categories: int = 50,
) -> Compared:
    """Summarise every column of the data by the groups that labels tell; the arguments are `describe_clusters`'."""
    features = features_of(data, names, rows, max_categories)
    n_rows = len(features[0]) if features else len(np.asarray(labels))
    groups = groups_of(labels, n_rows)
    summaries = [summarise(feature, groups) for feature in features]
    space = space_of(features, summaries, n_rows)
    gaps = [gap for feature in features if (gap := summarise_gaps(feature, groups)) is not None]
    centers = None if space is None or len(groups.clusters) == 0 else space.centers()
    return Compared(features, [*summaries, *gaps], groups, space, centers)


def _telling(apart: list[FeatureDifference]) -> list[FeatureDifference]:
    """Return the notable differences between two clusters, or else the first one: of a text, what it has more."""
    told: dict[tuple[str, bool], FeatureDifference] = {}
    for part in apart:
        is_lacking = part.kind == "category" and part.mean < part.overall
        if abs(part.difference) > 0 and not is_lacking:
            told.setdefault((part.name, part.kind == "missing"), part)
    notable = [part for part in told.values() if abs(part.difference) >= NOTABLE]
    return (notable or list(told.values())[:1])[:MOST_CONTRASTS]


def _sentence(features: list[FeatureDifference], most: int) -> str:
    """Name the features that differ most, one per column of the table."""
    parts: list[str] = []
    told: set[tuple[str, bool]] = set()
    for feature in features:
        if len(parts) == most or not abs(feature.difference) >= NOTABLE:
            break
        about = (feature.name, feature.kind == "missing")
        if about in told or (feature.category is not None and feature.mean < feature.overall):
            continue  # what a cluster lacks says less than what it has
        told.add(about)
        parts.append(feature.text)
    return "; ".join(parts) if parts else "close to the average in every feature"
