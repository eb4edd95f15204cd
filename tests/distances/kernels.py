"""What the tests of the kernels share: filling matrices, and every instruction set and number of threads."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import ganglion as gl
from ganglion._native import available_isas, core, isa, use_isa

DTYPES = (np.float32, np.float64)
SIZES = (0, 1, 2, 7, 8, 9, 15, 16, 17)
"""Around the widths of vectors and panels."""


def vector_pairs(X, Y, metric, p=2.0):
    make = core.vector_pairs32 if X.dtype == np.float32 else core.vector_pairs64
    return make(X, Y, metric, p)


def dtype_of(pairs):
    return np.float32 if isinstance(pairs, core.Pairs32) else np.float64


def square(pairs):
    """All distances, (n, m)."""
    out = np.full((pairs.n, pairs.m), np.nan, dtype_of(pairs))
    core.fill_square(pairs, out, 0, pairs.n)
    return out


def each_isa() -> Iterator[str]:
    """Switches to every instruction set of this machine in turn, and back."""
    before = isa()
    try:
        for name in available_isas():
            use_isa(name)
            yield name
    finally:
        use_isa(before)


def each_isa_and_threads() -> Iterator[tuple[str, int]]:
    """As above, with 1, 2, 3 and 7 threads each."""
    before = gl.get_num_threads()
    try:
        for name in each_isa():
            for threads in (1, 2, 3, 7):
                gl.set_num_threads(threads)
                yield name, threads
    finally:
        gl.set_num_threads(before)
