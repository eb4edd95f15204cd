"""Types of native/criteria_bindings.cpp: what the criteria read from rows."""

import numpy as np
from numpy.typing import NDArray

def group_sums(
    x: NDArray[np.float32 | np.float64],
    codes: NDArray[np.int32],
    weights: NDArray[np.float64] | None,
    origin: NDArray[np.float64],
    scale: float,
    out: NDArray[np.float64],
) -> None: ...
def group_spread(
    x: NDArray[np.float32 | np.float64],
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
    origin: NDArray[np.float64],
    scale: float,
    centers: NDArray[np.float64],
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
    own: NDArray[np.float64],
    next: NDArray[np.float64],
    which: NDArray[np.int32],
) -> None: ...
