"""A posterior over partitions of a table, which says of further rows where they belong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from ..._errors import ParameterError
from ...data.codes import coded_rows
from ...data.features import Encoding
from ...data.tables import Table
from ...storage.state import State
from ..bayesian._stored_sample import sample_state, take_sample
from ..bayesian.posterior import PosteriorSample
from ..bayesian.prediction import membership
from .medoids import LabelledRows

_KEYS = ("encoding", "keeps_gaps", "sample", "settings", "source")


@dataclass(frozen=True, kw_only=True, eq=False)
class TablePosterior:
    """What a table taught about its partitions: its rows, draws from the posterior, and the estimate.

    Attributes
    ----------
    encoding : Encoding
        Columns and categories that turn rows of such a table into codes.
    keeps_gaps : bool
        Whether missing cells are integrated out; otherwise the encoding's policy decides.
    X : ndarray of shape (n, d), float64
        The rows that were partitioned, one number for each cell.
    sample : PosteriorSample
        Draws of their partitions.
    labels : ndarray of shape (n,), int32
        The estimate, clusters numbered by their rows, the largest 0.
    source : str
        Name of the table, without its folder.
    settings : dict of str to object
        How the draws were made.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.cluster import TablePosterior
    >>> from ganglion.cluster.bayesian import sample_partitions
    >>> from ganglion.data import design_matrix, table_from_frame
    >>> table = table_from_frame({"mass": [1.0, 1.1, 1.2, 1.3, 9.0, 9.1, 9.2]})
    >>> X = table.column("mass").values[:, None]
    >>> model = TablePosterior(
    ...     encoding=design_matrix(table).encoding, keeps_gaps=False, X=X, source="weights.csv",
    ...     sample=sample_partitions(X, n_draws=50, random_state=0), labels=np.array([0, 0, 0, 0, 1, 1, 1], np.int32),
    ... )
    >>> model.assign(table_from_frame({"mass": [9.05, 1.15]})).labels.tolist()
    [1, 0]
    """

    encoding: Encoding
    keeps_gaps: bool
    X: NDArray[np.float64]
    sample: PosteriorSample
    labels: NDArray[np.int32]
    source: str
    settings: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        n, d = self.sample.n_samples, len(self.encoding.columns)
        if self.X.shape != (n, d) or self.labels.shape != (n,):
            raise ParameterError(
                f"X must have shape ({n}, {d}) and labels ({n},), for the rows of the draws and the columns of the "
                f"encoding; got {self.X.shape} and {self.labels.shape}. Pass those of one run."
            )
        k = int(self.labels.max()) + 1
        if self.labels.min() < 0 or len(np.unique(self.labels)) != k:
            raise ParameterError(
                f"labels must be 0 to k - 1, each at least once; got {np.unique(self.labels)[:8].tolist()}."
            )

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many rows each cluster of the estimate has (k,)."""
        return np.bincount(self.labels).astype(np.int64)

    def assign(self, table: Table) -> LabelledRows:
        """Say of the rows of a table to which cluster they belong, averaged over the draws.

        Parameters
        ----------
        table : Table
            A table with at least the encoding's columns.

        Returns
        -------
        LabelledRows
            The most probable cluster of each row, k for a new one, and all probabilities.

        Raises
        ------
        DataError
            A column is not there, holds another kind of values, or has gaps where none are allowed.

        Notes
        -----
        See `ganglion.cluster.bayesian.membership` for the probabilities and their cost.
        """
        coded = coded_rows(self.encoding, table, keep_gaps=self.keeps_gaps)
        k = len(self.sizes)
        shares = np.empty((0, k + 1))
        if len(coded.rows):
            found = membership(coded.X, self.X, self.sample, self.labels).probabilities
            shares = np.empty_like(found)
            # Clusters are counted by first appearance there, and by size here.
            first = self.labels[np.sort(np.unique(self.labels, return_index=True)[1])]
            shares[:, first] = found[:, :-1]
            shares[:, -1] = found[:, -1]
        labels = shares.argmax(axis=1).astype(np.int32)
        return LabelledRows(labels, coded.rows, coded.notes, coded.missing, shares)

    def _to_state(self) -> State:
        """Rows, draws and labels as arrays, everything else as parameters."""
        record, arrays = sample_state(self.sample)
        parameters = {
            "encoding": self.encoding.to_record(),
            "keeps_gaps": self.keeps_gaps,
            "sample": record,
            "settings": self.settings,
            "source": self.source,
        }
        return State("TablePosterior", parameters, {**arrays, "X": self.X, "labels": self.labels})

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """The same record; what does not fit is an error that `load` turns into one about the file."""
        found, arrays = state.parameters, dict(state.arrays)
        if set(found) != set(_KEYS):
            raise ValueError(f"it must hold {', '.join(_KEYS)}; found {sorted(found)}")
        typed = ((found["keeps_gaps"], bool), (found["settings"], dict), (found["source"], str))
        if not all(type(value) is kind for value, kind in typed):
            raise TypeError("keeps_gaps must be true or false, settings a dict, source a text")
        X, labels = arrays.pop("X"), arrays.pop("labels")
        if X.dtype != np.float64 or labels.dtype != np.int32:
            raise TypeError("X must be float64 and labels int32")
        sample = take_sample(found["sample"], arrays)
        if arrays:
            raise ValueError(f"X, labels and the draws must be all; found {sorted(arrays)} too")
        sample.component.check(X)
        return cls(
            encoding=Encoding.from_record(found["encoding"]),
            keeps_gaps=found["keeps_gaps"],
            X=X,
            sample=sample,
            labels=labels,
            source=found["source"],
            settings=cast("dict[str, Any]", found["settings"]),
        )
