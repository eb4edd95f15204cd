"""Types of native/sequence_bindings.cpp: see _core.pyi. `other_*` None: the items with themselves."""

import numpy as np
from numpy.typing import NDArray

from ._core_pairs import Pairs32, Pairs64

def text_pairs32(
    codes: NDArray[np.uint32],
    offsets: NDArray[np.int64],
    other_codes: NDArray[np.uint32] | None,
    other_offsets: NDArray[np.int64] | None,
    metric: str,
    normalized: bool,
    prefix_weight: float,
) -> Pairs32: ...
def text_pairs64(
    codes: NDArray[np.uint32],
    offsets: NDArray[np.int64],
    other_codes: NDArray[np.uint32] | None,
    other_offsets: NDArray[np.int64] | None,
    metric: str,
    normalized: bool,
    prefix_weight: float,
) -> Pairs64: ...
def set_pairs32(
    ids: NDArray[np.int32],
    offsets: NDArray[np.int64],
    other_ids: NDArray[np.int32] | None,
    other_offsets: NDArray[np.int64] | None,
    universe: int,
    metric: str,
) -> Pairs32: ...
def series_pairs32(
    values: NDArray[np.float32],
    offsets: NDArray[np.int64],
    other_values: NDArray[np.float32] | None,
    other_offsets: NDArray[np.int64] | None,
    band: int,
    share: float,
    absolute: bool,
) -> Pairs32: ...
def set_pairs64(
    ids: NDArray[np.int32],
    offsets: NDArray[np.int64],
    other_ids: NDArray[np.int32] | None,
    other_offsets: NDArray[np.int64] | None,
    universe: int,
    metric: str,
) -> Pairs64: ...
def series_pairs64(
    values: NDArray[np.float64],
    offsets: NDArray[np.int64],
    other_values: NDArray[np.float64] | None,
    other_offsets: NDArray[np.int64] | None,
    band: int,
    share: float,
    absolute: bool,
) -> Pairs64: ...
