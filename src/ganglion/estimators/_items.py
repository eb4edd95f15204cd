"""What an estimator does with items that need not be rows of numbers: texts, sets, series, tables, distances."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._arrays import check_samples, is_sparse, refuse_not_finite
from .._errors import DataError, ParameterError
from ..cluster._storing.items import is_record as is_record  # estimators take these from here
from ..cluster._storing.items import items_state as items_state
from ..cluster._storing.items import kept as kept
from ..cluster._storing.items import take_items as take_items
from ..data.tables import Table
from ..distances import METRICS, Items, as_items
from ..distances._bits import Bits, SparseBits
from ..distances._compiled import ComparedRows
from ..distances._frames import as_table, is_frame
from ..distances._functions import Objects
from ..distances._matrix import Matrix, Rows
from ..distances._series import Series
from ..distances._sets import Sets
from ..distances._tables import Mixed
from ..distances._texts import Texts
from ..distances._vectors import SparseVectors, Vectors
from ..distances.catalogue import find_metric
from ._contract import validate_data


def fitted_items(estimator: Any, X: Any, metric: Any, metric_params: Any = None) -> Items:
    """The items of a fit; the estimator learns the number and the names of the columns, where there are any.

    `n_features_in_` is the width of rows, the number of columns of a table, and the number of items of a matrix of
    distances; texts, sets and series have none, nor have items that only a function knows.
    """
    for name in ("n_features_in_", "feature_names_in_"):  # of a fit before
        if hasattr(estimator, name):
            delattr(estimator, name)
    kind = find_metric(metric).kind
    plain = _validated(estimator, X, kind, reset=True)
    with _naming_columns(estimator, plain):
        items = as_items(plain, metric, metric_params=metric_params)
    n_columns = width(items)
    if n_columns is not None and not hasattr(estimator, "n_features_in_"):
        estimator.n_features_in_ = n_columns
        names = _own_names(X)
        if names is not None:
            estimator.feature_names_in_ = np.array(names, dtype=object)
    return items


def new_items(estimator: Any, X: Any, fitted: Items) -> Items:
    """New items, to be compared with fitted ones or with some of those: of one kind, with the same columns.

    Rows of a matrix of distances hold one for each item of the fit.
    """
    kind = METRICS[fitted.metric].kind
    names, known = _own_names(X), getattr(estimator, "feature_names_in_", None)
    if kind != "tables" and names is not None and known is not None and names != known.tolist():
        raise DataError(
            f"The columns must be {', '.join(map(repr, known.tolist()))}, as in fit; got "
            f"{', '.join(map(repr, names))}. Choose them by name."
        )
    plain = _validated(estimator, X, kind, reset=False)
    with _naming_columns(estimator, plain):
        items = as_items(plain, like=fitted)
    found, wanted = width(items), width(fitted)
    if found != wanted:
        raise DataError(f"X must have {wanted} features, as in fit; got {found}.")
    return items


def examples(items: Items) -> Any:
    """Items as their caller has them: rows for an array, dense also for a sparse one, else a list; None for distances.

    Texts are in the Unicode form in which they are compared, rows of a table are dicts with None for a missing cell.
    """
    content: Any = items.content
    if isinstance(content, SparseVectors):
        content = content.dense()
    if isinstance(content, SparseBits):
        content = content.packed()
    if isinstance(content, Vectors | ComparedRows):
        return content.values
    if isinstance(content, Bits):
        return _unpacked(content)
    if isinstance(content, Texts):
        return content.texts()
    if isinstance(content, Sets):
        return content.sets()
    if isinstance(content, Series):
        return content.series()
    if isinstance(content, Mixed):
        return _records(content)
    return content.items if isinstance(content, Objects) else None


def tag_items(tags: Any, metric: Any) -> Any:
    """Say in scikit-learn's tags what a metric is between; rows of numbers where there is no such metric."""
    try:
        row = find_metric(metric)
    except ParameterError:
        return tags
    inputs = tags.input_tags
    inputs.pairwise = row.kind == "matrix"
    inputs.sparse = row.kind in ("vectors", "rows or sets") and row.name != "haversine"
    inputs.string = row.kind in ("texts", "tables")
    inputs.categorical = inputs.allow_nan = row.kind == "tables"
    inputs.one_d_array = row.kind == "texts"
    inputs.two_d_array = row.kind != "texts"
    return tags


