"""Trainings that leave the finite numbers: the error says where, and the network is left with its best state."""

import numpy as np
import pytest

import ganglion as gl

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(120, 4)), RNG.normal(size=(120, 2))
HELD_OUT = RNG.normal(size=(40, 4)), RNG.normal(size=(40, 2))


def regressor(dtype="float64"):
    """4 inputs, 2 outputs."""
    layers = [gl.nn.Dense(4, 6, "relu"), gl.nn.Dense(6, 2)]
    return gl.nn.Network(layers, "mse", random_state=0, dtype=dtype)


def bits(model):
    """The bytes of all parameters."""
    return b"".join(value.tobytes() for value in model.parameters.values())


def raising(epoch, factor, n_batches=4):
    """Learning rates of 0.05 that are multiplied from one epoch on."""
    return lambda step: 0.05 * (factor if step // n_batches + 1 >= epoch else 1.0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scale", [1e30, 1e200])
def test_huge_targets_are_named_and_leave_the_start(dtype, scale):
    model = regressor(dtype)
    if dtype == "float32" and scale > 1e38:
        with pytest.raises(gl.DataError, match="must fit into float32"):
            gl.nn.train(model, X, Y * scale, optimizer=gl.nn.SGD(0.1), epochs=50, random_state=0)
        return
    with pytest.raises(
        gl.DivergenceError,
        match=r"in epoch \d+: the loss of batch \d is NaN or infinite; .*\(layer \d\)"
        r".*Lower the learning rate \(now 0.1\), scale X and y",
    ):
        gl.nn.train(model, X, Y * scale, optimizer=gl.nn.SGD(0.1), epochs=50, random_state=0)
    assert np.all(np.isfinite(model.forward(X))) and np.isfinite(model.loss(X, Y))


def test_the_best_state_is_kept_and_named():
    shown = {}
    model, optimiser = regressor(), gl.nn.SGD(0.05)
    with pytest.raises(
        gl.DivergenceError,
        match=r"in epoch 6: .*has the best parameters so far, those after epoch 5",
    ):
        gl.nn.train(
            model, X, Y, optimizer=optimiser, epochs=20, random_state=0, schedule=raising(6, 1e150),
            callbacks=lambda epoch: shown.update({epoch.epoch: bits(epoch.model)}),
        )  # fmt: skip
    assert bits(model) == shown[5] and optimiser.steps == 5 * 4


def test_an_epoch_that_only_spoiled_it_does_not_count_as_best():
    """Epoch 4 is finite but ruins the network; epoch 5 then overflows: what is left is epoch 3."""
    shown = {}
    model = regressor()
    with pytest.raises(gl.DivergenceError, match="those after epoch 3"):
        gl.nn.train(
            model, X, Y, optimizer=gl.nn.SGD(0.05), epochs=9, random_state=0, batch_size=120,
            schedule=raising(4, 3e3, 1),
            callbacks=lambda epoch: shown.update({epoch.epoch: bits(epoch.model)}),
        )  # fmt: skip
    assert max(shown) > 3 and bits(model) == shown[3]


def test_a_good_start_is_not_lost():
    model = regressor()
    gl.nn.train(model, X, Y, optimizer=gl.nn.Adam(0.01), epochs=30, random_state=0)
    before, loss = bits(model), model.loss(X, Y)
    with pytest.raises(
        gl.DivergenceError,
        match="is as it was before this training, which is the best state so far",
    ):
        gl.nn.train(
            model, X, Y, optimizer=gl.nn.SGD(50.0), epochs=100, random_state=0, batch_size=120
        )
    assert bits(model) == before and model.loss(X, Y) == loss


def test_the_best_state_is_that_of_the_eval_set_where_there_is_one():
    shown, losses = {}, {0: regressor().loss(*HELD_OUT)}
    model = regressor()

    def watch(epoch):
        shown[epoch.epoch], losses[epoch.epoch] = bits(epoch.model), epoch.model.loss(*HELD_OUT)

    with pytest.raises(gl.DivergenceError):
        gl.nn.train(
            model, X, Y, optimizer=gl.nn.SGD(0.05), epochs=60, random_state=0, schedule=raising(41, 1e150),
            eval_set=HELD_OUT, callbacks=watch,
        )  # fmt: skip
    best = min(losses, key=losses.get)
    assert 0 < best < 40 and bits(model) == shown[best]


def test_an_infinite_loss_on_the_eval_set_is_a_divergence():
    model = regressor("float32")
    far = (HELD_OUT[0] * 1e25, HELD_OUT[1])
    start = bits(model)
    with pytest.raises(
        gl.DivergenceError, match="in epoch 1: the loss on eval_set is NaN or infinite"
    ):
        gl.nn.train(model, X, Y, optimizer=gl.nn.SGD(0.05), epochs=3, random_state=0, eval_set=far)
    assert np.all(np.isfinite(model.forward(X))) and len(bits(model)) == len(start)


def test_lbfgs_that_starts_outside_the_numbers_is_a_divergence():
    from ganglion.nn.lbfgs import LBFGS

    model = regressor()
    with pytest.raises(
        gl.DivergenceError, match=r"in epoch 1: .*Scale X and y, or use gl.nn.Adam\(\)"
    ):
        gl.nn.train(model, X, Y * 1e200, optimizer=LBFGS(), epochs=5)
    assert np.all(np.isfinite(model.forward(X)))


def test_a_python_activation_that_overflows_is_a_divergence():
    layers = [gl.nn.Dense(4, 6, lambda z: z * z), gl.nn.Dense(6, 2)]
    model = gl.nn.Network(layers, "mse", random_state=0)
    with pytest.raises(gl.DivergenceError, match=r"in epoch \d+: .*\(layer \d\)"):
        gl.nn.train(model, X, Y, optimizer=gl.nn.SGD(5.0), epochs=50, random_state=0)
    assert np.all(np.isfinite(model.forward(X)))


def test_layers_are_counted_with_norms():
    layers = [gl.nn.Dense(4, 6), gl.nn.LayerNorm(6, "tanh"), gl.nn.Dense(6, 2)]
    model = gl.nn.Network(layers, "mse", random_state=0)
    with pytest.raises(gl.DivergenceError, match=r"b2 \(layer 4\)"):
        gl.nn.train(model, X, Y * 1e150, optimizer=gl.nn.SGD(1e10), epochs=9, random_state=0)


def test_a_checkpoint_from_before_a_divergence_goes_on_to_the_same_divergence(tmp_path):
    def diverge(resume):
        model = regressor()
        with pytest.raises(gl.DivergenceError) as caught:
            gl.nn.train(
                model, X, Y, optimizer=gl.nn.SGD(0.05), epochs=20, random_state=0, schedule=raising(6, 1e150),
                checkpoint=tmp_path / "training", resume=resume,
            )  # fmt: skip
        return str(caught.value), bits(model)

    assert diverge(False) == diverge(True)


def test_a_penalty_beyond_the_numbers_is_a_divergence():
    model = regressor()
    before = bits(model)
    with pytest.raises(gl.DivergenceError, match="in epoch 1: the loss of the epoch is NaN or inf"):
        gl.nn.train(model, X, Y, optimizer=gl.nn.Adam(), epochs=2, random_state=0, l2=1e308)
    assert bits(model) == before


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_last_step_out_of_the_finite_numbers_is_a_divergence(epochs):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4))
    layers = [gl.nn.Dense(4, 8, "relu"), gl.nn.Dense(8, 1)]
    network = gl.nn.Network(layers, "squared", random_state=0)
    before = network.loss(X, X[:, :1])
    rates = [1e-3] * (epochs - 1) + [1e200]
    with pytest.raises(
        gl.DivergenceError, match=f"in epoch {epochs}: the loss after the last step"
    ):
        gl.nn.train(
            network,
            X,
            X[:, :1],
            optimizer=gl.nn.Adam(),
            epochs=epochs,
            batch_size=60,
            schedule=lambda step: rates[step],
            random_state=0,
        )
    assert network.loss(X, X[:, :1]) <= before
