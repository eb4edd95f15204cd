"""Plain NumPy code on variables: what has a rule against NumPy and central differences; the others refused."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest

from ganglion._errors import NotDifferentiableError
from ganglion.autodiff import functions, numpy_functions
from ganglion.autodiff.graph import NO_OPTIONS, PRIMITIVES, UFUNCS, Variable, next_serial
from ganglion.autodiff.passes import order, pull_back
from oracles.derivatives import gradient

EPSILON = np.finfo(np.float64).eps
A = np.linspace(0.5, 2.0, 12).reshape(3, 4) ** 2
SQUARE = np.eye(3) * 2 + A[:, :3] / 5
GENERATOR = np.random.default_rng(4)
ROW = np.array([0.3, -1.0, 2.0, 0.7])


def leaf(value):
    level = next_serial()
    return Variable(np.asarray(value, float)[()], None, (), NO_OPTIONS, next_serial(), level)


# What is called, and on an array of which values. Every function appears that has a rule.
X = np.array([[0.7, -1.3, 2.1, 0.4], [1.9, -0.6, -2.4, 1.1], [-0.2, 0.9, 1.6, -1.8]])
M = np.array([[4.0, 1.0, 0.5], [0.7, 5.0, -1.0], [0.2, 0.3, 3.0]])
V = np.array([0.7, -1.3, 2.1, 0.4, 1.2])
T = np.sin(1.7 * np.arange(24.0)).reshape(2, 3, 4) + 0.1

CASES = {
    np.sum: [(X, lambda x: np.sum(x)), (X, lambda x: np.sum(x, axis=1)), (X, lambda x: np.sum(x, 0, keepdims=True))],
    np.mean: [(X, lambda x: np.mean(x)), (T, lambda x: np.mean(x, axis=(0, 2)))],
    np.var: [(X, lambda x: np.var(x)), (X, lambda x: np.var(x, axis=0, ddof=1))],
    np.std: [(X, lambda x: np.std(x)), (X, lambda x: np.std(x, axis=1, keepdims=True))],
    np.prod: [(X, lambda x: np.prod(x)), (X, lambda x: np.prod(x, axis=1))],
    np.max: [(X, lambda x: np.max(x)), (X, lambda x: np.max(x, axis=1))],
    np.min: [(X, lambda x: np.min(x)), (X, lambda x: np.min(x, axis=0))],
    np.cumsum: [(X, lambda x: np.cumsum(x)), (X, lambda x: np.cumsum(x, axis=1))],
    np.sort: [(X, lambda x: np.sort(x)), (X, lambda x: np.sort(x, axis=None)), (X, lambda x: np.sort(x, axis=0))],
    np.where: [(X, lambda x: np.where(x > 0, x, 2 * x)), (X, lambda x: np.where(X > 0, 1.0, x)),
               (X, lambda x: x[np.where(x > 0)])],
    np.clip: [(X, lambda x: np.clip(x, -1, 1)), (X, lambda x: np.clip(x, None, 1.0)),
              (X, lambda x: np.clip(x, min=0.1))],
    np.round: [(X, lambda x: x * np.round(x)), (X, lambda x: x * np.round(x, 1))],
    np.reshape: [(X, lambda x: np.reshape(x, (2, 6))), (X, lambda x: np.reshape(x, -1))],
    np.transpose: [(T, lambda x: np.transpose(x)), (T, lambda x: np.transpose(x, (1, 0, 2)))],
    np.broadcast_to: [(V, lambda x: np.broadcast_to(x, (2, 5)))],
    np.concatenate: [(X, lambda x: np.concatenate([x, X, 2 * x], axis=1)),
                     (X, lambda x: np.concatenate([x, V], axis=None))],
    np.stack: [(V, lambda x: np.stack([x, V, x * x], axis=1)), (V, lambda x: np.stack([x[0], 1.0, x[3]]))],
    np.pad: [(X, lambda x: np.pad(x, 1)), (X, lambda x: np.pad(x, ((1, 0), (0, 2)), constant_values=3)),
             (X, lambda x: np.pad(x, 2, mode="edge")), (X, lambda x: np.pad(x, 1, mode="reflect")),
             (X, lambda x: np.pad(x, 1, mode="wrap"))],
    np.diagonal: [(X, lambda x: np.diagonal(x)), (T, lambda x: np.diagonal(x, 1, 1, 2))],
    np.trace: [(X, lambda x: np.trace(x)), (T, lambda x: np.trace(x, axis1=1, axis2=2))],
    np.tril: [(X, lambda x: np.tril(x)), (X, lambda x: np.tril(x, -1))],
    np.triu: [(X, lambda x: np.triu(x)), (X, lambda x: np.triu(x, 1))],
    np.astype: [(X, lambda x: np.astype(x, np.float64))],
    np.einsum: [(X, lambda x: np.einsum("ij,kj->ik", x, X)), (X, lambda x: np.einsum("ij,ij", x, x)),
                (M, lambda x: np.einsum("ii->i", x)), (M, lambda x: np.einsum("ii", x)),
                (M, lambda x: np.einsum("ij->", x)),
                (T, lambda x: np.einsum("...ij->...ji", x)), (T, lambda x: np.einsum("...j,kj->...k", x, X)),
                (T, lambda x: np.einsum("b...,b... -> ...", x, x)), (X, lambda x: np.einsum("ba", x))],
    np.linalg.norm: [(X, lambda x: np.linalg.norm(x)), (X, lambda x: np.linalg.norm(x, axis=1)),
                     (X, lambda x: np.linalg.norm(x, 1)), (X, lambda x: np.linalg.norm(x, np.inf)),
                     (V, lambda x: np.linalg.norm(x, 3)), (V, lambda x: np.linalg.norm(x, 1)),
                     (V, lambda x: np.linalg.norm(x, np.inf)), (V, lambda x: np.linalg.norm(x, -np.inf)),
                     (X, lambda x: np.linalg.norm(x, "fro")), (X, lambda x: np.linalg.norm(x, axis=0, keepdims=True)),
                     (T, lambda x: np.linalg.norm(x, 1, axis=(0, 2)))],
    np.linalg.solve: [(M, lambda x: np.linalg.solve(x, V[:3])), (M, lambda x: np.linalg.solve(M, x))],
    np.linalg.inv: [(M, lambda x: np.linalg.inv(x))],
    np.linalg.det: [(M, lambda x: np.linalg.det(x))],
    np.linalg.slogdet: [(M, lambda x: np.linalg.slogdet(x)[1]), (M, lambda x: np.linalg.slogdet(-x).logabsdet * x)],
    np.linalg.cholesky: [(M, lambda x: np.linalg.cholesky(x @ x.T)),
                         (M, lambda x: np.linalg.cholesky(x @ x.T, upper=True))],
    np.linalg.multi_dot: [(M, lambda x: np.linalg.multi_dot([x, M, x]))],
    np.linalg.matrix_power: [(M, lambda x: np.linalg.matrix_power(x, 5)), (M, lambda x: np.linalg.matrix_power(x, -2)),
                             (M, lambda x: np.linalg.matrix_power(x, 0) + x)],
    np.dot: [(V, lambda x: np.dot(x, V)), (X, lambda x: np.dot(x, X.T)), (X, lambda x: np.dot(X.T, x)),
             (X, lambda x: np.dot(2.0, x)), (T, lambda x: np.dot(x, np.ones((5, 4, 2))))],
    np.vdot: [(X, lambda x: np.vdot(x, X))],
    np.inner: [(X, lambda x: np.inner(x, X)), (V, lambda x: np.inner(x, x)), (V, lambda x: np.inner(x, 2.0))],
    np.outer: [(V, lambda x: np.outer(x, V)), (X, lambda x: np.outer(x, x))],
    np.tensordot: [(T, lambda x: np.tensordot(x, T, axes=([0, 2], [0, 2]))),
                   (T, lambda x: np.tensordot(x, np.ones((3, 4, 2)))),
                   (V, lambda x: np.tensordot(x, V, axes=0)), (X, lambda x: np.tensordot(x, X, axes=(1, -1)))],
    np.kron: [(V, lambda x: np.kron(x, V)), (X, lambda x: np.kron(x, M))],
    np.ravel: [(X, lambda x: np.ravel(x))],
    np.squeeze: [(X, lambda x: np.squeeze(x[None, :, None])), (X, lambda x: np.squeeze(x[None, :, None], 0))],
    np.expand_dims: [(X, lambda x: np.expand_dims(x, 1)), (X, lambda x: np.expand_dims(x, (0, -1)))],
    np.swapaxes: [(T, lambda x: np.swapaxes(x, 0, -1))],
    np.moveaxis: [(T, lambda x: np.moveaxis(x, 0, -1)), (T, lambda x: np.moveaxis(x, (0, 1), (2, 0)))],
    np.rollaxis: [(T, lambda x: np.rollaxis(x, 2)), (T, lambda x: np.rollaxis(x, 0, 3)),
                  (T, lambda x: np.rollaxis(x, 1, 1))],
    np.atleast_1d: [(V, lambda x: np.atleast_1d(x[0])), (V, lambda x: np.atleast_1d(x, x[0])[1])],
    np.atleast_2d: [(V, lambda x: np.atleast_2d(x)), (V, lambda x: np.atleast_2d(x[0]))],
    np.broadcast_arrays: [(V, lambda x: np.broadcast_arrays(x, np.ones((2, 1)))[0])],
    np.vstack: [(V, lambda x: np.vstack([x, V, x]))],
    np.hstack: [(X, lambda x: np.hstack([x, X])), (V, lambda x: np.hstack([x, 1.0]))],
    np.dstack: [(X, lambda x: np.dstack([x, X]))],
    np.column_stack: [(V, lambda x: np.column_stack([x, V, np.outer(x, V)]))],
    np.append: [(V, lambda x: np.append(x, [1.0, 2.0])), (X, lambda x: np.append(x, X, axis=0))],
    np.split: [(X, lambda x: np.split(x, 2, axis=1)[1]), (V, lambda x: np.split(x, [1, 3])[1])],
    np.array_split: [(V, lambda x: np.array_split(x, 3)[1]), (V, lambda x: np.array_split(x, [2, 2, 4])[2])],
    np.vsplit: [(X, lambda x: np.vsplit(x, 3)[2])],
    np.hsplit: [(X, lambda x: np.hsplit(x, 2)[1]), (V, lambda x: np.hsplit(x, [2])[0])],
    np.flip: [(X, lambda x: np.flip(x)), (X, lambda x: np.flip(x, 1))],
    np.flipud: [(X, lambda x: np.flipud(x))],
    np.fliplr: [(X, lambda x: np.fliplr(x))],
    np.roll: [(X, lambda x: np.roll(x, 2)), (X, lambda x: np.roll(x, -1, axis=1))],
    np.rot90: [(X, lambda x: np.rot90(x)), (X, lambda x: np.rot90(x, 3))],
    np.tile: [(X, lambda x: np.tile(x, 2)), (X, lambda x: np.tile(x, (2, 1, 3))), (T, lambda x: np.tile(x, (2, 1)))],
    np.repeat: [(X, lambda x: np.repeat(x, 2)), (X, lambda x: np.repeat(x, [1, 0, 2], axis=0))],
    np.take: [(X, lambda x: np.take(x, [0, 5, 5])), (X, lambda x: np.take(x, [[1, 1], [0, 2]], axis=0))],
    np.take_along_axis: [(X, lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1)),
                         (X, lambda x: np.take_along_axis(x, np.argsort(x, axis=0), axis=0))],
    np.delete: [(X, lambda x: np.delete(x, 1, axis=0)), (X, lambda x: np.delete(x, [1, 2]))],
    np.diff: [(X, lambda x: np.diff(x)), (X, lambda x: np.diff(x, 2, axis=0))],
    np.diag: [(X, lambda x: np.diag(x)), (V, lambda x: np.diag(x)), (V, lambda x: np.diag(x, -2)),
              (X, lambda x: np.diag(x, 1))],
    np.average: [(X, lambda x: np.average(x)), (X, lambda x: np.average(x, axis=1, weights=ROW)),
                 (X, lambda x: np.average(X, weights=x * x, axis=0)), (X, lambda x: np.average(x, weights=X + 3))],
    np.ptp: [(X, lambda x: np.ptp(x)), (X, lambda x: np.ptp(x, axis=0))],
    np.median: [(V, lambda x: np.median(x)), (X, lambda x: np.median(x, axis=1)),
                (X, lambda x: np.median(x, keepdims=True))],
    np.full_like: [(V, lambda x: np.full_like(x, x[1])), (V, lambda x: np.full_like(x, 2.0) * x)],
    np.copy: [(X, lambda x: np.copy(x) * x)],
    np.real: [(X, lambda x: np.real(x))],
    np.cov: [(X, lambda x: np.cov(x)), (X, lambda x: np.cov(x, rowvar=False)), (V, lambda x: np.cov(x))],
}  # fmt: skip

UFUNC_ARGUMENTS = {np.arcsin: 0.3, np.arccos: 0.3, np.arctanh: 0.3, np.arccosh: 1.7, np.tan: 0.3}


def check(x, function):
    """NumPy's value on a variable, and the gradient of its weighted sum against central differences."""
    expected = np.asarray(function(x))
    variable = leaf(x)
    y = function(variable)
    assert type(y) is Variable
    assert np.shape(y) == expected.shape
    # Sums in another order than NumPy's differ by a few roundings.
    np.testing.assert_allclose(y.value, expected, rtol=64 * EPSILON, atol=64 * EPSILON)
    seed = np.asarray(np.random.default_rng(1).standard_normal(expected.shape))[()]
    found = pull_back(y, seed, variable.level).get(variable, np.zeros(np.shape(x)))
    slope = gradient(lambda v: np.sum(seed * function(v)), np.asarray(x, float))
    scale = max(np.sum(np.abs(seed * expected)), 1.0)
    np.testing.assert_allclose(found, slope, rtol=1e-8, atol=16 * EPSILON * scale * 2**10)


