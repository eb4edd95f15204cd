"""Types of the compiled kernels (native/bindings.cpp). Arrays are C-contiguous; sizes are the caller's business."""

from collections.abc import Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from ._core_bayes import *
from ._core_columns import *
from ._core_criteria import *
from ._core_distances import *
from ._core_linkage import *
from ._core_meanfield import *
from ._core_medoids import *
from ._core_pairs import *
from ._core_partitions import *
from ._core_pixels import *
from ._core_refits import *
from ._core_searches import *
from ._core_sequences import *
from ._core_spanning import *
from ._core_sweeps import *

def set_num_threads(n: int, /) -> None: ...
def get_num_threads() -> int: ...
def available_isas() -> list[str]: ...
def isa() -> str: ...
def use_isa(name: str, /) -> bool: ...

@final
class Rows32:
    @staticmethod
    def dense(x: NDArray[np.float32], /) -> Rows32: ...
    @staticmethod
    def csr(
        values: NDArray[np.float32],
        indptr: NDArray[np.int64],
        columns: NDArray[np.int32],
        n_features: int,
        /,
    ) -> Rows32: ...
    @property
    def shape(self) -> tuple[int, int]: ...

@final
class Lloyd32:
    def __init__(
        self,
        x: Rows32,
        weights: NDArray[np.float64] | None,
        shift: NDArray[np.float32],
        scale: NDArray[np.float64],
        bits: int,
        integer_weights: bool,
        k: int,
    ) -> None: ...
    def assign(self, centers: NDArray[np.float32], /) -> int: ...
    def means(self, centers: NDArray[np.float32], /) -> None: ...
    def weight(self, cluster: int, /) -> float: ...
    def weights(self, out: NDArray[np.float64], /) -> None: ...
    def sums_about(self, anchor: NDArray[np.float64], out: NDArray[np.float64], /) -> None: ...
    def move_row(self, row: int, cluster: int, /) -> None: ...
    @property
    def labels(self) -> NDArray[np.int32]: ...

@final
class Seeder32:
    def __init__(
        self, x: Rows32, weights: NDArray[np.float64] | None, shift: NDArray[np.float32]
    ) -> None: ...
    def sketch(
        self,
        directions: NDArray[np.float32],
        middle: NDArray[np.float32],
        residual: bool,
        skew: float,
        level: float,
        unit: float,
        /,
    ) -> None: ...
    def take(self, row: int, /) -> None: ...
    def take_best(self, candidates: NDArray[np.int64], /) -> int: ...
    def absorb(self, batch: NDArray[np.float32], first: int, /) -> None: ...
    def locate(self, target: float, /) -> int: ...
    def potential(self) -> float: ...
    @property
    def nearest(self) -> NDArray[np.float64]: ...
    @property
    def owner(self) -> NDArray[np.int32]: ...

def own_distances32(
    x: Rows32,
    centers: NDArray[np.float32],
    labels: NDArray[np.int32] | None,
    weights: NDArray[np.float64] | None,
    out: NDArray[np.float64] | None,
) -> float: ...
def all_distances32(
    x: Rows32, centers: NDArray[np.float32], out: NDArray[np.float64], /
) -> None: ...
def nearest32(
    x: Rows32,
    centers: NDArray[np.float32],
    shift: NDArray[np.float32],
    labels: NDArray[np.int32],
    /,
) -> None: ...
def column_moments32(
    x: Rows32, weights: NDArray[np.float64] | None, out: NDArray[np.float64]
) -> float: ...

@final
class Rows64:
    @staticmethod
    def dense(x: NDArray[np.float64], /) -> Rows64: ...
    @staticmethod
    def csr(
        values: NDArray[np.float64],
        indptr: NDArray[np.int64],
        columns: NDArray[np.int32],
        n_features: int,
        /,
    ) -> Rows64: ...
    @property
    def shape(self) -> tuple[int, int]: ...

@final
class Lloyd64:
    def __init__(
        self,
        x: Rows64,
        weights: NDArray[np.float64] | None,
        shift: NDArray[np.float64],
        scale: NDArray[np.float64],
        bits: int,
        integer_weights: bool,
        k: int,
    ) -> None: ...
    def assign(self, centers: NDArray[np.float64], /) -> int: ...
    def means(self, centers: NDArray[np.float64], /) -> None: ...
    def weight(self, cluster: int, /) -> float: ...
    def weights(self, out: NDArray[np.float64], /) -> None: ...
    def sums_about(self, anchor: NDArray[np.float64], out: NDArray[np.float64], /) -> None: ...
    def move_row(self, row: int, cluster: int, /) -> None: ...
    @property
    def labels(self) -> NDArray[np.int32]: ...

@final
class Seeder64:
    def __init__(
        self, x: Rows64, weights: NDArray[np.float64] | None, shift: NDArray[np.float64]
    ) -> None: ...
    def sketch(
        self,
        directions: NDArray[np.float64],
        middle: NDArray[np.float64],
        residual: bool,
        skew: float,
        level: float,
        unit: float,
        /,
    ) -> None: ...
    def take(self, row: int, /) -> None: ...
    def take_best(self, candidates: NDArray[np.int64], /) -> int: ...
    def absorb(self, batch: NDArray[np.float64], first: int, /) -> None: ...
    def locate(self, target: float, /) -> int: ...
    def potential(self) -> float: ...
    @property
    def nearest(self) -> NDArray[np.float64]: ...
    @property
    def owner(self) -> NDArray[np.int32]: ...

