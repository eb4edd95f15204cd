"""Types of native/refit_bindings.cpp: k-means of many small samples."""

import numpy as np
from numpy.typing import NDArray

def refits(
    x: NDArray[np.float64],
    weights: NDArray[np.float64],
    numbers: NDArray[np.int64],
    seeds: NDArray[np.uint64],
    n_init: int,
    max_iter: int,
    tol: float,
    labels: NDArray[np.int32],
) -> None: ...
def consensus(
    labels: NDArray[np.uint8],
    starts: NDArray[np.int64],
    weights: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> None: ...
