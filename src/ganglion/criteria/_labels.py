"""The gate for labels: one integer for each item."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError


def label_codes(labels: ArrayLike, n: int) -> tuple[NDArray[np.intp], int]:
    """Number the clusters 0, 1, ... in the order of their labels: (n,) codes and how many there are."""
    codes, names = codes_and_labels(labels, n)
    return codes, len(names)


def codes_and_labels(labels: ArrayLike, n: int) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """Number the clusters 0, 1, ... in the order of their labels: (n,) codes, and the labels (k,)."""
    given = np.asarray(labels)
    if given.shape != (n,):
        raise ParameterError(
            f"labels must hold one integer for each of the {n} rows of X; got the shape {given.shape}. "
            "Pass the labels of these rows."
        )
    if given.dtype.kind not in "iub":
        raise ParameterError(
            f"labels must be integers; got dtype {given.dtype}. Number the clusters, for example with "
            "numpy.unique(labels, return_inverse=True)[1]."
        )
    found = narrow_codes(given) if given.dtype.kind in "iu" and n else None
    if found is not None:
        return found
    values, codes = np.unique(given, return_inverse=True)
    return codes.reshape(-1), values


def narrow_codes(given: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[Any]] | None:
    """Codes and values of integers without sorting; None where their range is much larger than their number."""
    low, high = int(given.min()), int(given.max())
    if high - low >= 4 * len(given) + 1024 or max(abs(low), abs(high)) >= 2**62:
        return None
    shifted = given.astype(np.intp) - low
    there = np.bincount(shifted) > 0
    values = (np.flatnonzero(there) + low).astype(given.dtype)
    return (shifted if there.all() else (np.cumsum(there) - 1)[shifted]), values
