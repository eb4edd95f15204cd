"""What the tests of texts, sets and series have in common: a matrix filled, and filled again in every other way."""

import itertools

import numpy as np

import ganglion as gl
from ganglion._native import available_isas, core, isa, use_isa

TILES = ((0, 1, 0, None), (3, 70, 7, 9), (64, 70, 18, 35))


def filled(pairs):
    """All distances, by the library's own driver."""
    kind = np.float32 if isinstance(pairs, core.Pairs32) else np.float64
    out = np.zeros((pairs.n, pairs.m), dtype=kind)
    core.fill_square(pairs, out, 0, pairs.n)
    return out


def same_bits_everywhere(make):
    """Whether `make()` gives pairs with the same distances on every instruction set, by any threads, in any tiles."""
    threads, before = gl.get_num_threads(), isa()
    wanted = filled(make())
    try:
        for set_name, n_threads in itertools.product(available_isas(), (1, 2, 3, 7)):
            use_isa(set_name)
            gl.set_num_threads(n_threads)
            pairs = make()
            if not np.array_equal(filled(pairs), wanted):
                return False
            for i0, i1, j0, j1 in TILES:
                out = np.zeros((i1 - i0, (j1 or pairs.m) - j0), dtype=wanted.dtype)
                pairs.tile(i0, i1, j0, j1 or pairs.m, out)
                if not np.array_equal(out, wanted[i0:i1, j0:j1]):
                    return False
    finally:
        gl.set_num_threads(threads)
        use_isa(before)
    return True