def _validated(estimator: Any, X: Any, kind: str, *, reset: bool) -> Any:
    """X through scikit-learn's gate (names and numbers of features), where it has columns."""
    if isinstance(X, Items) or _is_own_frame(X):
        return X
    if is_frame(X) and not is_sparse(X) and kind in ("vectors", "rows or sets", "tables"):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        return X
    if kind == "tables":
        if getattr(X, "ndim", 2) == 2:
            validate_data(estimator, X, reset=reset, skip_check_array=True)
        return X
    if not _has_columns(X, kind, reset=reset):
        return X
    return validate_data(
        estimator,
        X,
        reset=reset,
        accept_sparse=False if kind == "matrix" else "csr",
        dtype="numeric",
        ensure_all_finite=False,
        order=None,
    )


def _has_columns(X: Any, kind: str, *, reset: bool) -> bool:
    """Whether X is, or should be, rows of numbers; what is not gets the errors of `as_items`."""
    if isinstance(X, str) or kind in ("texts", "series"):
        return False
    if kind == "matrix":
        return not reset or getattr(X, "ndim", 2) != 1  # condensed
    if is_sparse(X) or is_frame(X) or getattr(X, "ndim", 1) >= 2:
        return True
    if kind == "vectors":
        listed = hasattr(X, "__len__") and hasattr(X, "__iter__")
        return not (listed and isinstance(next(iter(X), None), str | set | frozenset))
    return False


def _is_own_frame(X: Any) -> bool:
    """Whether X is a table that scikit-learn does not know."""
    return not is_sparse(X) and isinstance(X, Table | Mapping)  # SciPy's dok_array is a dict


def _own_names(X: Any) -> list[str] | None:
    """The columns of a table that scikit-learn does not know."""
    return list(as_table(X).names) if _is_own_frame(X) else None


def width(items: Items) -> int | None:
    """How many columns the items have; the number of items for a matrix of distances, None for what has none."""
    content: Any = items.content
    if isinstance(content, Matrix):
        return content.n_base
    if isinstance(content, Rows):
        return content.values.shape[1]
    if isinstance(content, Mixed):
        return len(content.codings)
    if isinstance(content, Bits | SparseBits):
        return content.n_features
    if isinstance(content, SparseVectors):
        return content.rows.shape[1]
    return None if items.vectors is None else items.vectors.shape[1]


@contextmanager
def _naming_columns(estimator: Any, plain: Any) -> Generator[None]:
    """Say the name of the column where an error inside says its number."""
    try:
        yield
    except DataError:
        names = getattr(estimator, "feature_names_in_", None)
        if names is not None and not is_sparse(plain) and not _is_own_frame(plain):
            values: NDArray[Any] = np.asarray(plain)
            if values.ndim == 2 and values.dtype.kind in "fiub":
                refuse_not_finite(check_samples(values, finite=False), names=names)
        raise


def _unpacked(content: Bits) -> NDArray[np.bool_]:
    """Rows of 0 and 1 out of their words."""
    raw = content.words.astype("<u8").view(np.uint8)
    bits = np.unpackbits(raw, axis=1, bitorder="little")[:, : content.n_features]
    return bits.astype(np.bool_)


def _records(content: Mixed) -> list[dict[str, Any]]:
    """Rows of a table as dicts: numbers, names of categories, None where a cell is missing."""
    return [
        {
            coding.name: _cell(value, coding.categories)
            for coding, value in zip(content.codings, row, strict=True)
        }
        for row in content.values.tolist()
    ]


def _cell(value: float, categories: tuple[str, ...] | None) -> float | str | None:
    if value != value:
        return None
    return value if categories is None else categories[int(value)]
