"""Series of different lengths: the gate to one array of steps, and dynamic time warping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from .._arrays import Real
from .._errors import DataError
from .._native import core
from ._content import AnyPairs, Indices, Parameters
from ._ragged import Offsets, check_offsets, offsets_of, take_items

_LARGEST_TO_SQUARE = 1e145


@dataclass(frozen=True, eq=False)
class Series:
    """Series of one or several channels.

    `values` (total, channels) holds the steps of all series, one behind the other; `offsets` (n + 1,) where each
    begins.
    """

    values: Real
    offsets: Offsets

    @property
    def n(self) -> int:
        """How many series there are."""
        return len(self.offsets) - 1

    def series(self) -> list[Real]:
        """The series (length, channels), as views."""
        bounds = self.offsets.tolist()
        return [self.values[begin:end] for begin, end in pairwise(bounds)]

    def take(self, indices: Indices) -> Self:
        """Return the series of these indices."""
        return type(self)(*take_items(self.values, self.offsets, indices))

    def pairs(
        self,
        other: Series | None,
        metric: str,
        parameters: Parameters,
        dtype: np.dtype[Any] | None,
    ) -> AnyPairs:
        """Return the distances from each series to each of `other`, computed when they are asked for."""
        band = parameters.get("band")
        own = self.values.dtype if other is None else np.result_type(self.values, other.values)
        kept = own if dtype is None else dtype
        make = cast(Any, core.series_pairs32 if kept == np.float32 else core.series_pairs64)
        return make(
            np.ascontiguousarray(self.values, dtype=kept),
            self.offsets,
            None if other is None else np.ascontiguousarray(other.values, dtype=kept),
            None if other is None else other.offsets,
            band if isinstance(band, int) else -1,
            band if isinstance(band, float) else -1.0,
            parameters.get("step", "squared") == "absolute",
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return values and offsets."""
        return {"values": self.values, "offsets": self.offsets}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Make the series again that `to_arrays` described."""
        values = arrays["values"]
        if values.ndim != 2 or values.dtype.kind != "f" or values.dtype.itemsize not in (4, 8):
            raise ValueError("values must be floats (total, channels)")
        offsets = check_offsets(arrays["offsets"], len(values))
        if bool(np.any(np.diff(offsets) < 1)) or not bool(np.all(np.isfinite(values))):
            raise ValueError("series must hold a step at least, and finite numbers")
        return cls(np.ascontiguousarray(values), offsets)


def as_series(X: Any, *, name: str = "X", like: Series | None = None) -> Series:
    """Return the series of a list of arrays (length,) or (length, channels), or of one array (n, length[, channels]).

    The lengths may differ, the channels may not. float32 stays float32 where all series are; everything else becomes
    float64. Missing and infinite values are refused with their place.
    """
    unordered = isinstance(X, str | bytes | Mapping | set | frozenset)
    if unordered or getattr(X, "ndim", 1) == 0 or not isinstance(X, Iterable):
        raise DataError(
            f"{name} must be a list of series; got {type(cast(Any, X)).__name__}. Pass a list of arrays."
        )
    # The rows of a data frame are series; iterating over one would give its columns' names.
    given = cast(Any, X)
    rows = given.to_numpy() if hasattr(given, "columns") else given
    found = [_checked(item, at, name) for at, item in enumerate(rows)]
    channels = like.values.shape[1] if like is not None else found[0].shape[1] if found else 1
    for at, series in enumerate(found):
        if series.shape[1] != channels:
            wanted = "the fitted series have" if like is not None else "the first series has"
            raise DataError(
                f"{name} must hold series of as many channels each; series {at} has {series.shape[1]}, "
                f"{wanted} {channels}. A series is (length,) or (length, channels)."
            )
    values = np.concatenate(found) if found else np.zeros((0, channels))
    values = _in_range(values, name)
    return Series(np.ascontiguousarray(values), offsets_of([len(series) for series in found]))


def _in_range(values: Real, name: str) -> Real:
    """The steps, in float64 where float32 would lose their squares; refused where float64 would."""
    largest = float(np.abs(values).max(initial=0.0))
    if values.dtype == np.float32 and not (largest == 0 or 1e-12 < largest < 1e15):
        values = values.astype(np.float64)
    if largest > _LARGEST_TO_SQUARE or 0 < largest < 1 / _LARGEST_TO_SQUARE:
        way = "Divide" if largest > 1 else "Multiply"
        raise DataError(
            f"{name} must hold values whose squares float64 can add up; the largest is {largest:.3g}. "
            f"{way} {name} by a power of ten."
        )
    return values


def _checked(item: Any, at: int, name: str) -> Real:
    """One series as floats (length, channels)."""
    if item is None or isinstance(item, str | bytes | Mapping | set | frozenset):
        raise DataError(
            f"{name} must hold series of numbers; series {at} is {item!r}. Drop it or pass an array."
        )
    if np.ma.is_masked(item):
        raise DataError(
            f"{name} must not have masked steps; series {at} has some. Cut the series there or fill the gap."
        )
    try:
        array = np.asarray(item)
    except ValueError:
        array = np.asarray(item, dtype=object)
    if array.dtype.kind not in "fiub":
        raise DataError(
            f"{name} must hold series of numbers; series {at} is of dtype {array.dtype}. "
            "Turn its values into floats first."
        )
    if array.ndim not in (1, 2) or array.size == 0:
        raise DataError(
            f"{name} must hold series (length,) or (length, channels) of one step at least; "
            f"series {at} has shape {array.shape}."
        )
    kept = array.astype(np.float32 if array.dtype == np.float32 else np.float64)
    series = kept[:, None] if kept.ndim == 1 else kept
    if not np.isfinite(np.sum(series)):
        bad = np.argwhere(~np.isfinite(series))
        if len(bad):
            step, channel = (int(v) for v in bad[0])
            where = f"step {step}" if series.shape[1] == 1 else f"step {step}, channel {channel}"
            raise DataError(
                f"{name} must hold finite numbers; series {at} has {series[step, channel]} at {where}. "
                "Cut the series there or fill the gap."
            )
    return series
