"""Types of native/spanning: see _core.pyi."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ._core_pairs import Pairs32, Pairs64

def tree_largest_below(
    merges: NDArray[np.float64], values: NDArray[np.float64], out: NDArray[np.float64], /
) -> None: ...
def tree_flaw(merges: NDArray[np.float64], /) -> tuple[int, int]: ...
def tree_count_leaves(merges: NDArray[np.float64], /) -> None: ...
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
def tree_correlation32(merges: NDArray[np.float64], pairs: Pairs32, /) -> float: ...
def tree_correlation64(merges: NDArray[np.float64], pairs: Pairs64, /) -> float: ...
def tree_turns(
    merges: NDArray[np.float64],
    distances: NDArray[np.float64],
    costs: NDArray[np.float64],
    flipped: NDArray[np.uint8],
    /,
) -> None: ...
def tree_newick(merges: NDArray[np.float64], names: Sequence[str], /) -> str: ...
def spanning_tree_pairs32(
    pairs: Pairs32, kept: int, edges: NDArray[np.int64], weights: NDArray[np.float64], /
) -> None: ...
def spanning_tree_pairs64(
    pairs: Pairs64, kept: int, edges: NDArray[np.int64], weights: NDArray[np.float64], /
) -> None: ...
def spanning_merges(
    edges: NDArray[np.int64], weights: NDArray[np.float64], out: NDArray[np.float64], /
) -> None: ...
def spanning_tree_vectors(
    x: NDArray[np.float64],
    kept: int,
    squared: bool,
    edges: NDArray[np.int64],
    weights: NDArray[np.float64],
    /,
) -> None: ...
