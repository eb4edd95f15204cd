"""`train`: what it computes, that its bits depend on nothing but the arguments, and what it refuses."""

import threading

import numpy as np
import pytest

import ganglion as gl
from ganglion._native import available_isas, isa, use_isa


def data(n=230, d=9, k=3, seed=0):
    """Rows, labels by a rule that can be learned."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, np.argmax(X @ rng.normal(size=(d, k)), axis=1)


def network(sizes=(9, 21, 3), hidden="relu", dtype="float64", reduction="mean", seed=0):
    """A classifier of these sizes."""
    names = [hidden] * (len(sizes) - 2) + ["softmax"]
    layers = [gl.nn.Dense(a, b, name) for a, b, name in zip(sizes, sizes[1:], names, strict=False)]
    return gl.nn.Network(
        layers, "cross_entropy", reduction=reduction, random_state=seed, dtype=dtype
    )


def bits(model):
    """The bytes of all parameters."""
    return b"".join(value.tobytes() for value in model.parameters.values())


def by_hand(model, X, y, optimiser, *, orders, batch_size, weights=None):
    """The same training by the engine's gradients; returns the loss of each epoch."""
    curve = []
    for order in orders:
        total = 0.0
        for i in range(0, len(order), batch_size):
            rows = order[i : i + batch_size]
            part = None if weights is None else weights[rows]
            share = 1.0 if model.reduction == "sum" else len(rows) if part is None else part.sum()
            total += model.loss(X[rows], y[rows], part) * share
            optimiser.step(model.parameters, model.gradients(X[rows], y[rows], part))
        whole = len(order) if weights is None else weights.sum()
        curve.append(total if model.reduction == "sum" else total / whole)
    return np.array(curve)


