"""Cosine distance: rows of length 1, and what to do with rows that have no direction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._arrays import Real, Samples, Sparse
from ..._errors import warn_caller


def unit_rows(samples: Samples | Sparse) -> Samples | Sparse:
    """A copy with rows of length 1, computed in float64; zero rows stay zero."""
    if isinstance(samples, Sparse):
        squares = np.zeros(samples.shape[0])
        row_of = np.repeat(np.arange(samples.shape[0]), np.diff(samples.indptr))
        scaled, exponents = _halved(samples.values, row_of, samples.shape[0])
        np.add.at(squares, row_of, scaled**2)
        lengths = np.sqrt(squares)
        lengths[lengths == 0] = 1
        return replace(samples, values=(scaled / lengths[row_of]).astype(samples.dtype))
    largest = np.max(np.abs(samples), axis=1, keepdims=True)
    if not np.all(np.isfinite(largest)):
        return samples  # `prepare` names the place
    _, exponents = np.frexp(largest.astype(np.float64))
    out = np.empty_like(samples)
    for start in range(0, len(samples), 4096):
        span = slice(start, start + 4096)
        rows = np.ldexp(samples[span].astype(np.float64), -exponents[span])
        lengths = np.sqrt(np.sum(rows**2, axis=1, keepdims=True))
        out[span] = rows / np.where(lengths > 0, lengths, 1)
    return out


def _halved(
    values: Real, row_of: npt.NDArray[np.int64], n: int
) -> tuple[npt.NDArray[np.float64], Any]:
    """Values of each row divided by a power of two near the row's largest, so that squares stay finite."""
    largest = np.zeros(n)
    np.maximum.at(largest, row_of, np.abs(values).astype(np.float64))
    _, exponents = np.frexp(largest)
    return np.ldexp(values.astype(np.float64), -exponents[row_of]), exponents


@dataclass(frozen=True)
class ZeroRows:
    """The rows without a direction, and the weights of the others (theirs being 0, or None where there is none)."""

    rows: npt.NDArray[np.int64]
    weight: float
    other_weights: npt.NDArray[np.float64] | None
    weight_of_others: float


def zero_rows(samples: Samples | Sparse) -> npt.NDArray[np.int64]:
    """Which rows hold nothing but zeros."""
    if not isinstance(samples, Sparse):
        return np.flatnonzero(~np.any(samples, axis=1))
    row_of = np.repeat(np.arange(samples.shape[0]), np.diff(samples.indptr))
    return np.flatnonzero(
        np.bincount(row_of, weights=samples.values != 0, minlength=samples.shape[0]) == 0
    )


def set_aside_zero_rows(
    samples: Samples | Sparse, weights: npt.NDArray[np.float64] | None
) -> ZeroRows:
    """Under cosine a zero row is at distance 1 from every centre: it moves none, and the lowest index wins the tie."""
    rows = zero_rows(samples)
    n = samples.shape[0]
    if len(rows) == 0:
        return ZeroRows(rows, 0.0, weights, float(n))
    warn_caller(
        f"X holds {len(rows)} zero vectors, which have no direction: under metric='cosine' they are at distance 1 from "
        "every centre and get label 0. Drop those rows if that is not what you want.",
    )
    others = np.ones(n) if weights is None else weights.copy()
    weight = float(others[rows].sum())
    others[rows] = 0
    return ZeroRows(rows, weight, others, float(others.sum()))
