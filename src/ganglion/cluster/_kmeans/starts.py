"""The first centres: chosen from the samples, given, or made by the caller's function."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._arrays import Real, check_samples
from ..._errors import ParameterError
from ..._values import check_choice
from .directions import unit_rows, zero_rows
from .prepared import Prepared
from .seeding import dense_rows, parallel_plus_plus, seed_indices

Init = str | npt.ArrayLike | Callable[[Any, int, np.random.Generator], npt.ArrayLike]

_INITS = ("k-means++", "k-means||", "random")


def is_given(init: Init) -> bool:
    return not isinstance(init, str) and not callable(init)


def first_centers(
    init: Init, X: Any, prepared: Prepared, k: int, rng: np.random.Generator, spherical: bool
) -> Real:
    """The first centres (k, d), in prepared units."""
    if isinstance(init, str):
        check_choice("init", init, _INITS)
        if init == "k-means||":
            return parallel_plus_plus(prepared, k, rng)
        return dense_rows(prepared, seed_indices(prepared, k, rng, how=init))
    given = init(X, k, rng) if callable(init) else init
    centers = check_samples(given, name="init")
    if centers.shape != (k, prepared.n_features):
        raise ParameterError(
            f"init must have shape (n_clusters, n_features) = ({k}, {prepared.n_features}); got {centers.shape}."
        )
    if spherical:
        if len(zero := zero_rows(centers)):
            raise ParameterError(
                f"init row {zero[0]} is a zero vector, which has no direction under metric='cosine'."
            )
        unit = unit_rows(centers)
        assert isinstance(unit, np.ndarray)
        centers = unit
    return _near_enough(centers, prepared)


def _near_enough(centers: Real, prepared: Prepared) -> Real:
    """Given centres in prepared units; refused where their squared distances would leave the samples' dtype."""
    farthest = 2.0**56 if prepared.dtype == np.float32 else 2.0**400
    with np.errstate(over="ignore", under="ignore"):
        scaled = np.ldexp(centers.astype(np.float64), prepared.exponent)
        cast = np.ascontiguousarray(scaled, dtype=prepared.dtype)
    far = ~(np.abs(scaled) <= farthest)
    if np.any(far):
        row, column = (int(i) for i in np.argwhere(far)[0])
        raise ParameterError(
            f"init must lie near X, whose values are of size {math.ldexp(1.0, -prepared.exponent):.3g}; got "
            f"{centers[row, column]:.3g} at row {row}, column {column}: its squared distances leave {prepared.dtype}."
        )
    return cast