@pytest.mark.parametrize("batch_size", [1, 7, 15, 16, 17, 32, 230, 1000])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_training_is_the_engines_gradients_step_by_step(batch_size, reduction):
    X, y = data()
    weights = np.random.default_rng(1).random(len(X)) if batch_size % 2 else None
    native, plain = (network(hidden="tanh", reduction=reduction) for _ in range(2))
    run = gl.nn.train(
        native, X, y, optimizer=gl.nn.SGD(0.01), epochs=3, batch_size=batch_size, random_state=7,
        sample_weight=weights,
    )  # fmt: skip
    draws = np.random.default_rng(7)
    orders = [draws.permutation(len(X)) for _ in range(3)]
    expected = by_hand(
        plain, X, y, gl.nn.SGD(0.01), orders=orders, batch_size=batch_size, weights=weights
    )
    np.testing.assert_allclose(run.loss_curve, expected, rtol=1e-11)
    for name, value in plain.parameters.items():
        np.testing.assert_allclose(native.parameters[name], value, rtol=0, atol=1e-11)
    assert run.n_epochs == 3 and run.n_steps == 3 * -(-len(X) // batch_size)


def test_without_shuffle_batches_are_consecutive_rows():
    X, y = data()
    native, plain = network(), network()
    gl.nn.train(native, X, y, optimizer=gl.nn.Adam(), epochs=2, batch_size=50, shuffle=False)
    by_hand(plain, X, y, gl.nn.Adam(), orders=[np.arange(len(X))] * 2, batch_size=50)
    for name, value in plain.parameters.items():
        np.testing.assert_allclose(native.parameters[name], value, rtol=0, atol=1e-9)


def test_an_optimiser_goes_on_where_it_was():
    X, y = data()
    once, twice = network(), network()
    gl.nn.train(once, X, y, optimizer=gl.nn.Adam(), epochs=6, random_state=np.random.default_rng(5))
    optimiser, draws = gl.nn.Adam(), np.random.default_rng(5)
    gl.nn.train(twice, X, y, optimizer=optimiser, epochs=2, random_state=draws)
    gl.nn.train(twice, X, y, optimizer=optimiser, epochs=4, random_state=draws)
    assert bits(once) == bits(twice)


def test_integer_weights_are_repeated_rows_in_one_batch():
    X, y = data(60)
    times = np.random.default_rng(2).integers(0, 4, size=60)
    weighted, repeated = network(), network()
    gl.nn.train(
        weighted, X, y, optimizer=gl.nn.SGD(0.5), epochs=5, batch_size=999, sample_weight=times
    )
    gl.nn.train(
        repeated, np.repeat(X, times, axis=0), np.repeat(y, times), optimizer=gl.nn.SGD(0.5), epochs=5,
        batch_size=999,
    )  # fmt: skip
    for name, value in repeated.parameters.items():
        np.testing.assert_allclose(weighted.parameters[name], value, rtol=0, atol=1e-13)


@pytest.mark.parametrize("weight", [1e308, 1e-310])
def test_a_mean_knows_no_scale_of_its_weights(weight):
    X, y = data()
    plain, weighted = network(), network()
    gl.nn.train(plain, X, y, optimizer=gl.nn.SGD(0.1), epochs=2, random_state=0)
    weights = np.full(len(X), weight)
    gl.nn.train(
        weighted, X, y, optimizer=gl.nn.SGD(0.1), epochs=2, random_state=0, sample_weight=weights
    )
    for name, value in plain.parameters.items():
        np.testing.assert_allclose(weighted.parameters[name], value, rtol=0, atol=1e-13)


def test_a_batch_without_weight_teaches_nothing():
    X, y = data(64)
    weights = np.repeat([0.0, 1.0], 32)
    model, half = network(), network()
    gl.nn.train(
        model, X, y, optimizer=gl.nn.SGD(0.1), epochs=1, shuffle=False, sample_weight=weights
    )
    gl.nn.train(half, X[32:], y[32:], optimizer=gl.nn.SGD(0.1), epochs=1, shuffle=False)
    assert bits(model) == bits(half)


SIZES = {
    "one panel": ((9, 21, 3), 230, 32),
    "one row": ((9, 21, 3), 40, 1),
    "several pieces": ((130, 70, 40, 3), 300, 150),
    "shared rows": ((100, 200, 100, 3), 600, 200),
    "many blocks": ((9, 21, 3), 3000, 3000),
    "wide blocks": ((300, 150, 3), 1500, 1500),
}


def trained(case, dtype, threads, optimiser=None):
    """Bits of parameters and of the loss curve after two epochs."""
    sizes, n, batch_size = SIZES[case]
    X, y = data(n, sizes[0], sizes[-1])
    model = network(sizes, "gelu", dtype)
    before = gl.get_num_threads()
    gl.set_num_threads(threads)
    try:
        run = gl.nn.train(
            model,
            X,
            y,
            optimizer=optimiser or gl.nn.AdamW(0.01),
            epochs=2,
            batch_size=batch_size,
            random_state=0,
        )
    finally:
        gl.set_num_threads(before)
    return bits(model) + run.loss_curve.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", SIZES)
def test_threads_do_not_show(case, dtype):
    first = trained(case, dtype, 1)
    for threads in (2, 3, 4, 7):
        assert trained(case, dtype, threads) == first


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", [name for name in SIZES if name != "shared rows"])
def test_the_instruction_set_does_not_show(case, dtype):
    before, found = isa(), set()
    try:
        for name in available_isas():
            use_isa(name)
            found.add(trained(case, dtype, 2))
    finally:
        use_isa(before)
    assert len(found) == 1


def test_two_trainings_at_once_do_not_disturb_each_other():
    expected = trained("shared rows", "float32", 2)
    found = []
    workers = [
        threading.Thread(target=lambda: found.append(trained("shared rows", "float32", 2)))
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [expected] * 3


def test_inputs_are_left_alone_and_float32_is_learned_in_float32():
    X, y = data()
    X32 = X.astype(np.float32)
    before = X32.copy()
    model = network(dtype="float32")
    gl.nn.train(model, X32, y, optimizer=gl.nn.Adam(), epochs=1, random_state=0)
    assert np.array_equal(X32, before)
    assert all(value.dtype == np.float32 for value in model.parameters.values())


def test_layouts_and_types_do_not_matter():
    X, y = data()
    expected = network()
    gl.nn.train(expected, X, y, optimizer=gl.nn.Adam(), epochs=1, random_state=0)
    spread = np.zeros((2 * len(X), 2 * X.shape[1]))
    spread[::2, ::2] = X
    for rows, labels in (
        (np.asfortranarray(X), y.astype(np.uint8)),
        (X.tolist(), y.tolist()),
        (spread[::2, ::2], y.astype(np.int64)),
        (X, np.eye(3)[y]),
    ):
        model = network()
        gl.nn.train(model, rows, labels, optimizer=gl.nn.Adam(), epochs=1, random_state=0)
        assert bits(model) == bits(expected)


def test_training_learns():
    X, y = data(600, 5, 3)
    model = network((5, 32, 3))
    run = gl.nn.train(model, X, y, optimizer=gl.nn.Adam(0.01), epochs=60, random_state=0)
    assert run.loss_curve[-1] < 0.1 < 0.5 < run.loss_curve[0]
    assert np.mean(model.forward(X).argmax(axis=1) == y) > 0.98


def test_divergence_is_named_and_leaves_the_epoch_before():
    X, y = data()
    model, optimiser = network((9, 21, 3)), gl.nn.SGD(0.01)
    gl.nn.train(model, X, y, optimizer=optimiser, epochs=2, random_state=0)
    before = bits(model)
    optimiser.learning_rate = 1e200
    with pytest.raises(
        gl.DivergenceError, match=r"in epoch 1: .*layer \d.*Lower the learning rate \(now 1e\+200\)"
    ):
        gl.nn.train(model, X, y, optimizer=optimiser, epochs=2, random_state=0)
    assert bits(model) == before and optimiser.steps == 16
    assert np.all(np.isfinite(model.forward(X)))


def test_a_parameter_that_overflows_in_the_last_step_is_found():
    model = gl.nn.Network([gl.nn.Dense(1, 1)], random_state=0)
    with pytest.raises(
        gl.DivergenceError, match=r"a parameter is NaN or infinite; W1 \(layer 2\) is not finite"
    ):
        gl.nn.train(model, [[1.0]], [[1e150]], optimizer=gl.nn.SGD(1e200), epochs=1)
    assert np.isfinite(model.parameters["W1"]).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"optimizer": "adam"}, "optimizer must be an optimiser such as gl.nn.Adam()"),
        ({"epochs": 0}, "epochs must be an integer, at least 1; got 0"),
        ({"epochs": 1.5}, "epochs must be an integer"),
        ({"batch_size": 0}, "batch_size must be an integer, at least 1"),
        ({"batch_size": True}, "batch_size must be an integer"),
        ({"shuffle": "yes"}, "shuffle must be True or False"),
        ({"random_state": -1}, "random_state"),
        ({"sample_weight": [-1.0] * 230}, "sample_weight must not be negative"),
        ({"sample_weight": [1.0]}, "sample_weight.shape"),
        ({"X": np.full((230, 9), np.nan)}, "X must be finite"),
        ({"X": np.zeros((230, 8))}, r"Dense(9 -> 21) got inputs of shape (230, 8)"),
        ({"X": np.zeros((0, 9)), "y": []}, "at least 1 sample"),
        ({"X": np.zeros(9), "y": 1}, "X must hold rows"),
        ({"y": np.full(230, 3)}, "Labels must be integers from 0 to 2"),
        ({"y": np.full(230, -1)}, "Labels must be integers from 0 to 2"),
        ({"y": np.zeros(229, int)}, "labels"),
        ({"y": np.zeros(230)}, "Labels must be integers"),
        ({"y": np.full((230, 3), np.nan)}, "y"),
    ],
)
def test_bad_arguments_are_refused_and_change_nothing(change, words):
    X, y = data()
    model = network()
    before = bits(model)
    arguments = {"X": X, "y": y, "optimizer": gl.nn.Adam(), "epochs": 1} | change
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        gl.nn.train(model, arguments.pop("X"), arguments.pop("y"), **arguments)
    assert isinstance(caught.value, gl.GanglionError) and words in str(caught.value)
    assert bits(model) == before


def test_values_that_float32_cannot_hold_are_refused():
    X, y = data()
    with pytest.raises(gl.DataError, match="must fit into float32"):
        gl.nn.train(network(dtype="float32"), X * 1e40, y, optimizer=gl.nn.Adam(), epochs=1)
