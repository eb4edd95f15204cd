"""The gate of the networks' estimators: arrays, data frames and sparse matrices in, rows of one float type out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..._arrays import (
    Real,
    Sparse,
    check_samples,
    check_samples_or_sparse,
    column_names,
    is_sparse,
    refuse_not_finite,
)
from ..._errors import DataError, MemoryPlanError
from ...data.columns import TableEncoding, learn_columns, table_of_array
from ...data.tables import Table, table_from_frame
from ...nn._data import in_dtype
from .._contract import validate_data

BLOCK = 4096


@dataclass(frozen=True)
class InputRules:
    """What is done with columns: `missing` is 'auto', 'error' or 'impute', `scale` 'auto', 'none' ... as given."""

    missing: str
    scale: str
    dtype: np.dtype[Any] | None

    @property
    def asks_for_encoding(self) -> bool:
        """Whether arrays of numbers are encoded too."""
        return self.missing == "impute" or self.scale in ("standard", "robust")


def fitted_rows(estimator: Any, X: Any, rules: InputRules) -> tuple[Real, TableEncoding | None]:
    """Return rows (n, n_inputs) to learn from, and how columns become inputs where they are not taken as they are.

    Sets `n_features_in_` and `feature_names_in_`.
    """
    table, dtype = None, rules.dtype
    if _is_frame(X):
        _refuse_odd_frame(X)
        table = _table_to_encode(X, rules)
        dtype = dtype or _dtype_of_frame(X)
    if table is not None:
        validate_data(estimator, X, reset=True, skip_check_array=True)
        scale: Any = "standard" if rules.scale == "auto" else rules.scale
        if rules.missing == "error":
            _refuse_gaps(table)
        encoding = learn_columns(table, scale)
        return _cast(encoding.encode(table), dtype), encoding
    plain = _validated(estimator, X, reset=True)
    if rules.asks_for_encoding:
        numbers = _numbers(plain, allow_missing=rules.missing == "impute", names=None)
        scale = "none" if rules.scale == "auto" else rules.scale
        encoding = learn_columns(table_of_array(numbers, _names(estimator)), scale)
        dtype = numbers.dtype if dtype is None else dtype
        return _cast(encoding.encode_numbers(numbers), dtype), encoding
    rows = _finite(plain, _names(estimator))
    return _cast(rows, dtype), None


def further_rows(
    estimator: Any, X: Any, encoding: TableEncoding | None, rules: InputRules, name: str = "X"
) -> Real:
    """Return rows (n, n_inputs) of the dtype of `rules` for samples with the features that were fitted."""
    if _is_frame(X):
        _refuse_odd_frame(X)
    if encoding is None:
        return _cast(
            _finite(_validated(estimator, X, reset=False), _names(estimator), name),
            rules.dtype,
            name,
        )
    if _is_frame(X):
        validate_data(estimator, X, reset=False, skip_check_array=True)
        table = table_from_frame(X)
    elif encoding.has_texts:
        validate_data(estimator, X, reset=False, skip_check_array=True)
        table = _table_of_objects(X, encoding)
    else:
        numbers = _numbers(
            _validated(estimator, X, reset=False),
            allow_missing=rules.missing == "impute"
            or (rules.missing == "auto" and any(rule.has_gaps for rule in encoding.columns)),
            names=_names(estimator),
        )
        return _cast(encoding.encode_numbers(numbers), rules.dtype, name)
    if rules.missing == "error":
        _refuse_gaps(table)
    return _cast(encoding.encode(table), rules.dtype, name)


def blocks_of(X: Any) -> Iterator[Any]:
    """Yield a sparse matrix in blocks of rows, so that predicting never needs all of it dense; others as they are."""
    if not is_sparse(X) or X.shape[0] <= BLOCK:
        yield X
        return
    rows = X.tocsr()
    for start in range(0, rows.shape[0], BLOCK):
        yield rows[start : start + BLOCK]


def _table_to_encode(X: Any, rules: InputRules) -> Table | None:
    """Return a data frame as a table where it holds more than numbers, or gaps; None where it does not."""
    import narwhals as nw

    frame = nw.from_native(X, eager_only=True)
    if frame.shape[0] == 0 or frame.shape[1] == 0:
        return None  # the gate for arrays says what is wrong with it
    is_plain = all(
        dtype.is_integer() or dtype.is_float() or dtype == nw.Boolean
        for dtype in frame.schema.values()
    )
    if is_plain and not _has_gaps(frame):
        return None
    if is_plain and rules.missing == "error":
        _refuse_gaps(table_from_frame(X))
    return table_from_frame(X)


def _has_gaps(frame: Any) -> bool:
    """Whether a value of a frame of numbers is missing."""
    for series in frame.iter_columns():
        if series.null_count() or (series.dtype.is_float() and series.is_nan().any()):
            return True
    return False


def _refuse_odd_frame(X: Any) -> None:
    """Raise where a frame is not in memory, has no columns, or two of one name."""
    if hasattr(X, "collect_schema") and not hasattr(X, "shape"):
        raise DataError(
            f"X must be a data frame in memory; got a {type(X).__name__}, a plan for one. Use X.collect()."
        )
    names: list[Any] = list(X.column_names if hasattr(X, "column_names") else X.columns)
    if not names:
        raise DataError("X must have at least one column; the data frame has none. Give columns.")
    known: set[Any] = set()
    for name in names:
        if name in known:
            raise DataError(
                f"Columns must have different names; {name!r} names {names.count(name)} of them. Rename or drop them."
            )
        known.add(name)


def _dtype_of_frame(X: Any) -> np.dtype[Any] | None:
    """Return float32 where all numbers of a frame are, as for arrays; None for everything else."""
    import narwhals as nw

    kinds = nw.from_native(X, eager_only=True).schema.values()
    numbers = [kind for kind in kinds if kind.is_numeric()]
    is_single = bool(numbers) and all(kind == nw.Float32 for kind in numbers)
    return np.dtype(np.float32) if is_single else None


def _is_frame(X: Any) -> bool:
    return column_names(X) is not None and not is_sparse(X)


def _table_of_objects(X: Any, encoding: TableEncoding) -> Table:
    """Return an array of objects as a table, by the place of its columns."""
    array = np.asarray(X, dtype=object)
    if array.ndim != 2 or array.shape[1] != len(encoding.columns):
        raise DataError(
            f"X must have the {len(encoding.columns)} columns that were learned from; got shape {array.shape}."
        )
    return table_from_frame({rule.column: array[:, at] for at, rule in enumerate(encoding.columns)})


def _validated(estimator: Any, X: Any, *, reset: bool) -> Any:
    """Return X through scikit-learn's gate for names and numbers of features; NaN and infinity are looked for later."""
    return validate_data(
        estimator,
        X,
        reset=reset,
        accept_sparse="csr",
        dtype="numeric",
        ensure_all_finite=False,
        order=None,
    )


