"""The gate for everything that has distances: a collection as the caller has it, and a metric, become items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .._arrays import Samples
from .._errors import ParameterError
from ._compiled import ComparedRows
from ._content import AnyPairs, Content, Indices
from ._functions import Objects
from ._gate import CONTENTS, Asked, content_of
from ._texts import Texts
from ._vectors import Vectors
from .catalogue import METRICS, check_parameters, find_metric


@dataclass(frozen=True, eq=False)
class Items:
    """A collection of items and the metric between them.

    Attributes
    ----------
    metric : str
        Name of the metric in the catalogue: aliases are resolved, a function is ``"callable"``.
    parameters : mapping
        Every parameter of the metric, the defaults too.
    content : object
        The items, encoded as the metric's family takes them.
    index : tuple of str or None
        Names of the items where a data frame gave some.
    """

    metric: str
    parameters: Mapping[str, Any]
    content: Content = field(repr=False)
    index: tuple[str, ...] | None = field(default=None, repr=False)

    @property
    def n(self) -> int:
        """How many items there are."""
        return self.content.n

    def __len__(self) -> int:
        return self.n

    @property
    def vectors(self) -> Samples | None:
        """The rows (n, d) where the items are dense rows of numbers, else None."""
        content: Any = self.content
        return content.values if isinstance(content, Vectors | Objects | ComparedRows) else None

    @property
    def labels(self) -> tuple[str, ...] | None:
        """Names of the items where there are some: the index of a data frame, the texts themselves."""
        if isinstance(self.content, Texts):
            return tuple(self.content.texts())
        return self.index

    def take(self, indices: ArrayLike) -> Items:
        """Return the items of some indices.

        Parameters
        ----------
        indices : array-like of shape (m,)
            Integers from 0 to n - 1, in any order and as often as wanted, or n booleans.

        Returns
        -------
        Items
            Those items, in this order.
        """
        at = self._indices(indices)
        names = self.index
        taken = None if names is None else tuple(names[int(i)] for i in at)
        return Items(self.metric, self.parameters, self.content.take(at), taken)

    def pairs(self, other: Items | None = None, *, dtype: DTypeLike | None = None) -> AnyPairs:
        """Return the distances from each item to each item of another collection, as the kernels take them.

        Parameters
        ----------
        other : Items, optional
            The other collection, with the same metric and parameters; this one itself by default.
        dtype : {float32, float64}, optional
            What the distances are computed in: by default float32 for float32 vectors and for edit distances, which
            float32 holds exactly, and float64 otherwise.

        Returns
        -------
        Pairs32 or Pairs64
            Distances that are computed when they are asked for. Those of a Python function are computed here.

        Raises
        ------
        ParameterError
            The other collection has another metric, or other parameters; or dtype is neither.
        DataError
            A function gave no distance.
        MemoryPlanError
            The matrix of a function's answers does not fit into memory.
        """
        kept = None if dtype is None else np.dtype(dtype)
        if kept not in (None, np.float32, np.float64):
            raise ParameterError(f"dtype must be float32, float64 or None; got {dtype!r}.")
        if other is not None and not self._is_measured_as(other):
            raise ParameterError(
                f"Two collections need one metric; got {self.metric!r} {dict(self.parameters)} "
                f"and {other.metric!r} {dict(other.parameters)}."
            )
        theirs = None if other is None else other.content
        return self.content.pairs(theirs, self.metric, self.parameters, kept)

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return what a model file holds of these items.

        Returns
        -------
        parameters : dict
            The metric, its parameters, and the kind of the items.
        arrays : dict
            Name to array; those of ``"precomputed"`` hold no distances.
        """
        arrays = self.content.to_arrays()
        parameters: dict[str, Any] = {
            "metric": self.metric,
            "kind": type(self.content).__name__,
            "parameters": dict(self.parameters),
        }
        if self.index is not None:
            arrays = arrays | {"index": np.array(self.index, dtype=object)}
        return parameters, arrays

    @classmethod
    def from_state(cls, parameters: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Items:
        """Make the items again that `to_state` described.

        Parameters
        ----------
        parameters : mapping
            The first part of what `to_state` gave.
        arrays : mapping
            The second part.

        Returns
        -------
        Items
            The same items.

        Raises
        ------
        ValueError, KeyError
            They describe no items.
        """
        row = METRICS[parameters["metric"]]
        kind = CONTENTS[parameters["kind"]]
        index = tuple(str(name) for name in arrays["index"]) if "index" in arrays else None
        own = check_parameters(row, parameters["parameters"])
        return cls(row.name, own, kind.from_arrays(arrays), index)

    def _is_measured_as(self, other: Items) -> bool:
        """Whether two collections have one metric with one set of parameters."""
        if self.metric == "callable":
            return other.metric == "callable"
        return other.metric == self.metric and dict(other.parameters) == dict(self.parameters)

    def _indices(self, indices: ArrayLike) -> Indices:
        at = np.asarray(indices)
        if at.dtype == np.bool_ and at.shape == (self.n,):
            return np.flatnonzero(at)
        if at.ndim != 1 or (at.size and at.dtype.kind not in "iu"):
            raise ParameterError(
                f"indices must be a list of integers, or {self.n} booleans; got shape {at.shape} of {at.dtype}."
            )
        if at.size and not 0 <= int(at.min()) <= int(at.max()) < self.n:
            raise ParameterError(
                f"indices must lie between 0 and {self.n - 1}; got {int(at.min())} to {int(at.max())}."
            )
        return at.astype(np.intp)


def as_items(
    X: Any,
    metric: Any = "euclidean",
    *,
    metric_params: Mapping[str, Any] | None = None,
    name: str = "X",
    like: Items | None = None,
) -> Items:
    """Take a collection as the caller has it, and a metric, as items.

    Parameters
    ----------
    X : array-like, sparse matrix, data frame, list of strings, sets or series, or Items
        What the metric is between; see `METRICS`.
    metric : str, callable or C function pointer
        A name in the catalogue, an alias of one, or a function of two items.
    metric_params : dict, optional
        Parameters of the metric; keyword arguments of a function.
    name : str
        What the errors call the collection.
    like : Items, optional
        The items that these are to be compared with: widths, columns, ranges and numberings must match, and
        ``"precomputed"`` rows hold the distances to all of those.

    Returns
    -------
    Items
        The items, checked and encoded once.

    Raises
    ------
    ParameterError
        The metric or one of its parameters is unknown or out of range.
    DataError
        The collection is not what the metric is between, or holds something that has no distance.
    """
    if isinstance(X, Items):
        return X
    if like is not None and isinstance(X, str):
        raise ParameterError(
            f"{name} must be items, as X is; got the text {X!r}. Write metric={X!r} if you mean the metric."
        )
    row = find_metric(metric) if like is None else METRICS[like.metric]
    parameters = check_parameters(row, metric_params) if like is None else like.parameters
    fitted = None if like is None else like.content
    content = content_of(X, row.kind, Asked(row.name, metric, parameters, name, fitted))
    return Items(row.name, parameters, content, _index_of(X))


def _index_of(X: Any) -> tuple[str, ...] | None:
    """Names of the rows, where a data frame has names for them."""
    index: Any = getattr(X, "index", None)
    if hasattr(X, "columns") and getattr(getattr(index, "dtype", None), "kind", "") == "O":
        return tuple(str(label) for label in index)
    return None
