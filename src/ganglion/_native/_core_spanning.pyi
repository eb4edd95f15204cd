"""Types of native/spanning: see _core.pyi."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

def tree_largest_below(
    merges: NDArray[np.float64], values: NDArray[np.float64], out: NDArray[np.float64], /
) -> None: ...
def tree_labels(
    merges: NDArray[np.float64],
    joined: NDArray[np.uint8],
    labels: NDArray[np.int32],
    nodes: NDArray[np.int64],
    /,
) -> int: ...
def tree_order(
    merges: NDArray[np.float64], flipped: NDArray[np.uint8] | None, out: NDArray[np.int64]
) -> None: ...
def tree_depths(merges: NDArray[np.float64], out: NDArray[np.int64], /) -> None: ...
def tree_inconsistency(
    merges: NDArray[np.float64], depth: int, out: NDArray[np.float64], /
) -> None: ...
def tree_cophenetic(merges: NDArray[np.float64], out: NDArray[np.float64], /) -> None: ...
def tree_newick(merges: NDArray[np.float64], names: Sequence[str], /) -> str: ...
