"""Values and slopes where a formula is not enough: kinks, ties, zeros, huge arguments, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganglion.autodiff import functions as f
from ganglion.autodiff.graph import PRIMITIVES, Variable
from ganglion.autodiff.passes import pull_back
from ganglion.autodiff.primitives import KINKS
from oracles.primitive_calls import EPSILON, leaves, pulled
from oracles.primitive_cases import Case, on


def slopes_at(name, *values, position=0):
    """The derivative of the sum of a primitive by one argument."""
    values = [np.asarray(v, float)[()] for v in values]
    moving = [i for i in range(len(values)) if i not in PRIMITIVES[name].constant]
    y = PRIMITIVES[name](*values)
    return pulled(name, Case([]), values, moving, np.ones_like(y))[2][moving.index(position)]


@pytest.mark.parametrize(
    ("name", "at", "slope"),
    [
        ("absolute", 0.0, 0.0), ("relu", 0.0, 0.0), ("leaky_relu", 0.0, 0.01), ("elu", 0.0, 1.0),
        ("selu", 0.0, 1.0507009873554805 * 1.6732632423543772), ("softplus", 0.0, 0.5),
    ],
)  # fmt: skip
def test_slopes_at_kinks(name, at, slope):
    assert slopes_at(name, at) == pytest.approx(slope, rel=4 * EPSILON, abs=0)


def test_the_kinks_are_written_down():
    named = {name for names in KINKS for name in names.split(", ")}
    assert named <= set(PRIMITIVES)
    assert {
        "absolute",
        "relu",
        "leaky_relu",
        "step",
        "maximum",
        "max",
        "clip",
        "sort",
        "norm",
        "sqrt",
        "power",
    } <= named


def test_step_is_1_from_0_on():
    assert f.step(np.array([-1e-300, 0.0, 1e-300])).tolist() == [0, 1, 1]


def test_ties_share_equally():
    assert slopes_at("maximum", 1.0, 1.0) == slopes_at("maximum", 1.0, 1.0, position=1) == 0.5
    assert slopes_at("minimum", 1.0, 1.0) == slopes_at("minimum", 1.0, 1.0, position=1) == 0.5
    assert slopes_at("max", [3.0, 1.0, 3.0, 3.0, 0.0]).tolist() == [1 / 3, 0, 1 / 3, 1 / 3, 0]
    assert slopes_at("min", [[3.0, 1.0], [1.0, 2.0]]).tolist() == [[0, 0.5], [0.5, 0]]


def test_clip_has_slope_1_at_its_bounds():
    assert slopes_at("clip", [-2.0, -1.0, 0.0, 1.0, 2.0], -1.0, 1.0).tolist() == [0, 1, 1, 1, 0]
    assert slopes_at("clip", [-2.0, -1.0, 0.0, 1.0, 2.0], -1.0, 1.0, position=1) == 1
    assert slopes_at("clip", [-2.0, -1.0, 0.0, 1.0, 2.0], -1.0, 1.0, position=2) == 1


def test_norms_have_slope_0_where_they_are_0():
    assert slopes_at("norm", np.zeros(3)).tolist() == [0, 0, 0]
    assert slopes_at("std", np.full(3, 7.0)).tolist() == [0, 0, 0]
    assert slopes_at("hypot", 0.0, 0.0) == 0


def test_the_root_has_an_infinite_slope_at_0():
    with np.errstate(divide="ignore"):
        assert slopes_at("sqrt", 0.0) == np.inf
        assert slopes_at("cbrt", 0.0) == np.inf


def test_sort_keeps_ties_in_order():
    x = np.array([2.0, 1.0, 2.0, 1.0])
    _, _, (gradient,) = pulled("sort", on(), [x], [0], np.array([10.0, 20.0, 30.0, 40.0]))
    assert gradient.tolist() == [30, 10, 40, 20]  # sorted: x[1], x[3], x[0], x[2]


@pytest.mark.parametrize(
    ("base", "exponent", "by_base", "by_exponent"),
    [
        (0.0, 2.0, 0.0, 0.0), (0.0, 1.0, 1.0, 0.0), (0.0, 0.0, 0.0, 0.0), (0.0, 3.5, 0.0, 0.0),
        (2.0, 0.0, 0.0, math.log(2)), (2.0, 3.0, 12.0, 8 * math.log(2)), (1.0, 5.0, 5.0, 0.0),
    ],
)  # fmt: skip
def test_powers_at_0_by_hand(base, exponent, by_base, by_exponent):
    for wrap in (lambda v: v, lambda v: [v, v]):
        assert np.allclose(
            slopes_at("power", wrap(base), wrap(exponent)), by_base, rtol=1e-15, atol=0
        )
        assert np.allclose(
            slopes_at("power", wrap(base), wrap(exponent), position=1),
            by_exponent,
            rtol=1e-15,
            atol=0,
        )


@pytest.mark.parametrize("exponent", [-2, -1, 0, 1, 2, 3, 2.0, 3.0])
def test_negative_bases_with_whole_exponents_are_exact(exponent):
    level, (x,) = leaves([np.array([-2.0, -0.5, 4.0])], [0])
    y = x**exponent
    assert (
        pull_back(y, np.ones(3), level)[x].tolist()
        == (exponent * x.value ** float(exponent - 1)).tolist()
    )


def test_an_exponent_of_a_negative_base_warns():
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(slopes_at("power", -2.0, 2.0, position=1))


def test_dividing_by_a_plain_0_is_numpys_infinity():
    level, (x,) = leaves([np.float64(3)], [0])
    with np.errstate(divide="ignore"):
        y = x / 0
        assert y.value == np.inf
        assert pull_back(y, np.float64(1), level)[x] == np.inf
    assert y.value == np.inf


LARGE = np.array([-1e308, -1e4, -800.0, -710.0, -40.0, 0.0, 40.0, 710.0, 800.0, 1e4, 1e308])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "name", ["sigmoid", "softplus", "silu", "mish", "elu", "selu", "gelu", "softmax", "log_softmax", "logsumexp",
             "tanh", "erf", "erfc", "relu", "leaky_relu"],
)  # fmt: skip
def test_large_arguments_neither_warn_nor_give_nan(name):
    level, (x,) = leaves(
        [LARGE if name not in ("softmax", "log_softmax", "logsumexp") else LARGE[1:-1]], [0]
    )
    y = PRIMITIVES[name](x)
    assert np.all(np.isfinite(y.value))
    gradient = pull_back(y, np.ones(y.shape), level, record=True)[x]
    slope = gradient.value if isinstance(gradient, Variable) else gradient
    assert np.all(np.isfinite(slope))
    if isinstance(gradient, Variable):
        assert np.all(np.isfinite(pull_back(np.sum(gradient), np.float64(1), level)[x]))


@pytest.mark.filterwarnings("error")
def test_logaddexp_neither_warns_nor_gives_nan():
    level, (a, b) = leaves([LARGE, LARGE[::-1].copy()], [0, 1])
    y = PRIMITIVES["logaddexp"](a, b)
    gradients = pull_back(y, np.ones(y.shape), level)
    assert np.all(np.isfinite(y.value)) and all(np.all(np.isfinite(gradients[v])) for v in (a, b))


def test_softplus_bends_by_sigmoid_times_its_complement():
    at = np.array([-800.0, -30.0, 0.0, 800.0])
    level, (x,) = leaves([at], [0])
    slope = pull_back(f.softplus(x), np.ones(4), level, record=True)[x]
    bend = pull_back(slope, np.ones(4), level)[x]
    assert bend.tolist() == [0.0, pytest.approx(math.exp(-30), rel=1e-12), 0.25, 0.0]


def test_cross_entropy_is_exact_at_logits_of_10_000():
    level, (z,) = leaves([np.array([[1e4, 0.0], [0.0, 1e4]])], [0])
    loss = f.cross_entropy(z, np.array([0, 0]), reduction="none")
    assert loss.value.tolist() == [0.0, 1e4]
    assert pull_back(loss, np.ones(2), level)[z].tolist() == [[0, 0], [-1, 1]]


def test_cross_entropy_takes_labels_and_probabilities_alike():
    logits = np.array([[0.3, -1.2, 2.0], [1.0, 0.5, -0.5]])
    one_hot = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    by_label, by_rows = f.cross_entropy(logits, np.array([2, 0])), f.cross_entropy(logits, one_hot)
    assert by_label == pytest.approx(by_rows, rel=4 * EPSILON)
    assert by_rows == pytest.approx(
        -np.mean(np.sum(one_hot * f.log_softmax(logits), axis=1)), rel=4 * EPSILON
    )


def test_a_probability_of_0_has_no_loss_even_at_minus_infinity():
    assert f.cross_entropy(np.array([[0.0, -np.inf]]), np.array([[1.0, 0.0]])) == 0


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (np.array([0, 3]), "labels 0..2; got 0..3"),
        (np.array([0, -1]), "labels 0..2; got -1..0"),
        (np.array([0.0, 1.0]), "whole numbers as labels; got float64"),
        (np.array([0, 1, 2]), r"logits \(2, 3\) and targets \(3,\)"),
    ],
)
def test_cross_entropy_refuses_wrong_targets(targets, message):
    with pytest.raises(ValueError, match=message):
        f.cross_entropy(np.zeros((2, 3)), targets)


def test_cross_entropy_refuses_an_unknown_reduction():
    with pytest.raises(ValueError, match='"mean", "sum" or "none"; got \'max\''):
        f.cross_entropy(np.zeros((2, 3)), np.array([0, 1]), reduction="max")


def test_a_product_with_zeros_has_the_right_derivatives():
    x = np.array([2.0, 0.0, 5.0])
    level, (v,) = leaves([x], [0])
    gradient = pull_back(f.prod(v), np.float64(1), level, record=True)[v]
    assert gradient.value.tolist() == [0, 10, 0]
    # d^2 (abc): the mixed ones are the third factor. Row 0 is (0, c, b), row 1 (c, 0, a).
    assert pull_back(gradient[0], np.float64(1), level)[v].tolist() == [0, 5, 0]
    assert pull_back(gradient[1], np.float64(1), level)[v].tolist() == [5, 0, 2]
    assert slopes_at("prod", [0.0, 0.0, 5.0]).tolist() == [0, 0, 0]


def test_det_has_its_cofactors_at_a_singular_matrix():
    a = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 1.0, 5.0]])
    # cofactors by hand: (4*5 - 6*1, -(2*5 - 6*0), 2*1 - 4*0), (-(2*5 - 3), 5, -1), (0, 0, 0)
    assert np.linalg.det(a) == 0
    np.testing.assert_allclose(
        slopes_at("det", a), [[14, -10, 2], [-7, 5, -1], [0, 0, 0]], atol=64 * EPSILON
    )


def test_nan_goes_where_it_came_from():
    assert np.isnan(PRIMITIVES["max"](np.array([1.0, np.nan])))
    assert slopes_at("max", [1.0, np.nan]).tolist() == [0, 1]
    assert slopes_at("maximum", np.nan, 1.0) == 1


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        (
            "cholesky",
            [np.array([[1.0, 0.0], [0.0, -2.0]])],
            r"cholesky needs positive definite.*shape \(2, 2\).*-2",
        ),
        (
            "solve",
            [np.ones((2, 2)), np.ones(2)],
            r"solve needs an invertible matrix; got shape \(2, 2\)",
        ),
        ("inv", [np.zeros((2, 2))], r"inv needs an invertible matrix"),
        ("det", [np.ones((2, 3))], r"det needs square matrices; got shape \(2, 3\)"),
        ("add", [np.ones(3), np.ones(4)], r"add got shapes \(3,\) and \(4,\)"),
        ("matmul", [np.ones((2, 3)), np.ones((2, 3))], r"matmul got shapes \(2, 3\) and \(2, 3\)"),
        ("max", [np.ones((0, 3))], r"max got shapes \(0, 3\)"),
    ],
)
def test_errors_name_the_operation_and_the_shapes(name, values, message):
    with pytest.raises(ValueError, match=message):
        PRIMITIVES[name](*values)


def test_astype_goes_to_float32_and_its_gradient_comes_back():
    level, (x,) = leaves([np.array([1.0, 2.0])], [0])
    y = f.astype(x, np.float32)
    assert y.dtype == np.float32
    gradient = pull_back(y, np.ones(2, np.float32), level)[x]
    assert gradient.dtype == np.float64
    with pytest.raises(TypeError, match=r"astype\(int64\)"):
        f.astype(x, int)


def test_a_float32_input_has_a_float32_gradient_within_a_float64_function():
    level, (x,) = leaves([np.ones(3, np.float32)], [0])
    assert pull_back(x * np.ones(3), np.ones(3), level)[x].dtype == np.float32


def test_the_error_function_is_right_to_the_last_digits():
    x = np.concatenate(
        [np.linspace(-6, 6, 4001), np.linspace(-27, 27, 997), [0.46875, 4.0, 1e-300, 0.0]]
    )
    for ours, exact in ((f.erf, math.erf), (f.erfc, math.erfc)):
        expected = np.array([exact(v) for v in x])
        ordinary = np.abs(expected) > 1e-300
        # Cody's bound is a few units in the last place; exp(-x^2) adds one or two.
        np.testing.assert_allclose(ours(x)[ordinary], expected[ordinary], rtol=8 * EPSILON, atol=0)
    assert np.isnan(f.erf(np.array([np.nan]))).all() and np.isnan(f.erfc(np.array([np.nan]))).all()
    assert f.erf(np.array([-np.inf, np.inf])).tolist() == [-1, 1]
    assert f.erfc(np.array([-np.inf, np.inf])).tolist() == [2, 0]


def test_an_infinite_term_leaves_no_share_of_logsumexp_to_the_others():
    assert slopes_at("logsumexp", [-math.inf, 0.0, -math.inf]).tolist() == [0.0, 1.0, 0.0]
    assert slopes_at("logsumexp", [-math.inf, -math.inf]).tolist() == [0.0, 0.0]
    share = slopes_at("logsumexp", [math.inf, 1.0, -math.inf])
    assert np.isnan(share[0])  # infinity less infinity
    assert share[1:].tolist() == [0.0, 0.0]
