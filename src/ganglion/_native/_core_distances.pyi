"""Types of native/distance_bindings.cpp: distances between vectors, and what is asked of any distances."""

from typing import overload

import numpy as np
from numpy.typing import NDArray

from ._core_pairs import Pairs32, Pairs64

def vector_pairs32(
    x: NDArray[np.float32], y: NDArray[np.float32] | None, metric: str, p: float = 2.0
) -> Pairs32: ...
def vector_pairs64(
    x: NDArray[np.float64], y: NDArray[np.float64] | None, metric: str, p: float = 2.0
) -> Pairs64: ...
def cast_pairs32(pairs: Pairs64, /) -> Pairs32: ...
def cast_pairs64(pairs: Pairs32, /) -> Pairs64: ...
@overload
def fill_square(pairs: Pairs32, out: NDArray[np.float32], row0: int, row1: int, /) -> None: ...
@overload
def fill_square(pairs: Pairs64, out: NDArray[np.float64], row0: int, row1: int, /) -> None: ...
@overload
def fill_condensed(pairs: Pairs32, out: NDArray[np.float32], row0: int, row1: int, /) -> None: ...
@overload
def fill_condensed(pairs: Pairs64, out: NDArray[np.float64], row0: int, row1: int, /) -> None: ...
@overload
def k_nearest(
    pairs: Pairs32,
    k: int,
    indices: NDArray[np.int64],
    distances: NDArray[np.float32],
    without_self: bool,
    /,
) -> None: ...
@overload
def k_nearest(
    pairs: Pairs64,
    k: int,
    indices: NDArray[np.int64],
    distances: NDArray[np.float64],
    without_self: bool,
    /,
) -> None: ...
@overload
def within(
    pairs: Pairs32, radius: float, without_self: bool, /
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]: ...
@overload
def within(
    pairs: Pairs64, radius: float, without_self: bool, /
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]: ...
def cluster_sums(
    pairs: Pairs32 | Pairs64, labels: NDArray[np.int32], k: int, out: NDArray[np.float64], /
) -> None: ...
