"""The primitives that only networks have: slopes against central differences, pull against push against local."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.autodiff.graph import Primitive
from ganglion.nn import _nodes

RNG = np.random.default_rng(0)
ARCTAN = gl.nn.Activation("arctan", "arctan(v)", function=np.arctan)
UNIT = gl.nn.Activation(
    "unit",
    "v / sqrt(1 + sum(v**2))",
    function=lambda v: v / np.sqrt(1 + np.sum(v**2, axis=-1, keepdims=True)),
    is_elementwise=False,
)
ARRAYS = {
    "affine": (
        _nodes.affine,
        (RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)),
        {},
    ),
    "affine, one row": (
        _nodes.affine,
        (RNG.normal(size=3), RNG.normal(size=(3, 4)), RNG.normal(size=4)),
        {},
    ),
    "affine, no rows": (
        _nodes.affine,
        (np.ones((0, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)),
        {},
    ),
    "held_output sigmoid": (_nodes.held_output("sigmoid"), (RNG.normal(size=4),), {}),
    "held_output softmax": (_nodes.held_output("softmax"), (RNG.normal(size=4),), {"axis": -1}),
    "own_activation": (_nodes.own_activation(ARCTAN), (RNG.normal(size=4),), {}),
    "own_activation, of a number": (_nodes.own_activation(ARCTAN), (np.float64(0.5),), {}),
    "own_outputs": (_nodes.own_outputs(UNIT), (RNG.normal(size=4),), {}),
    "scaled": (
        _nodes.scaled,
        (
            RNG.normal(size=4),
            np.float64(0.3),
            np.float64(1.7),
            RNG.normal(size=4),
            RNG.normal(size=4),
        ),
        {},
    ),
    "scaled_by": (
        _nodes.scaled_by(RNG.normal(size=4), RNG.random(4) + 0.5, "({0} - m) / d"),
        (RNG.normal(size=4), RNG.normal(size=4), RNG.normal(size=4)),
        {},
    ),
    "deviation_of_array": (_nodes.deviation_of_array(0.1), (RNG.normal(size=5),), {}),
}
NUMBERS = {
    "weighted_sum": (_nodes.weighted_sum(3, bias=True), RNG.normal(size=7)),
    "weighted_sum without bias": (_nodes.weighted_sum(2, bias=False), RNG.normal(size=4)),
    "weighted_sum of one": (_nodes.weighted_sum(1, bias=False), RNG.normal(size=2)),
    "softmax_component": (_nodes.softmax_component(1, 4, is_held=False), RNG.normal(size=4)),
    "own_component": (_nodes.own_component(UNIT, 1, 3), RNG.normal(size=3)),
    "own_activation of one": (_nodes.own_activation(ARCTAN), RNG.normal(size=1)),
    "scaled of numbers": (_nodes.scaled, np.array([0.5, 0.3, 1.7, -2.0, 0.25])),
    "scaled_by of numbers": (_nodes.scaled_by(0.3, 1.7, "({0} - 0.3) / 1.7"), RNG.normal(size=3)),
    "deviation_of_numbers": (_nodes.deviation_of_numbers(3, 0.1), RNG.normal(size=3)),
    "mean_of_numbers": (_nodes.mean_of_numbers(3), RNG.normal(size=3)),
    "softmax_component held": (_nodes.softmax_component(0, 2, is_held=True), RNG.normal(size=2)),
}
TARGETS = np.array([0.25, 0.75, 0.0])
OUTPUTS = np.array([0.1, 0.3, 0.6])
for _name, _loss in gl.nn.losses.items():
    _outputs = np.resize(OUTPUTS, 3 * _loss.outputs_per_target)
    NUMBERS[f"loss_of_numbers {_name}"] = (_nodes.loss_of_numbers(_loss, TARGETS), _outputs)
    ARRAYS[f"loss_of_array {_name}"] = (_nodes.loss_of_array(_loss, TARGETS), (_outputs,), {})
CASES = ARRAYS | {
    name: (primitive, tuple(values), {}) for name, (primitive, values) in NUMBERS.items()
}

STEP = 1e-6
# Central differences at this step: rounding eps / step, truncation step^2 times third derivatives around 10.
SLACK = 1e-9


def test_a_primitive_of_networks_without_its_check_fails():
    made = {
        name
        for name, value in vars(_nodes).items()
        if not name.startswith("_")
        and (
            isinstance(value, Primitive)
            or (callable(value) and value.__module__ == _nodes.__name__)
        )
    }
    assert made == {name.split(",")[0].split()[0] for name in CASES}


@pytest.mark.parametrize("name", CASES)
def test_push_is_the_change_and_pull_its_transpose(name):
    primitive, arguments, options = CASES[name]
    rng = np.random.default_rng(1)
    y = primitive(*arguments, **options)
    for position, argument in enumerate(arguments):
        tangent = rng.normal(size=np.shape(argument))

        def moved(by, position=position, tangent=tangent):
            changed = [a + by * tangent if i == position else a for i, a in enumerate(arguments)]
            return primitive(*changed, **options)

        change = primitive.push(position, tangent, y, arguments, options)
        np.testing.assert_allclose(
            change, (moved(STEP) - moved(-STEP)) / (2 * STEP), rtol=SLACK, atol=SLACK
        )
        upstream = rng.normal(size=np.shape(y))[()]
        share = primitive.pull(position, upstream, y, arguments, options)
        assert np.shape(share) == np.shape(argument)
        np.testing.assert_allclose(
            np.sum(share * tangent), np.sum(upstream * change), rtol=1e-13, atol=1e-13
        )


@pytest.mark.parametrize("name", NUMBERS)
def test_the_local_derivative_is_what_an_upstream_of_1_carries_back(name):
    primitive, values = NUMBERS[name]
    y = primitive(*values)
    for position in range(len(values)):
        local = primitive.local(position, y, tuple(values))
        assert local == primitive.pull(position, 1.0, y, tuple(values), {})


def test_affine_can_be_differentiated_twice():
    x, W, b = ARRAYS["affine"][1]

    def f(x, W, b):
        return gl.autodiff.sum(gl.autodiff.square(_nodes.affine(x, W, b)))

    assert gl.autodiff.check_gradients(f, x, W, b).passed
