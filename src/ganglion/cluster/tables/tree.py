"""A tree of a table, cut, that can label further rows: what its clusters compare new rows with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Weights
from ..._errors import ParameterError
from ...data.features import Encoding
from ...data.tables import Table
from ...distances import Items, as_items
from ...storage.state import State
from .. import agglomerative, divisive
from .._new_items.apart import apart
from .._new_items.descent import Descent, descent_of, descents
from .._new_items.joining import joins
from .._new_items.membership import Membership, membership_of, to_prototypes
from .._storing.cuts import (
    descent_arrays,
    membership_arrays,
    take_descent,
    take_membership,
    take_tree,
    tree_state,
)
from .._storing.items import items_state, kept, take_items
from .._storing.records import expect
from .._trees.cutting import joined_below, joined_to_count
from ..reach import checked_reach, reach_of
from ..tree import Tree
from ._items import check_comparable, rows_of_table
from .medoids import LabelledRows

METHODS = (*agglomerative.METHODS, *divisive.METHODS)
"""The methods whose rule of merging, or of splitting, tells where a new row belongs."""

_KEYS = {"columns", "encoding", "items", "settings", "source", "tree"}
_COUNTS = {"numbers": np.int32, "sizes": np.int64}


@dataclass(frozen=True, kw_only=True, eq=False)
class TableTree:
    """What a table taught that was clustered by a tree: the tree, its cut, and what new rows are compared with.

    Attributes
    ----------
    tree : Tree
        The tree.
    membership : Membership or Descent
        Its clusters, as the rule of merging sees them, or the splits that made them.
    items : Items or None
        The items of the table, which new rows are compared with; None where centres are enough ("ward", "centroid",
        "median", "bisecting" and "pddp" of rows of numbers): then the file holds no row of the table.
    numbers : ndarray of shape (k,), int32
        What each cluster of `membership` is called.
    sizes : ndarray of shape (k,), int64
        How many rows each cluster had, by what it is called.
    columns : tuple of str
        The columns that were used.
    encoding : Encoding or None
        How columns become rows of numbers; None for texts and mixed cells, which are compared as they are.
    source : str
        Name of the table, without its folder.
    settings : dict of str to object
        How the tree was grown and cut.
    reach : ndarray of shape (k, 110), float64, or None
        How far the rows of the table were from the others of their clusters, as `ganglion.cluster.reach.reach_of` sums
        it up, by what each cluster is called; None where that is not known.

    Examples
    --------
    >>> from ganglion.cluster import TableTree, linkage
    >>> from ganglion.data import table_from_frame
    >>> from ganglion.distances import as_items
    >>> streets = as_items(["Main Street", "Main Str", "Park Avenue", "Park Ave"], "levenshtein")
    >>> tree = linkage(streets, "average")
    >>> model = TableTree.cut(tree, streets, tree.cut(2), columns=("street",), encoding=None, source="streets.csv")
    >>> model.assign(table_from_frame({"street": ["Park Av.", None, "Main St"]})).labels.tolist()
    [1, 0]
    """

    tree: Tree
    membership: Membership | Descent
    items: Items | None
    numbers: NDArray[np.int32]
    sizes: NDArray[np.int64]
    columns: tuple[str, ...]
    encoding: Encoding | None
    source: str
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    reach: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        k = self.membership.n_clusters
        if self.numbers.shape != (k,) or self.sizes.shape != (k,):
            raise ParameterError(
                f"numbers and sizes must have shape ({k},), one for each cluster; got {self.numbers.shape} and "
                f"{self.sizes.shape}. Pass those of one cut."
            )
        if sorted(self.numbers.tolist()) != list(range(k)):
            raise ParameterError(
                f"numbers must be 0 to {k - 1} in some order; got {self.numbers.tolist()}. Number each cluster once."
            )
        if (self.items is None) == (self.membership.centers is None):
            raise ParameterError(
                "A tree needs either the items or the centres of its clusters to compare new rows with; got "
                f"{'neither' if self.items is None else 'both'}. Use TableTree.cut."
            )
        if self.reach is not None:
            checked_reach(self.reach, k)
        check_comparable(self._compared, self.columns, self.encoding)

    @classmethod
    def cut(
        cls,
        tree: Tree,
        items: Items,
        labels: NDArray[np.int32],
        *,
        columns: tuple[str, ...],
        encoding: Encoding | None,
        source: str,
        height: float | None = None,
        weights: Weights | None = None,
        counts: NDArray[np.int64] | None = None,
        settings: dict[str, Any] | None = None,
    ) -> Self:
        """Keep what a cut of a tree says of new rows.

        Parameters
        ----------
        tree : Tree
            A tree that `ganglion.linkage` or `ganglion.divide` grew of the items.
        items : Items
            Its leaves.
        labels : ndarray of shape (n,), int32
            The clusters of the cut, numbered as the model is to number them.
        columns, encoding, source, settings
            As the attributes.
        height : float, optional
            Where the tree was cut; by default it was cut to as many clusters as there are labels.
        weights : ndarray of shape (n,), optional
            With which the tree was grown.
        counts : ndarray of shape (n,), optional
            How many rows each item stands for; 1 each by default.

        Returns
        -------
        TableTree
            The model.

        Raises
        ------
        ParameterError
            The tree was grown by no method of this library, or the labels are not those of the cut.

        Notes
        -----
        `reach` takes each row without itself, as new rows are not among those that they are compared with. It costs
        the distances between the items of each cluster; none for "single" and where there are centres.
        """
        if tree.method not in METHODS:
            raise ParameterError(
                f"The method of a tree tells where a new row belongs; got method={tree.method!r}. Use one of "
                f"{', '.join(METHODS)}."
            )
        k = int(labels.max()) + 1
        known = _clusters_of(tree, items, k, height, weights)
        numbers = np.empty(known.n_clusters, dtype=np.int32)
        numbers[known.labels] = labels
        if known.n_clusters != k or not np.array_equal(numbers[known.labels], labels):
            raise ParameterError(
                f"labels must be those of the cut, which has {known.n_clusters} clusters; got {k} others. Pass "
                "tree.cut(...), renumbered at most."
            )
        rows = np.ones(len(labels), dtype=np.int64) if counts is None else counts
        return cls(
            tree=tree,
            membership=known,
            items=None if known.centers is not None else kept(items),
            numbers=numbers,
            sizes=np.bincount(labels, weights=rows).astype(np.int64),
            columns=columns,
            encoding=encoding,
            source=source,
            settings={} if settings is None else settings,
            reach=reach_of(np.repeat(apart(known, tree, items), rows), np.repeat(labels, rows), k),
        )

    @property
    def _compared(self) -> Items:
        """What new rows are compared with."""
        if self.items is not None:
            return self.items
        return as_items(self.membership.centers, "euclidean")

    def assign(self, table: Table) -> LabelledRows:
        """Label the rows of a table with the cluster that each would merge with first, or that splits lead it to.

        Parameters
        ----------
        table : Table
            A table with at least the used columns.

        Returns
        -------
        LabelledRows
            Labels and distances, the rows that have them, and notes on the others.

        Raises
        ------
        DataError
            A column is not there, holds another kind of values, or has gaps where none are allowed.

        Notes
        -----
        The cluster at the least distance by the rule that merged them, and this distance: the height at which the tree
        would merge the two (for "minimax", where that is the cluster's radius for all rows within it, the distance to
        its prototype). That is the mean distance to its items for "average", the largest for "complete", the least
        for "single", that to its centre for "centroid" and "median", and sqrt(2 x what the WSS would grow by) for
        "ward". In a tree from above the row goes down the splits, and
        the distance is that to the mean of its cluster ("bisecting", "pddp"), the mean one to its items ("diana"), or
        the least ("mst"). A row of the tree's own table can be nearer to another cluster than to its own: a tree takes
        no step back. Time O(m n) distances of m new rows to n items, or O(m k) where there are centres.
        """
        taken = rows_of_table(table, self.columns, self.encoding, self._compared, self.source)
        labels, distances = np.empty(0, dtype=np.int32), np.empty(0)
        if taken.items is not None:
            known, items = self.membership, self.items
            found = (
                descents(known, items, taken.items)
                if isinstance(known, Descent)
                else joins(known, items, taken.items)
            )
            labels, distances = self.numbers[found.labels], found.heights
            if known.method == "minimax":
                assert isinstance(known, Membership) and items is not None
                distances = to_prototypes(known, items, taken.items, found.labels)
        return LabelledRows(labels, taken.rows, taken.notes, taken.missing, distances=distances)

    def _to_state(self) -> State:
        """Tree, clusters and items as arrays, everything else as parameters."""
        record, arrays = None, dict[str, NDArray[Any]]()
        if self.items is not None:
            record, arrays = items_state(self.items)
        known = self.membership
        grown, own = tree_state(self.tree)
        arrays |= own | {"numbers": self.numbers, "sizes": self.sizes}
        if self.reach is not None:
            arrays["reach"] = self.reach
        arrays |= (
            descent_arrays(known) if isinstance(known, Descent) else membership_arrays(known, "")
        )
        parameters = {
            "columns": list(self.columns),
            "encoding": None if self.encoding is None else self.encoding.to_record(),
            "items": record,
            "settings": self.settings,
            "source": self.source,
            "tree": grown,
        }
        return State("TableTree", parameters, arrays)

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """The same record; what does not fit is an error that `load` turns into one about the file."""
        found, arrays = state.parameters, dict(state.arrays)
        expect(set(found) == _KEYS, f"it must hold {sorted(_KEYS)}; found {sorted(found)}")
        columns, encoding, settings = found["columns"], found["encoding"], found["settings"]
        typed = ((columns, list), (found["source"], str), (settings, dict))
        expect(
            all(type(value) is kind for value, kind in typed),
            "columns must be a list, source a text, settings a dict",
        )
        expect(all(isinstance(name, str) for name in columns), "columns must be texts")
        tree = take_tree(found["tree"], arrays)
        expect(tree.method in METHODS, f"a tree of method={tree.method!r} tells of no new rows")
        items = None if found["items"] is None else take_items(found["items"], arrays)
        for name, dtype in _COUNTS.items():
            expect(arrays[name].dtype == dtype, f"{name} must be {np.dtype(dtype)}")
        numbers, sizes = arrays.pop("numbers"), arrays.pop("sizes")
        reach, k = arrays.pop("reach", None), len(numbers)
        known = (
            take_descent(tree, items, k, arrays)
            if tree.method in divisive.METHODS
            else take_membership(tree, items, k, arrays, "")
        )
        expect(not arrays, f"nothing else belongs there; found {sorted(arrays)}")
        return cls(
            tree=tree,
            membership=known,
            items=items,
            numbers=numbers,
            sizes=sizes,
            columns=tuple(cast("list[str]", columns)),
            encoding=None if encoding is None else Encoding.from_record(encoding),
            source=found["source"],
            settings=cast("dict[str, Any]", settings),
            reach=reach,
        )


def _clusters_of(
    tree: Tree, items: Items, k: int, height: float | None, weights: Weights | None
) -> Membership | Descent:
    """The clusters that new rows are compared with: k, or those that a cut at a height leaves."""
    if tree.method in divisive.METHODS:
        return descent_of(tree, items, k)
    joined = (
        joined_to_count(tree.merges, k)
        if height is None
        else joined_below(tree.merges, tree.heights, "height", height)
    )
    return membership_of(tree, items, joined, weights)
