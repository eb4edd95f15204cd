"""The gate for labels: one integer for each item."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError


def label_codes(labels: ArrayLike, n: int) -> tuple[NDArray[np.intp], int]:
    """Number the clusters 0, 1, ... in the order of their labels: (n,) codes and how many there are."""
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
    values, codes = np.unique(given, return_inverse=True)
    return codes.reshape(-1), len(values)
