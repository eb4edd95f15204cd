"""Types of native/meanfield_bindings.cpp: mean-field sweeps over many rows."""

import numpy as np
from numpy.typing import NDArray

def meanfield_sweep(
    z: NDArray[np.float64],
    pairs: NDArray[np.int32],
    weights: NDArray[np.float64],
    constants: NDArray[np.float64],
    counts: NDArray[np.float64],
    sums: NDArray[np.float64],
    overlaps: NDArray[np.float64] | None,
) -> float: ...
def meanfield_assign(
    z: NDArray[np.float64],
    pairs: NDArray[np.int32],
    weights: NDArray[np.float64],
    constants: NDArray[np.float64],
    k: int,
    labels: NDArray[np.int32] | None,
    responsibilities: NDArray[np.float64] | None,
) -> None: ...
