"""A few thresholds that tell nearly the same clusters: a small tree, how faithful it is, and its rules in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import DataError, ParameterError
from .._random import RandomState
from ._choosing import Grown, Judged, judge
from ._conditions import Condition, Test, narrow
from ._features import Categories, Data, Feature, Integers, features_like, features_of
from ._growing import Nodes, routed
from ._labels import Groups, groups_of
from ._words import percent, plural


@dataclass(frozen=True)
class Rule:
    """One leaf of the tree: rows that meet all its conditions get its label.

    Attributes
    ----------
    label : int
        The cluster.
    name : str
        What the cluster is called.
    text : str
        All conditions in words: "body_mass_g over 4600 and species is Gentoo"; "every row" where there are none.
    conditions : tuple of Condition
        One for each column that is asked about.
    size : int
        Rows that meet them.
    precision : float
        The share of those rows that is of the cluster, 0 to 1.
    coverage : float
        The share of the cluster's rows that is among them, 0 to 1.
    """

    label: int
    name: str
    text: str
    conditions: tuple[Condition, ...]
    size: int
    precision: float
    coverage: float


@dataclass(frozen=True, eq=False)
class ThresholdTree:
    """A small binary tree of thresholds that reproduces labels, as far as it says.

    Attributes
    ----------
    rules : tuple of Rule
        The leaves, by label, and the largest first within one.
    fidelity : float
        The share of all rows that get their own label, 0 to 1.
    cluster_fidelity : dict
        For each label, the share of its rows that get it.
    held_out : float or None
        The share of rows with their own label among rows that the tree was not grown on; None where there are too few
        rows to keep some back.
    held_out_error : float or None
        Standard error of that share.
    without_rule : tuple of int
        Labels that no rule gives: clusters that are too small, or that no threshold separates.
    n_rows : int
        Rows that the tree is judged by: all but the noise.
    grown_on : int
        Rows that it was grown on.
    columns : tuple of str
        The columns that rows must have.
    """

    rules: tuple[Rule, ...]
    fidelity: float
    cluster_fidelity: Mapping[int, float]
    held_out: float | None
    held_out_error: float | None
    without_rule: tuple[int, ...]
    n_rows: int
    grown_on: int
    columns: tuple[str, ...]
    _nodes: Nodes = field(repr=False)
    _features: tuple[Feature, ...] = field(repr=False)
    _classes: NDArray[Any] = field(repr=False)
    _names: tuple[str, ...] = field(repr=False)

    @property
    def n_leaves(self) -> int:
        """Number of leaves, which is the number of rules."""
        return len(self.rules)

    @property
    def text(self) -> str:
        """All rules in words, a line each, and how faithful they are."""
        lines = [
            f"{rule.name}: {rule.text} ({plural(rule.size, 'row')}, {percent(rule.precision)} of them right)"
            for rule in self.rules
        ]
        names = dict(zip(self.cluster_fidelity, self._names, strict=True))
        if self.without_rule:
            lines.append(f"No rule: {', '.join(names[label] for label in self.without_rule)}")
        return "\n".join([*lines, self.faith])

    @property
    def faith(self) -> str:
        """How faithful the rules are, as a sentence."""
        said = f"The rules give {percent(self.fidelity)} of {plural(self.n_rows, 'row')} their own cluster"
        if self.held_out is None:
            return f"{said}."
        return f"{said}, and {percent(self.held_out)} of rows that they were not made from."

    def predict(self, data: Data, *, rows: ArrayLike | None = None) -> NDArray[Any]:
        """Return the label that the rules give to each row.

        Parameters
        ----------
        data : DesignMatrix, Table, data frame, or array-like of shape (m, d)
            Rows with the columns that the tree was grown on.
        rows : array-like of int, optional
            For a table, the rows to label; all by default.

        Returns
        -------
        ndarray of shape (m,)
            Labels of the kind that was given; never noise.

        Raises
        ------
        DataError
            A column is not there, or holds another kind of values.

        Notes
        -----
        A text that was not there before is not any of the known ones. Time O(m depth).
        """
        features = features_like(list(self._features), data, rows)
        n = len(features[0])
        found = np.zeros(n, dtype=np.int64)
        for at, own in routed(self._nodes, features, np.arange(n)):
            if self._nodes[at].test is None:
                found[own] = self._nodes[at].winner
        return self._classes[found]


def threshold_tree(
    data: Data,
    labels: ArrayLike,
    *,
    max_leaves: int | None = None,
    names: Sequence[str] | None = None,
    rows: ArrayLike | None = None,
    max_categories: int = 50,
    random_state: RandomState = 0,
) -> ThresholdTree:
    """Find a few rules, each a comparison of columns with thresholds, that tell nearly the same clusters.

    Parameters
    ----------
    data : DesignMatrix, Table, data frame, or array-like of shape (n, d)
        The rows. Rules are in the units of the table, and speak of its categories, dates and gaps.
    labels : array-like of int, str or bool, shape (n,)
        Labels from anywhere. Rows with the integer -1, noise, take no part.
    max_leaves : int, optional
        The most rules. By default as few as are within one standard error, or one percent, of the best fidelity on
        rows kept back; at least one for each cluster, and at most two.
    names, rows, max_categories
        As in `describe_clusters`.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default 0
        Where rows that are kept back are drawn from.

    Returns
    -------
    ThresholdTree
        The rules, and how faithful they are.

    Raises
    ------
    DataError
        Labels and data do not fit each other, there is no column to ask about, or all rows are noise.
    ParameterError
        `max_leaves` is below 1, or `names` do not fit the data.

    Notes
    -----
    Fidelity is the share of rows whose rule gives their own label. A tree is grown best first by Gini gain [1]_, to
    twice the leaves that are wanted, and cut back to the subtree with the fewest wrong rows at that number of leaves,
    found exactly by dynamic programming [2]_. Every threshold and every category is a candidate. A second tree parts
    the clusters' means first, with the fewest mistakes [3]_; the one that is more faithful on rows kept back is taken.
    A threshold is the number with the fewest decimals between its two neighbouring values, so that what is written is
    what is tested. Where a column has gaps, missing cells go to the side that is better for the clusters.

    Up to 2,000 rows the tree is grown on all of them and fidelity on rows kept back is that of five-fold
    cross-validation; of more rows it is grown on four fifths, 30,000 at most, and the others are kept back. Time
    O(L d m log m) for L leaves and m rows to grow on, and O(n log L) to judge; memory O(n d).

    References
    ----------
    .. [1] L. Breiman, J. H. Friedman, R. A. Olshen, C. J. Stone, "Classification and Regression Trees", 1984, chapters
       3 and 4, doi:10.1201/9781315139470.
    .. [2] M. Bohanec, I. Bratko, "Trading accuracy for simplicity in decision trees", Machine Learning 15, 1994,
       doi:10.1007/BF00993345, algorithm OPT.
    .. [3] S. Dasgupta, N. Frost, M. Moshkovitz, C. Rashtchian, "Explainable k-means and k-medians clustering", ICML
       2020, arXiv:2002.12538, algorithm 1 (IMM).

    Examples
    --------
    >>> from ganglion.explain import threshold_tree
    >>> tree = threshold_tree([[1.0, 7.0], [1.2, 5.0], [9.0, 6.0], [9.4, 6.0]], [0, 0, 1, 1], names=["mass", "age"])
    >>> [rule.text for rule in tree.rules], tree.fidelity
    (['mass at most 5', 'mass over 5'], 1.0)
    >>> tree.predict([[5.0, 0.0], [5.1, 0.0]]).tolist()
    [0, 1]
    """
    if max_leaves is not None and max_leaves < 1:
        raise ParameterError(f"max_leaves must be at least 1; got {max_leaves}. Pass 1 or more.")
    features = features_of(data, names, rows, max_categories)
    if not features:
        raise DataError(
            "Rules need a column of numbers, dates, booleans or few different texts; there is none. Pass more columns."
        )
    groups = groups_of(labels, len(features[0]))
    if len(groups.clusters) == 0:
        raise DataError("Rules need at least one cluster; all rows are noise (-1).")
    chosen = np.flatnonzero(groups.codes != groups.noise)
    codes = groups.codes - (groups.codes > groups.noise) if groups.noise >= 0 else groups.codes
    judged = judge(Grown(features, codes, chosen, len(groups.clusters)), max_leaves, random_state)
    return _explained(judged, features, codes, chosen, groups, labels)


def _explained(
    judged: Judged,
    features: list[Feature],
    codes: Integers,
    chosen: Integers,
    groups: Groups,
    labels: ArrayLike,
) -> ThresholdTree:
    """Put the tree into words, and count by all rows."""
    own = groups.clusters
    places: list[int] = own.tolist()
    numbers = [groups.labels[at] for at in places]
    names = tuple(groups.names[at] for at in places)
    sizes = groups.sizes[own]
    rules: list[Rule] = []
    right = np.zeros(len(own), dtype=np.int64)
    paths = _paths(judged.nodes)
    for at, there in routed(judged.nodes, features, chosen):
        node = judged.nodes[at]
        if node.test is not None:
            continue
        winner = node.winner
        hits = int(np.count_nonzero(codes[there] == winner))
        right[winner] += hits
        conditions = _conditions(features, paths[at])
        text = " and ".join(condition.text for condition in conditions) or "every row"
        precision = hits / len(there) if len(there) else 0.0
        coverage = hits / int(sizes[winner])
        rules.append(
            Rule(numbers[winner], names[winner], text, conditions, len(there), precision, coverage)
        )
    given: NDArray[Any] = np.asarray(labels)
    classes: NDArray[Any] = np.array(names if given.dtype.kind in "OUT" else numbers)
    if given.dtype.kind in "iub":
        classes = classes.astype(given.dtype)
    told = {rule.label for rule in rules}
    return ThresholdTree(
        rules=tuple(sorted(rules, key=lambda rule: (rule.label, -rule.size))),
        fidelity=int(right.sum()) / len(chosen),
        cluster_fidelity=dict(zip(numbers, (right / sizes).tolist(), strict=True)),
        held_out=judged.held_out,
        held_out_error=judged.held_out_error,
        without_rule=tuple(label for label in numbers if label not in told),
        n_rows=len(chosen),
        grown_on=judged.grown_on,
        columns=tuple(feature.name for feature in features),
        _nodes=judged.nodes,
        _features=tuple(_emptied(feature) for feature in features),
        _classes=classes,
        _names=names,
    )


def _emptied(feature: Feature) -> Feature:
    """Return a column without its rows: what further rows are read by."""
    if isinstance(feature, Categories):
        return Categories(feature.name, feature.kind, feature.categories, feature.codes[:0])
    return type(feature)(feature.name, feature.kind, feature.values[:0])


Path = tuple[tuple[Test, bool], ...]


def _paths(nodes: Nodes) -> dict[int, Path]:
    """Return for each node the tests on the way to it, and whether they were passed."""
    paths: dict[int, Path] = {0: ()}
    for at, node in enumerate(nodes):  # children stand behind their parents
        if node.test is not None:
            paths[node.left] = (*paths[at], (node.test, True))
            paths[node.right] = (*paths[at], (node.test, False))
    return paths


def _conditions(features: list[Feature], path: Path) -> tuple[Condition, ...]:
    """Return what a path comes to, a condition for each column in the order in which they are asked about."""
    asked = dict.fromkeys(test.feature for test, _ in path)
    return tuple(
        narrow(features[at], [(test, passed) for test, passed in path if test.feature == at])
        for at in asked
    )
