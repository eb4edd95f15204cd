"""Which form of content a metric takes, and a collection brought into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real as RealNumber
from typing import Any, cast

import numpy as np

from .._arrays import Real, check_samples, is_sparse
from .._errors import DataError, ParameterError
from ._bits import Bits, SparseBits, as_bits
from ._compiled import ComparedRows, as_compared_rows, compiled_function
from ._content import Content, Parameters
from ._frames import is_frame
from ._functions import Objects, as_objects
from ._matrix import Matrix, Rows, as_matrix, as_rows
from ._series import Series, as_series
from ._sets import Sets, as_sets
from ._tables import Mixed, as_mixed
from ._texts import Texts, as_texts
from ._vectors import SparseVectors, Vectors, as_vectors
from .catalogue import Kind


@dataclass(frozen=True)
class Asked:
    """What is asked of a collection: the metric, what to call it, and the content it must match, or None."""

    metric: str
    given: Any
    parameters: Parameters
    name: str
    fitted: Any


def content_of(X: Any, kind: Kind, asked: Asked) -> Content:
    """Check and encode a collection for metrics of one kind."""
    return _GATES[kind](X, asked)


def _vectors(X: Any, asked: Asked) -> Content:
    if asked.metric == "hamming" and _is_boolean(X, asked.fitted):
        return as_bits(X, asked.metric, name=asked.name, like=asked.fitted)
    _refuse_texts_and_sets(X, asked)
    fitted = None if isinstance(asked.fitted, Bits | SparseBits) else asked.fitted
    found = as_vectors(X, asked.metric, asked.parameters, name=asked.name, like=fitted)
    if fitted is asked.fitted:
        return found
    return as_bits(X, asked.metric, name=asked.name, like=asked.fitted)


def _rows_or_sets(X: Any, asked: Asked) -> Content:
    if is_sparse(X) or is_frame(X) or _has_rows_of_numbers(X):
        if isinstance(asked.fitted, Sets):
            raise DataError(f"{asked.name} must be a list of sets, as the items before; got rows.")
        return as_bits(X, asked.metric, name=asked.name, like=asked.fitted)
    if asked.fitted is not None and not isinstance(asked.fitted, Sets):
        raise DataError(f"{asked.name} must be rows of 0 and 1, as the items before; got sets.")
    return as_sets(X, name=asked.name, like=asked.fitted)


def _texts(X: Any, asked: Asked) -> Content:
    return as_texts(X, asked.parameters, name=asked.name)


def _tables(X: Any, asked: Asked) -> Content:
    return as_mixed(X, asked.parameters, name=asked.name, like=asked.fitted)


def _series(X: Any, asked: Asked) -> Content:
    return as_series(X, name=asked.name, like=asked.fitted)


def _matrix(X: Any, asked: Asked) -> Content:
    values = _numbers(X, asked.name)
    if asked.fitted is None:
        return as_matrix(values, name=asked.name)
    return as_rows(values, asked.fitted, name=asked.name)


def _objects(X: Any, asked: Asked) -> Content:
    given = asked.given if asked.fitted is None else asked.fitted.function
    compiled = compiled_function(given)
    if compiled is not None:
        if asked.parameters:
            raise ParameterError(
                "A compiled function takes no metric_params; pass its user_data with a LowLevelCallable."
            )
        return as_compared_rows(X, compiled, name=asked.name)
    if not callable(given):
        raise ParameterError(f"metric must be a name, or a function of two items; got {given!r}.")
    return as_objects(X, cast("Callable[..., Any]", given), name=asked.name)


_GATES: Mapping[Kind, Callable[[Any, Asked], Content]] = {
    "vectors": _vectors,
    "rows or sets": _rows_or_sets,
    "texts": _texts,
    "tables": _tables,
    "series": _series,
    "matrix": _matrix,
    "objects": _objects,
}

CONTENTS: Mapping[str, type[Content]] = {
    kind.__name__: kind
    for kind in (
        *(Vectors, SparseVectors, Bits, SparseBits, Sets, Texts, Series),
        *(Mixed, Matrix, Rows, Objects, ComparedRows),
    )
}


def _refuse_texts_and_sets(X: Any, asked: Asked) -> None:
    """Texts and sets have metrics of their own: say which."""
    rows: Any = X
    if isinstance(X, str) or getattr(X, "ndim", 1) != 1 or is_frame(X) or not _length(rows):
        return
    first = next(iter(rows), None)
    if isinstance(first, str):
        what, use = "texts", "'levenshtein', 'damerau_levenshtein' or 'jaro_winkler'"
    elif isinstance(first, set | frozenset):
        what, use = "sets", "'jaccard' or 'dice'"
    else:
        return
    raise DataError(
        f"metric={asked.metric!r} is between rows of numbers; {asked.name} holds {what}. Use metric={use}."
    )


def _length(X: Any) -> int:
    """How many entries there are; 0 for what has no length."""
    return len(X) if hasattr(X, "__len__") and hasattr(X, "__iter__") else 0


def _is_boolean(X: Any, fitted: Any) -> bool:
    """Whether X holds booleans, and is not to be compared with numbers."""
    kind = getattr(getattr(X, "dtype", None), "kind", "O")
    return kind == "b" and (fitted is None or isinstance(fitted, Bits | SparseBits))


def _has_rows_of_numbers(X: Any) -> bool:
    """Whether X is a matrix, or a list of which the first entry that is not empty is a row of numbers."""
    if getattr(X, "ndim", 1) == 2:
        return True
    if not isinstance(X, list | tuple):
        return False
    for row in cast("list[Any]", X):
        if not isinstance(row, list | tuple | np.ndarray):
            return False
        if len(row):  # pyright: ignore[reportUnknownArgumentType]
            return isinstance(row[0], RealNumber | np.bool_)
    return False


def _numbers(X: Any, name: str) -> Real:
    """A matrix of distances or its condensed triangle, as floats."""
    try:
        values = np.asanyarray(X)  # a masked array stays one, and is refused below
    except ValueError:  # rows of different lengths
        return check_samples(X, name=name, finite=False)
    if values.ndim == 1 and values.dtype.kind in "fiubO":
        if values.size == 0:
            return np.zeros(0)
        return check_samples(values[None], name=name, finite=False)[0]
    return check_samples(X, name=name, finite=False)
