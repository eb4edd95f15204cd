"""Every primitive against central differences: value to value, first and second derivatives, shapes and precisions."""

from __future__ import annotations

import numpy as np
import pytest

from ganglion.autodiff.graph import PRIMITIVES, Variable
from ganglion.autodiff.passes import pull_back, push_forward
from ganglion.autodiff.primitives._rules import raw
from oracles.derivatives import along
from oracles.primitive_calls import EPSILON, assert_close, call, drawn, leaves, pulled
from oracles.primitive_cases import ALL, ELEMENTWISE, EMPTY, FLAT, OTHERS, SHAPES, Case, real


def shown(parameter):
    if isinstance(parameter, str):
        return parameter
    return "-".join(str(shape) for _, shape in parameter.inputs) + "".join(
        f",{k}" for k in parameter.options
    )


every_case = pytest.mark.parametrize(("name", "case"), ALL, ids=shown)


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
    change = push_forward(
        y, {arguments[i]: np.asarray(d)[()] for i, d in zip(moving, directions, strict=True)}, level
    )
    assert np.shape(change) == np.shape(y.value) == np.shape(expected)
    scale = np.max(np.abs(y.value), initial=0)
    assert_close(change, expected, scale)

    seed = np.asarray(rng.standard_normal(np.shape(y.value)))[()]
    _, _, gradients = pulled(name, case, values, moving, seed)
    for i, gradient in zip(moving, gradients, strict=True):
        assert gradient.shape == np.shape(values[i])
        assert gradient.dtype == np.float64
    carried_back = sum(np.vdot(g, d) for g, d in zip(gradients, directions, strict=True))
    size = sum(np.sum(np.abs(g * d)) for g, d in zip(gradients, directions, strict=True)) + np.sum(
        np.abs(seed * change)
    )
    assert abs(carried_back - np.vdot(seed, change)) <= 64 * EPSILON * max(size, 1.0)
    for k, i in enumerate(moving):  # and one argument alone
        alone = along(call(name, case, values, [i]), [values[i]], [directions[k]])
        assert_close(
            np.vdot(gradients[k], directions[k]),
            np.vdot(seed, alone),
            scale * max(np.sum(np.abs(seed)), 1),
        )


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
        np.vdot(second[arguments[i]], d)
        for i, d in zip(moving, directions, strict=True)
        if arguments[i] in second
    )
    scale = sum(
        np.sum(np.abs(w * (g.value if isinstance(g, Variable) else g)))
        for w, g in zip(weights, gradients, strict=True)
    )
    assert_close(found, expected, scale)


BENT = (
    "exp tanh sigmoid softplus gelu mish silu erf power divide logaddexp hypot arctan2 prod norm std logsumexp softmax "
    "log_softmax cross_entropy matmul einsum solve inv det slogdet cholesky"
).split()


@pytest.mark.parametrize(("name", "case"), [row for row in ALL if row[0] in BENT], ids=shown)
def test_differentiating_twice_gives_third_derivatives(name, case):
    rng, values, moving = drawn(name, case, seed=13)
    seed = np.asarray(rng.standard_normal(np.shape(PRIMITIVES[name](*values, **case.options))))[()]
    weights = [[rng.standard_normal(np.shape(values[i])) for i in moving] for _ in range(3)]

    def bend(*moved, record=False):
        arguments = list(values)
        for i, value in zip(moving, moved, strict=True):
            arguments[i] = np.asarray(value)[()]
        level, arguments, gradients = pulled(name, case, arguments, moving, seed, record=True)
        total = sum(np.sum(g * w) for g, w in zip(gradients, weights[0], strict=True))
        second = (
            pull_back(total, np.float64(1), level, record=record)
            if isinstance(total, Variable)
            else {}
        )
        inputs = [arguments[i] for i in moving]
        inner = [
            np.sum(second[x] * w) for x, w in zip(inputs, weights[1], strict=True) if x in second
        ]
        return level, inputs, sum(inner, np.float64(0))

    expected = along(lambda *moved: bend(*moved)[2], [values[i] for i in moving], weights[2])
    level, inputs, bent = bend(*(values[i] for i in moving), record=True)
    third = pull_back(bent, np.float64(1), level) if isinstance(bent, Variable) else {}
    found = sum(np.vdot(third[x], w) for x, w in zip(inputs, weights[2], strict=True) if x in third)
    # The terms of a second derivative are up to 100 times their sum on these inputs: distances of 0.2, squared.
    assert_close(found, expected, 100 * max(abs(raw(bent)), 1.0))


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
        np.testing.assert_allclose(
            found, expected, rtol=bound, atol=bound * np.max(np.abs(expected), initial=1)
        )


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
        pulled(name, case, values, moving, seed)[2],
        pulled(name, case, strided, moving, seed)[2],
        strict=True,
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
            np.testing.assert_allclose(
                np.broadcast_to(local, np.shape(y)), gradient, rtol=4 * EPSILON
            )


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
    level, arguments = leaves(
        values, [i for i in range(count) if i not in PRIMITIVES[name].constant]
    )
    y = PRIMITIVES[name](*arguments)
    assert y.value.shape == (0, 3)
    gradients = pull_back(y, np.ones((0, 3)), level)
    assert all(
        gradients[a].shape == (0, 3) for a in arguments if a is not values[0] and a in gradients
    )


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
        assert f"{{{count - 1}}}" in primitive.formula
    else:
        assert name in ("einsum", "concatenate", "stack")
    if name in ELEMENTWISE:
        assert len(primitive.slopes) == count