@pytest.mark.parametrize(
    ("x", "function"),
    [case for cases in CASES.values() for case in cases],
    ids=[
        f"{function.__name__}-{i}" for function, cases in CASES.items() for i in range(len(cases))
    ],
)
def test_numpys_functions_are_differentiated_as_they_stand(x, function):
    check(x, function)


def test_every_function_with_a_rule_has_a_case():
    constant = set(numpy_functions.CONSTANT_FUNCTIONS)
    same = {np.amax: np.max, np.amin: np.min, np.around: np.round}
    assert {same.get(f, f) for f in numpy_functions.FUNCTIONS} - constant == set(CASES)


@pytest.mark.parametrize(
    "ufunc", sorted(set(UFUNCS) - set(numpy_functions.CONSTANT_UFUNCS), key=lambda u: u.__name__)
)
def test_every_ufunc_is_differentiated_as_it_stands(ufunc):
    x = np.float64(UFUNC_ARGUMENTS.get(ufunc, 0.7))
    if ufunc.nin == 1:
        check(np.stack([x, 0.9 * x if ufunc is not np.arccosh else 1.2]), ufunc)
        return
    second = np.array([[2.5, 1.5, 1.9], [0.4, 3.0, 0.6]]) if ufunc is not np.matmul else X[:, :2]
    first = np.array([0.7, 0.9, 1.4])
    check(first, lambda v: ufunc(v, second))
    check(second, lambda v: ufunc(first, v))