def own_distances64(
    x: Rows64,
    centers: NDArray[np.float64],
    labels: NDArray[np.int32] | None,
    weights: NDArray[np.float64] | None,
    out: NDArray[np.float64] | None,
) -> float: ...
def all_distances64(
    x: Rows64, centers: NDArray[np.float64], out: NDArray[np.float64], /
) -> None: ...
def nearest64(
    x: Rows64,
    centers: NDArray[np.float64],
    shift: NDArray[np.float64],
    labels: NDArray[np.int32],
    /,
) -> None: ...
def column_moments64(
    x: Rows64, weights: NDArray[np.float64] | None, out: NDArray[np.float64]
) -> float: ...

@final
class Program32:
    def __init__(
        self,
        layers: Sequence[tuple[int, int, int, int, bool, float, int, float, float]],
        loss: int,
        numbers: Sequence[float],
        smoothing: float,
    ) -> None: ...
    def write(self, which: int, arrays: Sequence[NDArray[np.float32 | np.float64]], /) -> None: ...
    def read(self, which: int, arrays: Sequence[NDArray[np.float32 | np.float64]], /) -> None: ...
    def write_running(self, arrays: Sequence[NDArray[np.float32 | np.float64]], /) -> None: ...
    def read_running(self, arrays: Sequence[NDArray[np.float32 | np.float64]], /) -> None: ...
    def block_bytes(self, batch_size: int, /) -> float: ...
    def keep(self, restore: bool, /) -> None: ...
    def learn(
        self,
        x: NDArray[np.float32 | np.float64],
        targets: NDArray[np.float32 | np.float64] | None,
        labels: NDArray[np.int32] | None,
        weights: NDArray[np.float64] | None,
        order: NDArray[np.int64] | None,
        mean: bool,
        batch_size: int,
        rule: int,
        momentum: float,
        beta_1: float,
        beta_2: float,
        epsilon: float,
        decay: float,
        l2: float,
        rates: NDArray[np.float64],
        steps: int,
        seed: int,
        momentum_decay: float,
        clip_norm: float,
        clip_value: float,
        average: float,
    ) -> tuple[int, float, float, float, int]: ...
    def differentiate(
        self,
        x: NDArray[np.float32 | np.float64],
        targets: NDArray[np.float32 | np.float64] | None,
        labels: NDArray[np.int32] | None,
        weights: NDArray[np.float64] | None,
        mean: bool,
    ) -> tuple[int, float, float, float, int]: ...
    def predict(
        self, x: NDArray[np.float32 | np.float64], out: NDArray[np.float32 | np.float64], /
    ) -> None: ...
    def predict_row(
        self, x: NDArray[np.float32 | np.float64], out: NDArray[np.float32 | np.float64], /
    ) -> None: ...
    @property
    def is_finite(self) -> bool: ...
    @property
    def has_average(self) -> bool: ...
    @property
    def batches(self) -> int: ...

def activate32(
    activation: int, values: NDArray[np.float32], slopes: NDArray[np.float32] | None
) -> None: ...
def elementary32(function: int, values: NDArray[np.float32], /) -> None: ...

@final
class Program64:
    def __init__(
        self,
        layers: Sequence[tuple[int, int, int, int, bool, float, int, float, float]],
        loss: int,
        numbers: Sequence[float],
        smoothing: float,
    ) -> None: ...
    def write(self, which: int, arrays: Sequence[NDArray[np.float32 | np.float64]], /) -> None: ...
    def read(self, which: int, arrays: Sequence[NDArray[np.float32 | np.float64]], /) -> None: ...
    def write_running(self, arrays: Sequence[NDArray[np.float32 | np.float64]], /) -> None: ...
    def read_running(self, arrays: Sequence[NDArray[np.float32 | np.float64]], /) -> None: ...
    def block_bytes(self, batch_size: int, /) -> float: ...
    def keep(self, restore: bool, /) -> None: ...
    def learn(
        self,
        x: NDArray[np.float32 | np.float64],
        targets: NDArray[np.float32 | np.float64] | None,
        labels: NDArray[np.int32] | None,
        weights: NDArray[np.float64] | None,
        order: NDArray[np.int64] | None,
        mean: bool,
        batch_size: int,
        rule: int,
        momentum: float,
        beta_1: float,
        beta_2: float,
        epsilon: float,
        decay: float,
        l2: float,
        rates: NDArray[np.float64],
        steps: int,
        seed: int,
        momentum_decay: float,
        clip_norm: float,
        clip_value: float,
        average: float,
    ) -> tuple[int, float, float, float, int]: ...
    def differentiate(
        self,
        x: NDArray[np.float32 | np.float64],
        targets: NDArray[np.float32 | np.float64] | None,
        labels: NDArray[np.int32] | None,
        weights: NDArray[np.float64] | None,
        mean: bool,
    ) -> tuple[int, float, float, float, int]: ...
    def predict(
        self, x: NDArray[np.float32 | np.float64], out: NDArray[np.float32 | np.float64], /
    ) -> None: ...
    def predict_row(
        self, x: NDArray[np.float32 | np.float64], out: NDArray[np.float32 | np.float64], /
    ) -> None: ...
    @property
    def is_finite(self) -> bool: ...
    @property
    def has_average(self) -> bool: ...
    @property
    def batches(self) -> int: ...

def activate64(
    activation: int, values: NDArray[np.float64], slopes: NDArray[np.float64] | None
) -> None: ...
def elementary64(function: int, values: NDArray[np.float64], /) -> None: ...
