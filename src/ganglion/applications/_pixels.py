"""What callers have as an image, as 8-bit sRGB pixels."""

from __future__ import annotations

import os
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError
from ..data.images import Pixels, read_image
from .colors import Floats


def pixels_of(
    image: Any, max_pixels: int, memory_limit: int | float | str | None
) -> tuple[Pixels, str, tuple[str, ...]]:
    """8-bit sRGB of a file or an array, its name, and notes."""
    if isinstance(image, str | os.PathLike) or hasattr(image, "read"):
        found = read_image(cast("str", image), max_pixels=max_pixels, memory_limit=memory_limit)
        return found.pixels, found.source, found.notes
    return _pixels_of_array(np.asarray(image)), "array", ()


def _pixels_of_array(array: NDArray[Any]) -> Pixels:
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in (1, 3, 4) or not array.size:
        raise DataError(
            "An image must be an array (height, width), (height, width, 3) or (height, width, 4) with pixels; got "
            f"shape {array.shape}. Reorder its axes."
        )
    values = array.reshape(*array.shape[:2], channels)
    if values.dtype == np.uint8 and channels == 3:
        return np.ascontiguousarray(values)
    scaled = _scaled(values)
    if channels == 4:
        scaled = 255 - (255 - scaled[:, :, :3]) * (scaled[:, :, 3:] / 255)
    colors = np.rint(scaled).astype(np.uint8)
    return np.repeat(colors, 3, axis=2) if channels == 1 else colors


def _scaled(values: NDArray[Any]) -> Floats:
    """Values from 0 to 255."""
    if values.dtype == np.uint8 or values.dtype == np.bool_:
        return values.astype(np.float64) * (255 if values.dtype == np.bool_ else 1)
    if values.dtype == np.uint16:
        return values.astype(np.float64) / 257
    if values.dtype.kind == "f" and np.all((values >= 0) & (values <= 1)):
        return values.astype(np.float64) * 255
    if values.dtype.kind in "iu" and values.min() >= 0 and values.max() <= 255:
        return values.astype(np.float64)
    found = f" from {values.min()} to {values.max()}" if values.dtype.kind in "iuf" else ""
    raise DataError(
        f"An image must hold whole numbers from 0 to 255, floats from 0 to 1 or uint16; got {values.dtype}{found}. "
        "Scale it first."
    )
