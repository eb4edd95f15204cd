"""Types of native/pixels_bindings.cpp: images as CIELAB planes, superpixels, regions, smooth labels."""

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.int16]

def pixels_lab(
    rgb: NDArray[np.uint8], linear: NDArray[np.float32], l: Plane, a: Plane, b: Plane, /
) -> None: ...
def pixels_assign(
    l: Plane,
    a: Plane,
    b: Plane,
    centers: NDArray[np.float64],
    cells: tuple[int, int],
    unit: float,
    labels: NDArray[np.int32],
    sums: NDArray[np.int64],
    /,
) -> None: ...
def pixels_connect(
    l: Plane, a: Plane, b: Plane, least: int, keep: bool, labels: NDArray[np.int32], /
) -> int: ...
def pixels_moments(
    l: Plane, a: Plane, b: Plane, labels: NDArray[np.int32], sums: NDArray[np.int64], /
) -> None: ...
def pixels_borders(labels: NDArray[np.int32], /) -> tuple[NDArray[np.int32], NDArray[np.int64]]: ...
def pixels_regions(labels: NDArray[np.int32], /) -> tuple[NDArray[np.int32], NDArray[np.int64]]: ...
def pixels_refine(
    l: Plane,
    a: Plane,
    b: Plane,
    centers: NDArray[np.float64],
    costs: tuple[float, float, float],
    labels: NDArray[np.int32],
    still_open: NDArray[np.uint8],
    /,
) -> int: ...
def pixels_smooth(
    costs: NDArray[np.float64],
    indptr: NDArray[np.int64],
    neighbors: NDArray[np.int32],
    weights: NDArray[np.float64],
    labels: NDArray[np.int32],
    /,
) -> int: ...
