"""The gate for arrays: what comes in as the caller has it leaves as C-contiguous float32 or float64, or as an error.

Nothing here ever writes to what the caller passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from ._errors import DataError, warn_caller
from ._native import core

Real: TypeAlias = npt.NDArray[np.float32 | np.float64]
Samples: TypeAlias = Real
"""(n_samples, n_features), C-contiguous, native float32 or float64."""
Labels: TypeAlias = npt.NDArray[np.int32]
"""(n_samples,)"""
Weights: TypeAlias = npt.NDArray[np.float64]
"""(n_samples,), not negative."""

_EXACT_INTEGERS = 2**53


@dataclass(frozen=True)
class Sparse:
    """Samples in compressed sparse rows; the columns of a row ascend strictly."""

    values: Real
    indptr: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int32]
    shape: tuple[int, int]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the values."""
        return self.values.dtype


def check_samples(
    X: object,
    *,
    name: str = "X",
    names: Sequence[str] | None = None,
    min_samples: int = 1,
    finite: bool = True,
) -> Samples:
    """Return dense samples (n, d): float32 stays float32, every other number becomes float64.

    `finite=False` leaves the search for NaN and infinity to the caller, who makes a pass over the data anyway.
    """
    if is_sparse(X):
        raise DataError(f"{name} must be dense here; got a sparse matrix. Use {name}.toarray().")
    if names is None:
        names = column_names(X)
    array = _as_numbers(X, name)
    if array.ndim != 2:
        advice = f" Use {name}.reshape(-1, 1) for one feature." if array.ndim == 1 else ""
        raise DataError(
            f"{name} must have two dimensions (n_samples, n_features); got shape {array.shape}.{advice}"
        )
    _check_size(array.shape, name, min_samples)
    samples = _as_floats(array, name)
    if finite and not _has_finite_sum(samples):
        refuse_not_finite(samples, name, names)
    return samples


def check_samples_or_sparse(
    X: object, *, name: str = "X", min_samples: int = 1
) -> Samples | Sparse:
    """Return dense samples (not yet searched for NaN) or, for a sparse matrix, its rows (searched)."""
    if not is_sparse(X):
        return check_samples(X, name=name, min_samples=min_samples, finite=False)
    matrix: Any = X
    rows: Any = matrix.tocsr()
    _check_size(rows.shape, name, min_samples)
    _check_csr(rows, name)
    if not _columns_ascend(
        rows
    ):  # looked at, not asked for: an array can change behind SciPy's back
        rows = rows.copy()
        rows.has_canonical_format = False
        rows.sum_duplicates()
    values = _as_floats(_as_numbers(rows.data, name), name)
    if not np.all(np.isfinite(values)):
        at = int(np.flatnonzero(~np.isfinite(values))[0])
        row = int(np.searchsorted(rows.indptr, at, side="right")) - 1
        raise DataError(
            f"{name} must be finite; it holds {_count_bad(values)}, the first at row {row}, column {rows.indices[at]}. "
            "Drop those rows or fill the values in."
        )
    columns = np.ascontiguousarray(rows.indices, dtype=np.int32)
    return Sparse(
        values,
        np.ascontiguousarray(rows.indptr, dtype=np.int64),
        columns,
        (rows.shape[0], rows.shape[1]),
    )


def column_names(X: object) -> Sequence[str] | None:
    """The names of a data frame's columns, or None."""
    columns = getattr(X, "columns", None)
    return None if columns is None else [str(c) for c in columns]


def _check_csr(rows: Any, name: str) -> None:
    """SciPy does not check what is written into a matrix's arrays later; the kernels would read outside of them."""
    n, d = rows.shape
    indptr, indices, data = rows.indptr, rows.indices, rows.data
    sound = (
        len(indptr) == n + 1
        and indptr[0] == 0
        and bool(np.all(np.diff(indptr) >= 0))
        and indptr[-1] <= min(len(indices), len(data))
        and (
            indptr[-1] == 0
            or (indices[: indptr[-1]].min() >= 0 and indices[: indptr[-1]].max() < d)
        )
    )
    if not sound:
        raise DataError(
            f"{name} must be a consistent sparse matrix: indptr of length {n + 1} rising from 0, indices from 0 to "
            f"{d - 1} and as many values; its arrays contradict each other. Build it again from its parts."
        )


def _columns_ascend(rows: Any) -> bool:
    steps = np.diff(rows.indices[: rows.indptr[-1]].astype(np.int64))
    starts = rows.indptr[1:-1] - 1  # between two rows anything goes
    steps[starts[(starts >= 0) & (starts < len(steps))]] = 1
    return bool(np.all(steps > 0))


def is_sparse(X: object) -> bool:
    """Whether X is a SciPy sparse matrix or array, without importing SciPy."""
    return hasattr(X, "tocsr") and hasattr(X, "nnz")


