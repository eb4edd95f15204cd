"""Types of native/bayes_bindings.cpp: collapsed samplers of partitions."""

from collections.abc import Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

@final
class BayesModel:
    def __init__(self, n: int) -> None: ...
    def add_block(
        self,
        kind: str,
        x: NDArray[np.float64] | None,
        numbers: Sequence[NDArray[np.float64]],
        sizes: Sequence[int],
        csr: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]] | None = None,
    ) -> None: ...
    @property
    def n(self) -> int: ...
    @property
    def n_blocks(self) -> int: ...

@final
class BayesChain:
    def __init__(
        self,
        model: BayesModel,
        labels: NDArray[np.int32],
        words: NDArray[np.uint64],
        n_split_merge: int,
        n_scans: int,
        n_auxiliary: int,
    ) -> None: ...
    def settle(self) -> None: ...
    def restore(self, labels: NDArray[np.int32], words: NDArray[np.uint64]) -> None: ...
    def log_likelihood(self) -> float: ...
    @property
    def n_clusters(self) -> int: ...
    @property
    def peak(self) -> int: ...
    def labels(self) -> NDArray[np.int32]: ...
    def sizes(self) -> NDArray[np.int64]: ...
    def counts(self) -> NDArray[np.int64]: ...
    def words(self) -> NDArray[np.uint64]: ...
    def has_parameters(self, block: int) -> bool: ...
    def read_parameters(self, block: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
    def write_parameters(
        self, block: int, numbers: NDArray[np.float64], shared: NDArray[np.float64]
    ) -> None: ...

@final
class Memberships:
    most_draws: int
    def __init__(
        self,
        model: BayesModel,
        n_known: int,
        begin: int,
        end: int,
        reference: NDArray[np.int32],
        k: int,
    ) -> None: ...
    def add(
        self,
        draws: NDArray[np.int32],
        n_clusters: NDArray[np.int64],
        n_items: NDArray[np.int64],
        log_weights: NDArray[np.float64],
        counts: NDArray[np.float64],
    ) -> None: ...
    def read(
        self, probabilities: NDArray[np.float64], log_density: NDArray[np.float64]
    ) -> None: ...

def advance_chains(
    chains: Sequence[BayesChain],
    shifts: Sequence[float],
    log_v: Sequence[NDArray[np.float64]],
    n_sweeps: int,
) -> list[int]: ...
def bayes_log_gamma(x: NDArray[np.float64], out: NDArray[np.float64]) -> None: ...
def bayes_draws(
    words: NDArray[np.uint64], which: int, shape: float, out: NDArray[np.float64]
) -> None: ...
