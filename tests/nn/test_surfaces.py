"""The loss around a network: in its middle, on a quadratic, under rescaling, and the same bits every time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion.nn import Dense, Network

TARGETS_OF = {"squared": "values", "mse": "values", "cross_entropy": "classes"}


def problem(seed, *, n=20, d=3, k=2, kind="classes"):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, rng.integers(0, k, n) if kind == "classes" else rng.normal(size=(n, k))


def classifier(seed=0, *, d=3, k=2, activation="tanh", dtype="float64"):
    layers = [Dense(d, 5, activation), Dense(5, k, "softmax")]
    return Network(layers, "cross_entropy", random_state=seed, dtype=dtype)


LAYERS = {
    "dense": lambda: [Dense(3, 5, "relu"), Dense(5, 2, "softmax")],
    "dropout": lambda: [Dense(3, 5, "relu"), gl.nn.Dropout(0.5), Dense(5, 2, "softmax")],
    "batch norm": lambda: [Dense(3, 5), gl.nn.BatchNorm(5, "relu"), Dense(5, 2, "softmax")],
    "layer norm": lambda: [Dense(3, 5), gl.nn.LayerNorm(5, "relu"), Dense(5, 2, "softmax")],
    "residual": lambda: [
        Dense(3, 5, "relu"),
        gl.nn.Residual([Dense(5, 5)]),
        Dense(5, 2, "softmax"),
    ],
    "own activation": lambda: [Dense(3, 5, np.sin), Dense(5, 2, "softmax")],
}


@pytest.mark.parametrize("name", LAYERS)
def test_the_middle_is_the_loss_of_the_network_whatever_its_layers(name):
    X, y = problem(0)
    network = Network(LAYERS[name](), "cross_entropy", random_state=0)
    surface = gl.nn.loss_surface(network, X, y, resolution=3, random_state=0)
    assert surface.loss == pytest.approx(network.loss(X, y), rel=1e-13)
    assert surface.values[1, 1] == surface.loss
    assert surface.engine == (
        "autodiff" if name in ("batch norm", "own activation") else surface.engine
    )


@given(seed=st.integers(0, 1000), kind=st.sampled_from(["squared", "mse", "cross_entropy"]))
@settings(max_examples=25, deadline=None)
def test_every_place_is_the_loss_of_a_network_that_stands_there(seed, kind):
    X, y = problem(seed, kind=TARGETS_OF[kind])
    last = "softmax" if kind == "cross_entropy" else "identity"
    network = Network([Dense(3, 4, "tanh"), Dense(4, 2, last)], kind, random_state=seed)
    surface = gl.nn.loss_surface(network, X, y, resolution=4, random_state=seed)
    moved = Network(network.layers, kind)
    for i, j in ((0, 0), (1, 3), (3, 2)):
        moved.set_parameters(surface.parameters_at(surface.a[i], surface.b[j]))
        assert surface.values[i, j] == pytest.approx(moved.loss(X, y), rel=1e-12)


@given(seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_a_linear_network_has_a_quadratic_surface_and_at_its_minimum_a_symmetric_one(seed):
    X, y = problem(seed, k=1, kind="values")
    network = Network([Dense(3, 1)], "mse", random_state=seed)
    surface = gl.nn.loss_surface(network, X, y, 1, resolution=7, random_state=seed)
    third = np.diff(surface.values, n=3)
    assert np.max(np.abs(third)) <= 1e-11 * np.max(surface.values)
    design = np.column_stack([X, np.ones(len(X))])
    best = np.linalg.lstsq(design, y, rcond=None)[0]
    network.set_parameters({"W1": best[:3], "b1": best[3]})
    surface = gl.nn.loss_surface(network, X, y, resolution=5, random_state=seed)
    assert np.allclose(surface.values, surface.values[::-1, ::-1], rtol=1e-10)
    assert surface.values.min() == surface.values[2, 2]


def test_by_hand():
    # Loss ½(2w - 3)² at w = 1 + a: ½(2a - 1)². At a = -1, 0, 1 that is 4.5, 0.5, 0.5.
    network = Network([Dense(1, 1, bias=False)])
    network.set_parameters({"W1": [[1.0]]})
    surface = gl.nn.loss_surface(network, [[2.0]], [3.0], {"W1": [[1.0]]}, resolution=3)
    assert surface.values.tolist() == [4.5, 0.5, 0.5]
    assert surface.kind == "given" and surface.b is None


def test_drawn_directions_are_as_long_as_the_weights_into_each_neuron_and_leave_biases_alone():
    network = classifier()
    network.parameters["b1"][:] = 3.0
    surface = gl.nn.loss_surface(network, *problem(0), resolution=2, random_state=5)
    for direction in surface.directions:
        for name in ("W1", "W2"):
            own = np.linalg.norm(network.parameters[name], axis=0)
            assert np.allclose(np.linalg.norm(direction[name], axis=0), own, rtol=1e-13)
        assert not direction["b1"].any() and not direction["b2"].any()
    assert abs(surface.cosine) < 1


@given(seed=st.integers(0, 100), factor=st.sampled_from([0.125, 4.0, 64.0]))
@settings(max_examples=20, deadline=None)
def test_scaling_relu_layers_against_each_other_leaves_the_surface_as_it_is(seed, factor):
    X, y = problem(seed)
    network = classifier(seed, activation="relu")
    scaled = classifier(seed, activation="relu")
    old = network.parameters
    scaled.set_parameters(
        {
            "W1": factor * old["W1"],
            "b1": factor * old["b1"],
            "W2": old["W2"] / factor,
            "b2": old["b2"],
        }
    )
    surfaces = [
        gl.nn.loss_surface(n, X, y, resolution=5, random_state=1) for n in (network, scaled)
    ]
    assert np.allclose(surfaces[0].values, surfaces[1].values, rtol=1e-10)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_bits_are_the_same_every_time_and_for_any_number_of_threads(dtype):
    X, y = problem(1, n=3000)
    network = classifier(dtype=dtype)
    before = gl.get_num_threads()
    found = []
    try:
        for threads in (1, 2, 3, 7):
            gl.set_num_threads(threads)
            surface = gl.nn.loss_surface(network, X, y, resolution=5, random_state=3)
            found.append(surface.values.tobytes())
    finally:
        gl.set_num_threads(before)
    assert len(set(found)) == 1


def test_steps_mirror_each_other_and_hold_zero():
    surface = gl.nn.loss_surface(
        classifier(), *problem(0), 1, span=0.7, resolution=41, random_state=0
    )
    assert surface.a[20] == 0.0 and surface.a[0] == -0.7 and surface.a[-1] == 0.7
    assert np.array_equal(surface.a, -surface.a[::-1])


def test_towards_other_parameters_both_ends_are_met():
    X, y = problem(2)
    here, there = classifier(0), classifier(1)
    surface = gl.nn.loss_surface(here, X, y, towards=there.parameters, resolution=5)
    assert surface.a.tolist() == [-0.5, 0.0, 0.5, 1.0, 1.5] and surface.kind == "towards"
    assert surface.values[1] == pytest.approx(here.loss(X, y), rel=1e-13)
    assert surface.values[3] == pytest.approx(there.loss(X, y), rel=1e-12)
    assert surface.project(there.parameters) == pytest.approx([1.0], rel=1e-12)


def test_a_place_on_the_plane_is_projected_onto_itself():
    surface = gl.nn.loss_surface(classifier(), *problem(0), resolution=3, random_state=0)
    assert surface.project(surface.parameters_at(0.3, -1.7)) == pytest.approx(
        [0.3, -1.7], rel=1e-10
    )
    assert surface.project(surface.origin).tolist() == [0.0, 0.0]


def test_weights_count_as_repeated_rows():
    X, y = problem(4, n=6)
    times = np.array([1, 2, 1, 3, 1, 1])
    network = classifier()
    weighted = gl.nn.loss_surface(network, X, y, resolution=3, sample_weight=times, random_state=0)
    repeated = gl.nn.loss_surface(
        network, np.repeat(X, times, axis=0), np.repeat(y, times), resolution=3, random_state=0
    )
    assert np.allclose(weighted.values, repeated.values, rtol=1e-12)


def test_the_network_stays_as_it_is():
    network = classifier()
    before = {name: value.copy() for name, value in network.parameters.items()}
    gl.nn.loss_surface(network, *problem(0), resolution=3, random_state=0)
    assert all(np.array_equal(before[name], value) for name, value in network.parameters.items())


def test_a_loss_beyond_all_numbers_is_infinite():
    network = Network([Dense(1, 1, bias=False)], "mse", random_state=0)
    surface = gl.nn.loss_surface(network, [[1e200]], [0.0], {"W1": [[1.0]]}, resolution=3)
    assert np.isinf(surface.values).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"directions": 3}, "directions must be 1, 2, or one or two dicts; got 3"),
        ({"directions": []}, "one or two dicts from names to arrays"),
        ({"directions": {"W9": 1}}, "A parameter's name must be one of W1, b1, W2, b2; got 'W9'"),
        ({"directions": {"W1": np.zeros((3, 5))}}, "b1, W2, b2 is missing"),
        ({"span": 0}, "span must be a number above 0"),
        ({"span": (1, 1)}, "the first below the second"),
        ({"span": "wide"}, "span must be a number above 0"),
        ({"resolution": 1}, "resolution must be an integer, at least 2; got 1"),
        ({"directions": 1, "towards": {}}, "takes directions or towards; got both"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments, message):
    with pytest.raises(gl.ParameterError, match=message):
        gl.nn.loss_surface(classifier(), *problem(0), **arguments)


def test_directions_that_lead_nowhere_or_do_not_fit_are_refused():
    network = classifier()
    zeros = {name: np.zeros(value.shape) for name, value in network.parameters.items()}
    with pytest.raises(gl.DataError, match="leads somewhere; it holds zeros only"):
        gl.nn.loss_surface(network, *problem(0), zeros)
    with pytest.raises(gl.DataError, match="the parameters are the network's own"):
        gl.nn.loss_surface(network, *problem(0), towards=network.parameters)
    with pytest.raises(gl.DataError, match="two directions that differ; these are parallel"):
        gl.nn.loss_surface(network, *problem(0), [network.parameters, network.parameters])
    with pytest.raises(
        gl.DataError, match=r"W1 must have the shape \(3, 5\) and finite numbers; got shape \(2,\)"
    ):
        gl.nn.loss_surface(network, *problem(0), {**zeros, "W1": [1.0, 2.0]})
    with pytest.raises(gl.DataError, match="with NaN or infinity"):
        gl.nn.loss_surface(network, *problem(0), {**zeros, "b1": np.full(5, np.nan)})
    network.set_parameters(zeros)
    with pytest.raises(gl.DataError, match="all weights of the network are 0"):
        gl.nn.loss_surface(network, *problem(0))
