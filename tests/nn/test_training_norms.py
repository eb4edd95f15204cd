"""Batch norm, layer norm and residual sums in the trainer's kernels: gradients, running statistics, awkward batches."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn import BatchNorm, Dense, Dropout, LayerNorm, Residual
from ganglion.nn._engine.program import Learned, Plan, Program
from ganglion.nn._engine.stages import stages_of
from oracles import stacks

ROUNDING = 64 * np.finfo(np.float64).eps


def made(layers, *, seed=0, loss="cross_entropy", dtype="float64"):
    """A program with drawn parameters; these, and its running statistics."""
    stages = stages_of(layers)
    parameters, running = stacks.random_numbers(stages, np.random.default_rng(seed))
    parameters = {name: value.astype(dtype) for name, value in parameters.items()}
    running = {name: value.astype(dtype) for name, value in running.items()}
    program = Program(layers, loss, dtype)
    program.write({**parameters, **running})
    return program, parameters, running


def labelled(n, layers, *, seed=0, dtype="float64"):
    """Rows and labels for a network that ends with three classes."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, stages_of(layers)[0].n_in)).astype(dtype)
    return Learned(X, None, rng.integers(0, 3, n).astype(np.int32), None)


def after(program, *like):
    """The program's parameters, and running statistics where they are asked for."""
    values = {name: np.empty_like(value) for one in like for name, value in one.items()}
    program.read(values)
    return values


@pytest.mark.parametrize("seed", range(40))
def test_gradients_are_those_of_loops_over_numbers(seed):
    rng = np.random.default_rng(seed)
    layers, _ = stacks.random_layers(rng, widths=(1, 3, 4, 7, 9))
    program, parameters, _ = made(layers, seed=seed)
    data = labelled(int(rng.choice([2, 3, 7, 11])), layers, seed=seed)
    loss, found = program.gradients(data, is_mean=True)
    nested = {name: value.tolist() for name, value in parameters.items()}
    expected_loss, expected = stacks.loss_and_gradients(
        stages_of(layers),
        nested,
        "cross_entropy",
        data.rows.tolist(),
        np.eye(3)[data.labels].tolist(),
    )
    assert loss == pytest.approx(expected_loss, rel=1e-12)
    largest = max(np.max(np.abs(value)) for value in expected.values())
    for name, value in found.items():
        # Two rows leave next to nothing of a gradient behind a batch norm: rounding counts against what is left out.
        assert np.max(np.abs(value - np.array(expected[name]))) <= 1e4 * ROUNDING * max(
            largest, 1
        ), name


@pytest.mark.parametrize("n", [2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 255, 257, 513, 1100])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_awkward_numbers_of_rows(n, dtype):
    layers = [
        Dense(5, 19),
        BatchNorm(19, "tanh"),
        Residual([LayerNorm(19, "gelu"), Dense(19, 19)]),
        Dense(19, 3, "softmax"),
    ]
    program, parameters, _ = made(layers, dtype=dtype)
    wide, _, _ = made(layers)
    wide.write({name: value.astype(np.float64) for name, value in parameters.items()})
    data = labelled(n, layers, dtype=dtype)
    loss, found = program.gradients(data, is_mean=True)
    plain = gl.nn.Network(layers, "cross_entropy")
    plain.set_parameters(parameters)
    assert loss == pytest.approx(
        plain.loss(data.rows, data.labels, training=True), rel=256 * float(np.finfo(dtype).eps)
    )
    for name, value in plain.gradients(data.rows, data.labels, training=True).items():
        room = 1024 * np.finfo(dtype).eps * max(1.0, float(np.max(np.abs(value))))
        assert np.max(np.abs(found[name] - value)) <= room, name


@pytest.mark.parametrize("width", [*range(1, 18), 31, 32, 33, 63, 64, 65, 129])
@pytest.mark.parametrize("norm", [BatchNorm, LayerNorm])
def test_awkward_widths(norm, width):
    layers = [Dense(4, width), norm(width, "gelu"), Dense(width, 3, "softmax")]
    program, parameters, _ = made(layers)
    data = labelled(37, layers)
    plain = gl.nn.Network(layers, "cross_entropy")
    plain.set_parameters(parameters)
    _, found = program.gradients(data, is_mean=True)
    for name, value in plain.gradients(data.rows, data.labels, training=True).items():
        assert np.max(np.abs(found[name] - value)) <= 16 * ROUNDING * max(
            1.0, np.max(np.abs(value))
        ), name


