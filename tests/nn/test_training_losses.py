"""Losses in the trainer's kernels that have numbers of their own, or several outputs for a target."""

import os

import numpy as np
import pytest

import ganglion as gl
from ganglion._native import available_isas, isa, use_isa
from ganglion.nn._engine.program import Plan, Program
from ganglion.nn.training import checked
from oracles import networks
from oracles.network_cases import random_case

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
        raise
    pytest.skip("torch is not installed", allow_module_level=True)

ROUNDING = 512 * np.finfo(np.float64).eps
LOSSES = (
    gl.nn.Quantile((0.05, 0.5, 0.9)),
    gl.nn.Gaussian(0.01),
    gl.nn.losses["poisson"],
    gl.nn.Huber(0.3),
    gl.nn.CrossEntropy(0.2),
    gl.nn.Quantile(0.7),
    gl.nn.Huber(20.0),
)
NAMES = [f"{loss.name}{loss.numbers}" for loss in LOSSES]


def native(network, X, y, weights=None):
    """Loss and gradients by the trainer's kernels."""
    program = Program(network.layers, network.loss_function, network.dtype)
    program.write(network.parameters)
    return program.gradients(checked(network, X, y, weights), is_mean=network.reduction == "mean")


def assert_close(found, expected, what=""):
    """Equal but for rounding, measured by the largest number."""
    size = max(1.0, max(np.max(np.abs(value)) for value in expected.values()))
    for name, value in expected.items():
        assert np.max(np.abs(found[name] - value)) <= ROUNDING * size, (what, name)


@pytest.mark.parametrize("seed", range(140))
def test_gradients_are_those_of_the_engine(seed):
    case = random_case(seed, losses=list(LOSSES), largest=(4, 45, 80))
    loss, gradients = native(case.network, *case.data)
    assert loss == pytest.approx(case.network.loss(*case.data), rel=1e-12, abs=1e-12)
    assert_close(gradients, case.network.gradients(*case.data), seed)


@pytest.mark.parametrize("seed", range(28))
def test_gradients_are_those_of_loops_over_numbers(seed):
    case = random_case(seed, losses=list(LOSSES), largest=(3, 6, 9))
    record = case.network.loss_function
    expected_loss, expected = networks.loss_and_gradients(
        case.layers, (record.name, record.numbers), case.X.tolist(), case.rows.tolist(),
        weights=case.weights, reduction=case.network.reduction,
    )  # fmt: skip
    for loss, gradients in (
        native(case.network, *case.data),
        case.network.loss_and_gradients(*case.data),
    ):
        assert loss == pytest.approx(expected_loss, rel=1e-12, abs=1e-12)
        assert_close(gradients, {name: np.array(expected[name]) for name in gradients}, seed)


def torchs_row_losses(record, z, y):
    """The losses of rows by torch's own functions; torch has no quantile loss, so that one is written out."""
    if record.name == "poisson":
        return F.poisson_nll_loss(z, y, log_input=True, full=False, reduction="none").sum(1)
    if record.name == "huber":
        return F.huber_loss(z, y, delta=record.numbers[0], reduction="none").sum(1)
    if record.name == "cross_entropy":
        return F.cross_entropy(z, y, label_smoothing=record.smoothing, reduction="none")
    if record.name == "gaussian":
        mean, s = z.split(y.shape[1], dim=1)
        variance = record.numbers[0] + torch.exp(s)
        return F.gaussian_nll_loss(mean, y, variance, eps=record.numbers[0], reduction="none").sum(
            1
        )
    r = y[:, :, None] - z.reshape(len(z), y.shape[1], -1)
    levels = torch.tensor(record.numbers, dtype=torch.float64)
    return torch.maximum(levels * r, (levels - 1) * r).sum((1, 2))


