"""The gate for labels that are only names: integers, strings, booleans, dates, or anything that can be equal."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import DataError, ParameterError
from ._labels import narrow_codes


def name_codes(labels: ArrayLike, name: str) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Number the clusters 0, 1, ... in the order of their names: (n,) codes and the names (k,)."""
    given = _one_dimensional(labels, name)
    if len(given) == 0:
        raise DataError(f"{name} must name a cluster for at least one item; got none.")
    kind = given.dtype.kind
    if kind in "iu" and (found := narrow_codes(given)) is not None:
        return found
    if kind in "iubSUmM":
        if kind in "mM" and np.isnat(given).any():
            raise _missing(name, int(np.argmax(np.isnat(given))), "NaT")
        return _unique(given)
    if kind == "f":
        bad = ~np.isfinite(given)
        if bad.any():
            raise _missing(name, int(np.argmax(bad)), str(given[int(np.argmax(bad))]))
        return _unique(given)
    if kind == "O":
        return _objects(given, name)
    raise ParameterError(
        f"{name} must be names, such as integers or strings; got dtype {given.dtype}."
    )


def _one_dimensional(labels: ArrayLike, name: str) -> NDArray[Any]:
    masked = isinstance(labels, np.ma.MaskedArray) and np.ma.is_masked(cast("Any", labels))
    if masked:
        at = int(np.argmax(np.ma.getmaskarray(cast("Any", labels)).ravel()))
        raise _missing(name, at, "masked")
    given = _as_array(cast("Any", labels), name)
    if given.ndim != 1:
        raise ParameterError(
            f"{name} must have one dimension, a name for each item; got the shape {given.shape}."
        )
    return given


def _as_array(labels: Any, name: str) -> NDArray[Any]:
    """As NumPy reads it, but numbers beside strings stay what they are."""
    if isinstance(labels, str):
        raise ParameterError(f"{name} must be a list of names; got the text {labels!r}.")
    try:
        given = np.asarray(labels)
    except ValueError:  # names that are sequences, of different lengths
        given = None
    if given is not None and not (given.dtype.kind in "SU" and isinstance(labels, list | tuple)):
        return given
    values = list(cast("list[Any]", labels))
    if given is not None and all(isinstance(value, str | bytes) for value in values):
        return given
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    return objects


def _unique(given: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    names, codes = np.unique(given, return_inverse=True)
    return codes.reshape(-1).astype(np.int64), names


def _objects(given: NDArray[Any], name: str) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Codes in the order of the names; where names cannot be ordered, in that in which they first appear."""
    numbers: dict[Any, int] = {}
    codes = np.empty(len(given), dtype=np.int64)
    for at, value in enumerate(given):
        if _is_missing(value):
            raise _missing(name, at, repr(value))
        try:
            codes[at] = numbers.setdefault(value, len(numbers))
        except TypeError:
            raise ParameterError(
                f"{name} must be names that can be compared; got a {type(value).__name__} at item {at}."
            ) from None
    found = list(numbers)
    try:
        order = sorted(range(len(found)), key=found.__getitem__)
    except TypeError:
        order = list(range(len(found)))
    rank = np.empty(len(found), dtype=np.int64)
    rank[order] = np.arange(len(found))
    names = np.empty(len(found), dtype=object)
    names[:] = [found[i] for i in order]
    return rank[codes], names


def _is_missing(value: Any) -> bool:
    """Whether a name is None, NaN, NaT or pandas.NA: what is not equal to itself, or will not say."""
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"


def _missing(name: str, at: int, value: str) -> DataError:
    return DataError(
        f"{name} must name a cluster for each item; item {at} has none ({value}). "
        "Drop that item, or give it a cluster of its own."
    )