@pytest.mark.parametrize("activation", [name for name in gl.nn.activations if name != "softmax"])
@pytest.mark.parametrize("place", ["batch_norm", "layer_norm", "last"])
def test_every_activation_stands_behind_a_norm(place, activation):
    norm = LayerNorm if place == "layer_norm" else BatchNorm
    layers = [Dense(4, 9), norm(9, activation)] + ([] if place == "last" else [Dense(9, 2)])
    program, parameters, _ = made(layers, loss="squared")
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(21, 4)), rng.normal(size=(21, layers[-1].n_out))
    plain = gl.nn.Network(layers, "squared")
    plain.set_parameters(parameters)
    loss, found = program.gradients(Learned(X, y, None, None), is_mean=True)
    assert loss == pytest.approx(plain.loss(X, y, training=True), rel=1e-13)
    for name, value in plain.gradients(X, y, training=True).items():
        assert np.max(np.abs(found[name] - value)) <= 16 * ROUNDING * max(
            1.0, np.max(np.abs(value))
        ), name


def test_two_rows_by_hand():
    """x = 1 and 3: mean 2, variance 1; with epsilon 3 the deviation is 2, so xhat = -1/2 and 1/2; a = 4 xhat + 1."""
    program, _, _ = made([BatchNorm(1, epsilon=3.0, momentum=0.5)], loss="squared")
    program.write({"gamma1": np.array([4.0]), "beta1": np.array([1.0])})
    data = Learned(np.array([[1.0], [3.0]]), np.array([[0.0], [0.0]]), None, None)
    loss, found = program.gradients(data, is_mean=False)
    # Outputs -1 and 3: loss (1 + 9) / 2, dJ/dbeta = -1 + 3, dJ/dgamma = -1 * -1/2 + 3 * 1/2.
    assert loss == 5.0 and found["beta1"].tolist() == [2.0] and found["gamma1"].tolist() == [2.0]
    program.learn(data, None, gl.nn.SGD(0.0625), Plan(2, is_mean=False))
    running = {"mean1": np.empty(1), "variance1": np.empty(1)}
    program.read_running(running)
    # Mean 2 and unbiased variance 2, halfway from 0 and 1.
    assert running["mean1"].tolist() == [1.0] and running["variance1"].tolist() == [1.5]
    # gamma is 4 - 2/16, beta 1 - 2/16: (4 - 1) / sqrt(1.5 + 3) * 3.875 + 0.875 at x = 4.
    assert program.predict(np.array([4.0]))[0] == pytest.approx(
        3 / np.sqrt(4.5) * 3.875 + 0.875, rel=1e-15
    )


def test_a_batch_of_one_row_gives_beta_and_leaves_the_running_variance():
    layers = [BatchNorm(2, momentum=0.25)]
    program, _, running = made(layers, loss="squared")
    program.write({"gamma1": np.array([3.0, 4.0]), "beta1": np.array([1.0, 2.0]), **running})
    data = Learned(np.array([[8.0, -4.0]]), np.array([[0.0, 0.0]]), None, None)
    loss, found = program.gradients(data, is_mean=True)
    assert (
        loss == 2.5
        and found["gamma1"].tolist() == [0.0, 0.0]
        and found["beta1"].tolist() == [1.0, 2.0]
    )
    program.learn(data, None, gl.nn.SGD(0.1), Plan(1))
    program.read_running(running)
    assert running["mean1"].tolist() == [2.0, -1.0] and running["variance1"].tolist() == [1.0, 1.0]


def test_values_far_from_zero_keep_their_variance():
    """Half panels are measured around their own means: 1e6 with a spread of 1 in float32 leaves 1e-3 of it."""
    layers = [BatchNorm(3, momentum=1.0), Dense(3, 3, "softmax")]
    program, parameters, running = made(layers, dtype="float32")
    data = labelled(500, layers, dtype="float32")
    rows = data.rows + np.float32(1e6)
    program.learn(Learned(rows, None, data.labels, None), None, gl.nn.SGD(0.1), Plan(500))
    found = after(program, parameters, running)
    exact = rows.astype(np.float64)
    np.testing.assert_allclose(found["mean1"], exact.mean(axis=0), rtol=1e-7)
    np.testing.assert_allclose(found["variance1"], exact.var(axis=0, ddof=1), rtol=1e-5)


