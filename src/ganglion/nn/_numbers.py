"""Whatever the caller has, as an array of real numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .._errors import DataError
from ..autodiff._constants import has_masked_entries


def real_numbers(value: Any, name: str, *, floats: bool = True) -> npt.NDArray[Any]:
    """Return an array of real numbers; with `floats`, float32 stays and every other number becomes float64."""
    try:
        array = np.asarray(value)
        if has_masked_entries(value):
            raise DataError(f"{name} must not have masked entries. Fill them in.")
        if array.dtype.kind == "O":  # a column of a data frame that holds numbers as objects
            array = np.asarray(array.tolist())
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"{name} must be an array of numbers, all rows equally long; {str(error).rstrip('.')}."
        ) from None
    if array.dtype.kind not in "fiub":
        raise DataError(
            f"{name} must hold real numbers; got dtype {array.dtype}. Encode the values as numbers first."
        )
    if not floats or (array.dtype.kind == "f" and array.dtype.itemsize == 4):
        return array
    return array.astype(np.float64, copy=False)
