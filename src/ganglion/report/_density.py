"""Very many rows on a map: how densely they lie, one small grey picture for each cluster.

A picture is a mask over the cluster's colour, which the style sheet knows for light pages and dark ones. In a cell with
rows of several clusters each shows in proportion: pictures lie over each other, so the one on top is given its share of
the cell's ink, and each below as much more as what is above it lets through.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .content import Codes, Coordinates

FAINTEST = 0.3  # ink of a cell with one row: it can still be seen
SHADES = 25  # the eye tells no more apart, and fewer take less room
MOST_CELLS = 4e6  # in all pictures of a page of 720 x 620 units: beyond it cells grow


@dataclass(frozen=True)
class Shade:
    """A picture (a grey PNG as an address), and where it lies in units of the page."""

    address: str
    x: float
    y: float
    width: float
    height: float


def draw_density(
    places: Coordinates, layer_of: Codes, n_layers: int, *, cell: int
) -> list[Shade | None]:
    """Return a picture for each layer, the lowest first; None for a layer without rows.

    `places` (n, 2) are on the page, `layer_of` (n,) says which layer each row belongs to, a cell is `cell` units
    wide, or more where there are many layers.
    """
    cell = max(cell, math.ceil(math.sqrt(n_layers * 720 * 620 / MOST_CELLS)))
    column, row = (np.floor(places[:, axis] / cell).astype(np.int64) for axis in (0, 1))
    n_columns = int(column.max(initial=0)) + 1
    n_cells = n_columns * (int(row.max(initial=0)) + 1)
    keys, counts = np.unique(
        layer_of.astype(np.int64) * n_cells + row * n_columns + column, return_counts=True
    )
    layers, cells = keys // n_cells, keys % n_cells
    ink = _ink(layers, cells, counts.astype(np.float64), n_cells)
    bounds = np.searchsorted(layers, np.arange(n_layers + 1))
    return [
        _picture(cells[start:end], ink[start:end], n_columns, cell) if end > start else None
        for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    ]


def _ink(
    layers: NDArray[np.int64],
    cells: NDArray[np.int64],
    counts: NDArray[np.float64],
    n_cells: int,
) -> NDArray[np.float64]:
    """How opaque each layer is in each of its cells: a_i = A s_i / (1 - A S_i).

    A, the ink of the cell, grows with the logarithm of its rows; s_i is the layer's share of them and S_i the share of
    all layers above it.
    """
    total = np.bincount(cells, weights=counts, minlength=n_cells)
    most = max(float(np.quantile(total[total > 0], 0.995)), 2.0) if len(cells) else 2.0
    inked = FAINTEST + (1 - FAINTEST) * np.minimum(np.log(np.maximum(total, 1.0)) / np.log(most), 1)
    share = counts / total[cells]
    # Cells in order, and within a cell from the top layer down: the shares above are a running sum that starts anew.
    order = np.lexsort((-layers, cells))
    running = np.cumsum(share[order])
    first = np.r_[True, cells[order][1:] != cells[order][:-1]]
    before = running - share[order]
    start = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    above = np.empty(len(order))
    above[order] = before - before[start]
    whole = inked[cells]
    return np.clip(whole * share / np.maximum(1 - whole * above, 1e-9), 0.0, 1.0)


def _picture(
    cells: NDArray[np.int64], ink: NDArray[np.float64], n_columns: int, cell: int
) -> Shade:
    """One layer's cells as a picture that is no larger than they need."""
    row, column = cells // n_columns, cells % n_columns
    top, left = int(row.min()), int(column.min())
    height, width = int(row.max()) - top + 1, int(column.max()) - left + 1
    grey = np.zeros((height, width), dtype=np.uint8)
    grey[row - top, column - left] = np.ceil(ink * SHADES) * (255 // SHADES)
    return Shade(grey_png(grey), left * cell, top * cell, width * cell, height * cell)


def grey_png(grey: NDArray[np.uint8]) -> str:
    """Grey levels (h, w) as the address of a PNG."""
    height, width = grey.shape
    lines = np.concatenate((np.zeros((height, 1), np.uint8), grey), axis=1)  # 0: no filter
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    blocks = (
        png_block(b"IHDR", header),
        png_block(b"IDAT", zlib.compress(lines.tobytes(), 6)),
        png_block(b"IEND", b""),
    )
    picture = b"\x89PNG\r\n\x1a\n" + b"".join(blocks)
    return "data:image/png;base64," + base64.b64encode(picture).decode("ascii")


def png_block(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG: its length, its kind, its data, their checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