def test_statistics_count_every_row_once_whatever_its_weight():
    layers = [Dense(4, 5), BatchNorm(5, "tanh"), Dense(5, 3, "softmax")]
    program, parameters, running = made(layers)
    other, _, _ = made(layers)
    data = labelled(30, layers)
    weights = np.arange(30.0)
    program.learn(
        Learned(data.rows, None, data.labels, weights), None, gl.nn.SGD(0.0 + 1e-9), Plan(30)
    )
    other.learn(data, None, gl.nn.SGD(1e-9), Plan(30))
    a, b = after(program, parameters, running), after(other, parameters, running)
    assert all(np.array_equal(a[name], b[name]) for name in running)
    plain = gl.nn.Network(layers, "cross_entropy")
    plain.set_parameters(parameters)
    program.write({**parameters, **running})
    _, found = program.gradients(Learned(data.rows, None, data.labels, weights), is_mean=True)
    for name, value in plain.gradients(data.rows, data.labels, weights, training=True).items():
        np.testing.assert_allclose(found[name], value, rtol=0, atol=1e-13)


def test_gradients_alone_leave_the_running_statistics():
    layers = [Dense(4, 5), BatchNorm(5), Dense(5, 3, "softmax")]
    program, parameters, running = made(layers)
    program.gradients(labelled(30, layers), is_mean=True)
    found = after(program, parameters, running)
    assert all(np.array_equal(found[name], running[name]) for name in running)


def test_what_was_kept_comes_back_with_its_running_statistics():
    layers = [Dense(4, 17), BatchNorm(17, "relu"), Dense(17, 3, "softmax")]
    program, parameters, running = made(layers)
    data, optimiser = labelled(50, layers), gl.nn.Adam(0.01)
    optimiser.prepare(parameters)
    program.learn(data, None, optimiser, Plan(16))
    kept, outputs = after(program, parameters, running), program.predict(data.rows)
    program.keep()
    program.learn(data, None, optimiser, Plan(16))
    assert not np.array_equal(program.predict(data.rows), outputs)
    program.restore()
    found = after(program, parameters, running)
    assert all(np.array_equal(found[name], kept[name]) for name in kept)
    assert np.array_equal(program.predict(data.rows), outputs)


def test_a_running_statistic_that_is_not_finite_is_found():
    program, _, running = made([Dense(2, 3), BatchNorm(3)], loss="squared")
    assert program.is_finite
    program.write_running({**running, "variance1": np.array([1.0, np.inf, 1.0])})
    assert not program.is_finite


def test_a_loss_that_is_not_finite_moves_nothing():
    layers = [Dense(2, 4), BatchNorm(4, "relu"), Dense(4, 1)]
    program, parameters, running = made(layers, loss="squared")
    data = Learned(np.ones((6, 2)), np.full((6, 1), 1e200), None, None)
    passed = program.learn(data, None, gl.nn.SGD(0.1), Plan(6))
    assert not passed.is_finite and passed.batches == 0
    found = after(program, parameters, running)
    assert all(
        np.array_equal(found[name], value) for name, value in {**parameters, **running}.items()
    )


@pytest.mark.parametrize("place", ["batch_norm", "layer_norm", "sum", "dense before a norm"])
def test_dropout_behind_any_stage_has_the_gradient_of_its_loss(place):
    """Along a random direction, with the same draws: the slope of the loss is the gradient times the direction."""
    drop = Dropout(0.4)
    middle = {
        "batch_norm": [BatchNorm(17, "tanh"), drop],
        "layer_norm": [LayerNorm(17, "gelu"), drop, BatchNorm(17)],
        "sum": [Residual([Dense(17, 9, "tanh"), BatchNorm(9), Dense(9, 17)]), drop],
        "dense before a norm": [
            Dense(17, 17, "silu"),
            drop,
            BatchNorm(17),
            Dense(17, 17, "relu"),
            drop,
        ],
    }[place]
    layers = [Dense(5, 17), *middle, Dense(17, 3, "softmax")]
    program, parameters, _ = made(layers)
    data = labelled(90, layers)

    def loss_at(values):
        program.write(values)
        optimiser = gl.nn.SGD(1.0, momentum=0.5)
        optimiser.prepare(values)
        passed = program.learn(data, None, optimiser, Plan(90, rates=np.zeros(1), seed=4))
        program.read_moments(optimiser)
        return passed.loss / 90, optimiser.first

    _, gradients = loss_at(parameters)
    rng = np.random.default_rng(5)
    direction = {name: rng.normal(size=value.shape) for name, value in parameters.items()}
    step = 1e-6
    ahead, behind = (
        loss_at(
            {name: value + sign * step * direction[name] for name, value in parameters.items()}
        )[0]
        for sign in (1, -1)
    )
    slope = sum(np.sum(gradients[name] * direction[name]) for name in parameters)
    assert (ahead - behind) / (2 * step) == pytest.approx(slope, rel=1e-6)


