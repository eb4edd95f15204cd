"""Clusters of a table that can label further rows: how its columns became numbers, and the centres."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels, check_samples
from ..._errors import ParameterError
from ...data.features import DesignMatrix, Encoding, apply_encoding
from ...data.tables import Table
from ...storage.state import State
from ..prediction import nearest_centers
from ..reach import checked_reach

# Rows beyond it would set the scale on which all others are compared, and are compared by themselves.
_LARGEST = 2.0**400


@dataclass(frozen=True, kw_only=True, eq=False)
class TableClustering:
    """What a clustered table taught, without its rows.

    Attributes
    ----------
    encoding : Encoding
        Columns, centres, scales and categories that turn rows of such a table into numbers.
    centers : ndarray of shape (k, d), float64
        The centres in the columns of the encoding.
    sizes : ndarray of shape (k,), int64
        How many rows each cluster had.
    wss, tss : float
        Sum of squares within the clusters, and in total.
    source : str
        Name of the table, without its folder.
    settings : dict of str to object
        How the centres were found: seed, starts, stopping rule.
    reach : ndarray of shape (k, 110), float64, or None
        How far the rows of the table were from their own centres, as `ganglion.cluster.reach.reach_of` sums it up; None
        where that is not known.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.cluster import TableClustering, kmeans
    >>> from ganglion.data import design_matrix, table_from_frame
    >>> design = design_matrix(table_from_frame({"mass": [1.0, 1.2, 9.0, 9.4]}))
    >>> run = kmeans(design.X, 2, init=design.X[[0, 2]])
    >>> model = TableClustering(
    ...     encoding=design.encoding, centers=run.centers, sizes=np.bincount(run.labels),
    ...     wss=run.inertia, tss=run.tss, source="weights.csv",
    ... )
    >>> model.assign(table_from_frame({"mass": [8.0, 2.0]}))[0].tolist()
    [1, 0]
    """

    encoding: Encoding
    centers: NDArray[np.float64]
    sizes: NDArray[np.int64]
    wss: float
    tss: float
    source: str
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    reach: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        k, d = len(self.centers), len(self.encoding.names)
        if self.centers.shape != (k, d) or self.sizes.shape != (k,) or k == 0:
            raise ParameterError(
                f"centers must have shape (k, {d}) and sizes (k,), k at least 1; got {self.centers.shape} and "
                f"{self.sizes.shape}. Pass those of one run on the encoding's columns."
            )
        if not np.isfinite(self.centers).all():
            raise ParameterError(
                "centers must be finite; got NaN or infinity. Pass those of a run."
            )
        if self.reach is not None:
            checked_reach(self.reach, k)

    def assign(self, table: Table) -> tuple[Labels, DesignMatrix]:
        """Label the rows of a table with the cluster whose centre is nearest.

        Parameters
        ----------
        table : Table
            A table with at least the encoding's columns.

        Returns
        -------
        labels : ndarray of shape (n,), int32
            The cluster of each row of the matrix; the lowest index wins a tie.
        design : DesignMatrix
            The matrix; its `rows` say which rows of the table were labelled, its `notes` what happened to the others.

        Raises
        ------
        DataError
            A column is not there, holds another kind of values, or has gaps where the encoding allows none.
        """
        design = apply_encoding(self.encoding, table)
        if len(design.rows) == 0:
            return np.empty(0, dtype=np.int32), design
        X = check_samples(design.X)
        huge = np.abs(X).max(axis=1) > _LARGEST
        labels = np.empty(len(X), dtype=np.int32)
        for part in (~huge, huge):
            if part.any():
                labels[part] = nearest_centers(X[part], self.centers)
        return labels, design

    def _to_state(self) -> State:
        """The numbers as arrays, everything else as parameters."""
        parameters = {
            "encoding": self.encoding.to_record(),
            "settings": self.settings,
            "source": self.source,
            "wss": self.wss,
            "tss": self.tss,
        }
        arrays = {"centers": self.centers, "sizes": self.sizes}
        if self.reach is not None:
            arrays["reach"] = self.reach
        return State("TableClustering", parameters, arrays)

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """The same record; what does not fit is an error that `load` turns into one about the file."""
        found, arrays = state.parameters, state.arrays
        sums = (found["wss"], found["tss"])
        if not all(isinstance(value, float) for value in sums):
            raise TypeError(f"wss and tss must be floats, not {sums}")
        source, settings = found["source"], found["settings"]
        if not isinstance(source, str) or not isinstance(settings, dict):
            raise TypeError("source must be a string, settings a dict")
        if arrays["centers"].dtype != np.float64 or arrays["sizes"].dtype != np.int64:
            raise TypeError("centers must be float64 and sizes int64")
        return cls(
            encoding=Encoding.from_record(found["encoding"]),
            centers=arrays["centers"],
            sizes=arrays["sizes"],
            wss=sums[0],
            tss=sums[1],
            source=source,
            settings=cast("dict[str, Any]", settings),
            reach=arrays.get("reach"),
        )
