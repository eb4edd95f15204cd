"""Types of native/criteria_bindings.cpp: what the criteria read from rows."""

from typing import overload

import numpy as np
from numpy.typing import NDArray

from ._core_pairs import Pairs32, Pairs64

def group_sums(
    x: NDArray[np.float32 | np.float64],
    lists: tuple[NDArray[np.int64], NDArray[np.int32]] | None,
    codes: NDArray[np.int32],
    weights: NDArray[np.float64] | None,
    origin: NDArray[np.float64],
    scale: float,
    out: NDArray[np.float64],
) -> None: ...
def group_spread(
    x: NDArray[np.float32 | np.float64],
    lists: tuple[NDArray[np.int64], NDArray[np.int32]] | None,
    codes: NDArray[np.int32],
    weights: NDArray[np.float64] | None,
    origin: NDArray[np.float64],
    scale: float,
    centers: NDArray[np.float64],
    middle: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None: ...
def own_and_next(
    x: NDArray[np.float32 | np.float64],
    lists: tuple[NDArray[np.int64], NDArray[np.int32]] | None,
    origin: NDArray[np.float64],
    scale: float,
    centers: NDArray[np.float64],
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
    own: NDArray[np.float64],
    following: NDArray[np.float64],
    which: NDArray[np.int32],
) -> None: ...
def partition_residuals(
    x: NDArray[np.float32 | np.float64],
    weights: NDArray[np.float64] | None,
    origin: NDArray[np.float64],
    scale: float,
    codes: list[NDArray[np.int32]],
    first: NDArray[np.int64],
    centers: NDArray[np.float64],
    sums: NDArray[np.float64],
    mass: NDArray[np.float64],
) -> None: ...
def partition_spreads(
    x: NDArray[np.float32 | np.float64],
    weights: NDArray[np.float64] | None,
    origin: NDArray[np.float64],
    scale: float,
    codes: list[NDArray[np.int32]],
    first: NDArray[np.int64],
    centers: NDArray[np.float64],
    spread: NDArray[np.float64],
) -> None: ...
def judge_partitions(
    x: NDArray[np.float32 | np.float64],
    weights: NDArray[np.float64] | None,
    origin: NDArray[np.float64],
    scale: float,
    codes: list[NDArray[np.int32]],
    first: NDArray[np.int64],
    judged: NDArray[np.int64],
    centers: NDArray[np.float64],
    mass: NDArray[np.float64],
    n_rows: NDArray[np.int64],
    band: float,
    least: float,
    silhouettes: NDArray[np.float64],
    counts: NDArray[np.float64],
) -> None: ...
def worst_overlaps(
    centers: NDArray[np.float64],
    mass: NDArray[np.float64],
    spread: NDArray[np.float64],
    first: NDArray[np.int64],
    worst: NDArray[np.float64],
) -> None: ...
@overload
def mutual_reachability(pairs: Pairs32, core: NDArray[np.float32]) -> Pairs32: ...
@overload
def mutual_reachability(pairs: Pairs64, core: NDArray[np.float64]) -> Pairs64: ...
def cluster_extremes(
    pairs: Pairs32 | Pairs64,
    starts: NDArray[np.int64],
    nearest: NDArray[np.float64],
    farthest: NDArray[np.float64],
) -> None: ...
def least_assignment(
    cost: NDArray[np.int64] | NDArray[np.float64], column: NDArray[np.int64]
) -> None: ...
