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
def gower_pairs32(
    x: NDArray[np.float32],
    y: NDArray[np.float32] | None,
    scale: NDArray[np.float64],
    categorical: NDArray[np.uint8],
    weights: NDArray[np.float64],
) -> Pairs32: ...
def bit_pairs32(x: NDArray[np.uint8], y: NDArray[np.uint8] | None, metric: str) -> Pairs32: ...
def word_pairs32(
    x: NDArray[np.uint64], y: NDArray[np.uint64] | None, metric: str, n_features: int
) -> Pairs32: ...
def sparse_pairs32(
    values: NDArray[np.float32],
    indptr: NDArray[np.int64],
    columns: NDArray[np.int32],
    metric: str,
    y_values: NDArray[np.float32] | None = None,
    y_indptr: NDArray[np.int64] | None = None,
    y_columns: NDArray[np.int32] | None = None,
) -> Pairs32: ...
def gower_pairs64(
    x: NDArray[np.float64],
    y: NDArray[np.float64] | None,
    scale: NDArray[np.float64],
    categorical: NDArray[np.uint8],
    weights: NDArray[np.float64],
) -> Pairs64: ...
def bit_pairs64(x: NDArray[np.uint8], y: NDArray[np.uint8] | None, metric: str) -> Pairs64: ...
def word_pairs64(
    x: NDArray[np.uint64], y: NDArray[np.uint64] | None, metric: str, n_features: int
) -> Pairs64: ...
def sparse_pairs64(
    values: NDArray[np.float64],
    indptr: NDArray[np.int64],
    columns: NDArray[np.int32],
    metric: str,
    y_values: NDArray[np.float64] | None = None,
    y_indptr: NDArray[np.int64] | None = None,
    y_columns: NDArray[np.int32] | None = None,
) -> Pairs64: ...
def haversine_pairs64(
    x: NDArray[np.float64], y: NDArray[np.float64] | None, radius: float = 1.0
) -> Pairs64: ...
def function_pairs64(
    x: NDArray[np.float64], y: NDArray[np.float64] | None, address: int, user_data: int = 0
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