@pytest.mark.parametrize("ufunc", numpy_functions.CONSTANT_UFUNCS)
def test_comparisons_are_plain(ufunc):
    x = leaf(X)
    arguments = (x,) if ufunc.nin == 1 else (x, 0.4)
    plain = (X,) if ufunc.nin == 1 else (X, 0.4)
    assert type(ufunc(*arguments)) is np.ndarray
    assert np.array_equal(ufunc(*arguments), ufunc(*plain))


PLAIN = {
    "shape": lambda x: np.shape(x), "ndim": lambda x: np.ndim(x), "size": lambda x: np.size(x),
    "argmax": lambda x: np.argmax(x, axis=0), "argmin": lambda x: np.argmin(x), "argsort": lambda x: np.argsort(x),
    "nonzero": lambda x: np.nonzero(x > 0), "argwhere": lambda x: np.argwhere(x), "any": lambda x: np.any(x > 1),
    "all": lambda x: np.all(x), "isclose": lambda x: np.isclose(x, X), "allclose": lambda x: np.allclose(x, X),
    "array_equal": lambda x: np.array_equal(x, X), "zeros_like": lambda x: np.zeros_like(x),
    "ones_like": lambda x: np.ones_like(x), "count_nonzero": lambda x: np.count_nonzero(x),
    "searchsorted": lambda x: np.searchsorted(np.array([0.0, 1.0]), x),
    "digitize": lambda x: np.digitize(x, [0.0, 1.0]),
    "method argmax": lambda x: x.argmax(), "method any": lambda x: x.any(), "dtype": lambda x: x.dtype,
    "len": lambda x: len(x), "isnan": lambda x: np.isnan(x), "compare": lambda x: x > 0.5, "equal": lambda x: x == X,
    "result_type": lambda x: np.result_type(x, np.float32),
}  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_constant_by_nature_is_plain(name):
    found, expected = PLAIN[name](leaf(X)), PLAIN[name](X)
    assert type(found) is type(expected)
    assert (
        np.array_equal(found, expected)
        if not isinstance(expected, np.dtype | type)
        else found == expected
    )