@pytest.mark.parametrize("seed", range(42))
def test_loss_and_gradients_are_torchs(seed):
    case = random_case(seed, losses=list(LOSSES), largest=(1, 12, 30))
    # One layer without an activation of its own: what torch gets are the weighted sums.
    record, last = case.network.loss_function, case.network.layers[-1]
    layer = gl.nn.Dense(last.n_in, last.n_out, record.behind or "identity")
    network = gl.nn.Network([layer], record, random_state=seed, reduction=case.network.reduction)
    W, b = (torch.tensor(v, requires_grad=True) for v in network.parameters.values())
    y = case.y if record.name == "cross_entropy" else case.rows
    rows = torchs_row_losses(record, torch.tensor(case.X) @ W + b, torch.tensor(y))
    weights = np.ones(len(case.X)) if case.weights is None else case.weights
    total = (rows * torch.tensor(weights)).sum()
    total = total / weights.sum() if network.reduction == "mean" else total
    total.backward()
    loss, gradients = native(network, *case.data)
    assert loss == pytest.approx(total.item(), rel=1e-12)
    assert_close(gradients, {"W1": W.grad.numpy(), "b1": b.grad.numpy()}, seed)


def sized(loss, n_rows, k, dtype="float64", seed=0):
    """A network with k targets, its rows and targets."""
    rng = np.random.default_rng(seed)
    k_out = k * loss.outputs_per_target
    layers = [gl.nn.Dense(5, 19, "tanh"), gl.nn.Dense(19, k_out, loss.behind or "identity")]
    network = gl.nn.Network(layers, loss, random_state=rng, dtype=dtype)
    X = rng.normal(size=(n_rows, 5))
    if loss.targets == "classes":
        return network, X, rng.integers(0, k_out, n_rows)
    return network, X, rng.poisson(1.5, (n_rows, k)).astype(float)


# Around whole vectors, panels and blocks of rows.
@pytest.mark.parametrize("n_rows", [1, 7, 8, 9, 15, 16, 17, 33, 257, 1100])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("loss", LOSSES[:5], ids=NAMES[:5])
def test_awkward_numbers_of_rows(loss, dtype, n_rows):
    network, X, y = sized(loss, n_rows, 3, dtype)
    value, gradients = native(network, X, y)
    wide = gl.nn.Network(network.layers, loss)
    wide.set_parameters(network.parameters)
    eps = float(np.finfo(dtype).eps)
    assert value == pytest.approx(wide.loss(X, y), rel=64 * eps)
    for name, expected in wide.gradients(X.astype(dtype), y).items():
        assert np.max(np.abs(gradients[name] - expected)) <= 64 * eps * max(
            1, np.abs(expected).max()
        )


@pytest.mark.parametrize("k", [1, 2, 7, 8, 9, 16, 17, 33, 65])
@pytest.mark.parametrize("loss", LOSSES[:3], ids=NAMES[:3])
def test_awkward_numbers_of_targets(loss, k):
    network, X, y = sized(loss, 21, k)
    _, gradients = native(network, X, y)
    assert_close(gradients, network.gradients(X, y), k)


def fixed(loss, sums, dtype):
    """A network of one layer whose weighted sums are these, whatever its input is."""
    layer = gl.nn.Dense(1, len(sums), loss.behind or "identity")
    network = gl.nn.Network([layer], loss, dtype=dtype, reduction="sum")
    network.set_parameters({"W1": np.zeros((1, len(sums))), "b1": sums})
    return network


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("s", [-1e4, -200.0, -20.0, 0.0, 20.0, 200.0, 1e4])
def test_a_gaussian_is_finite_at_every_logarithm_of_the_variance(s, dtype):
    network = fixed(gl.nn.Gaussian(), [1.0, s], dtype)
    loss, gradients = native(network, [[1.0]], [3.0])
    # log(1e-6 + exp(s)) is log 1e-6 far below it and s far above; the residual is -2.
    v = np.logaddexp(np.log(1e-6), s)
    eps = 32 * float(np.finfo(dtype).eps)
    share = np.exp(s - v)
    assert loss == pytest.approx(0.5 * (v + 4 * np.exp(-v)), rel=eps)
    expected = np.array([-2 * np.exp(-v), 0.5 * share * (1 - 4 * np.exp(-v))])
    np.testing.assert_allclose(gradients["b1"], expected, rtol=64 * eps, atol=1e-36)
    assert network.loss([[1.0]], [3.0]) == pytest.approx(loss, rel=2 * eps)