def check_weights(sample_weight: object, n_samples: int) -> Weights | None:
    """Return the weights (n,) as float64, or None for none; not negative, finite, not all zero."""
    if sample_weight is None:
        return None
    if isinstance(sample_weight, str):
        raise DataError(
            f"sample_weight must be one number for each row of X, or None; got {sample_weight!r}."
        )
    weights = np.ascontiguousarray(_as_numbers(sample_weight, "sample_weight"), dtype=np.float64)
    if weights.ndim == 0:
        weights = np.full(n_samples, float(weights))
    if weights.shape != (n_samples,):
        raise DataError(
            f"sample_weight.shape must be ({n_samples},), a weight for each row of X; got {weights.shape}."
        )
    if not np.all(np.isfinite(weights)):
        at = int(np.flatnonzero(~np.isfinite(weights))[0])
        raise DataError(f"sample_weight must be finite; got {weights[at]} at row {at}.")
    if np.any(weights < 0):
        at = int(np.argmax(weights < 0))
        raise DataError(f"sample_weight must not be negative; got {weights[at]} at row {at}.")
    if not np.any(weights > 0):
        raise DataError("sample_weight must hold a positive value; all of them are zero.")
    return weights


def refuse_not_finite(
    samples: Samples, name: str = "X", names: Sequence[str] | None = None
) -> None:
    """Raise the error that names the first NaN or infinity; return if there is none."""
    for start in range(0, len(samples), 4096):
        bad = ~np.isfinite(samples[start : start + 4096])
        if not bad.any():
            continue
        row, column = (int(i) for i in np.argwhere(bad)[0])
        place = f"column {names[column]!r}" if names is not None else f"column {column}"
        raise DataError(
            f"{name} must be finite; it holds {_count_bad(samples)}, the first at row {start + row}, {place}. "
            "Drop those rows or fill the values in."
        )


def _has_finite_sum(samples: Samples) -> bool:
    """Whether the sum is finite, and so all values; summed as they are, since float64 takes NumPy four times longer.

    A sum of large finite values may overflow: False asks for a closer look.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.sum(samples)))


def raw_rows(samples: Samples | Sparse) -> Any:
    """The samples as the kernels take them; keeps the arrays alive."""
    suffix = suffix_of(samples)
    kind = getattr(core, f"Rows{suffix}")
    if isinstance(samples, Sparse):
        return kind.csr(samples.values, samples.indptr, samples.columns, samples.shape[1])
    return kind.dense(samples)


def suffix_of(samples: Samples | Sparse) -> str:
    """The ending of the kernels' names for this dtype."""
    return "32" if samples.dtype == np.float32 else "64"


def _check_size(shape: tuple[int, ...], name: str, min_samples: int) -> None:
    n, d = shape
    if n < min_samples:
        raise DataError(
            f"{name} must have at least {min_samples} sample(s); found 0 sample(s), shape={(n, d)}."
        )
    if d < 1:
        raise DataError(
            f"{name} must have at least one feature; found 0 feature(s) (shape={(n, d)}) "
            "while a minimum of 1 is required."
        )


def _as_numbers(X: object, name: str) -> npt.NDArray[Any]:
    """X as an array of a number type."""
    try:
        array = np.asarray(X)
    except ValueError as error:  # rows of different lengths
        raise DataError(
            f"{name} must be an array of numbers, all rows equally long; {error}."
        ) from None
    if isinstance(X, np.ma.MaskedArray) and np.ma.is_masked(cast("Any", X)):
        raise DataError(f"{name} must not have masked entries. Fill them in, or drop those rows.")
    if array.dtype.kind == "O":
        try:
            array = np.asarray(array, dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise DataError(
                f"{name} must hold numbers; got objects: {error}. Encode strings as numbers first."
            ) from None
    if array.dtype.kind == "c":
        raise DataError(
            f"{name} must be real. Complex data not supported: got dtype {array.dtype}."
        )
    if array.dtype.kind not in "fiub":
        raise DataError(
            f"{name} must hold numbers; got dtype {array.dtype}. Encode the values as numbers first."
        )
    return array


def _as_floats(array: npt.NDArray[Any], name: str) -> Real:
    dtype = np.float32 if array.dtype.kind == "f" and array.dtype.itemsize == 4 else np.float64
    floats = np.ascontiguousarray(array, dtype=dtype)
    if (
        array.dtype.kind in "iu"
        and array.dtype.itemsize == 8
        and array.size
        and _loses_digits(array)
    ):
        warn_caller(
            f"{name} holds integers beyond 2^53, which float64 rounds. "
            "Subtract an offset first if the low digits matter."
        )
    return floats


def _loses_digits(array: npt.NDArray[Any]) -> bool:
    if max(abs(int(array.min())), abs(int(array.max()))) <= _EXACT_INTEGERS:
        return False
    big = (
        array[(array > _EXACT_INTEGERS) | (array < -_EXACT_INTEGERS)]
        if array.dtype.kind == "i"
        else array
    )
    return any(int(float(int(value))) != int(value) for value in big.ravel())


def _count_bad(values: Real) -> str:
    n_nan = int(np.count_nonzero(np.isnan(values)))
    n_inf = int(np.count_nonzero(np.isinf(values)))
    parts = ([f"{n_nan} NaN"] if n_nan else []) + ([f"{n_inf} infinity (inf)"] if n_inf else [])
    return " and ".join(parts)
