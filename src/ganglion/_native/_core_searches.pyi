"""Types of native/search_bindings.cpp: good centres for many numbers of clusters."""

import numpy as np
from numpy.typing import NDArray

def search_cells(
    x: NDArray[np.float64],
    weights: NDArray[np.float64],
    steps: int,
    seed: int,
    centers: NDArray[np.float64],
    mass: NDArray[np.float64],
) -> int: ...
def search_centers(
    x: NDArray[np.float64],
    weights: NDArray[np.float64],
    cells: NDArray[np.float64],
    mass: NDArray[np.float64],
    merges: NDArray[np.int64],
    numbers: NDArray[np.int64],
    seeds: NDArray[np.uint64],
    draws: int,
    cell_steps: int,
    steps: int,
    tol: float,
    out: NDArray[np.float64],
    found: NDArray[np.int64],
) -> None: ...
