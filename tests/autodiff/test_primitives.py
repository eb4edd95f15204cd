"""Every primitive against central differences: value to value, first and second derivatives, shapes and precisions."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pytest

from ganglion.autodiff import functions as f, numpy_functions as numpy_functions
from ganglion.autodiff.graph import NO_OPTIONS, PRIMITIVES, Variable, next_serial
from ganglion.autodiff.passes import pull_back, push_forward
from ganglion.autodiff.primitives import KINKS
from oracles.derivatives import along

EPSILON = np.finfo(np.float64).eps
STEP = 2.0**-10  # the oracle's smallest


# --- inputs: away from kinks and singularities by at least 0.3, so that differences over 2^-7 see neither ---


def real(rng, shape):
    return rng.uniform(0.3, 2.0, shape) * rng.choice([-1.0, 1.0], shape)


def positive(rng, shape):
    return rng.uniform(0.5, 2.5, shape)


def inside_one(rng, shape):
    return rng.uniform(-0.7, 0.7, shape)


def above_one(rng, shape):
    return rng.uniform(1.5, 3.0, shape)


def below_two(rng, shape):
    return rng.uniform(0.3, 1.8, shape)


def above_two(rng, shape):
    return rng.uniform(2.2, 3.0, shape)


def distinct(rng, shape):
    return 0.2 * rng.permutation(math.prod(shape)).reshape(shape) - 1.0


def invertible(rng, shape):
    return rng.uniform(-1, 1, shape) + 3.0 * np.eye(shape[-1])


def definite(rng, shape):
    return 0.3 * rng.uniform(-1, 1, shape) + 3.0 * np.eye(shape[-1])


def probabilities(rng, shape):
    rows = rng.uniform(0.1, 1.0, shape)
    return rows / rows.sum(axis=-1, keepdims=True)


def labels(rng, shape):
    return rng.integers(0, 4, shape)


def condition(rng, shape):
    return rng.random(shape) < 0.5


def whole(rng, shape):
    return rng.integers(2, 5, shape).astype(float)


# --- the table: what every primitive is checked on ---

ELEMENTWISE = {
    "identity": [real], "add": [real, real], "subtract": [real, real], "multiply": [real, real],
    "divide": [real, real], "remainder": [below_two, above_two], "power": [positive, real], "negative": [real],
    "reciprocal": [real], "square": [real], "sqrt": [positive], "cbrt": [positive], "hypot": [real, real],
    "absolute": [real], "maximum": [positive, inside_one], "minimum": [positive, inside_one],
    "clip": [real, inside_one, above_one], "where": [condition, real, real],
    "exp": [real], "exp2": [real], "expm1": [real], "log": [positive], "log2": [positive], "log10": [positive],
    "log1p": [positive], "logaddexp": [real, real], "logaddexp2": [real, real],
    "sin": [real], "cos": [real], "tan": [inside_one], "arcsin": [inside_one], "arccos": [inside_one],
    "arctan": [real], "arctan2": [positive, real], "sinh": [real], "cosh": [real], "tanh": [real],
    "arcsinh": [real], "arccosh": [above_one], "arctanh": [inside_one], "erf": [real], "erfc": [real],
    "sigmoid": [real], "softplus": [real], "silu": [real], "mish": [real], "gelu": [real], "relu": [real],
    "leaky_relu": [real], "elu": [real], "selu": [real],
}  # fmt: skip
FLAT = ["floor_divide", "sign", "floor", "ceil", "rint", "trunc", "round", "step", "stop_gradient"]

Input = tuple  # (a function of the above, a shape)


@dataclass(frozen=True)
class Case:
    """The inputs of one call: (draw, shape) each, and the options."""

    inputs: list[Input]
    options: dict = field(default_factory=dict)


def on(*inputs, **options):
    return Case(list(inputs), options)


REDUCED = [{}, {"axis": 1}, {"axis": 0, "keepdims": True}, {"axis": (0, 2)}, {"axis": -1}]
OTHERS = {
    **{name: [on((real, (2, 3, 4)), **o) for o in REDUCED] for name in ("sum", "mean", "norm", "logsumexp")},
    **{name: [on((distinct, (2, 3, 4)), **o) for o in REDUCED] for name in ("max", "min")},
    "prod": [on((real, (2, 3, 2)), **o) for o in REDUCED] + [on((real, (7,)))],
    "var": [on((real, (2, 3, 4)), **o) for o in (*REDUCED, {"axis": 1, "ddof": 1})],
    "std": [on((real, (2, 3, 4)), **o) for o in (*REDUCED, {"axis": 1, "ddof": 1})],
    "softmax": [on((real, (3, 4))), on((real, (2, 3, 2)), axis=1), on((real, (5,)))],
    "log_softmax": [on((real, (3, 4))), on((real, (2, 3, 2)), axis=1), on((real, (5,)))],
    "cross_entropy": [
        on((real, (3, 4)), (labels, (3,))),
        on((real, (3, 4)), (labels, (3,)), reduction="sum"),
        on((real, (2, 3, 4)), (labels, (2, 3)), reduction="none"),
        on((real, (4,)), (labels, ())),
        on((real, (3, 4)), (probabilities, (3, 4))),
        on((real, (2, 3, 4)), (positive, (2, 3, 4)), reduction="none"),
        on((real, (4,)), (probabilities, (4,)), reduction="sum"),
    ],
    "matmul": [
        on((real, a), (real, b))
        for a, b in [
            ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2)),
            ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)),
        ]
    ],
    "einsum": [
        on((real, (2, 3)), (real, (3, 4)), subscripts="ij,jk->ik"),
        on((real, (2, 3)), subscripts="ij->"),
        on((real, (2, 3)), subscripts="ij->ji"),
        on((real, (2, 3)), (real, (4,)), subscripts="ij,k->jk"),
        on((real, (5, 2, 3)), (real, (5, 3)), (real, (2,)), subscripts="bij,bj,i->b"),
        on((real, (1, 3)), (real, (4, 3)), subscripts="ij,ij->i"),
        on((real, (3,)), (real, (1,)), subscripts="i,i->"),
    ],
    "solve": [
        on((invertible, (3, 3)), (real, (3,))),
        on((invertible, (3, 3)), (real, (3, 2))),
        on((invertible, (2, 3, 3)), (real, (3, 2))),
        on((invertible, (3, 3)), (real, (2, 3, 1))),
    ],
    "inv": [on((invertible, (3, 3))), on((invertible, (2, 2, 2)))],
    "det": [on((invertible, (3, 3))), on((invertible, (2, 3, 3))), on((invertible, (1, 1)))],
    "slogdet": [on((invertible, (3, 3))), on((invertible, (2, 2, 2)))],
    "cholesky": [on((definite, (3, 3))), on((definite, (2, 2, 2)))],
    "reshape": [on((real, (2, 3)), shape=(3, 2)), on((real, (2, 3)), shape=-1), on((real, ()), shape=(1, 1))],
    "transpose": [on((real, (2, 3))), on((real, (2, 3, 4)), axes=(2, 0, 1)), on((real, (2, 3, 4)), axes=(-1, 0, 1))],
    "broadcast_to": [on((real, (3, 1)), shape=(2, 3, 4)), on((real, ()), shape=(2,)), on((real, (2,)), shape=(2,))],
    "getitem": [
        on((real, (3, 4)), index=index)
        for index in [
            1, (1, 2), slice(None, None, -1), (slice(0, 2), slice(1, None, 2)), (Ellipsis, 0), (None, 1),
            np.array([0, 2, 0, 0]), [2, 2], np.array([[True, False, True, False]] * 3), (np.array([0, 0]), slice(None)),
            (slice(None), np.array([1, 1, 3])), (np.array([0, 1, 0]), np.array([2, 2, 2])), np.array([True, False, True]),
        ]
    ],
    "scatter_add": [
        on((real, (2,)), index=np.array([1, 1]), shape=(3,)),
        on((real, (2, 2)), index=(slice(0, 2), slice(1, None)), shape=(3, 3)),
    ],
    "concatenate": [
        on((real, (2, 3)), (real, (1, 3))),
        on((real, (2, 3)), (real, (2, 0)), (real, (2, 2)), axis=1),
        on((real, (2, 3)), axis=-1),
    ],
    "stack": [on((real, (2, 3)), (real, (2, 3))), on((real, (2,)), (real, (2,)), axis=-1), on((real, ()), (real, ()))],
    "pad": [on((real, (2, 3)), widths=((1, 0), (0, 2))), on((real, (3,)), widths=((2, 1),), value=5.0)],
    "cumsum": [on((real, (2, 3)), axis=1), on((real, (4,)), axis=0)],
    "sort": [on((distinct, (3, 4))), on((distinct, (3, 4)), axis=0), on((distinct, (5,)))],
    "diagonal": [
        on((real, (3, 4))), on((real, (3, 4)), offset=1), on((real, (3, 2)), offset=-1),
        on((real, (2, 3, 4)), axis1=2, axis2=0), on((real, (2, 3, 3)), axis1=-2, axis2=-1),
    ],
    "trace": [on((real, (3, 3))), on((real, (3, 4)), offset=1), on((real, (2, 3, 4)), axis1=1, axis2=2)],
    "tril": [on((real, (3, 4))), on((real, (2, 3, 3)), k=-1)],
    "triu": [on((real, (3, 4))), on((real, (2, 3, 3)), k=1)],
    "astype": [on((real, (2, 3)), dtype=np.float64)],
}  # fmt: skip

SHAPES = {
    1: [[()], [(3, 4)], [(5,)]],
    2: [[(), ()], [(3, 4), (3, 4)], [(3, 1), (4,)], [(), (2, 3)], [(2, 3), ()], [(1, 3), (2, 1)], [(1,), ()]],
    3: [[(), (), ()], [(3, 4), (3, 4), (3, 4)], [(3, 1), (4,), ()], [(), (2, 3), (3,)]],
}
ALL = [(name, case) for name, cases in OTHERS.items() for case in cases] + [
    (name, Case(list(zip(draws, shapes, strict=True))))
    for name, draws in ELEMENTWISE.items()
    for shapes in SHAPES[len(draws)]
]


def shown(parameter):
    if isinstance(parameter, str):
        return parameter
    return "-".join(str(shape) for _, shape in parameter.inputs) + "".join(f",{k}" for k in parameter.options)


every_case = pytest.mark.parametrize(("name", "case"), ALL, ids=shown)


def leaves(values, positions):
    """The arguments, with a variable of one differentiation at every position that has a derivative."""
    level = next_serial()
    arguments = [
        Variable(value, None, (), NO_OPTIONS, next_serial(), level) if i in positions else value
        for i, value in enumerate(values)
    ]
    return level, arguments


def drawn(name, case, seed=7):
    """The values of a case, and the positions of those that move."""
    rng = np.random.default_rng(seed)
    values = [np.asarray(draw(rng, shape))[()] for draw, shape in case.inputs]
    moving = [i for i, v in enumerate(values) if v.dtype == np.float64 and i not in PRIMITIVES[name].constant]
    return rng, values, moving


def call(name, case, values, moving):
    """The primitive as a function of the values that move."""

    def function(*moved):
        arguments = list(values)
        for position, value in zip(moving, moved, strict=True):
            arguments[position] = value
        return PRIMITIVES[name](*arguments, **case.options)

    return function


def pulled(name, case, values, moving, seed, *, record=False):
    """The gradients of <seed, y> by the values that move."""
    level, arguments = leaves(values, moving)
    y = PRIMITIVES[name](*arguments, **case.options)
    gradients = pull_back(y, seed, level, record=record)
    return level, arguments, [gradients.get(arguments[i], np.zeros(np.shape(values[i]))) for i in moving]


def assert_close(found, expected, scale):
    """Equal to what differences can tell: they lose EPSILON scale / STEP to rounding, some 16 times over."""
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=16 * EPSILON * max(scale, 1.0) / STEP)


# --- the checks ---


def test_every_primitive_is_in_the_table():
    checked = [*ELEMENTWISE, *OTHERS, *FLAT]
    assert len(checked) == len(set(checked))
    assert set(checked) == set(PRIMITIVES)
    assert len(PRIMITIVES) >= 60


@every_case
def test_push_and_pull_agree_with_central_differences_and_with_each_other(name, case):
    rng, values, moving = drawn(name, case)
    directions = [rng.standard_normal(np.shape(values[i])) for i in moving]
    start = [values[i] for i in moving]
    function = call(name, case, values, moving)
    expected = along(function, start, directions)

    level, arguments = leaves(values, moving)
    y = PRIMITIVES[name](*arguments, **case.options)
    change = push_forward(y, {arguments[i]: np.asarray(d)[()] for i, d in zip(moving, directions, strict=True)}, level)
    assert np.shape(change) == np.shape(y.value) == np.shape(expected)
    scale = np.max(np.abs(y.value), initial=0)
    assert_close(change, expected, scale)

    seed = np.asarray(rng.standard_normal(np.shape(y.value)))[()]
    _, _, gradients = pulled(name, case, values, moving, seed)
    for i, gradient in zip(moving, gradients, strict=True):
        assert gradient.shape == np.shape(values[i])
        assert gradient.dtype == np.float64
    carried_back = sum(np.vdot(g, d) for g, d in zip(gradients, directions, strict=True))
    size = sum(np.sum(np.abs(g * d)) for g, d in zip(gradients, directions, strict=True)) + np.sum(np.abs(seed * change))
    assert abs(carried_back - np.vdot(seed, change)) <= 64 * EPSILON * max(size, 1.0)
    for k, i in enumerate(moving):  # and one argument alone
        alone = along(call(name, case, values, [i]), [values[i]], [directions[k]])
        assert_close(np.vdot(gradients[k], directions[k]), np.vdot(seed, alone), scale * max(np.sum(np.abs(seed)), 1))


@every_case
def test_differentiating_the_pull_gives_second_derivatives(name, case):
    rng, values, moving = drawn(name, case, seed=11)
    seed = np.asarray(rng.standard_normal(np.shape(PRIMITIVES[name](*values, **case.options))))[()]
    weights = [rng.standard_normal(np.shape(values[i])) for i in moving]
    directions = [rng.standard_normal(np.shape(values[i])) for i in moving]

    def weighted_gradient(*moved):
        arguments = list(values)
        for i, value in zip(moving, moved, strict=True):
            arguments[i] = np.asarray(value)[()]
        _, _, gradients = pulled(name, case, arguments, moving, seed)
        return sum(np.vdot(w, g) for w, g in zip(weights, gradients, strict=True))

    expected = along(weighted_gradient, [values[i] for i in moving], directions)
    level, arguments, gradients = pulled(name, case, values, moving, seed, record=True)
    total = sum(np.sum(g * w) for g, w in zip(gradients, weights, strict=True))
    second = pull_back(total, np.float64(1), level) if isinstance(total, Variable) else {}
    found = sum(
        np.vdot(second[arguments[i]], d) for i, d in zip(moving, directions, strict=True) if arguments[i] in second
    )
    scale = sum(np.sum(np.abs(w * (g.value if isinstance(g, Variable) else g))) for w, g in zip(weights, gradients, strict=True))
    assert_close(found, expected, scale)


@pytest.mark.parametrize(("name", "case"), [row for row in ALL if row[0] != "astype"], ids=shown)
def test_float32_stays_float32_and_is_close_to_float64(name, case):
    rng, values, moving = drawn(name, case, seed=3)
    single = [np.asarray(v, np.float32)[()] if i in moving else v for i, v in enumerate(values)]
    double = [np.asarray(v, np.float64)[()] if i in moving else v for i, v in enumerate(single)]
    y32, y64 = (PRIMITIVES[name](*v, **case.options) for v in (single, double))
    assert y32.dtype == np.float32
    seed = np.asarray(rng.standard_normal(np.shape(y64)), np.float32)[()]
    _, _, g32 = pulled(name, case, single, moving, seed)
    _, _, g64 = pulled(name, case, double, moving, seed.astype(np.float64))
    # Conditions of the inputs above are below 30; sums here have fewer than 30 terms.
    bound = 1000 * np.finfo(np.float32).eps
    np.testing.assert_allclose(y32, y64, rtol=bound, atol=bound)
    for found, expected in zip(g32, g64, strict=True):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=bound, atol=bound * np.max(np.abs(expected), initial=1))


@every_case
def test_layout_in_memory_does_not_matter(name, case):
    rng, values, moving = drawn(name, case, seed=5)
    strided = list(values)
    for i, value in enumerate(values):
        if np.ndim(value) == 0:
            continue
        buffer = np.zeros(tuple(2 * n for n in np.shape(value)), np.asarray(value).dtype, order="F")
        view = buffer[(slice(None, None, 2),) * np.ndim(value)]
        view[...] = value
        strided[i] = view
    y, same = (PRIMITIVES[name](*v, **case.options) for v in (values, strided))
    np.testing.assert_allclose(same, y, rtol=8 * EPSILON, atol=8 * EPSILON)
    seed = np.asarray(rng.standard_normal(np.shape(y)))[()]
    for expected, found in zip(
        pulled(name, case, values, moving, seed)[2], pulled(name, case, strided, moving, seed)[2], strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=64 * EPSILON, atol=64 * EPSILON)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_local_derivative_is_the_pull_of_ones(name):
    for shapes in SHAPES[len(ELEMENTWISE[name])][:2]:
        case = Case(list(zip(ELEMENTWISE[name], shapes, strict=True)))
        _, values, moving = drawn(name, case)
        y = PRIMITIVES[name](*values)
        _, _, gradients = pulled(name, case, values, moving, np.ones_like(y))
        for position, gradient in zip(moving, gradients, strict=True):
            local = PRIMITIVES[name].local(position, y, values)
            assert np.asarray(local).dtype.kind in "fi"
            np.testing.assert_allclose(np.broadcast_to(local, np.shape(y)), gradient, rtol=4 * EPSILON)


@pytest.mark.parametrize("name", FLAT)
def test_what_is_flat_passes_nothing_back(name):
    values = [np.array([0.4, -1.6, 2.0])] * (2 if name == "floor_divide" else 1)
    level, arguments = leaves(values, range(len(values)))
    y = PRIMITIVES[name](*arguments)
    assert not set(arguments) & set(pull_back(y, np.ones(3), level))
    assert push_forward(y, dict.fromkeys(arguments, np.ones(3)), level) is None
    assert PRIMITIVES[name].local(0, y.value, values) == 0


@pytest.mark.parametrize("name", [*ELEMENTWISE, *FLAT])
def test_elementwise_functions_take_empty_arrays(name):
    count = len(ELEMENTWISE.get(name, [real] * (2 if name == "floor_divide" else 1)))
    values = [np.ones((0, 3))] * count
    level, arguments = leaves(values, [i for i in range(count) if i not in PRIMITIVES[name].constant])
    y = PRIMITIVES[name](*arguments)
    assert y.value.shape == (0, 3)
    gradients = pull_back(y, np.ones((0, 3)), level)
    assert all(gradients[a].shape == (0, 3) for a in arguments if a is not values[0] and a in gradients)


EMPTY = {
    "sum": on((real, (0, 3))), "prod": on((real, (0, 3)), axis=0), "norm": on((real, (0, 3))),
    "mean": on((real, (0, 3)), axis=1), "var": on((real, (0, 3)), axis=1), "std": on((real, (0, 3)), axis=1),
    "max": on((real, (0, 3)), axis=1), "min": on((real, (0, 3)), axis=1), "logsumexp": on((real, (0, 3)), axis=1),
    "softmax": on((real, (0, 3))), "log_softmax": on((real, (0, 3))),
    "cross_entropy": on((real, (0, 3)), (labels, (0,)), reduction="sum"),
    "matmul": on((real, (2, 0)), (real, (0, 3))), "einsum": on((real, (2, 0)), (real, (0, 3)), subscripts="ij,jk->ik"),
    "solve": on((invertible, (0, 3, 3)), (real, (0, 3, 1))), "inv": on((invertible, (0, 3, 3))),
    "det": on((invertible, (0, 2, 2))), "slogdet": on((invertible, (0, 2, 2))), "cholesky": on((definite, (0, 2, 2))),
    "reshape": on((real, (0, 3)), shape=(3, 0)), "transpose": on((real, (0, 3))),
    "broadcast_to": on((real, (0, 1)), shape=(0, 3)), "getitem": on((real, (3,)), index=slice(0, 0)),
    "scatter_add": on((real, (0,)), index=slice(0, 0), shape=(3,)), "concatenate": on((real, (0, 3)), (real, (2, 3))),
    "stack": on((real, (0,)), (real, (0,))), "pad": on((real, (0,)), widths=((1, 1),)),
    "cumsum": on((real, (0, 3)), axis=0), "sort": on((real, (0,))), "diagonal": on((real, (0, 3))),
    "trace": on((real, (0, 3))), "tril": on((real, (0, 3))), "triu": on((real, (0, 3))),
    "astype": on((real, (0, 3)), dtype=np.float32),
}  # fmt: skip


def test_every_other_primitive_has_an_empty_case():
    assert set(EMPTY) == set(OTHERS)


@pytest.mark.parametrize("name", EMPTY)
def test_empty_arrays_have_empty_gradients(name):
    _, values, moving = drawn(name, EMPTY[name])
    y = PRIMITIVES[name](*values, **EMPTY[name].options)
    _, _, gradients = pulled(name, EMPTY[name], values, moving, np.ones_like(y))
    assert [g.shape for g in gradients] == [np.shape(values[i]) for i in moving]


@pytest.mark.parametrize("name", PRIMITIVES)
def test_every_primitive_can_be_shown(name):
    primitive = PRIMITIVES[name]
    count = len(ELEMENTWISE.get(name, ())) or (2 if name == "floor_divide" else 1)
    if name in OTHERS:
        count = len(OTHERS[name][0].inputs)
    if primitive.formula:
        assert primitive.formula.format(*"abc"[:count], index="i") != primitive.formula
        assert ("{%d}" % (count - 1)) in primitive.formula
    else:
        assert name in ("einsum", "concatenate", "stack")
    if name in ELEMENTWISE:
        assert len(primitive.slopes) == count


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
    assert {"absolute", "relu", "leaky_relu", "step", "maximum", "max", "clip", "sort", "norm", "sqrt", "power"} <= named


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
        assert np.allclose(slopes_at("power", wrap(base), wrap(exponent)), by_base, rtol=1e-15, atol=0)
        assert np.allclose(slopes_at("power", wrap(base), wrap(exponent), position=1), by_exponent, rtol=1e-15, atol=0)


@pytest.mark.parametrize("exponent", [-2, -1, 0, 1, 2, 3, 2.0, 3.0])
def test_negative_bases_with_whole_exponents_are_exact(exponent):
    level, (x,) = leaves([np.array([-2.0, -0.5, 4.0])], [0])
    y = x**exponent
    assert pull_back(y, np.ones(3), level)[x].tolist() == (exponent * x.value ** float(exponent - 1)).tolist()


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
    "name", ["sigmoid", "softplus", "silu", "mish", "elu", "selu", "gelu", "softmax", "log_softmax", "logsumexp", "tanh",
             "erf", "erfc", "relu", "leaky_relu"],
)  # fmt: skip
def test_large_arguments_neither_warn_nor_give_nan(name):
    level, (x,) = leaves([LARGE if name not in ("softmax", "log_softmax", "logsumexp") else LARGE[1:-1]], [0])
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
    assert by_rows == pytest.approx(-np.mean(np.sum(one_hot * f.log_softmax(logits), axis=1)), rel=4 * EPSILON)


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
    np.testing.assert_allclose(slopes_at("det", a), [[14, -10, 2], [-7, 5, -1], [0, 0, 0]], atol=64 * EPSILON)


def test_nan_goes_where_it_came_from():
    assert np.isnan(PRIMITIVES["max"](np.array([1.0, np.nan])))
    assert slopes_at("max", [1.0, np.nan]).tolist() == [0, 1]
    assert slopes_at("maximum", np.nan, 1.0) == 1


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("cholesky", [np.array([[1.0, 0.0], [0.0, -2.0]])], r"cholesky needs positive definite.*shape \(2, 2\).*-2"),
        ("solve", [np.ones((2, 2)), np.ones(2)], r"solve needs an invertible matrix; got shape \(2, 2\)"),
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
    x = np.concatenate([np.linspace(-6, 6, 4001), np.linspace(-27, 27, 997), [0.46875, 4.0, 1e-300, 0.0]])
    for ours, exact in ((f.erf, math.erf), (f.erfc, math.erfc)):
        expected = np.array([exact(v) for v in x])
        ordinary = np.abs(expected) > 1e-300
        # Cody's bound is a few units in the last place; exp(-x^2) adds one or two.
        np.testing.assert_allclose(ours(x)[ordinary], expected[ordinary], rtol=8 * EPSILON, atol=0)
    assert np.isnan(f.erf(np.array([np.nan]))).all() and np.isnan(f.erfc(np.array([np.nan]))).all()
    assert f.erf(np.array([-np.inf, np.inf])).tolist() == [-1, 1]
    assert f.erfc(np.array([-np.inf, np.inf])).tolist() == [2, 0]