@pytest.mark.parametrize(("dtype", "largest"), [("float32", 88.0), ("float64", 709.0)])
def test_a_rate_too_large_for_a_number_is_an_infinite_loss(dtype, largest):
    for z, is_finite in ((largest, True), (1.05 * largest, False), (1e4, False)):
        network = fixed(gl.nn.losses["poisson"], [z], dtype)
        program = Program(network.layers, "poisson", dtype)
        program.write(network.parameters)
        data = checked(network, [[1.0]], [2.0], None)
        passed = program.learn(data, None, gl.nn.SGD(1e-3), Plan(1))
        assert passed.is_finite == is_finite
        if is_finite:
            assert passed.loss == pytest.approx(np.exp(z) - 2 * z, rel=1e-5)


def test_smoothing_given_to_the_program_comes_before_that_of_the_loss():
    network, X, y = sized(gl.nn.CrossEntropy(0.2), 30, 4)
    program = Program(network.layers, network.loss_function, "float64", smoothing=0.5)
    program.write(network.parameters)
    loss, _ = program.gradients(checked(network, X, y, None), is_mean=True)
    half = gl.nn.Network(network.layers, gl.nn.CrossEntropy(0.5))
    half.set_parameters(network.parameters)
    assert loss == pytest.approx(half.loss(X, y), rel=1e-14)


def constant(loss, y, *, rate, epochs):
    """What a network of biases alone learns from targets (n,)."""
    layer = gl.nn.Dense(1, loss.outputs_per_target)
    network = gl.nn.Network([layer], loss, random_state=0)
    network.set_parameters({name: np.zeros_like(v) for name, v in network.parameters.items()})
    X = np.zeros((len(y), 1))
    for part in (1.0, 0.1, 0.01):
        optimiser = gl.nn.Adam(rate * part)
        gl.nn.train(
            network, X, y, optimizer=optimiser, epochs=epochs, batch_size=len(y), shuffle=False
        )
    return network.forward([0.0])


def test_what_the_losses_are_least_at():
    """The quantiles, the mean and the variance, the mean of the counts: known without any network."""
    rng = np.random.default_rng(1)
    y = rng.gamma(2.0, size=1001)
    levels = (0.1, 0.5, 0.9)
    found = constant(gl.nn.Quantile(levels), y, rate=0.05, epochs=600)
    np.testing.assert_allclose(found, np.quantile(y, levels), atol=0.01)
    mean, variance = gl.nn.gaussian_moments(constant(gl.nn.Gaussian(), y, rate=0.05, epochs=300))
    assert mean.item() == pytest.approx(y.mean(), rel=1e-3)
    assert variance.item() == pytest.approx(y.var(), rel=1e-3)
    counts = rng.poisson(3.0, 500)
    rate = np.exp(constant(gl.nn.losses["poisson"], counts, rate=0.05, epochs=300))
    assert rate.item() == pytest.approx(counts.mean(), rel=1e-3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("loss", LOSSES[:3], ids=NAMES[:3])
def test_neither_threads_nor_instruction_sets_show(loss, dtype):
    network, X, y = sized(loss, 1300, 3, dtype)
    before, threads, found = isa(), gl.get_num_threads(), set()
    try:
        for name, count in [(name, 1) for name in available_isas()] + [
            (before, n) for n in (2, 3, 7)
        ]:
            use_isa(name)
            gl.set_num_threads(count)
            value, gradients = native(network, X, y)
            found.add(
                b"".join(g.tobytes() for g in gradients.values()) + np.float64(value).tobytes()
            )
    finally:
        use_isa(before)
        gl.set_num_threads(threads)
    assert len(found) == 1