def _finite(plain: Any, names: Sequence[str] | None, name: str = "X") -> Real:
    """Return finite dense samples, or the error that names the first value that is none."""
    if is_sparse(plain):
        return densified(cast("Sparse", check_samples_or_sparse(plain, name=name)))
    samples = check_samples(plain, name=name, finite=False)
    if not np.isfinite(np.sum(samples, dtype=np.float64)):
        _refuse_not_finite(samples, names, name)
    return samples


def _numbers(plain: Any, *, allow_missing: bool, names: Sequence[str] | None) -> Real:
    """Return dense samples in which NaN may stand for a missing value."""
    if is_sparse(plain) or not allow_missing:
        return _finite(plain, names)
    samples = check_samples(plain, finite=False)
    refuse_not_finite(np.where(np.isnan(samples), 0, samples), names=names)
    return samples


def _refuse_not_finite(samples: Real, names: Sequence[str] | None, name: str) -> None:
    """Raise the error that names the first NaN or infinity, with the way to have gaps filled."""
    try:
        refuse_not_finite(samples, name, names)
    except DataError as error:
        if not np.isnan(samples).any():
            raise
        raise DataError(f"{error} missing='impute' fills in what is missing.") from None


def _refuse_gaps(table: Table) -> None:
    """Raise the error that names the first missing value of a table."""
    for column in table.columns:
        absent = column.missing
        if absent.any():
            raise DataError(
                f"X must be finite: no value may be missing (NaN) under missing='error'; column {column.name!r} misses "
                f"{int(absent.sum())}, the first at row {int(np.argmax(absent))}. Drop those rows, or pass "
                "missing='impute'."
            )


def _cast(rows: Real, dtype: np.dtype[Any] | None, name: str = "X") -> Real:
    return rows if dtype is None else in_dtype(rows, dtype, name)


def _names(estimator: Any) -> Sequence[str] | None:
    return getattr(estimator, "feature_names_in_", None)


def densified(samples: Sparse) -> Real:
    """Return the rows of a sparse matrix as an array, or the error that says how much memory this would take."""
    n, d = samples.shape
    needed = n * d * samples.dtype.itemsize
    present = memory_of_machine()
    if needed > present:
        raise MemoryPlanError(
            f"A sparse X is made dense to learn from it, which takes {needed:,} bytes for shape {(n, d)}; the machine "
            f"has {present:,}. Use fewer columns (TruncatedSVD, a smaller vocabulary), or partial_fit on parts of it."
        )
    rows: NDArray[Any] = np.zeros((n, d), dtype=samples.dtype)
    rows[np.repeat(np.arange(n), np.diff(samples.indptr)), samples.columns] = samples.values
    return rows


def memory_of_machine() -> int:
    """Return the bytes of memory that the machine has; very many where it does not say."""
    if sys.platform == "win32":
        return 2**62
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
