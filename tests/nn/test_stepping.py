"""Steps in Python from the engine's gradients: the native trajectories, and full-batch methods on networks."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn import schedules
from ganglion.nn._engine.choosing import engine_for
from ganglion.nn._engine.program import Learned, Plan
from ganglion.nn._engine.stepping import Stepped
from ganglion.nn.lbfgs import LBFGS
from ganglion.nn.levenberg_marquardt import LevenbergMarquardt
from ganglion.nn.muon import Muon
from ganglion.nn.optimisers import Optimiser

N = 70


class OwnAdam(Optimiser):
    """Adam as a user would write it: no rule, so steps are made in Python."""

    has_first = True
    has_second = True

    def change(self, name, value, gradient):
        mean, square = self.first[name], self.second[name]
        mean += 0.1 * (gradient - mean)
        square += 0.001 * (gradient * gradient - square)
        rate = self.learning_rate / (1 - 0.9**self.steps)
        value -= rate * mean / (np.sqrt(square / (1 - 0.999**self.steps)) + 1e-8)


def network_of(loss="squared", dtype="float64", *, dropout=0.0, reduction="mean"):
    layers = [gl.nn.Dense(5, 9, "tanh"), gl.nn.Dense(9, 6, "silu")]
    if dropout:
        layers.append(gl.nn.Dropout(dropout))
    last = "softmax" if loss == "cross_entropy" else "identity"
    layers.append(gl.nn.Dense(6, 3, last))
    return gl.nn.Network(layers, loss, random_state=1, dtype=dtype, reduction=reduction)


def data_of(network, weights=None):
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(N, 5)), rng.normal(size=(N, 3))
    if network.loss_name == "cross_entropy":
        return Learned(
            X.astype(network.dtype), None, np.argmax(y, axis=1).astype(np.int32), weights
        )
    return Learned(X.astype(network.dtype), y.astype(network.dtype), None, weights)


def engine_of(network, optimiser, *, smoothing=0.0):
    engine = engine_for(network, smoothing=smoothing)
    if optimiser.rule is None:
        engine = Stepped(engine, network)
    engine.write(network.parameters)
    optimiser.prepare(network.parameters)
    engine.write_moments(optimiser)
    return engine


PLANS = {
    "plain": {},
    "penalty": {"l2": 0.3},
    "rates": {"rates": np.linspace(0.02, 0.0, 5)},
    "one rate": {"rates": np.array([0.003])},
    "sum": {"is_mean": False, "l2": 0.1},
}


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("kind", ["squared", "weighted", "cross_entropy", "dropout", "smoothing"])
def test_a_python_adam_goes_the_way_of_the_native_one(name, kind):
    loss = "cross_entropy" if kind in ("cross_entropy", "smoothing") else "squared"
    rate = 0.4 if kind == "dropout" else 0.0
    weights = np.random.default_rng(0).uniform(0, 3, size=N) if kind == "weighted" else None
    found = []
    for optimiser in (gl.nn.Adam(0.01), OwnAdam(0.01)):
        network = network_of(loss, dropout=rate)
        engine = engine_of(network, optimiser, smoothing=0.1 if kind == "smoothing" else 0.0)
        data, draws = data_of(network, weights), np.random.default_rng(8)
        passes = []
        for seed in range(4):
            order = draws.permutation(N) if seed else None
            plan = Plan(16, **{"is_mean": True, "seed": seed} | PLANS[name])
            passes.append(engine.learn(data, order, optimiser, plan))
        engine.read(network.parameters)
        engine.read_moments(optimiser)
        found.append((passes, network.parameters, optimiser))
    (native, expected, one), (stepped, parameters, other) = found
    assert one.steps == other.steps == 20
    for a, b in zip(native, stepped, strict=True):
        assert b.is_finite and (b.batches, b.weight) == (5, a.weight)
        assert b.loss == pytest.approx(a.loss, rel=1e-12)
        assert b.penalty == pytest.approx(a.penalty, rel=1e-12)
    for key, value in expected.items():
        np.testing.assert_allclose(parameters[key], value, rtol=0, atol=1e-12)
        np.testing.assert_allclose(other.second[key], one.second[key], rtol=1e-9, atol=1e-16)


def test_the_first_pass_has_the_native_bits():
    network, other = network_of(), network_of()
    data, plan = data_of(network), Plan(16, l2=0.2, rates=np.zeros(5))
    adam, own = gl.nn.Adam(), OwnAdam(0.001)
    native = engine_of(network, adam).learn(data, None, adam, plan)
    assert engine_of(other, own).learn(data, None, own, plan) == native


def test_float32_networks_step_in_float32():
    network = network_of(dtype="float32")
    own = OwnAdam(0.01)
    engine = engine_of(network, own)
    engine.learn(data_of(network), None, own, Plan(16))
    engine.read(network.parameters)
    assert all(value.dtype == np.float32 for value in own.first.values())
    assert not np.array_equal(
        network.parameters["W1"], network_of(dtype="float32").parameters["W1"]
    )


class Interrupting(OwnAdam):
    """Is interrupted in the middle of a step."""

    at = 3

    def change(self, name, value, gradient):
        super().change(name, value, gradient)
        if self.steps == self.at and name == "b2":
            raise KeyboardInterrupt


def test_an_interrupted_step_is_not_made():
    network, expected = network_of(), network_of()
    optimiser, whole = Interrupting(0.01), OwnAdam(0.01)
    engine, other = engine_of(network, optimiser), engine_of(expected, whole)
    with pytest.raises(KeyboardInterrupt):
        engine.learn(data_of(network), None, optimiser, Plan(16))
    other.learn(data_of(network), np.arange(32), whole, Plan(16))
    engine.read(network.parameters)
    other.read(expected.parameters)
    assert optimiser.steps == whole.steps == 2
    for name, value in expected.parameters.items():
        np.testing.assert_array_equal(network.parameters[name], value)
        np.testing.assert_array_equal(optimiser.first[name], whole.first[name])


def test_restoring_goes_back_to_what_was_kept():
    network = network_of()
    own = OwnAdam(0.01)
    engine, data = engine_of(network, own), data_of(network)
    engine.learn(data, None, own, Plan(16))
    engine.keep()
    engine.read(network.parameters)
    state, start = own.state(), {k: v.copy() for k, v in network.parameters.items()}
    engine.learn(data, None, own, Plan(16))
    engine.restore()
    engine.read(network.parameters)
    for name, value in start.items():
        np.testing.assert_array_equal(network.parameters[name], value)
    for name, value in state.items():
        np.testing.assert_array_equal(own.state()[name], value)


class Exploding(OwnAdam):
    """Leaves the finite numbers in its seventh step."""

    def change(self, name, value, gradient):
        super().change(name, value, gradient)
        if self.steps == 7:
            value *= 1e200


def test_divergence_is_named_and_the_optimiser_goes_back():
    network, optimiser = network_of(), Exploding(0.01)
    data = data_of(network)
    with pytest.raises(gl.DivergenceError, match="epoch 2"):
        gl.nn.train(network, data.rows, data.targets, optimizer=optimiser, epochs=3, batch_size=16)
    assert optimiser.steps == 5
    assert all(np.all(np.isfinite(value)) for value in network.parameters.values())


def test_batch_norms_and_own_functions_train_with_optimisers_of_python():
    for make in (OwnAdam, lambda rate: Muon(rate, matrices=["W1", "W2"])):
        layers = [
            gl.nn.Dense(5, 9, lambda v: np.tanh(v) + 0.1 * v),
            gl.nn.BatchNorm(9, "relu"),
            gl.nn.Dense(9, 3),
        ]
        network = gl.nn.Network(layers, lambda a, y: np.sum((a - y) ** 2, axis=-1), random_state=0)
        data = data_of(network_of())
        start = network.loss(data.rows, data.targets)
        run = gl.nn.train(
            network, data.rows, data.targets, optimizer=make(0.02), epochs=20, random_state=0
        )
        assert run.engine == "autodiff"
        assert network.loss(data.rows, data.targets) < 0.7 * start
        assert np.any(network.running["mean1"] != 0)


def test_a_schedule_reaches_the_steps_of_python():
    found = []
    for optimiser in (gl.nn.Adam(0.01), OwnAdam(0.01)):
        network = network_of()
        data = data_of(network)
        gl.nn.train(
            network,
            data.rows,
            data.targets,
            optimizer=optimiser,
            epochs=4,
            random_state=0,
            schedule=schedules.CosLog(),
        )
        found.append(network.parameters)
    for name, value in found[0].items():
        np.testing.assert_allclose(found[1][name], value, rtol=0, atol=1e-12)


METHODS = {"LBFGS": LBFGS, "LevenbergMarquardt": LevenbergMarquardt}


def full_batch(method, network, data, epochs, **options):
    y = data.targets if data.labels is None else data.labels
    return gl.nn.train(network, data.rows, y, optimizer=method, epochs=epochs, **options)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_an_epoch_is_an_iteration_and_the_loss_never_rises(name, reduction):
    network = network_of(reduction=reduction)
    data, method = data_of(network), METHODS[name]()
    weights = np.random.default_rng(0).uniform(0.5, 2, size=N)
    start = network.loss(data.rows, data.targets, weights)
    run = full_batch(method, network, data, 25, sample_weight=weights, batch_size=16, l2=0.2)
    assert run.n_epochs == run.n_steps == method.steps == 25
    assert run.loss_curve[0] < start
    assert np.all(np.diff(run.loss_curve) <= 0)
    squares = sum(np.sum(v**2) for k, v in network.parameters.items() if k.startswith("W"))
    total = np.sum(weights) if reduction == "mean" else 1.0
    loss = network.loss(data.rows, data.targets, weights) + 0.1 * squares / total
    assert run.loss_curve[-1] == pytest.approx(loss, rel=1e-12)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", METHODS)
def test_two_trainings_are_one(name, dtype):
    found = []
    for parts in ([12], [5, 7]):
        network, method = network_of(dtype=dtype), METHODS[name]()
        for epochs in parts:
            full_batch(method, network, data_of(network), epochs)
        found.append((network.parameters, method))
    for key, value in found[0][0].items():
        np.testing.assert_array_equal(found[1][0][key], value)
    assert found[0][1].n_evaluations == found[1][1].n_evaluations


def test_lbfgs_converges_and_says_so():
    network = gl.nn.Network([gl.nn.Dense(5, 3, "softmax")], "cross_entropy", random_state=0)
    data = data_of(network_of("cross_entropy"))
    run = full_batch(LBFGS(tolerance_grad=1e-8), network, data, 500, l2=1.0)
    assert run.stopped_by == "converged" and run.n_epochs < 100
    gradients = network.gradients(data.rows, data.labels)
    gradients["W1"] = gradients["W1"] + network.parameters["W1"] / N
    assert max(np.abs(value).max() for value in gradients.values()) < 1e-7


def test_lbfgs_has_the_same_bits_for_any_number_of_threads():
    found, usual = [], gl.get_num_threads()
    for threads in (1, 2, 3):
        network = network_of("cross_entropy")
        gl.set_num_threads(threads)
        try:
            full_batch(LBFGS(), network, data_of(network), 12)
        finally:
            gl.set_num_threads(usual)
        found.append(network.parameters)
    for other in found[1:]:
        for name, value in found[0].items():
            np.testing.assert_array_equal(other[name], value)


def test_lbfgs_trains_what_only_the_differentiation_engine_knows():
    layers = [gl.nn.Dense(5, 9, lambda v: np.sin(v)), gl.nn.Dense(9, 3)]
    network = gl.nn.Network(layers, "squared", random_state=0)
    run = full_batch(LBFGS(), network, data_of(network), 20)
    assert run.engine == "autodiff"
    assert np.all(np.diff(run.loss_curve) <= 0)
    assert run.loss_curve[-1] < 0.5 * run.loss_curve[0]


@pytest.mark.parametrize("at", [1, 4])
def test_an_interrupted_iteration_leaves_the_network_where_it_started(monkeypatch, at):
    network, method = network_of(), LBFGS()
    engine, data = engine_of(network, method), data_of(network)
    engine.learn(data, None, method, Plan(N))
    engine.read(network.parameters)
    start, state = {k: v.copy() for k, v in network.parameters.items()}, method.state()
    inner, calls = Stepped._evaluate, []

    def interrupted(self, *arguments):
        calls.append(arguments)
        if len(calls) == at:
            raise KeyboardInterrupt
        return inner(self, *arguments)

    monkeypatch.setattr(Stepped, "_evaluate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        for _ in range(5):
            start, state = {k: v.copy() for k, v in network.parameters.items()}, method.state()
            engine.learn(data, None, method, Plan(N))
            engine.read(network.parameters)
    engine.read(network.parameters)
    for name, value in start.items():
        np.testing.assert_array_equal(network.parameters[name], value)
    assert method.steps == state["steps"]


@pytest.mark.parametrize("name", METHODS)
def test_what_full_batch_methods_cannot_do_is_refused(name):
    plain = network_of()
    data = data_of(plain)
    with pytest.raises(gl.ParameterError, match=f"{name} finds the length of its steps itself"):
        full_batch(METHODS[name](), plain, data, 1, schedule=schedules.Cosine())
    with pytest.raises(gl.ParameterError, match="dropout draws other neurons each time"):
        full_batch(METHODS[name](), network_of(dropout=0.5), data, 1)
    layers = [gl.nn.Dense(5, 4), gl.nn.BatchNorm(4), gl.nn.Dense(4, 3)]
    with pytest.raises(gl.ParameterError, match="BatchNorm would count them"):
        full_batch(METHODS[name](), gl.nn.Network(layers), data, 1)


def test_the_running_average_follows_as_in_the_engine():
    layers = [gl.nn.Dense(5, 9, lambda v: np.sin(v)), gl.nn.Dense(9, 3)]
    found = []
    for optimiser in (gl.nn.Adam(0.01), OwnAdam(0.01)):
        network = gl.nn.Network(layers, "squared", random_state=0)
        engine = engine_for(network)
        engine = engine if optimiser.rule is not None else Stepped(engine, network)
        engine.write(network.parameters)
        engine.write_moments(optimiser)
        average = {name: np.empty_like(value) for name, value in network.parameters.items()}
        for _ in range(2):
            engine.learn(data_of(network_of()), None, optimiser, Plan(16, ema=0.8))
        engine.read_average(average)
        engine.read(network.parameters)
        found.append((average, network.parameters))
    for name, value in found[0][0].items():
        np.testing.assert_allclose(found[1][0][name], value, rtol=0, atol=1e-12)
        assert not np.array_equal(found[1][0][name], found[1][1][name])


@pytest.mark.parametrize("name", METHODS)
def test_full_batch_methods_refuse_what_is_made_for_single_steps(name):
    network, method = network_of(), METHODS[name]()
    with pytest.raises(gl.ParameterError, match="no steps along single gradients that could be"):
        engine_of(network, method).learn(data_of(network), None, method, Plan(16, ema=0.9))


@pytest.mark.parametrize("name", METHODS)
def test_a_start_that_is_not_finite_is_a_divergence(name):
    network, method = network_of(), METHODS[name]()
    start = {key: value.copy() for key, value in network.parameters.items()}
    data = data_of(network)
    with pytest.raises(gl.DivergenceError, match="epoch 1"):
        gl.nn.train(network, data.rows, 1e200 * data.targets, optimizer=method, epochs=3)
    for key, value in network.parameters.items():
        np.testing.assert_array_equal(value, start[key])
    assert method.steps == 0
