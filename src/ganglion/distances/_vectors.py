"""Rows of numbers, and the distances that kernels compute between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .._arrays import Real, Samples, check_samples
from .._errors import DataError
from .._memory import check_memory
from ._content import AnyPairs, Indices, Parameters
from ._matrix import square_pairs


@dataclass(frozen=True, eq=False)
class Vectors:
    """Items that are rows of numbers: `values` (n, d), float32 or float64."""

    values: Samples

    @property
    def n(self) -> int:
        """How many items there are."""
        return len(self.values)

    def take(self, indices: Indices) -> Self:
        """Return the rows of these indices."""
        return type(self)(np.ascontiguousarray(self.values[indices]))

    def pairs(
        self,
        other: Vectors | None,
        metric: str,
        parameters: Parameters,
        dtype: np.dtype[Any] | None,
    ) -> AnyPairs:
        """Return the distances; computed in float32 where both collections are, unless asked otherwise."""
        kept = dtype
        if kept is None:
            kept = np.result_type(self.values, self.values if other is None else other.values)
        mine = self.values.astype(kept, copy=False)
        theirs = None if other is None else other.values.astype(kept, copy=False)
        return _interim(mine, theirs, metric, parameters)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the rows."""
        return {"values": self.values}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Make the rows again."""
        return cls(arrays["values"])


def as_vectors(X: Any, metric: str, *, name: str, like: Vectors | None) -> Vectors:
    """Check rows of numbers."""
    values = check_samples(X, name=name)
    if like is not None and values.shape[1] != like.values.shape[1]:
        raise DataError(
            f"{name} must have {like.values.shape[1]} features, as the items before; got {values.shape[1]}."
        )
    return Vectors(values)


def _interim(x: Real, other: Real | None, metric: str, parameters: Parameters) -> AnyPairs:
    y = x if other is None else other
    check_memory(
        float(len(x)) * len(y) * x.itemsize,
        f"The matrix of {len(x):,} x {len(y):,} distances",
        "Pass fewer items.",
    )
    out = np.empty((len(x), len(y)), dtype=x.dtype)
    for i, row in enumerate(x):
        out[i] = _row(row, y, metric, parameters)
    if other is None:
        out = np.triu(out, 1)
        out = out + out.T
    return square_pairs(out, symmetric=other is None)


def _row(x: Real, y: Real, metric: str, parameters: Parameters) -> Real:
    difference = np.abs(y - x)
    match metric:
        case "euclidean":
            return np.sqrt((difference**2).sum(axis=1))
        case "sqeuclidean":
            return (difference**2).sum(axis=1)
        case "manhattan":
            return difference.sum(axis=1)
        case "chebyshev":
            return difference.max(axis=1)
        case "minkowski":
            return (difference ** parameters["p"]).sum(axis=1) ** (1 / parameters["p"])
        case "hamming":
            return (difference != 0).mean(axis=1)
        case "cosine":
            return 1 - (y @ x) / np.sqrt((x @ x) * (y * y).sum(axis=1))
        case _:
            raise DataError(f"metric={metric!r} is not there yet.")
