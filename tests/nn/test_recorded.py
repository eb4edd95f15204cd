"""Training through the differentiation engine: equal to the compiled trainer, and complete in itself."""

from dataclasses import dataclass

import numpy as np
import pytest

from ganglion.nn import (
    SGD,
    Adam,
    AdamW,
    BatchNorm,
    Dense,
    Dropout,
    LayerNorm,
    Network,
    Residual,
    RMSprop,
)
from ganglion.nn._engine.dropping import masks_of
from ganglion.nn._engine.program import Learned, Plan, Program
from ganglion.nn._engine.recorded import Recorded
from ganglion.nn._engine.stages import stages_of
from ganglion.nn.optimisers import Optimiser
from oracles.network_cases import random_case

OPTIMISERS = {
    "sgd": lambda: SGD(0.05),
    "momentum": lambda: SGD(0.05, momentum=0.9),
    "nesterov": lambda: SGD(0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda: RMSprop(0.01),
    "adam": lambda: Adam(0.01),
    "adamw": lambda: AdamW(0.01, weight_decay=0.1),
}
RNG = np.random.default_rng(0)
X = RNG.normal(size=(37, 4))
LABELS = RNG.integers(0, 3, 37).astype(np.int32)
WEIGHTS = RNG.random(37)
DEEP = (
    Dense(4, 8),
    BatchNorm(8, "relu"),
    Dropout(0.1),
    Residual([LayerNorm(8), Dense(8, 16, "gelu"), Dropout(0.3), Dense(16, 8)]),
    Dropout(0.2),
    Dense(8, 3, "softmax"),
)


@dataclass(frozen=True)
class FullPlan(Plan):
    """A plan that clips and averages."""

    clip_norm: float | None = None
    clip_value: float | None = None
    ema: float | None = None


def started(engine, network, optimiser):
    """The engine with the network's numbers and the optimiser's moments."""
    engine.write(network.parameters)
    optimiser.prepare(network.parameters)
    engine.write_moments(optimiser)
    return engine


def recorded(network, optimiser, **settings):
    engine = Recorded(network.layers, network.loss_name, network.dtype, **settings)
    engine.write_running(network.running)
    return started(engine, network, optimiser)


def numbers_of(engine, network):
    found = {name: np.empty_like(value) for name, value in network.parameters.items()}
    engine.read(found)
    return found


def deep(dtype="float64"):
    network = Network(DEEP, "cross_entropy", random_state=0, dtype=dtype)
    return network, Learned(X.astype(dtype), None, LABELS, None)


def learned(case):
    """The data of a case, as the engines take them."""
    y = case.y
    is_labels = case.network.loss_name == "cross_entropy" and y.ndim == 1
    targets = None if is_labels else np.ascontiguousarray(case.rows)
    labels = y.astype(np.int32) if is_labels else None
    return Learned(case.X, targets, labels, case.weights)


@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("name", OPTIMISERS)
@pytest.mark.parametrize("seed", range(6))
def test_a_dense_network_goes_the_way_of_the_compiled_trainer(seed, name, l2):
    case = random_case(seed, largest=(3, 9, 30))
    network, data = case.network, learned(case)
    plan = Plan(7, is_mean=network.reduction == "mean", l2=l2)
    found = []
    for kind in (Program, Recorded):
        optimiser = OPTIMISERS[name]()
        engine = started(kind(network.layers, network.loss_name, "float64"), network, optimiser)
        orders = np.random.default_rng(seed)
        passed = [
            engine.learn(data, orders.permutation(len(data.rows)), optimiser, plan)
            for _ in range(3)
        ]
        engine.read_moments(optimiser)
        found.append((numbers_of(engine, network), passed, optimiser))
    (numbers, passed, optimiser), (others, repassed, other) = found
    assert optimiser.steps == other.steps == sum(p.batches for p in passed)
    for one, two in zip(passed, repassed, strict=True):
        assert (one.is_finite, one.batches) == (two.is_finite, two.batches)
        assert (two.loss, two.weight, two.penalty) == pytest.approx(
            (one.loss, one.weight, one.penalty), rel=1e-9
        )
    for value, twin in ((numbers, others), (optimiser.first, other.first)):
        for key, array in value.items():
            np.testing.assert_allclose(twin[key], array, rtol=1e-9, atol=1e-9, err_msg=key)


def test_smoothed_labels_and_rates_of_batches_go_the_way_of_the_compiled_trainer():
    network = Network(
        [Dense(4, 5, "tanh"), Dense(5, 3, "softmax")], "cross_entropy", random_state=0
    )
    rows = np.eye(3)[LABELS]
    rates = np.linspace(0.2, 0.01, 5)
    for data in (Learned(X, None, LABELS, WEIGHTS), Learned(X, rows, None, WEIGHTS)):
        found = []
        for kind in (Program, Recorded):
            optimiser = SGD(1.0)
            engine = kind(network.layers, "cross_entropy", "float64", smoothing=0.2)
            started(engine, network, optimiser)
            passed = engine.learn(data, None, optimiser, Plan(8, rates=rates))
            found.append((numbers_of(engine, network), passed.loss))
        assert found[1][1] == pytest.approx(found[0][1], rel=1e-12)
        for name, value in found[0][0].items():
            np.testing.assert_allclose(found[1][0][name], value, rtol=0, atol=1e-12)


@pytest.mark.parametrize("is_mean", [True, False])
def test_gradients_equal_those_of_the_network_in_training(is_mean):
    reduction = "mean" if is_mean else "sum"
    network = Network(DEEP, "cross_entropy", reduction=reduction, random_state=0)
    engine = recorded(network, SGD(0.1))
    data = Learned(X, None, LABELS, WEIGHTS)
    loss, gradients = engine.gradients(data, is_mean=is_mean)
    expected_loss, expected = network.loss_and_gradients(X, LABELS, WEIGHTS, training=True)
    assert loss == pytest.approx(expected_loss, rel=1e-12)
    for name, g in expected.items():
        np.testing.assert_allclose(gradients[name], g, rtol=0, atol=1e-12)


def test_a_batch_without_weight_moves_nothing_but_is_a_step():
    network, _ = deep()
    optimiser = SGD(0.1)
    engine = recorded(network, optimiser)
    data = Learned(X[:4], None, LABELS[:4], np.zeros(4))
    passed = engine.learn(data, None, optimiser, Plan(4, l2=0.5))
    assert (passed.loss, passed.weight, passed.batches, optimiser.steps) == (0.0, 0.0, 1, 1)
    for name, value in numbers_of(engine, network).items():
        np.testing.assert_array_equal(value, network.parameters[name])


def test_running_statistics_follow_the_batches():
    network = Network([BatchNorm(2, momentum=0.5), Dense(2, 1)], random_state=0)
    rows = np.array([[1.0, 0.0], [3.0, 4.0], [10.0, 5.0]])
    data = Learned(rows, np.zeros((3, 1)), None, None)
    optimiser = SGD(0.1)
    engine = recorded(network, optimiser)
    engine.learn(data, None, optimiser, Plan(2))
    running = {name: np.empty(2) for name in network.running}
    engine.read_running(running)
    # The rows 1, 3 have mean 2 and unbiased variance 2; a batch of the row 10 alone moves the mean only.
    assert running["mean1"].tolist() == [(0 + 2) / 2 / 2 + 10 / 2, (0 + 2) / 2 / 2 + 5 / 2]
    assert running["variance1"].tolist() == [(1 + 2) / 2, (1 + 8) / 2]
    # Nothing of the network itself has changed, and what is written comes back.
    assert network.running["mean1"].tolist() == [0.0, 0.0]
    engine.write_running({"mean1": np.array([7.0, 8.0]), "variance1": np.array([9.0, 1.0])})
    engine.read_running(running)
    assert running["mean1"].tolist() == [7.0, 8.0] and running["variance1"].tolist() == [9.0, 1.0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_training_is_reproducible_and_dropout_depends_on_the_seed_alone(dtype):
    network, data = deep(dtype)

    def trained(seed):
        optimiser = Adam(0.01)
        engine = recorded(network, optimiser)
        for _ in range(3):
            engine.learn(data, None, optimiser, Plan(16, seed=seed))
        return numbers_of(engine, network)

    first, again, other = trained(3), trained(3), trained(4)
    for name, value in first.items():
        assert value.dtype == dtype
        np.testing.assert_array_equal(value, again[name])
    assert not np.array_equal(first["W4"], other["W4"])


def test_an_epoch_in_two_calls_is_an_epoch_in_one():
    network, data = deep()
    whole, halves = Adam(0.01), Adam(0.01)
    one, two = recorded(network, whole), recorded(network, halves)
    order = np.random.default_rng(0).permutation(37)
    one.learn(data, order, whole, Plan(8, seed=5))
    two.learn(data, order[:16], halves, Plan(8, seed=5))
    two.learn(data, order[16:], halves, Plan(8, seed=5))
    others = numbers_of(two, network)
    for name, value in numbers_of(one, network).items():
        np.testing.assert_array_equal(value, others[name])


def test_dropout_keeps_the_mean_and_its_rate():
    stages = stages_of([Dense(1, 4000), Dropout(0.25), Dense(4000, 1)])
    outputs = np.ones((50, 4000))
    seen = masks_of(stages, 1, 0)(0, outputs)
    assert set(np.unique(seen)) == {0.0, 1 / 0.75}
    # 200,000 draws with the probability 1/4: standard error 0.001.
    assert np.mean(seen == 0) == pytest.approx(0.25, abs=4 * 0.001)
    for seed, step in ((1, 1), (2, 0)):
        assert not np.array_equal(masks_of(stages, seed, step)(0, outputs), seen)


def test_shares_of_dropout_may_come_with_the_engine():
    network = Network(
        [Dense(4, 8, "tanh"), Dense(8, 3, "softmax")], "cross_entropy", random_state=0
    )
    data = Learned(X, None, LABELS, None)
    found = []
    for shares in ((), (0.5,)):
        optimiser = SGD(0.1)
        engine = recorded(network, optimiser, dropout=shares)
        found.append(engine.learn(data, None, optimiser, Plan(37, seed=1)).loss)
    assert found[0] != found[1]


def test_what_was_kept_comes_back_as_it_was():
    network, data = deep()
    optimiser = Adam(0.01)
    engine = recorded(network, optimiser)
    engine.learn(data, None, optimiser, FullPlan(16, ema=0.9))
    engine.keep()
    numbers, running, average = (numbers_of(engine, network) for _ in range(3))
    running = {name: np.empty_like(value) for name, value in network.running.items()}
    engine.read_running(running)
    engine.read_average(average)
    state = optimiser.state()
    engine.learn(data, None, optimiser, FullPlan(16, ema=0.9))
    assert not np.array_equal(numbers_of(engine, network)["W1"], numbers["W1"])
    engine.restore()
    back, average_back = numbers_of(engine, network), numbers_of(engine, network)
    engine.read_average(average_back)
    running_back = {name: np.empty_like(value) for name, value in running.items()}
    engine.read_running(running_back)
    for one, two in ((numbers, back), (running, running_back), (average, average_back)):
        for name, value in one.items():
            np.testing.assert_array_equal(two[name], value)
    for name, value in state.items():
        np.testing.assert_array_equal(optimiser.state()[name], value)


def test_a_loss_that_is_not_finite_stops_before_the_step():
    network = Network([Dense(1, 1)], random_state=0)
    rows = np.array([[1.0], [1.0], [1e200], [1.0]])
    data = Learned(rows, np.full((4, 1), -1e200), None, None)
    optimiser = SGD(0.1)
    engine = recorded(network, optimiser)
    passed = engine.learn(Learned(rows[:2], np.zeros((2, 1)), None, None), None, optimiser, Plan(1))
    assert passed.is_finite and engine.is_finite
    passed = engine.learn(data, None, optimiser, Plan(1))
    assert (passed.is_finite, passed.batches, optimiser.steps) == (False, 0, 2)
    assert engine.is_finite
    engine.write({"W1": np.array([[np.inf]]), "b1": np.zeros(1)})
    assert not engine.is_finite


def test_a_row_has_the_same_outputs_alone_and_among_many():
    network, data = deep()
    engine = recorded(network, Adam())
    many = engine.predict(np.resize(data.rows, (5000, 4)))
    assert many.shape == (5000, 3)
    np.testing.assert_allclose(many[:37], network.forward(X), rtol=1e-12)
    for row in range(37):
        np.testing.assert_array_equal(engine.predict(data.rows[row]), many[row])
        np.testing.assert_array_equal(engine.predict(data.rows[row : row + 1])[0], many[row])
    assert engine.predict(data.rows[:0]).shape == (0, 3)


def test_a_gradient_is_cut_to_a_value_and_then_to_a_length():
    # With W = 1, 2 and b = 0, x = 3, y = 0: outputs 3, 6 are the slopes of b, and 9, 18 those of W.
    network = Network([Dense(1, 2, initial=[[1.0, 2.0]])])
    data = Learned(np.array([[3.0]]), np.zeros((1, 2)), None, None)

    def stepped(**settings):
        optimiser = SGD(1.0)
        engine = recorded(network, optimiser)
        engine.learn(data, None, optimiser, FullPlan(1, **settings))
        now = numbers_of(engine, network)
        return [*(1.0 - now["W1"][0, :1]), *(2.0 - now["W1"][0, 1:]), *(-now["b1"])]

    assert stepped() == [9.0, 18.0, 3.0, 6.0]
    assert stepped(clip_value=5.0) == [5.0, 5.0, 3.0, 5.0]
    length = np.sqrt(9.0**2 + 18.0**2 + 3.0**2 + 6.0**2)
    assert stepped(clip_norm=1.0) == pytest.approx(np.array([9.0, 18.0, 3.0, 6.0]) / length)
    assert stepped(clip_norm=100.0) == [9.0, 18.0, 3.0, 6.0]
    assert stepped(clip_value=5.0, clip_norm=1.0) == pytest.approx(
        np.array([5.0, 5.0, 3.0, 5.0]) / np.sqrt(84)
    )


def test_the_average_of_the_parameters_starts_at_the_first_step():
    network, data = deep()
    optimiser = SGD(0.1)
    engine = recorded(network, optimiser)
    average = numbers_of(engine, network)
    assert not engine.has_average
    engine.read_average(average)
    assert not average["W1"].any()
    expected = None
    for batch in range(3):
        order = np.arange(37)[batch * 12 : batch * 12 + 12]
        engine.learn(data, order, optimiser, FullPlan(12, ema=0.75))
        now = numbers_of(engine, network)["W1"]
        expected = now if expected is None else 0.75 * expected + 0.25 * now
    engine.read_average(average)
    np.testing.assert_allclose(average["W1"], expected, rtol=1e-14)
    engine.write_average({name: value + 1 for name, value in average.items()})
    engine.read_average(average)
    np.testing.assert_allclose(average["W1"], expected + 1, rtol=1e-14)


class Interrupted(Optimiser):
    """An optimiser that is interrupted after its first parameter."""

    def change(self, name, value, gradient):
        value -= gradient
        raise KeyboardInterrupt


def test_an_interrupt_leaves_the_last_whole_step():
    network, data = deep()
    optimiser = Interrupted(0.1)
    engine = recorded(network, optimiser)
    with pytest.raises(KeyboardInterrupt):
        engine.learn(data, None, optimiser, Plan(8))
    for name, value in numbers_of(engine, network).items():
        np.testing.assert_array_equal(value, network.parameters[name])
    assert optimiser.steps == 0
    running = {name: np.empty_like(value) for name, value in network.running.items()}
    engine.read_running(running)
    for name, value in running.items():
        np.testing.assert_array_equal(value, network.running[name])


def test_own_functions_are_trained():
    def ramp(v):
        return np.maximum(v, 0.1 * v)

    def quartic(a, y):
        return np.sum((a - y) ** 4, axis=1)

    network = Network([Dense(4, 16, ramp), Dense(16, 1)], quartic, random_state=0)
    optimiser = Adam(0.02)
    engine = Recorded(network.layers, network.loss_function, "float64")
    started(engine, network, optimiser)
    data = Learned(X, np.sin(X[:, :1]), None, None)
    first = engine.learn(data, None, optimiser, Plan(8)).loss
    for _ in range(60):
        last = engine.learn(data, None, optimiser, Plan(8)).loss
    assert last < 0.02 * first
