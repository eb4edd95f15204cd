"""Functions of the caller's: Python ones, and compiled ones by their address."""

import ctypes
import shutil
import subprocess

import numpy as np
import pytest
from scipy import LowLevelCallable

import ganglion as gl
from ganglion.distances import as_items, condensed, nearest, pairwise

X = np.random.default_rng(0).normal(size=(17, 3))

SOURCE = """
#include <math.h>
#include <stdint.h>
double farthest(const double *x, const double *y, int64_t d, void *user_data) {
    double most = 0, scale = user_data ? *(double *)user_data : 1;
    for (int64_t f = 0; f < d; ++f) most = fmax(most, fabs(x[f] - y[f]));
    return scale * most;
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "own.c").write_text(SOURCE)
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler is not None, "a C compiler built the package"
    target = folder / "own.so"
    subprocess.run(
        [compiler, "-O2", "-shared", "-fPIC", "-o", target, folder / "own.c", "-lm"], check=True
    )
    return ctypes.CDLL(str(target))


def farthest(x, y, scale=1.0):
    return scale * np.abs(x - y).max()


def test_a_python_function_is_asked_with_its_keywords():
    expected = pairwise(X, metric="chebyshev")
    assert np.array_equal(pairwise(X, metric=farthest), expected)
    assert np.array_equal(pairwise(X, metric=farthest, metric_params={"scale": 2.0}), 2 * expected)
    assert np.array_equal(condensed(X, farthest), condensed(X, "chebyshev"))
    assert np.array_equal(pairwise(X, X[:3], farthest), expected[:, :3])
    assert np.array_equal(
        nearest(X, k=2, metric=farthest).indices, nearest(X, k=2, metric="chebyshev").indices
    )


def test_a_python_function_may_compare_anything():
    words = ["a", "bcd", "", "ef"]
    assert pairwise(words, metric=lambda x, y: abs(len(x) - len(y)))[0].tolist() == [0, 2, 1, 1]
    assert pairwise([{1}, {1, 2}], metric=lambda x, y: len(x ^ y))[0, 1] == 1


def test_a_compiled_function_is_called_by_its_address(library):
    expected = pairwise(X, metric="chebyshev")
    address = ctypes.cast(library.farthest, ctypes.c_void_p).value
    for metric in (library.farthest, ctypes.CFUNCTYPE(ctypes.c_double)(address)):
        assert np.array_equal(pairwise(X, metric=metric), expected)
        assert np.array_equal(pairwise(X.astype(np.float32), X[:3], metric).shape, (17, 3))
    scale = ctypes.c_double(3.0)
    signature = "double (const double *, const double *, int64_t, void *)"
    pointer = ctypes.cast(ctypes.pointer(scale), ctypes.c_void_p)
    function = library.farthest
    function.restype, function.argtypes = (
        ctypes.c_double,
        [
            ctypes.POINTER(ctypes.c_double),
            ctypes.POINTER(ctypes.c_double),
            ctypes.c_int64,
            ctypes.c_void_p,
        ],
    )
    low_level = LowLevelCallable(function, pointer, signature=signature)
    assert np.array_equal(pairwise(X, metric=low_level), 3 * expected)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x, y: -1.0, r"finite and not negative; the function gave -1 for items \(0, 1\)"),
        (lambda x, y: np.nan, r"finite and not negative; the function gave nan"),
        (lambda x, y: np.inf, r"finite and not negative; the function gave inf"),
        (lambda x, y: x - y, r"A distance must be one number; the function gave array"),
        (lambda x, y: None, r"A distance must be one number; the function gave None"),
        (lambda x, y: x[0] - y[0] if x[0] > y[0] else 0.0, r"must be symmetric; the function gave"),
        (lambda x, y: 1.0, r"must be 0 from an item to itself; the function gave 1 for item 0"),
    ],
)
def test_answers_that_are_no_distances_are_refused(function, words):
    with pytest.raises(gl.DataError, match=words):
        pairwise(X, metric=function)


def test_an_error_of_the_function_comes_through():
    with pytest.raises(ZeroDivisionError):
        pairwise(X, metric=lambda x, y: 1 / 0)


def test_functions_are_not_stored():
    with pytest.raises(
        gl.ParameterError, match="whose metric is a function cannot be saved: files hold no code"
    ):
        as_items(X, farthest).to_state()


def test_what_is_no_function_is_refused():
    with pytest.raises(gl.ParameterError, match=r"got the number -3\. If it is the address"):
        pairwise(X, metric=-3)
    with pytest.raises(
        gl.ParameterError, match=r"metric must be a name, or a function of two items; got 1\.5"
    ):
        pairwise(X, metric=1.5)
    with pytest.raises(gl.DataError, match="must be a list or an array of items; got str"):
        pairwise("abc", metric=farthest)
