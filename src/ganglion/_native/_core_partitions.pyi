"""Types of native/partition_bindings.cpp: partitions of the same items: losses, searches, similarities."""

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

# Labels of partitions: uint8, uint16 or int32, the same in all arguments of a call.

def number_partitions(
    labels: NDArray[np.int32], n_values: int, out: NDArray[Any], n_clusters: NDArray[np.int64]
) -> None: ...
def are_numbered(labels: NDArray[Any], n_clusters: NDArray[np.int64]) -> bool: ...
def take_labels(
    draws: NDArray[Any], rows: NDArray[np.int64], items: NDArray[np.int64], out: NDArray[Any]
) -> None: ...
def partition_sizes(
    draws: NDArray[Any],
    n_clusters: NDArray[np.int64],
    h: NDArray[np.float64],
    sums: NDArray[np.float64],
    largest: NDArray[np.int64],
) -> None: ...
def joint_sums(
    first: NDArray[Any],
    first_k: NDArray[np.int64],
    second: NDArray[Any],
    second_k: NDArray[np.int64],
    h: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None: ...
def overlap_sums(
    labels: NDArray[Any],
    k: int,
    draws: NDArray[Any],
    n_clusters: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None: ...
def hash_items(draws: NDArray[Any], out: NDArray[np.uint64]) -> None: ...
def are_together(draws: NDArray[Any], items: NDArray[np.int64]) -> bool: ...
def count_together(
    rows: NDArray[Any], columns: NDArray[Any], is_symmetric: bool, out: NDArray[np.float64]
) -> None: ...
def entropy_table(h: NDArray[np.float64], gain: NDArray[np.float64]) -> None: ...

class _PartitionSearch:
    def __init__(
        self,
        columns: NDArray[Any],
        bases: NDArray[np.int64],
        weights: NDArray[np.float64],
        sizes: NDArray[np.int64],
        h: NDArray[np.float64],
        gain: NDArray[np.float64],
        own_share: float,
        max_clusters: int,
    ) -> None: ...
    def run(
        self,
        starts: NDArray[np.int32],
        seed: int,
        max_zealous: int,
        most_bytes: int,
        max_workers: int,
        labels: NDArray[np.int32],
        objectives: NDArray[np.float64],
    ) -> int: ...

@final
class PartitionSearch8(_PartitionSearch): ...

@final
class PartitionSearch16(_PartitionSearch): ...

@final
class PartitionSearch32(_PartitionSearch): ...