def into_slice(a, x):
    a[0] = x


REFUSED = {
    "np.fft.fft": lambda x: np.fft.fft(x),
    "np.linalg.eigh": lambda x: np.linalg.eigh(x),
    "np.interp": lambda x: np.interp(x[0], V, V),
    "np.cumprod": lambda x: np.cumprod(x),
    "np.nan_to_num": lambda x: np.nan_to_num(x),
    "np.nansum": lambda x: np.nansum(x),
    "np.fmax": lambda x: np.fmax(x, 1.0),
    "np.heaviside": lambda x: np.heaviside(x, 1.0),
    "np.spacing": lambda x: np.spacing(x),
    "np.add with out=": lambda x: np.add(x, 1.0, out=np.zeros_like(X)),
    "np.exp with where=": lambda x: np.exp(x, where=X > 0),
    "np.exp with dtype=": lambda x: np.exp(x, dtype=np.float32),
    "np.sum with dtype=": lambda x: np.sum(x, dtype=np.float32),
    "np.sum with out=": lambda x: np.sum(x, 0, out=np.zeros(4)),
    "np.sum with where=": lambda x: np.sum(x, where=X > 0),
    "np.mean with 3 positional": lambda x: np.mean(x, 0, np.float32),
    "np.add.at": lambda x: np.add.at(np.zeros(4), [0], x[0, 0]),
    "np.multiply.accumulate": lambda x: np.multiply.accumulate(x),
    "np.add.reduceat": lambda x: np.add.reduceat(x, [0]),
    "reshape with order='F'": lambda x: np.reshape(x, (4, 3), order="F"),
    "ord='nuc'": lambda x: np.linalg.norm(x, "nuc"),
    "ord=2": lambda x: np.linalg.norm(x, 2),
    "mode='linear_ramp'": lambda x: np.pad(x, 1, mode="linear_ramp"),
    "in-place operator": lambda x: np.ones((3, 4)).__iadd__(x),
    "Turning a variable into a plain array": lambda x: np.asarray(x),
    "np.stack": lambda x: np.array([x[0, 0], x[0, 1]]),
    "float\\(\\)": lambda x: float(x[0, 0]),
    "math module": lambda x: math.exp(x[0, 0]),
    "int\\(\\)": lambda x: int(x[0, 0]),
    "Assigning into an array": lambda x: x.__setitem__(0, 1.0),
    "storing it in one": lambda x: into_slice(np.zeros((2, 4)), x[0]),
    "as an index": lambda x: [1, 2, 3][x[0, 0]],
    ".item\\(\\)": lambda x: x.item(),
    ".tolist\\(\\)": lambda x: x.tolist(),
    ".sort\\(\\)": lambda x: x.sort(),
    ".fill\\(\\)": lambda x: x.fill(0),
    ".sum\\(\\) with dtype=": lambda x: x.sum(dtype=np.float32),
    "astype\\(int64\\)": lambda x: x.astype(int),
    "Pickling": lambda x: pickle.dumps(x),
    "complex128": lambda x: x * 1j,
    "NoneType": lambda x: x + None,
    "<U1": lambda x: x + "a",
    "masked entries": lambda x: x * np.ma.masked_greater(X, 1.0),
    "np.median along several axes": lambda x: np.median(x, (0, 1)),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_would_lose_the_derivative_is_refused_by_name(message):
    with pytest.raises(NotDifferentiableError, match=message):
        REFUSED[message](leaf(X))


def test_storing_a_number_in_a_plain_array_is_an_error_that_names_the_reason():
    # NumPy replaces the error by its own, and keeps ours as the cause.
    with pytest.raises(ValueError, match="setting an array element") as caught:
        into_slice(np.zeros(3), leaf(X)[0, 0])
    assert isinstance(caught.value.__cause__, NotDifferentiableError)


LEFT = {
    "array": np.array([[1.0, -2.0, 0.5, 3.0]] * 3), "float64": np.float64(2.0), "float": 2.0, "int": 3,
    "int array": np.arange(4),
}  # fmt: skip


@pytest.mark.parametrize("left", LEFT)
@pytest.mark.parametrize(
    "operator", [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b, lambda a, b: a**b,
                 lambda a, b: np.maximum(a, b)], ids=["add", "subtract", "multiply", "divide", "power", "maximum"],
)  # fmt: skip
def test_a_plain_value_on_the_left_is_recorded_once(left, operator):
    x = leaf(np.abs(X) + 1)
    y = operator(np.abs(LEFT[left]), x)
    assert type(y) is Variable
    assert np.array_equal(y.value, operator(np.abs(LEFT[left]), x.value))
    assert order(y, x.level)[0] == [x, y]


def test_a_matrix_on_the_left_is_recorded_once():
    x = leaf(X)
    y = X.T @ x
    assert order(y, x.level)[0] == [x, y] and y.primitive is PRIMITIVES["matmul"]


def test_ufunc_methods_that_have_a_meaning():
    check(X, lambda x: np.add.reduce(x))
    check(X, lambda x: np.add.reduce(x, axis=1, keepdims=True))
    check(X, lambda x: np.maximum.reduce(x, axis=1))
    check(X, lambda x: np.minimum.reduce(x, axis=None))
    check(X, lambda x: np.multiply.reduce(x, 1))
    check(X, lambda x: np.add.accumulate(x, axis=1))
    check(V, lambda x: np.subtract.outer(x, X))
    check(V, lambda x: np.multiply.outer(V, x))


METHODS = {
    "sum": lambda x: x.sum(axis=1), "mean": lambda x: x.mean(0), "max": lambda x: x.max(), "min": lambda x: x.min(1),
    "var": lambda x: x.var(ddof=1), "std": lambda x: x.std(axis=0), "prod": lambda x: x.prod(axis=1),
    "reshape": lambda x: x.reshape(4, 3), "reshape tuple": lambda x: x.reshape((2, -1)), "ravel": lambda x: x.ravel(),
    "flatten": lambda x: x.flatten(), "transpose": lambda x: x.transpose(1, 0), "transpose 2": lambda x: x.transpose(),
    "T": lambda x: x.T, "swapaxes": lambda x: x.swapaxes(0, 1), "squeeze": lambda x: x[None].squeeze(0),
    "clip": lambda x: x.clip(-1, 1), "cumsum": lambda x: x.cumsum(axis=1), "dot": lambda x: x.dot(X.T),
    "astype": lambda x: x.astype(float), "take": lambda x: x.take([1, 2], axis=1),
    "repeat": lambda x: x.repeat(2, axis=0),
    "diagonal": lambda x: x.diagonal(1), "trace": lambda x: x.trace(), "round": lambda x: x * x.round(),
    "copy": lambda x: x.copy(), "iterate": lambda x: np.stack([row.sum() for row in x]), "unpack": lambda x: [*x][1],
    "index": lambda x: x[1, ::2], "mask": lambda x: x[x > 0], "negative index": lambda x: x[-1],
    "abs": lambda x: abs(x), "pos": lambda x: +x, "neg": lambda x: -x, "mod": lambda x: x % 0.75,
    "floordiv": lambda x: x * (x // 0.75),
    "rmod": lambda x: 5.0 % (abs(x) + 3), "rpow": lambda x: 2**x, "pow": lambda x: x**3, "matmul": lambda x: x @ V[:4],
    "inplace": lambda x: plus_one(x),
}  # fmt: skip


def plus_one(x):
    y = x
    y = y * 1.0
    y += 1.0
    return y


@pytest.mark.parametrize("name", METHODS)
def test_methods_and_operators_do_what_numpys_do(name):
    check(X, METHODS[name])


def test_copies_keep_their_history():
    x = leaf(X)
    assert copy.copy(x) is x and copy.deepcopy({"x": x})["x"] is x


def test_a_variable_formats_as_its_number():
    assert f"{leaf(0.123456):.2f}" == "0.12"
    assert repr(leaf(2.0)) == "Variable(np.float64(2.0))"


def test_functions_of_plain_values_are_plain():
    assert type(functions.sigmoid(0.0)) is np.float64 and functions.sigmoid(0.0) == 0.5
    assert functions.relu([-1.0, 2.0]).tolist() == [0.0, 2.0]
    assert functions.sum([[1.0, 2.0], [3.0, 4.0]], axis=0).tolist() == [4.0, 6.0]
    assert functions.softmax([0.0, 0.0]).tolist() == [0.5, 0.5]
    assert functions.concatenate([[1.0], [2.0]]).tolist() == [1.0, 2.0]
    assert functions.slogdet(-np.eye(3)) == (-1.0, 0.0)
    assert functions.einsum("ij->j", np.ones((2, 3))).tolist() == [2.0, 2.0, 2.0]


def test_einsum_names_what_does_not_fit():
    with pytest.raises(ValueError, match="names 2 operands; got 1"):
        functions.einsum("ij,jk", X)
    with pytest.raises(ValueError, match="too few axes"):
        functions.einsum("...ij", V)
    with pytest.raises(ValueError, match="subscripts as text"):
        functions.einsum(X, [0, 1])


def test_integers_in_a_graph_are_constants():
    x = leaf(X)
    y = np.arange(12).reshape(3, 4) * x
    assert (
        pull_back(y, np.ones((3, 4)), x.level)[x].tolist() == np.arange(12.0).reshape(3, 4).tolist()
    )


AXES_THAT_ARE_NOT_THERE = {
    "expand_dims": lambda x: np.expand_dims(x, 7),
    "expand_dims twice": lambda x: np.expand_dims(x, (0, 0)),
    "moveaxis": lambda x: np.moveaxis(x, 5, 0),
    "rollaxis": lambda x: np.rollaxis(x, 4),
    "flip": lambda x: np.flip(x, 2),
    "flip twice": lambda x: np.flip(x, (0, -2)),
    "take": lambda x: np.take(x, [0], axis=3),
    "diff": lambda x: np.diff(x, axis=2),
    "roll": lambda x: np.roll(x, 1, axis=2),
    "tensordot": lambda x: np.tensordot(x, x, ([2], [0])),
    "split": lambda x: np.split(x, np.int64(2), axis=0),
}


@pytest.mark.parametrize("name", AXES_THAT_ARE_NOT_THERE)
def test_an_axis_that_is_not_there_is_refused_as_by_numpy(name):
    function = AXES_THAT_ARE_NOT_THERE[name]
    with pytest.raises((ValueError, IndexError)):
        function(X)
    with pytest.raises(ValueError, match=r"axis|equal division"):
        function(leaf(X))


def test_roll_goes_along_several_axes():
    x = leaf(X)
    y = np.roll(x, (1, -2), (0, 1))
    np.testing.assert_array_equal(y.value, np.roll(X, (1, -2), (0, 1)))
    found = pull_back(y, X, x.level)[x]
    np.testing.assert_array_equal(found, np.roll(X, (-1, 2), (0, 1)))


@pytest.mark.parametrize("function", [np.sum, np.max, np.prod])
def test_a_number_has_one_axis_as_in_numpy(function):
    x = leaf(3.0)
    y = function(x, axis=-1)
    assert (y.value, pull_back(y, np.float64(2.0), x.level)[x]) == (3.0, 2.0)
