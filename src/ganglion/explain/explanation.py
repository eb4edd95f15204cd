"""All that can be said about clusters, in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._arrays import check_samples
from .._errors import DataError, ParameterError
from .._random import RandomState
from ..data.features import DesignMatrix
from ._features import Data, Floats, centre_blocks, is_table
from ._judging import BETWEEN, judge_members
from ._records import ClusterCard
from ._words import percent, plural
from .clusters import Compared, compare, with_examples
from .misfits import Misfits
from .stability import ClusterStability, cluster_stability
from .threshold_tree import ThresholdTree, threshold_tree


@dataclass(frozen=True, eq=False)
class Explanation:
    """What clusters are, by which rules, how firmly they stand, and which rows belong to none well.

    Attributes
    ----------
    cards : tuple of ClusterCard
        One for each label, by rising label.
    tree : ThresholdTree or None
        Rules in words; None where all rows are noise.
    stability : ClusterStability or None
        How much of each cluster comes back in resampled rows; None where that was not asked for.
    misfits : Misfits or None
        Rows that belong to no cluster well; None where all rows are noise.
    """

    cards: tuple[ClusterCard, ...]
    tree: ThresholdTree | None
    stability: ClusterStability | None
    misfits: Misfits | None

    def __repr__(self) -> str:
        return f"<Explanation of {len(self.cards)} clusters>"

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """Cards, rules and misfits as plain text."""
        lines: list[str] = []
        for card in self.cards:
            firm = "" if card.stability is None else f", stability {card.stability:.2f}"
            head = f"{card.name}: {plural(card.size, 'row')} ({percent(card.share)}{firm})"
            lines += [head, f"  {card.sentence}"]
            if card.contrast:
                apart = "; ".join(part.text for part in card.contrast[:3])
                lines.append(f"  beside its nearest neighbour: {apart}")
        if self.tree is not None:
            lines += ["", self.tree.text]
        if self.misfits is not None:
            counts = self.misfits.counts
            lines += [
                "",
                f"{plural(len(self.misfits.rows), 'row')} belong to no cluster well: {counts['far']:,} far from all, "
                f"{counts['elsewhere']:,} nearer to another, {counts['between']:,} between two.",
            ]
        return "\n".join(lines)


def explain_clusters(
    data: Data,
    labels: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    rows: ArrayLike | None = None,
    centers: ArrayLike | None = None,
    max_leaves: int | None = None,
    max_categories: int = 50,
    n_examples: int = 3,
    fit: Callable[[Any], Any] | None = None,
    n_resamples: int = 50,
    random_state: RandomState = 0,
) -> Explanation:
    """Explain clusters: cards, rules, and rows that belong to no cluster well; with `fit` also how firmly they stand.

    Parameters
    ----------
    data : DesignMatrix, Table, data frame, or array-like of shape (n, d)
        The rows.
    labels : array-like of int, str or bool, shape (n,)
        A label per row, from anywhere; the integer -1 is noise.
    names : sequence of str, optional
        As in `describe_clusters`, as are `rows`, `max_categories` and `n_examples`.
    rows : array-like of int, optional
        For a table, the row that each label belongs to.
    centers : array-like of shape (k, d), optional
        For an array or a design matrix, what stands for each cluster that is no noise, in the order of their labels;
        their means by default.
    max_leaves : int, optional
        The most rules, as in `threshold_tree`.
    max_categories : int
        Texts of a table with more different values are left out.
    n_examples : int
        How many typical and how many borderline rows a card names.
    fit : callable, optional
        For an array or a design matrix, `fit(X)` returns labels of other rows, as in `cluster_stability`.
    n_resamples : int, default 50
        How many times it is called.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default 0
        Of what is drawn at random.

    Returns
    -------
    Explanation
        The cards, the rules, stability and misfits.

    Raises
    ------
    DataError
        Labels, rows, centres and data do not fit each other, or no column can be compared.
    ParameterError
        `fit` or `centers` for a table, which has no matrix; a parameter out of its range.

    Notes
    -----
    The parts are those of `describe_clusters`, `threshold_tree`, `misfits` and `cluster_stability`; distances of all
    rows to all centres are taken once. Time O(n d k) and that of the tree.

    Examples
    --------
    >>> from ganglion.explain import explain_clusters
    >>> X = [[1.0, 7.0], [1.2, 5.0], [1.1, 6.0], [9.0, 6.0], [9.4, 6.0], [9.2, 5.5]]
    >>> found = explain_clusters(X, ["a", "a", "a", "b", "b", "b"], names=["mass", "age"])
    >>> found.cards[0].name, found.cards[0].sentence
    ('a', 'low mass (1.1, overall 5.15)')
    >>> found.tree.rules[1].text
    'mass over 5'
    """
    if n_examples < 0:
        raise ParameterError(f"n_examples must be at least 0; got {n_examples}.")
    compared = compare(data, labels, names=names, rows=rows, max_categories=max_categories)
    if centers is not None:
        compared = replace(compared, centers=_placed(data, centers, compared))
    cards, groups = compared.cards(3), compared.groups
    if compared.centers is None or len(groups.clusters) == 0:
        return Explanation(cards, None, None, None)
    reach = compared.reaches()
    cards = with_examples(cards, compared.examples(reach, n_examples))
    misfits = judge_members(compared, reach, BETWEEN, 20)
    tree = threshold_tree(
        data,
        labels,
        max_leaves=max_leaves,
        names=names,
        rows=rows,
        max_categories=max_categories,
        random_state=random_state,
    )
    if fit is None:
        return Explanation(cards, tree, None, misfits)
    stability = cluster_stability(
        _matrix(data),
        np.array(groups.labels)[groups.codes],
        fit,
        n_resamples=n_resamples,
        random_state=random_state,
    )
    return Explanation(with_stability(cards, stability), tree, stability, misfits)


def with_stability(
    cards: tuple[ClusterCard, ...], stability: ClusterStability
) -> tuple[ClusterCard, ...]:
    """Return the cards with what resampling says of their clusters; the noise has nothing to be found again.

    Parameters
    ----------
    cards : tuple of ClusterCard
        As from `describe_clusters`.
    stability : ClusterStability
        Of the same labels.

    Returns
    -------
    tuple of ClusterCard
        The same cards, with `stability`.
    """
    known = dict(zip(stability.clusters.tolist(), stability.jaccard.tolist(), strict=True))
    return tuple(replace(card, stability=known.get(card.label)) for card in cards)


def _matrix(data: Data) -> Any:
    """Return what can be clustered again."""
    if is_table(data):
        raise ParameterError(
            "Stability clusters rows again, which needs a matrix; got a table. Pass the DesignMatrix or the array that "
            "was clustered, or leave fit out."
        )
    return data.X if isinstance(data, DesignMatrix) else data


def _placed(data: Data, centers: ArrayLike, compared: Compared) -> Floats:
    """Return centres (k, d) of the clusters in the space of the rows; the noise keeps its mean."""
    if is_table(data) or compared.space is None or compared.centers is None:
        raise ParameterError(
            "centers belong to an array or a DesignMatrix with at least one cluster; got a table or noise. Leave "
            "centers out: the means of the rows stand for the clusters."
        )
    points = check_samples(centers, name="centers").astype(np.float64)
    wanted = (len(compared.groups.clusters), _width(data))
    if points.shape != wanted:
        raise DataError(
            f"centers must have a row for each cluster and the columns of the data, shape {wanted}; got "
            f"{points.shape}. Leave out a centre of noise."
        )
    blocks = centre_blocks(data, points)
    found = compared.centers.copy()
    found[compared.groups.clusters] = compared.space.place(blocks)
    return found


def _width(data: Data) -> int:
    """Number of columns of the matrix."""
    return int(np.shape(data.X if isinstance(data, DesignMatrix) else data)[1])  # type: ignore[arg-type]
