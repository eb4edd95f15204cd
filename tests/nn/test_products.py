"""Products, factors and solutions of matrices: NumPy's, within rounding, and the same bits for any threads."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn._engine.products import Product, cholesky, product, solve


@pytest.mark.parametrize("n", [1, 2, 7, 63, 64, 65, 130])
def test_the_factor_and_the_solution_are_numpys(n):
    rng = np.random.default_rng(n)
    root = rng.normal(size=(n, n))
    a = root @ root.T + n * np.eye(n)
    factor = cholesky(a)
    np.testing.assert_allclose(factor, np.linalg.cholesky(a), rtol=0, atol=1e-12 * np.sqrt(n))
    b = rng.normal(size=n)
    np.testing.assert_allclose(solve(factor, b), np.linalg.solve(a, b), rtol=0, atol=1e-12)
    assert cholesky(a - 3 * np.max(np.linalg.eigvalsh(a)) * np.eye(n)) is None


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 7, 2), (17, 8, 33), (100, 129, 65)])
def test_a_product_is_numpys(shape, dtype):
    n, k, m = shape
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(n, k)).astype(dtype), rng.normal(size=(m, k)).astype(dtype).T
    found = product(a, b)
    assert found.dtype == dtype
    bound = k * np.finfo(dtype).eps * (np.abs(a) @ np.abs(b))
    assert np.all(np.abs(found - a.astype(float) @ b.astype(float)) <= bound)


def test_a_product_has_the_same_bits_for_any_number_of_threads_and_used_again():
    rng, usual = np.random.default_rng(1), gl.get_num_threads()
    a, b = rng.normal(size=(130, 150)), rng.normal(size=(150, 140))
    found, again = [], Product(150, 140, np.float64)
    for threads in (1, 2, 3):
        gl.set_num_threads(threads)
        try:
            found += [product(a, b), again(a, b), again(a[:40], b)]
        finally:
            gl.set_num_threads(usual)
    for other in found:
        np.testing.assert_array_equal(other, found[0][: len(other)])
