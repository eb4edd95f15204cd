"""Types of native/sweep_bindings.cpp: whole sweeps over many rows."""

from typing import final

import numpy as np
from numpy.typing import NDArray

@final
class SweepModel:
    def __init__(
        self,
        lines: NDArray[np.float64],
        indptr: NDArray[np.int64] | None,
        features: NDArray[np.int32] | None,
        values: NDArray[np.float64] | None,
        blocks: list[tuple[str, int, bool, list[NDArray[np.float64]]]],
        constant: float,
    ) -> None: ...
    @property
    def alone(self) -> NDArray[np.float64]: ...

@final
class SweepChains:
    def __init__(self, model: SweepModel, n_chains: int) -> None: ...
    def start(
        self,
        chain: int,
        labels: NDArray[np.int32],
        order: NDArray[np.int32] | None,
        words: NDArray[np.uint64],
        moved: int,
        halves: NDArray[np.int32],
    ) -> None: ...
    def advance(
        self,
        shifts: list[float],
        log_v: list[NDArray[np.float64]],
        n_sweeps: int,
        subclusters: list[bool],
    ) -> None: ...
    def halves(self, chain: int) -> NDArray[np.int32]: ...
    def n_accepted(self, chain: int) -> int: ...
    def count(self) -> None: ...
    def labels(self, chain: int) -> NDArray[np.int32]: ...
    def order(self, chain: int) -> NDArray[np.int32]: ...
    def words(self, chain: int) -> NDArray[np.uint64]: ...
    def moved(self, chain: int) -> int: ...
    def peak(self, chain: int) -> int: ...
    def n_clusters(self, chain: int) -> int: ...
    def log_likelihood(self, chain: int) -> float: ...
