"""Medoids of a table that can label further rows: the medoids themselves, and how the columns were read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels
from ..._errors import ParameterError
from ...data.features import Encoding
from ...data.tables import Table
from ...distances import Items, nearest
from ...storage.state import State
from .._storing.items import items_state, take_items
from ..reach import checked_reach
from ._items import check_comparable, rows_of_table

_KEYS = ("columns", "encoding", "inertia", "items", "settings", "source")


@dataclass(frozen=True, eq=False)
class LabelledRows:
    """The rows of a table that got a label.

    Attributes
    ----------
    labels : ndarray of shape (m,), int32
        Their clusters.
    rows : ndarray of shape (m,), int64
        Which rows of the table they are.
    notes : tuple of str
        What became of the others, and of cells that are missing.
    missing : dict
        Count of missing values by column, of the used columns that have any.
    probabilities : ndarray of shape (m, k + 1) or None
        Probability of each of k clusters and last of a new one, where the model has probabilities.
    distances : ndarray of shape (m,) or None
        How far each row is from the centre or medoid of its cluster, where the model has distances.
    """

    labels: Labels
    rows: NDArray[np.int64]
    notes: tuple[str, ...]
    missing: dict[str, int]
    probabilities: NDArray[np.float64] | None = None
    distances: NDArray[np.float64] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class TableMedoids:
    """What a table taught that was clustered around medoids: the medoids, without its other rows.

    Attributes
    ----------
    items : Items
        The medoids with their metric: rows of numbers, texts of one column, or rows of mixed cells.
    numbers : ndarray of shape (k,), int32
        The cluster of each medoid. Of equally near medoids the first one wins, whatever its cluster's number.
    sizes : ndarray of shape (k,), int64
        How many rows each cluster had.
    columns : tuple of str
        The columns that were used.
    encoding : Encoding or None
        How columns become rows of numbers; None for texts and mixed cells, which are compared as they are.
    inertia : float
        Sum of the distances to the nearest medoids.
    source : str
        Name of the table, without its folder.
    settings : dict of str to object
        How the medoids were found.
    reach : ndarray of shape (k, 110), float64, or None
        How far the rows of the table were from their own medoids, as `ganglion.cluster.reach.reach_of` sums it up; None
        where that is not known.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.cluster import TableMedoids
    >>> from ganglion.data import table_from_frame
    >>> from ganglion.distances import as_items
    >>> model = TableMedoids(
    ...     items=as_items(["Main Street", "Park Avenue"], "levenshtein"), numbers=np.array([0, 1], dtype=np.int32),
    ...     sizes=np.array([3, 2]), columns=("street",), encoding=None, inertia=4.0, source="streets.csv",
    ... )
    >>> model.assign(table_from_frame({"street": ["Park Av.", None, "Main Str"]})).labels.tolist()
    [1, 0]
    """

    items: Items
    numbers: NDArray[np.int32]
    sizes: NDArray[np.int64]
    columns: tuple[str, ...]
    encoding: Encoding | None
    inertia: float
    source: str
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    reach: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        k = self.items.n
        if k == 0 or self.numbers.shape != (k,) or self.sizes.shape != (k,):
            raise ParameterError(
                f"numbers and sizes must have shape ({k},), one for each medoid; got {self.numbers.shape} and "
                f"{self.sizes.shape}. Pass those of one run."
            )
        if sorted(self.numbers.tolist()) != list(range(k)):
            raise ParameterError(
                f"numbers must be 0 to {k - 1} in some order; got {self.numbers.tolist()}. Number each cluster once."
            )
        if self.reach is not None:
            checked_reach(self.reach, k)
        check_comparable(self.items, self.columns, self.encoding)

    def assign(self, table: Table) -> LabelledRows:
        """Label the rows of a table with the cluster whose medoid is nearest.

        Parameters
        ----------
        table : Table
            A table with at least the used columns.

        Returns
        -------
        LabelledRows
            Labels, the rows that have one, and notes on the others.

        Raises
        ------
        DataError
            A column is not there, holds another kind of values, or has gaps where none are allowed.
        """
        taken = rows_of_table(table, self.columns, self.encoding, self.items, self.source)
        labels, distances = np.empty(0, dtype=np.int32), np.empty(0)
        if taken.items is not None:
            found = nearest(taken.items, self.items)
            labels = self.numbers[found.indices[:, 0]]
            distances = np.asarray(found.distances[:, 0], dtype=np.float64)
        return LabelledRows(labels, taken.rows, taken.notes, taken.missing, distances=distances)

    def _to_state(self) -> State:
        """The medoids and counts as arrays, everything else as parameters."""
        record, arrays = items_state(self.items)
        parameters = {
            "columns": list(self.columns),
            "encoding": None if self.encoding is None else self.encoding.to_record(),
            "inertia": self.inertia,
            "items": record,
            "settings": self.settings,
            "source": self.source,
        }
        counts = {"numbers": self.numbers, "sizes": self.sizes}
        reach = {} if self.reach is None else {"reach": self.reach}
        return State("TableMedoids", parameters, {**arrays, **counts, **reach})

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """The same record; what does not fit is an error that `load` turns into one about the file."""
        found, arrays = state.parameters, dict(state.arrays)
        if set(found) != set(_KEYS):
            raise ValueError(f"it must hold {', '.join(_KEYS)}; found {sorted(found)}")
        columns, encoding = found["columns"], found["encoding"]
        typed = ((columns, list), (found["inertia"], float), (found["source"], str))
        if not all(type(value) is kind for value, kind in (*typed, (found["settings"], dict))):
            raise TypeError(
                "columns must be a list, inertia a float, source a text, settings a dict"
            )
        if not all(isinstance(name, str) for name in columns):
            raise TypeError("columns must be texts")
        items = take_items(found["items"], arrays)
        reach = arrays.pop("reach", None)
        if set(arrays) != {"numbers", "sizes"}:
            raise ValueError(f"numbers and sizes must be all that is left; found {sorted(arrays)}")
        if arrays["numbers"].dtype != np.int32 or arrays["sizes"].dtype != np.int64:
            raise TypeError("numbers must be int32 and sizes int64")
        return cls(
            items=items,
            numbers=arrays["numbers"],
            sizes=arrays["sizes"],
            columns=tuple(cast("list[str]", columns)),
            encoding=None if encoding is None else Encoding.from_record(encoding),
            inertia=found["inertia"],
            source=found["source"],
            settings=cast("dict[str, Any]", found["settings"]),
            reach=reach,
        )
