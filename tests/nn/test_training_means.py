"""Clipping and running means of the parameters through `train`: what a step is, what is judged and gone on with."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn.lbfgs import LBFGS
from ganglion.nn.muon import Muon

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(80, 5)), RNG.integers(0, 3, 80)
HELD_OUT = RNG.normal(size=(30, 5)), RNG.integers(0, 3, 30)


def model(hidden="tanh", norm=False):
    """5 inputs, 3 classes."""
    layers = [gl.nn.Dense(5, 8, hidden), *([gl.nn.BatchNorm(8)] if norm else [])]
    return gl.nn.Network([*layers, gl.nn.Dense(8, 3, "softmax")], "cross_entropy", random_state=0)


KINDS = {
    "native": (model, lambda: gl.nn.Adam(0.05)),
    "autodiff": (lambda: model(lambda z: z / (1 + z * z)), lambda: gl.nn.Adam(0.05)),
    "norms": (lambda: model(norm=True), lambda: gl.nn.Adam(0.05)),
    "steps in Python": (model, lambda: Muon(0.05, matrices=["W1"])),
}


def fit(network, optimiser, *, epochs=6, **options):
    """Train with one batch an epoch, so that a callback sees every step."""
    given = {"random_state": 0, "batch_size": 80} | options
    return gl.nn.train(network, X, Y, optimizer=optimiser, epochs=epochs, **given)


def arrays(network):
    """Copies of the parameters."""
    return {name: value.copy() for name, value in network.parameters.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_network_is_left_with_the_running_mean_of_its_parameters(kind):
    make, optimiser = KINDS[kind]
    plain, steps = make(), []
    fit(plain, optimiser(), callbacks=lambda epoch: steps.append(arrays(plain)))
    mean = steps[0]
    for step in steps[1:]:
        mean = {name: value + 0.3 * (step[name] - value) for name, value in mean.items()}
    smooth = make()
    run = fit(smooth, optimiser(), ema=0.7, eval_set=HELD_OUT)
    for name, value in mean.items():
        np.testing.assert_allclose(smooth.parameters[name], value, rtol=0, atol=1e-9)
    assert run.validation_loss_curve[-1] == pytest.approx(smooth.loss(*HELD_OUT), rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_means_go_on_from_a_checkpoint_with_the_same_bits(kind, tmp_path):
    make, optimiser = KINDS[kind]

    def go(path, **options):
        network = make()
        run = fit(
            network, optimiser(), ema=0.7, eval_set=HELD_OUT, batch_size=16, checkpoint=path, **options
        )  # fmt: skip
        return [
            value.tobytes() for value in arrays(network).values()
        ], run.validation_loss_curve.tolist()

    whole = go(None)
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / "training", callbacks=_interrupt_at_3)
    assert go(tmp_path / "training", resume=True) == whole
    assert go(tmp_path / "training", resume=True) == whole


def _interrupt_at_3(epoch):
    if epoch.epoch == 3:
        raise KeyboardInterrupt


def test_the_best_mean_is_restored():
    shown, network = {}, model()
    run = fit(
        network, gl.nn.Adam(0.3), epochs=40, ema=0.9, eval_set=HELD_OUT, restore_best=True,
        callbacks=lambda epoch: shown.update({epoch.epoch: arrays(epoch.model)}),
    )  # fmt: skip
    assert run.best_epoch < 40
    for name, value in shown[run.best_epoch].items():
        assert np.array_equal(network.parameters[name], value)


def test_a_divergence_leaves_a_finite_mean():
    network = gl.nn.Network([gl.nn.Dense(5, 1)], "mse", random_state=0)
    with pytest.raises(gl.DivergenceError):
        gl.nn.train(
            network, X, X[:, 0] * 1e150, optimizer=gl.nn.SGD(1e10), epochs=50, ema=0.9, random_state=0
        )  # fmt: skip
    assert np.isfinite(network.parameters["W1"]).all()


@pytest.mark.parametrize("kind", ["native", "autodiff"])
@pytest.mark.parametrize(
    "bounds", [{"clip_norm": 0.05}, {"clip_value": 0.01}, {"clip_norm": 0.03, "clip_value": 0.01}]
)
def test_a_step_is_along_the_clipped_gradient(kind, bounds):
    network, plain = KINDS[kind][0](), KINDS[kind][0]()
    fit(network, gl.nn.SGD(0.5), epochs=1, **bounds)
    limit = bounds.get("clip_value", np.inf)
    gradients = {name: np.clip(g, -limit, limit) for name, g in plain.gradients(X, Y).items()}
    length = np.sqrt(sum(np.sum(g**2) for g in gradients.values()))
    factor = min(1.0, bounds.get("clip_norm", np.inf) / (length + 1e-6))  # as torch has it
    for name, value in plain.parameters.items():
        np.testing.assert_allclose(
            network.parameters[name], value - 0.5 * factor * gradients[name], rtol=0, atol=1e-12
        )


@pytest.mark.parametrize("option", [{"clip_norm": 1.0}, {"clip_value": 1.0}, {"ema": 0.9}])
def test_a_full_batch_method_takes_neither(option):
    with pytest.raises(gl.ParameterError, match="Leave out clip_norm, clip_value and ema"):
        fit(model(), LBFGS(), **option)