def test_dropout_behind_a_norm_drops_its_share():
    layers = [BatchNorm(2000), Dropout(0.25), Dense(2000, 1, bias=False)]
    program, parameters, _ = made(layers, loss="squared")
    program.write({"gamma1": np.zeros(2000), "beta1": np.ones(2000), "W1": np.zeros((2000, 1))})
    rows = np.random.default_rng(0).normal(size=(4, 2000))
    program.learn(Learned(rows, -np.ones((4, 1)), None, None), None, gl.nn.SGD(1.0), Plan(4))
    passed = -4 * after(program, parameters)["W1"][:, 0]  # of the four rows: 0, 4/3, 8/3, 4 or 16/3
    kept = np.round(passed * 0.75)
    np.testing.assert_allclose(passed, kept / 0.75, atol=1e-12)
    assert abs(np.mean(kept) / 4 - 0.75) < 5 * np.sqrt(0.75 * 0.25 / 8000)


def test_the_penalty_is_on_weights_alone():
    layers = [Dense(4, 5), BatchNorm(5), LayerNorm(5, "tanh"), Dense(5, 3, "softmax")]
    program, parameters, _ = made(layers)
    data = labelled(20, layers)
    _, gradients = program.gradients(data, is_mean=True)
    passed = program.learn(data, None, gl.nn.SGD(0.5), Plan(20, l2=3.0))
    squares = 0.0
    for name, value in after(program, parameters).items():
        pull = 3.0 * parameters[name] / 20 if name.startswith("W") else 0.0
        np.testing.assert_allclose(
            value, parameters[name] - 0.5 * (gradients[name] + pull), rtol=0, atol=1e-13
        )
        squares += np.sum(parameters[name] ** 2) if name.startswith("W") else 0.0
    assert passed.penalty == pytest.approx(1.5 * squares, rel=1e-13)


def test_parameters_stand_in_the_order_of_the_layers():
    layers = [Residual([LayerNorm(4), Dense(4, 4, bias=False)]), BatchNorm(4), Dense(4, 3)]
    program = Program(layers, "squared", "float64")
    assert program.names == ["gamma1", "beta1", "W1", "gamma2", "beta2", "W2", "b2"]
    assert Program(stages_of(layers), "squared", "float64").names == program.names


def test_the_program_says_what_it_knows():
    assert Program.knows(
        [Dense(2, 3, "gelu"), BatchNorm(3), LayerNorm(3, "relu"), Dropout(0.5), Dense(3, 1)], "mse"
    )
    assert Program.knows([Residual([Dense(2, 2)])], "squared")
    assert not Program.knows([Dense(2, 3, lambda v: v * v), Dense(3, 1)], "squared")
    assert not Program.knows([Dense(2, 1)], lambda outputs, y: outputs)
    assert not Program.knows([Dense(2, 1)], "unheard of")


def test_a_batch_that_the_memory_cannot_hold_is_refused_before_it_is_allocated():
    layers = [Dense(1, 200_000, bias=False), BatchNorm(200_000), Dense(200_000, 1)]
    program = Program(layers, "squared", "float32")
    rows = np.zeros((3_000_000, 1), np.float32)
    data = Learned(rows, rows, None, None)
    words = (
        r"BatchNorm needs the activations of a whole batch at once: .* GB for a batch of 3000000 rows; "
        r"this machine has .* GB. Lower batch_size"
    )
    with pytest.raises(gl.MemoryPlanError, match=words):
        program.learn(data, None, gl.nn.SGD(0.1), Plan(3_000_000))
    with pytest.raises(gl.MemoryPlanError, match=words):
        program.gradients(data, is_mean=True)


@pytest.mark.parametrize(
    ("n", "batch_size"), [(n, size) for n in (64, 100) for size in (1, 64, 100)]
)
def test_training_learns_with_every_kind_of_stage(n, batch_size):
    rng = np.random.default_rng(n)
    X = rng.normal(size=(n, 6))
    y = np.argmax(X[:, :3], axis=1)
    layers = [
        Dense(6, 16),
        BatchNorm(16, "relu"),
        Residual([LayerNorm(16), Dense(16, 16, "gelu")]),
        Dense(16, 3, "softmax"),
    ]
    network = gl.nn.Network(layers, "cross_entropy", random_state=0)
    epochs = 40 if batch_size > 1 else 2
    run = gl.nn.train(
        network,
        X,
        y,
        optimizer=gl.nn.Adam(0.02),
        epochs=epochs,
        batch_size=batch_size,
        random_state=0,
    )
    assert np.all(np.isfinite(run.loss_curve))
    if batch_size > 1:
        assert run.loss_curve[-1] < 0.3 * run.loss_curve[0]
        assert np.mean(network.forward(X).argmax(axis=1) == y) > 0.9
