"""Items of different lengths in one array: item i is values[offsets[i] : offsets[i + 1]]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Offsets = NDArray[np.int64]
"""(n + 1,), from 0, never falling."""
_V = TypeVar("_V", bound=np.generic)


def offsets_of(lengths: Sequence[int] | NDArray[np.int64]) -> Offsets:
    """Where items of these lengths begin and end."""
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def take_items(
    values: NDArray[_V], offsets: Offsets, indices: NDArray[np.intp]
) -> tuple[NDArray[_V], Offsets]:
    """The values and offsets of some items, in this order."""
    taken = offsets_of(np.diff(offsets)[indices])
    steps = np.repeat(offsets[indices] - taken[:-1], np.diff(taken))
    return np.ascontiguousarray(values[steps + np.arange(taken[-1])]), taken


def check_offsets(offsets: NDArray[Any], total: int) -> Offsets:
    """Offsets from a file, or ValueError: the kernels read where they point."""
    sound = (
        offsets.ndim == 1
        and offsets.dtype.kind in "iu"
        and len(offsets) > 0
        and int(offsets[0]) == 0
        and int(offsets[-1]) == total
        and bool(np.all(np.diff(offsets.astype(np.int64)) >= 0))
    )
    if not sound:
        raise ValueError(f"offsets must rise from 0 to {total}")
    return np.ascontiguousarray(offsets, dtype=np.int64)
