"""A matrix of shares as a small picture inside the page: one ink, the more often the more of it."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from ._density import png_block

INK = (11, 92, 143)
# shades of 2 % each: the eye tells no more apart, and a picture of fewer takes less room
STEPS = 51


def shaded(shares: NDArray[np.float64]) -> str:
    """Shares (h, w) from 0 to 1 as the address of a PNG, its ink the more opaque the larger the share.

    Paper shows through where there is no ink, so that the picture fits a light page and a dark one.
    """
    levels = (np.rint(np.clip(shares, 0.0, 1.0) * STEPS) * (255 // STEPS)).astype(np.uint8)
    height, width = levels.shape
    lines = np.concatenate((np.zeros((height, 1), np.uint8), levels), axis=1)  # 0: no filter
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    blocks = (
        png_block(b"IHDR", header),
        png_block(b"PLTE", bytes(INK) * 256),
        png_block(b"tRNS", bytes(range(256))),
        png_block(b"IDAT", zlib.compress(lines.tobytes(), 9)),
        png_block(b"IEND", b""),
    )
    picture = b"\x89PNG\r\n\x1a\n" + b"".join(blocks)
    return "data:image/png;base64," + base64.b64encode(picture).decode("ascii")
