"""The quick look at a square matrix: it must never pass what the slow one refuses."""

import numpy as np
import pytest

from ganglion._native import core

LOOK = {np.float32: core.holds_distances32, np.float64: core.holds_distances64}


def distances(n, dtype):
    D = np.random.default_rng(n).random((n, n))
    D = ((D + D.T) / 2).astype(dtype)
    np.fill_diagonal(D, 0)
    return D


@pytest.mark.parametrize("dtype", LOOK)
@pytest.mark.parametrize("n", [0, 1, 2, 31, 32, 33, 127, 128, 129, 300])
def test_distances_pass(n, dtype):
    assert LOOK[dtype](distances(n, dtype))


@pytest.mark.parametrize("dtype", LOOK)
@pytest.mark.parametrize("n", [2, 31, 32, 33, 127, 128, 129, 300])
def test_one_bad_value_anywhere_is_seen(n, dtype):
    D = distances(n, dtype)
    rng = np.random.default_rng(0)
    for _ in range(40):
        i, j = rng.choice(n, 2, replace=False)
        for bad in (np.nan, -1.0, np.inf, np.nextafter(D[i, j], dtype(2))):
            spoilt = D.copy()
            spoilt[i, j] = bad
            assert not LOOK[dtype](spoilt)
        both = D.copy()
        both[i, j] = both[j, i] = np.inf
        assert not LOOK[dtype](both)
        diagonal = D.copy()
        diagonal[i, i] = 1e-9
        assert not LOOK[dtype](diagonal)
